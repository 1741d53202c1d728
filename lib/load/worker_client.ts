/** Builds a worker's client from the run's configuration. */
import type { CommonConfig } from "../config/run_config.ts";
import { PulsarClient, tokenAuthentication, tokenFromFile } from "../client/mod.ts";
import { networkConnect } from "../transport/connect.ts";
import { loadTls } from "../transport/tls_files.ts";

/**
 * @param token when it came from the environment
 * @throws {TransportError} for certificate files that cannot be used
 */
export async function connectClient(config: CommonConfig, token?: string): Promise<PulsarClient> {
  const tls = await loadTls({
    ...(config.tlsCa === undefined ? {} : { caFile: config.tlsCa }),
    ...(config.tlsCert === undefined ? {} : { certFile: config.tlsCert }),
    ...(config.tlsKey === undefined ? {} : { keyFile: config.tlsKey }),
    verifyHostname: config.tlsVerifyHostname,
  });
  const source = tokenSource(config, token);
  return new PulsarClient({
    serviceUrl: config.serviceUrl,
    connect: networkConnect({ tls, timeoutMs: Math.min(10_000, config.operationTimeoutMs) }),
    operationTimeoutMs: config.operationTimeoutMs,
    keepAliveMs: config.keepAliveMs,
    ...(source === undefined ? {} : { authentication: tokenAuthentication(source) }),
    ...(config.listenerName === undefined ? {} : { listenerName: config.listenerName }),
  });
}

export function tokenSource(config: CommonConfig, token?: string): (() => Promise<string>) | undefined {
  if (token !== undefined) return () => Promise.resolve(token);
  if (config.tokenFile !== undefined) return tokenFromFile(config.tokenFile);
  return undefined;
}
