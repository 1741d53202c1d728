/** Starts the in-process broker when the configuration asks for it. */
import { type BrokerHandle, startBrokerInWorker } from "../lib/broker/mod.ts";
import type { RunConfig } from "../lib/config/run_config.ts";

/** The configuration with the address to use, and the broker to stop at the end, if there is one. */
export async function withBroker<C extends RunConfig>(
  config: C,
): Promise<{ config: C; broker?: BrokerHandle }> {
  if (config.embedded === undefined) return { config };
  const broker = await startBrokerInWorker({ mode: config.embedded });
  return { config: pointedAt(config, broker), broker };
}

/** The same configuration, aimed at an embedded broker. */
export function pointedAt<C extends RunConfig>(config: C, broker: BrokerHandle): C {
  return { ...config, serviceUrl: broker.serviceUrl, adminUrl: broker.adminUrl };
}

/** What people should know about a broker that only this process keeps alive. */
export function embeddedNotice({ role, embedded, serviceUrl }: RunConfig): string {
  const other = role === "producer" ? "consumer" : "producer";
  const place = `embedded broker at ${serviceUrl} until this run ends`;
  if (role === "producer" && embedded === "null") return `${place}; it stores nothing`;
  return `${place}; nobody ${role === "producer" ? "consumes" : "produces"} there ` +
    `unless you start '${other} -u ${serviceUrl}'`;
}
