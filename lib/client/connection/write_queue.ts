/** The one writer of a socket. Frames go out in order; small frames that wait for a write leave together in the next. */
import type { Transport } from "../../transport/transport.ts";

const STAGING_BYTES = 64 * 1024;
/** Frames up to this size are gathered; larger ones go out without a copy. */
const SMALL = 8 * 1024;

export class WriteQueue {
  readonly #transport: Transport;
  readonly #onError: (error: unknown) => void;
  #queue: Uint8Array[] = [];
  #head = 0;
  readonly #staging = new Uint8Array(STAGING_BYTES);
  #isBusy = false;
  #isClosed = false;
  /** Bytes accepted and not yet taken by the socket. */
  queuedBytes = 0;

  constructor(transport: Transport, onError: (error: unknown) => void) {
    this.#transport = transport;
    this.#onError = onError;
  }

  /** Sends bytes without a copy: they must not change until the peer has received them. */
  push(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.queuedBytes += bytes.length;
    this.#queue.push(bytes);
    if (this.#isBusy) return;
    this.#isBusy = true;
    // A microtask later, so that all frames of one event leave in one write.
    queueMicrotask(() => void this.#pump());
  }

  /** Sends a copy: the caller may reuse the bytes at once. */
  pushCopy(bytes: Uint8Array): void {
    this.push(bytes.slice());
  }

  close(): void {
    this.#isClosed = true;
    this.#queue = [];
    this.#head = 0;
    this.queuedBytes = 0;
  }

  async #pump(): Promise<void> {
    try {
      while (this.#head < this.#queue.length) {
        const chunk = this.#take();
        await this.#transport.write(chunk);
        if (this.#isClosed) return;
        this.queuedBytes -= chunk.length;
      }
      this.#queue.length = 0;
      this.#head = 0;
      this.#isBusy = false;
    } catch (error) {
      if (!this.#isClosed) this.#onError(error);
    }
  }

  #take(): Uint8Array {
    const first = this.#queue[this.#head]!;
    const second = this.#queue[this.#head + 1];
    if (first.length > SMALL || second === undefined || second.length > SMALL) {
      this.#advance();
      return first;
    }
    let length = 0;
    for (;;) {
      const bytes = this.#queue[this.#head];
      if (bytes === undefined || bytes.length > SMALL || length + bytes.length > STAGING_BYTES) break;
      this.#staging.set(bytes, length);
      length += bytes.length;
      this.#advance();
    }
    return this.#staging.subarray(0, length);
  }

  #advance(): void {
    this.#head++;
    // Drops sent frames now and then, so that a queue that never runs empty does not grow without limit.
    if (this.#head >= 1024) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
