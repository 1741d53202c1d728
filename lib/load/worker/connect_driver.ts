/** Builds the client that a worker sends or receives with: the one that the configuration names. */
import type { ClientOptions } from "../../client/mod.ts";
import type { RunConfig } from "../../config/run_config.ts";
import type { Driver } from "../../driver/driver.ts";
import type { NativeSettings } from "../../driver/native/native_driver.ts";
import { clientMaker, tokenSource } from "./connect_client.ts";
import { OwnConnections } from "./own_connections.ts";
import type { WorkerOpening } from "./protocol.ts";

export interface ConnectOptions {
  /** When it came from the environment. */
  readonly token?: string | undefined;
  /** Of the wire client only. */
  readonly opening?: WorkerOpening | undefined;
  readonly onTiming?: ClientOptions["onTiming"];
}

/**
 * @throws {TransportError} for certificate files that cannot be used
 * @throws {NativeAddonError} when the addon cannot be loaded
 */
export async function connectDriver(
  config: RunConfig,
  { token, opening, onTiming }: ConnectOptions = {},
): Promise<Driver> {
  if (config.driver === "native") return await connectNative(config, token);
  const make = await clientMaker(config, token, onTiming);
  return opening?.ownConnections === true ? new OwnConnections(make) : make();
}

/** What the engine does itself: the addon makes its own batches, so it is given single messages. */
export function engineConfig<C extends RunConfig>(config: C): C {
  return config.driver === "native" && config.role === "producer" ? { ...config, batching: false } : config;
}

async function connectNative(config: RunConfig, token: string | undefined): Promise<Driver> {
  // Nothing of it is loaded before it is asked for.
  const [{ loadAddon }, { NativeDriver }] = await Promise.all([
    import("../../driver/native/load_addon.ts"),
    import("../../driver/native/native_driver.ts"),
  ]);
  return new NativeDriver(await loadAddon(), nativeSettings(config, token));
}

/** The same configuration in the addon's terms. */
export function nativeSettings(config: RunConfig, token?: string): NativeSettings {
  return {
    serviceUrl: config.serviceUrl,
    operationTimeoutMs: config.operationTimeoutMs,
    listenerName: config.listenerName,
    token: token ?? tokenSource(config),
    tls: {
      caFile: config.tlsCa,
      certFile: config.tlsCert,
      keyFile: config.tlsKey,
      verifyHostname: config.tlsVerifyHostname,
    },
    batching: config.role === "producer" && config.batching
      ? {
        messages: config.batchMessages,
        bytes: config.batchBytes,
        delayMs: config.batchDelayMs,
        byKey: config.keys !== "none",
      }
      : undefined,
  };
}
