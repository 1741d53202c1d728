/** Plain TCP. */
import { connectError, TransportError } from "./errors.ts";
import { SocketTransport, withinTime } from "./socket.ts";
import { formatAddress, type Transport } from "./transport.ts";

/** Time to connect when nothing else is said, milliseconds. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects and switches Nagle's algorithm off: frames are whole when they are written, and must not wait.
 *
 * @throws TransportError
 */
export async function connectTcp(
  host: string,
  port: number,
  timeoutMs: number = DEFAULT_CONNECT_TIMEOUT_MS,
): Promise<Transport> {
  const peer = formatAddress({ host, port });
  try {
    return new SocketTransport(await openTcp(host, port, timeoutMs), peer, false);
  } catch (cause) {
    throw connectError(peer, cause);
  }
}

/** The bare socket, for TLS to be started on. Errors are those of the runtime, or `ConnectTimeout`. */
export async function openTcp(host: string, port: number, timeoutMs: number): Promise<Deno.TcpConn> {
  const peer = formatAddress({ host, port });
  checkPort(peer, port);
  const socket = await withinTime(
    timeoutMs,
    peer,
    (signal) => Deno.connect({ hostname: host, port, signal }),
    (late) => late.close(),
  );
  socket.setNoDelay(true);
  return socket;
}

/** @throws TransportError `InvalidAddress` */
export function checkPort(peer: string, port: number): void {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return;
  throw new TransportError("InvalidAddress", `cannot connect to "${peer}": the port must be 1 … 65535`);
}
