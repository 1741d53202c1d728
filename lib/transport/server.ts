/** The listening side, for the embedded broker and for tests. */
import { TransportError } from "./errors.ts";
import { SocketTransport } from "./socket.ts";
import { formatAddress, type Transport } from "./transport.ts";

export interface ListenOptions {
  /** Default 127.0.0.1: other machines cannot connect. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** PEM texts; with them every connection is TLS. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

/** An open port. Iterating yields the connections, until {@link Server.close}. */
export class Server implements AsyncIterable<Transport> {
  readonly host: string;
  readonly port: number;
  readonly #listener: Deno.TcpListener | Deno.TlsListener;
  readonly #encrypted: boolean;
  #isClosed = false;

  /** @throws TransportError `AddressInUse`, `PermissionDenied` or `InvalidAddress` */
  constructor(options: ListenOptions = {}) {
    const { host = "127.0.0.1", port = 0, tls } = options;
    const where = { hostname: host, port };
    try {
      this.#listener = tls === undefined ? Deno.listen(where) : Deno.listenTls({ ...where, ...tls });
    } catch (cause) {
      throw listenError(formatAddress({ host, port }), cause);
    }
    this.#encrypted = tls !== undefined;
    this.host = host;
    this.port = this.#listener.addr.port;
  }

  /**
   * The next connection, or null once the server is closed. A TLS handshake is made by the first read or write.
   *
   * @throws TransportError when the port can take no more connections, as without file descriptors
   */
  async accept(): Promise<Transport | null> {
    while (!this.#isClosed) {
      try {
        const socket = await this.#listener.accept();
        if ("setNoDelay" in socket) socket.setNoDelay(true);
        const { hostname, port } = socket.remoteAddr;
        return new SocketTransport(socket, formatAddress({ host: hostname, port }), this.#encrypted);
      } catch (cause) {
        if (this.#isClosed) return null;
        // The peer closed the connection before it was accepted: go on with the next one.
        if (cause instanceof Deno.errors.ConnectionAborted || cause instanceof Deno.errors.ConnectionReset) {
          continue;
        }
        throw listenError(formatAddress(this), cause);
      }
    }
    return null;
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<Transport> {
    for (let next = await this.accept(); next !== null; next = await this.accept()) yield next;
  }

  /** Frees the port; accepted connections stay open. May be called again. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.close();
  }
}

/** The error of a failed attempt to listen on `address`. */
export function listenError(address: string, cause: unknown): TransportError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof Deno.errors.AddrInUse) {
    return new TransportError("AddressInUse", `cannot listen on "${address}": another program does`, {
      cause,
    });
  }
  const code = cause instanceof Deno.errors.NotCapable || cause instanceof Deno.errors.PermissionDenied
    ? "PermissionDenied"
    : "InvalidAddress";
  return new TransportError(code, `cannot listen on "${address}": ${message.split("\n", 1)[0]}`, { cause });
}
