/** The network as the client sees it: TCP or TLS, as the target says. */
import { connectTcp, DEFAULT_CONNECT_TIMEOUT_MS } from "./tcp.ts";
import { connectTls } from "./tls.ts";
import type { TlsSettings } from "./tls_files.ts";
import type { Connect } from "./transport.ts";

export interface NetworkOptions {
  /** Bounds connecting and the TLS handshake together, milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** From `loadTls`. Without it the runtime's authorities are trusted and names are checked. */
  readonly tls?: TlsSettings | undefined;
}

/** A {@link Connect} for the real network. */
export function networkConnect(options: NetworkOptions = {}): Connect {
  const timeoutMs = options.timeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
  const tls = options.tls ?? { caCerts: [], verifyHostname: true };
  return ({ host, port, tls: isTls }) =>
    isTls ? connectTls(host, port, tls, timeoutMs) : connectTcp(host, port, timeoutMs);
}
