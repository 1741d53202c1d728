/**
 * Where the latest entries of a worker lie in their topics: what the broker said in its receipts (producer), or sent along
 * with them (consumer). In shared memory, so that the main thread can look up a message that was lost or came twice, also
 * when the worker has ended or died.
 *
 * The worker writes once per entry, plain stores and no allocation; a reader leaves out what may be overwritten meanwhile.
 */

/** Entries kept of a worker: a power of two. */
export const RING_ENTRIES = 32_768;
const FLOATS = 4;
const WORDS = 4;
const FLOATS_AT = 64;
const WORDS_AT = FLOATS_AT + RING_ENTRIES * FLOATS * 8;
const RING_BYTES = WORDS_AT + RING_ENTRIES * WORDS * 4;

/** 1.5 MiB, of which only written pages are resident. */
export function createEntryRing(): SharedArrayBuffer {
  return new SharedArrayBuffer(RING_BYTES);
}

/** An entry that a worker has sent or received. */
export interface EntryMark {
  readonly lane: number;
  /** −1 where the broker gave no place. */
  readonly ledgerId: number;
  readonly entryId: number;
  /** When its receipt or the entry itself came: clock microseconds (producer) or wall clock microseconds (consumer). */
  readonly at: number;
  /** The entry was delivered before. */
  readonly isRepeat: boolean;
}

export class EntryRing {
  readonly #written: Float64Array;
  readonly #floats: Float64Array;
  readonly #words: Uint32Array;
  #count = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#written = new Float64Array(memory, 0, 1);
    this.#floats = new Float64Array(memory, FLOATS_AT, RING_ENTRIES * FLOATS);
    this.#words = new Uint32Array(memory, WORDS_AT, RING_ENTRIES * WORDS);
  }

  /**
   * Worker: notes an entry.
   *
   * @param next sequence behind its last message
   * @param count messages of the stream in it
   */
  write(
    lane: number,
    stream: number,
    next: number,
    count: number,
    ledgerId: number | bigint,
    entryId: number | bigint,
    at: number,
    isRepeat: boolean,
  ): void {
    const index = this.#count++ & (RING_ENTRIES - 1);
    const floats = this.#floats;
    const words = this.#words;
    const float = index * FLOATS;
    const word = index * WORDS;
    floats[float] = next;
    floats[float + 1] = Number(ledgerId);
    floats[float + 2] = Number(entryId);
    floats[float + 3] = at;
    words[word] = stream;
    words[word + 1] = count;
    words[word + 2] = lane;
    words[word + 3] = isRepeat ? 1 : 0;
    this.#written[0] = this.#count;
  }

  /** Reader: the latest messages [from, to) of a stream that are known to lie at a place of a lane's topic. */
  messagesAt(
    ledgerId: number,
    entryId: number,
    isLane: (lane: number) => boolean,
  ): { readonly stream: number; readonly from: number; readonly to: number } | undefined {
    const floats = this.#floats;
    const words = this.#words;
    const written = this.#written[0]!;
    for (let number = written - 1; number >= Math.max(0, written - RING_ENTRIES); number--) {
      const index = number & (RING_ENTRIES - 1);
      const float = index * FLOATS;
      if (floats[float + 2] !== entryId || floats[float + 1] !== ledgerId) continue;
      const word = index * WORDS;
      if (!isLane(words[word + 2]!)) continue;
      const to = floats[float]!;
      const found = { stream: words[word]!, from: to - words[word + 1]!, to };
      // The worker goes on writing, and may have written over it meanwhile.
      return number >= this.#written[0]! - RING_ENTRIES + 1 ? found : undefined;
    }
    return undefined;
  }

  /** Reader: the entries that hold a message, oldest first. */
  find(stream: number, sequence: number): EntryMark[] {
    const floats = this.#floats;
    const words = this.#words;
    const written = this.#written[0]!;
    const found: { number: number; mark: EntryMark }[] = [];
    for (let number = Math.max(0, written - RING_ENTRIES); number < written; number++) {
      const index = number & (RING_ENTRIES - 1);
      const word = index * WORDS;
      if (words[word] !== stream) continue;
      const float = index * FLOATS;
      const next = floats[float]!;
      if (sequence >= next || sequence < next - words[word + 1]!) continue;
      const mark = {
        lane: words[word + 2]!,
        ledgerId: signed(floats[float + 1]!),
        entryId: signed(floats[float + 2]!),
        at: floats[float + 3]!,
        isRepeat: words[word + 3] === 1,
      };
      found.push({ number, mark });
    }
    // The worker goes on writing, and may be in the middle of the next one.
    const oldest = this.#written[0]! - RING_ENTRIES + 1;
    return found.filter(({ number }) => number >= oldest).map(({ mark }) => mark);
  }
}

/** The broker says −1 as an unsigned number where it gives no place. */
function signed(id: number): number {
  return id >= 2 ** 63 ? -1 : id;
}
