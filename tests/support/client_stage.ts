/** What the client's tests against a real broker share. */
import { type ClientOptions, type Consumer, type Message, PulsarClient } from "../../lib/client/mod.ts";
import { networkConnect } from "../../lib/transport/connect.ts";

/** Gives a client to the test and closes it with all that it made. */
export async function withClient(
  serviceUrl: string,
  use: (client: PulsarClient) => Promise<void>,
  options: Partial<ClientOptions> = {},
): Promise<void> {
  const client = new PulsarClient({
    serviceUrl,
    connect: networkConnect(),
    operationTimeoutMs: 20_000,
    ...options,
  });
  try {
    await use(client);
  } finally {
    await client.close();
  }
}

let topics = 0;

/** A topic name that no other test uses. */
export function newTopic(what: string): string {
  return `${what}-${Deno.pid}-${Date.now().toString(36)}-${topics++}`;
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = ({ payload }: Message): string => new TextDecoder().decode(payload);
export const numbered = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `${from + index}`);

/** Payloads of the next `count` messages, each handed to `each` first. */
export async function take(
  consumer: Consumer,
  count: number,
  each: (message: Message) => void = (message) => consumer.ack(message),
): Promise<string[]> {
  const got: string[] = [];
  while (got.length < count) {
    const message = await consumer.receive(20_000);
    if (message === undefined) {
      throw new Error(`only ${got.length} of ${count} messages came, last ${got.slice(-5).join(", ")}`);
    }
    each(message);
    got.push(textOf(message));
  }
  return got;
}

/** Everything that comes until nothing comes for `silenceMs`. */
export async function drain(consumer: Consumer, silenceMs = 500): Promise<Message[]> {
  const got: Message[] = [];
  for (;;) {
    const message = await consumer.receive(silenceMs);
    if (message === undefined) return got;
    got.push(message);
  }
}

/** Waits for what the broker does in its own time; fails with the last value it saw. */
export async function eventually<T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    if (performance.now() > deadline) throw new Error(`it stayed ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
