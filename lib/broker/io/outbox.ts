/**
 * Bytes on their way to one peer. Small frames are gathered, so that everything one round produces leaves in one
 * socket write; large entries leave straight from the broker's memory. One write is under way at a time.
 */
import type { Chunk } from "../store/chunk_pool.ts";

const BUFFER_SIZE = 128 * 1024;
/** From here on bytes are not copied but referred to. */
const LARGE = 32 * 1024;
/** Deliveries stop above `HIGH_WATER` waiting bytes and go on below `LOW_WATER`. */
const HIGH_WATER = 1024 * 1024;
const LOW_WATER = 512 * 1024;
/** Answers may wait up to here, above what one delivery can put in; a peer that asks for more must read first. */
const MOST_ANSWERS = 8 * 1024 * 1024;
const MOST_IDLE_BUFFERS = 10;

interface Sink {
  write(bytes: Uint8Array): Promise<void>;
}

interface Segment {
  readonly bytes: Uint8Array;
  /** Memory that must stay as it is until the bytes left. */
  readonly chunk: Chunk | undefined;
  /** Buffer to be reused afterwards. */
  readonly buffer: Uint8Array | undefined;
}

export class Outbox {
  /** Bytes that were put in and have not left. */
  queuedBytes = 0;
  /** Called when a peer that had too much waiting can take more. */
  onWritable: () => void = () => {};

  readonly #sink: Sink;
  readonly #mostQueued: number;
  readonly #onError: (error: unknown) => void;
  readonly #segments: Segment[] = [];
  readonly #idle: Uint8Array[] = [];
  #tail: Uint8Array | undefined;
  #tailUsed = 0;
  #isScheduled = false;
  #isPumping = false;
  #isClosed = false;
  #wasFull = false;
  #drainWaiters: (() => void)[] = [];
  #emptyWaiters: (() => void)[] = [];

  /** @param largest most bytes of one delivered entry */
  constructor(sink: Sink, largest: number, onError: (error: unknown) => void) {
    this.#sink = sink;
    this.#mostQueued = HIGH_WATER + largest + MOST_ANSWERS;
    this.#onError = onError;
  }

  /** Whether more messages may be put in. Answers to commands may always. */
  get isWritable(): boolean {
    if (this.queuedBytes < HIGH_WATER) return true;
    this.#wasFull = true;
    return false;
  }

  /** Whether so much waits that nothing more must be taken from this peer. */
  get isOverfull(): boolean {
    if (this.queuedBytes < this.#mostQueued) return false;
    this.#wasFull = true;
    return true;
  }

  /** Copies bytes in. */
  append(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    if (bytes.length > BUFFER_SIZE) {
      this.#push({ bytes: bytes.slice(), chunk: undefined, buffer: undefined });
      return;
    }
    const tail = this.#tailFor(bytes.length);
    tail.set(bytes, this.#tailUsed);
    this.#tailUsed += bytes.length;
    this.queuedBytes += bytes.length;
    this.#schedule();
  }

  /** Puts in bytes that lie in a chunk: small ones are copied, large ones pin the chunk until they left. */
  appendFrom(chunk: Chunk, offset: number, size: number): void {
    const bytes = chunk.bytes.subarray(offset, offset + size);
    if (size < LARGE) {
      this.append(bytes);
      return;
    }
    if (this.#isClosed) return;
    chunk.retain();
    this.#push({ bytes, chunk, buffer: undefined });
  }

  /** Resolves when less than the high-water mark waits, or when the outbox is closed. */
  whenWritable(): Promise<void> {
    if (this.isWritable || this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  /** Resolves when everything has left, or when the outbox is closed. */
  whenEmpty(): Promise<void> {
    if (this.queuedBytes === 0 || this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => this.#emptyWaiters.push(resolve));
  }

  /** Drops what waits; what is being written is finished by the transport. */
  close(): void {
    this.#isClosed = true;
    if (!this.#isPumping) this.#dropAll();
    this.#wakeDrained();
    this.#wakeEmpty();
  }

  #push(segment: Segment): void {
    this.#sealTail();
    this.#segments.push(segment);
    this.queuedBytes += segment.bytes.length;
    this.#schedule();
  }

  #tailFor(size: number): Uint8Array {
    if (this.#tail !== undefined && this.#tailUsed + size <= this.#tail.length) return this.#tail;
    this.#sealTail();
    return this.#tail = this.#idle.pop() ?? new Uint8Array(BUFFER_SIZE);
  }

  #sealTail(): void {
    const buffer = this.#tail;
    if (buffer === undefined) return;
    this.#segments.push({ bytes: buffer.subarray(0, this.#tailUsed), chunk: undefined, buffer });
    this.#tail = undefined;
    this.#tailUsed = 0;
  }

  /** A microtask runs when the current round is over: that is what gathers its frames into one write. */
  #schedule(): void {
    if (this.#isScheduled || this.#isPumping) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#pump().catch(this.#onError);
    });
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      for (;;) {
        if (this.#segments.length === 0) this.#sealTail();
        const segment = this.#segments.shift();
        if (segment === undefined || this.#isClosed) {
          if (segment !== undefined) this.#finish(segment);
          break;
        }
        try {
          await this.#sink.write(segment.bytes);
        } finally {
          this.#finish(segment);
        }
        this.#reportSpace();
      }
    } finally {
      this.#isPumping = false;
      if (this.#isClosed) this.#dropAll();
    }
  }

  #finish(segment: Segment): void {
    this.queuedBytes -= segment.bytes.length;
    segment.chunk?.release();
    if (segment.buffer !== undefined && this.#idle.length < MOST_IDLE_BUFFERS) {
      this.#idle.push(segment.buffer);
    }
  }

  #reportSpace(): void {
    if (this.queuedBytes === 0) this.#wakeEmpty();
    if (!this.#wasFull || this.queuedBytes > LOW_WATER) return;
    this.#wasFull = false;
    this.#wakeDrained();
    this.onWritable();
  }

  #wakeDrained(): void {
    const waiters = this.#drainWaiters;
    this.#drainWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #wakeEmpty(): void {
    for (const resolve of this.#emptyWaiters.splice(0)) resolve();
  }

  #dropAll(): void {
    this.#sealTail();
    for (const segment of this.#segments.splice(0)) this.#finish(segment);
  }
}
