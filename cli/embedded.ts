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
