/** A {@link Transport} over a socket of the runtime, plain or TLS. */
import { tlsError, TransportError } from "./errors.ts";
import type { Transport } from "./transport.ts";
import { within } from "./timing.ts";

/** Owns the socket: nothing else may read, write or close it. */
export class SocketTransport implements Transport {
  readonly #socket: Deno.Conn;
  #isClosed = false;

  constructor(socket: Deno.Conn, readonly peer: string, readonly encrypted: boolean) {
    this.#socket = socket;
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (into.length === 0) throw new RangeError("read: the buffer has no room");
    try {
      return await this.#socket.read(into);
    } catch (cause) {
      if (this.#isClosed) return null;
      throw this.#broken(cause);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      // Nearly always one system call takes everything, so no view is made before a rest is known.
      let written = await this.#socket.write(bytes);
      while (written < bytes.length) written += await this.#socket.write(bytes.subarray(written));
    } catch (cause) {
      throw this.#isClosed
        ? new TransportError("ConnectionLost", `the connection to "${this.peer}" was closed here`, { cause })
        : this.#broken(cause);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#socket.close();
    } catch {
      // The runtime has already closed the socket.
    }
  }

  #broken(cause: unknown): TransportError {
    const known = cause instanceof Deno.errors.InvalidData ? tlsError(this.peer, cause) : undefined;
    if (known !== undefined) return known;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new TransportError("ConnectionLost", `the connection to "${this.peer}" broke: ${reason}`, {
      cause,
    });
  }
}

/**
 * Runs `attempt` for at most `timeoutMs`. What it yields too late is handed to `discard`.
 *
 * @throws TransportError `ConnectTimeout`
 */
export async function withinTime<T>(
  timeoutMs: number,
  peer: string,
  attempt: (signal: AbortSignal) => Promise<T>,
  discard: (late: T) => void,
): Promise<T> {
  const abort = new AbortController();
  const attempted = attempt(abort.signal);
  if (await within(timeoutMs, attempted)) return await attempted;
  attempted.then(discard).catch(() => {});
  abort.abort();
  throw new TransportError("ConnectTimeout", `cannot connect to "${peer}": no answer within ${timeoutMs} ms`);
}
