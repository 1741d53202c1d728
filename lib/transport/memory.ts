/** Two connected ends without a network, for tests: bytes cross in order, split and held back as asked. */
import { TransportError } from "./errors.ts";
import type { Transport } from "./transport.ts";

export interface MemoryOptions {
  /** Most bytes in transit in one direction; a write waits until they fit. Default 64 KiB. */
  readonly capacity?: number;
  /** Bytes that a read gets when `available` are there (1 … available). Default: all. */
  readonly split?: (available: number) => number;
}

/** One direction. */
class Pipe {
  readonly #capacity: number;
  readonly #split: (available: number) => number;
  readonly #bytes: Uint8Array[] = [];
  #buffered = 0;
  /** The writing end is closed. */
  #isEnded = false;
  /** The reading end is closed. */
  #isCut = false;
  #changed = Promise.withResolvers<void>();

  constructor(options: MemoryOptions) {
    this.#capacity = options.capacity ?? 64 * 1024;
    this.#split = options.split ?? ((available) => available);
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (into.length === 0) throw new RangeError("read: the buffer has no room");
    while (this.#buffered === 0 && !this.#isEnded && !this.#isCut) await this.#changed.promise;
    if (this.#isCut || this.#buffered === 0) return null;
    const most = Math.min(into.length, this.#buffered);
    const wanted = Math.max(1, Math.min(most, this.#split(most)));
    let filled = 0;
    while (filled < wanted) {
      const first = this.#bytes[0]!;
      const part = first.subarray(0, wanted - filled);
      into.set(part, filled);
      filled += part.length;
      if (part.length === first.length) this.#bytes.shift();
      else this.#bytes[0] = first.subarray(part.length);
    }
    this.#buffered -= filled;
    this.#notify();
    return filled;
  }

  async write(bytes: Uint8Array, peer: string): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      while (this.#buffered >= this.#capacity && !this.#isEnded && !this.#isCut) await this.#changed.promise;
      if (this.#isEnded || this.#isCut) {
        throw new TransportError("ConnectionLost", `the connection to "${peer}" is closed`);
      }
      // Copied, as a socket does: the caller may reuse its buffer once the write is done.
      const part = bytes.slice(at, at + this.#capacity - this.#buffered);
      this.#bytes.push(part);
      this.#buffered += part.length;
      at += part.length;
      this.#notify();
    }
    if (bytes.length === 0 && (this.#isEnded || this.#isCut)) {
      throw new TransportError("ConnectionLost", `the connection to "${peer}" is closed`);
    }
  }

  end(): void {
    this.#isEnded = true;
    this.#notify();
  }

  cut(): void {
    this.#isCut = true;
    this.#notify();
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

class MemoryTransport implements Transport {
  readonly encrypted = false;
  readonly #incoming: Pipe;
  readonly #outgoing: Pipe;

  constructor(incoming: Pipe, outgoing: Pipe, readonly peer: string) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#incoming.read(into);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#outgoing.write(bytes, this.peer);
  }

  close(): void {
    this.#incoming.cut();
    this.#outgoing.end();
  }
}

/**
 * The two ends of a connection. What was written before one end is closed can still be read at the other.
 *
 * @returns client end, server end
 */
export function memoryPair(options: MemoryOptions = {}): [Transport, Transport] {
  const up = new Pipe(options);
  const down = new Pipe(options);
  return [new MemoryTransport(down, up, "memory:server"), new MemoryTransport(up, down, "memory:client")];
}
