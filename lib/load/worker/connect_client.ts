/** Builds a worker's client from the run's configuration. */
import type { CommonConfig } from "../../config/run_config.ts";
import {
  type ClientOptions,
  PulsarClient,
  tlsAuthentication,
  tokenAuthentication,
  tokenFromFile,
} from "../../client/mod.ts";
import { networkConnect } from "../../transport/connect.ts";
import { loadTls, type TlsSettings } from "../../transport/tls_files.ts";

/**
 * @param token when it came from the environment
 * @throws {TransportError} for certificate files that cannot be used
 */
export async function connectClient(config: CommonConfig, token?: string): Promise<PulsarClient> {
  return (await clientMaker(config, token))();
}

/** Makes any number of clients, for which files are read once. Throws as `connectClient`. */
export async function clientMaker(
  config: CommonConfig,
  token?: string,
  onTiming?: ClientOptions["onTiming"],
): Promise<() => PulsarClient> {
  const tls = await tlsOf(config);
  const options: ClientOptions = {
    serviceUrl: config.serviceUrl,
    connect: networkConnect({ tls, timeoutMs: Math.min(10_000, config.operationTimeoutMs) }),
    operationTimeoutMs: config.operationTimeoutMs,
    keepAliveMs: config.keepAliveMs,
    authentication: authenticationOf(config, token),
    listenerName: config.listenerName,
    onTiming,
  };
  return () => new PulsarClient(options);
}

/** @throws {TransportError} for certificate files that cannot be used */
export function tlsOf(config: CommonConfig): Promise<TlsSettings> {
  return loadTls({
    caFile: config.tlsCa,
    certFile: config.tlsCert,
    keyFile: config.tlsKey,
    verifyHostname: config.tlsVerifyHostname,
  });
}

/**
 * How this client says who it is: by a token, else by its certificate. A certificate beside a token is for TLS alone:
 * brokers that demand both take the name from the token.
 */
export function authenticationOf(config: CommonConfig, token?: string): ClientOptions["authentication"] {
  const source = tokenSource(config, token);
  if (source !== undefined) return tokenAuthentication(source);
  return config.tlsCert === undefined ? undefined : tlsAuthentication();
}

export function tokenSource(config: CommonConfig, token?: string): (() => Promise<string>) | undefined {
  if (token !== undefined) return () => Promise.resolve(token);
  if (config.tokenFile !== undefined) return tokenFromFile(config.tokenFile);
  return undefined;
}
