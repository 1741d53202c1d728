/**
 * The window of a producer: a fixed number of frames, each free, being filled, or waiting for its receipt.
 *
 * Frames are reused, so constant bytes of generated payloads stay in place from one use to the next.
 */
import { HEADROOM, SendFrame } from "../../wire/send_frame.ts";

/** Where an entry's uncompressed body is written: `buffer[start, limit)`. */
export class EntryBody {
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly limit: number;
  /** Whoever writes bodies may note here what the buffer still holds from the last time. */
  memo: unknown = undefined;

  constructor(buffer: Uint8Array, start: number, limit: number) {
    this.buffer = buffer;
    this.start = start;
    this.limit = limit;
  }
}

/** One entry on its way: a batch, or a single message. Entries are reused; each keeps its frame and its context. */
export class OutgoingEntry<C = undefined> {
  readonly frame: SendFrame;
  /** Without compression this is the frame itself; with it, a buffer that all entries of a producer share. */
  readonly body: EntryBody;
  /** What the caller notes of the entry until its receipt. The client does not look at it. */
  readonly context: C;

  /** Messages in it. */
  count = 0;
  sequenceId = 0;
  /** Last sequence id, the same as the first for single messages. */
  lastSequenceId = 0;
  /** How often the broker has refused it. */
  refusals = 0;

  constructor(frame: SendFrame, body: EntryBody, context: C) {
    this.frame = frame;
    this.body = body;
    this.context = context;
  }

  /** Bytes of the entry as a broker counts them, once sealed: without the command and the frame around it. */
  get wireBytes(): number {
    return this.frame.frameEnd - this.frame.entryStart;
  }
}

export interface FramePoolOptions<C> {
  readonly size: number;
  /** Most body bytes of an entry before compression. */
  readonly bodyCapacity: number;
  readonly isCompressed: boolean;
  /** Called once per frame. */
  readonly createContext: () => C;
  readonly allocate: (bytes: number) => Uint8Array;
  /** Takes buffers back from {@link FramePool.dispose}. */
  readonly recycle?: (buffer: Uint8Array) => void;
}

/** Free entries on a stack; sent ones in a ring, oldest first. */
export class FramePool<C = undefined> {
  readonly size: number;
  readonly #options: FramePoolOptions<C>;
  readonly #free: OutgoingEntry<C>[] = [];
  readonly #sent: (OutgoingEntry<C> | undefined)[];
  #created = 0;
  #head = 0;
  #inFlight = 0;
  #shared: EntryBody | undefined;
  #isDisposed = false;

  constructor(options: FramePoolOptions<C>) {
    this.size = options.size;
    this.#options = options;
    this.#sent = new Array(options.size).fill(undefined);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether `take` would find an entry. */
  get hasRoom(): boolean {
    return this.#free.length > 0 || this.#created < this.size;
  }

  /** A free entry, or undefined when all are in use. Frames are allocated as they are first needed. */
  take(): OutgoingEntry<C> | undefined {
    const entry = this.#free.pop();
    if (entry !== undefined) return entry;
    if (this.#created === this.size) return undefined;
    this.#created++;
    return this.#create();
  }

  #create(): OutgoingEntry<C> {
    const { bodyCapacity, isCompressed, allocate, createContext } = this.#options;
    if (!isCompressed) {
      const frame = new SendFrame(bodyCapacity, allocate);
      const body = new EntryBody(frame.buffer, HEADROOM, HEADROOM + bodyCapacity);
      return new OutgoingEntry(frame, body, createContext());
    }
    this.#shared ??= new EntryBody(new Uint8Array(bodyCapacity), 0, bodyCapacity);
    // Snappy's bound, the loosest of all codecs: what cannot be compressed grows by a sixth at most.
    const frame = new SendFrame(bodyCapacity + Math.ceil(bodyCapacity / 6) + 1024, allocate);
    return new OutgoingEntry(frame, this.#shared, createContext());
  }

  /** Gives an entry back unsent, or after its receipt. */
  release(entry: OutgoingEntry<C>): void {
    if (this.#isDisposed) this.#options.recycle?.(entry.frame.buffer);
    else this.#free.push(entry);
  }

  /** Hands all buffers back, also those of entries that are released later. Nothing may still be sending them. */
  dispose(lost: readonly OutgoingEntry<C>[]): void {
    this.#isDisposed = true;
    for (const entry of [...this.#free.splice(0), ...lost]) this.#options.recycle?.(entry.frame.buffer);
  }

  /** Appends an entry to those that wait for receipts. */
  push(entry: OutgoingEntry<C>): void {
    this.#sent[(this.#head + this.#inFlight) % this.size] = entry;
    this.#inFlight++;
  }

  /** The oldest entry that waits, if any. */
  peek(): OutgoingEntry<C> | undefined {
    return this.#inFlight === 0 ? undefined : this.#sent[this.#head];
  }

  /** Removes the oldest entry that waits. */
  shift(): void {
    this.#sent[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.size;
    this.#inFlight--;
  }

  /** Removes the entry of which this is a sequence id from those that wait, wherever it stands. */
  remove(sequenceId: number): OutgoingEntry<C> | undefined {
    let found: OutgoingEntry<C> | undefined;
    for (const entry of this.takeSent()) {
      if (sequenceId >= entry.sequenceId && sequenceId <= entry.lastSequenceId) found = entry;
      else this.push(entry);
    }
    return found;
  }

  /** Removes all that wait, oldest first. */
  takeSent(): OutgoingEntry<C>[] {
    const entries: OutgoingEntry<C>[] = [];
    for (let entry = this.peek(); entry !== undefined; entry = this.peek()) {
      entries.push(entry);
      this.shift();
    }
    return entries;
  }

  /** Calls `visit` for every waiting entry, oldest first. */
  forEachSent(visit: (entry: OutgoingEntry<C>) => void): void {
    for (let index = 0; index < this.#inFlight; index++) {
      visit(this.#sent[(this.#head + index) % this.size]!);
    }
  }
}
