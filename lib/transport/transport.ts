/** The network as the client and the embedded broker see it: bytes in, bytes out. */

/** One open connection. */
export interface Transport {
  /**
   * Fills `into` from its start, as far as bytes are there. One read at a time.
   *
   * @returns bytes read, at least 1; null at the end of the stream or after {@link close}
   * @throws TransportError when the connection broke
   * @throws RangeError when `into` has no room
   */
  read(into: Uint8Array): Promise<number | null>;
  /**
   * Writes all of `bytes`, which must not change until then. One write at a time. The promise is held back
   * while the peer does not read.
   *
   * @throws TransportError when the connection broke or was closed
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the connection; pending calls end too. May be called again. */
  close(): void;
  /** `host:port` of the other side, for messages. */
  readonly peer: string;
  readonly encrypted: boolean;
}

export interface Address {
  /** Host name or address; an IPv6 address stands without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Where and how to connect. */
export interface Target extends Address {
  readonly tls: boolean;
}

/** Opens a connection. @throws TransportError */
export type Connect = (target: Target) => Promise<Transport>;

/** `host:port`, with brackets round an IPv6 address. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
