/** Admin calls over HTTP to a broker of the test's own. */
import { EmbeddedBroker } from "../embedded_broker.ts";
import type { BrokerOptions } from "../options.ts";

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export type Call = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** @param test gets a function that calls below `/admin/v2/`, a body being sent as JSON */
export async function withAdmin(
  test: (call: Call, broker: EmbeddedBroker) => Promise<void>,
  options: BrokerOptions = {},
): Promise<void> {
  const broker = await EmbeddedBroker.start(options);
  try {
    await test(async (method, path, body) => {
      const response = await fetch(`${broker.adminUrl}/admin/v2/${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, text: await response.text() };
    }, broker);
  } finally {
    await broker.stop();
  }
}
