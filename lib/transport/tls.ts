/** TLS over TCP, checking the server's certificate and name. */
import { connectError, TransportError } from "./errors.ts";
import { SocketTransport, withinTime } from "./socket.ts";
import { checkPort, DEFAULT_CONNECT_TIMEOUT_MS, openTcp } from "./tcp.ts";
import type { TlsSettings } from "./tls_files.ts";
import { formatAddress, type Transport } from "./transport.ts";

/**
 * Connects and completes the handshake.
 *
 * Nagle's algorithm is off, but for connections with a client certificate: the runtime can start TLS with one only
 * on a socket of its own making, which it does not let us configure.
 *
 * @param host also the name that the certificate must bear
 * @param timeoutMs bounds connecting and the handshake together
 * @throws TransportError
 */
export async function connectTls(
  host: string,
  port: number,
  settings: TlsSettings,
  timeoutMs: number = DEFAULT_CONNECT_TIMEOUT_MS,
): Promise<Transport> {
  const peer = formatAddress({ host, port });
  checkPort(peer, port);
  const options = {
    hostname: host,
    caCerts: [...settings.caCerts],
    unsafelyDisableHostnameVerification: !settings.verifyHostname,
  };
  const start = async (): Promise<Deno.TlsConn> =>
    settings.identity === undefined
      ? await Deno.startTls(await openTcp(host, port, timeoutMs), options)
      : await Deno.connectTls({ ...options, port, ...settings.identity });
  const open = async (signal: AbortSignal): Promise<Deno.TlsConn> => {
    const socket = await start();
    const close = (): void => socket.close();
    // Ends the wait. Deno 2.7 keeps the socket itself until the server answers or hangs up.
    signal.addEventListener("abort", close, { once: true });
    try {
      signal.throwIfAborted();
      await socket.handshake();
      return socket;
    } catch (error) {
      if (!signal.aborted) socket.close();
      throw error;
    } finally {
      signal.removeEventListener("abort", close);
    }
  };
  try {
    const socket = await withinTime(timeoutMs, peer, open, (late) => late.close());
    return new SocketTransport(socket, peer, true);
  } catch (cause) {
    if (cause instanceof Deno.errors.UnexpectedEof || cause instanceof Deno.errors.ConnectionReset) {
      throw new TransportError(
        "TlsFailed",
        `"${peer}" hung up during the TLS handshake; is this its TLS port`,
        {
          cause,
        },
      );
    }
    throw connectError(peer, cause);
  }
}
