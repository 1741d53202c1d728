/**
 * What all workers of a consumer may still take, in memory that they share: counted down where messages are taken, so
 * that a planned number is exact, and ended for all of them in one step, so that none takes what another has left.
 */
import { SharedWords } from "./shared_words.ts";

// 32-bit words.
const STATE = 0;
/** Raised whenever some messages may come again, or to another worker than they were sent to. */
const DISTURBANCES = 1;
// 64-bit words.
const TAKEN = 1;
const LIMIT = 2;
const BYTES = 64;

const State = { free: 0, counted: 1, stopped: 2 } as const;

/** Shared memory for a quota without limits. */
export function createQuota(): SharedArrayBuffer {
  return new SharedArrayBuffer(BYTES);
}

export class ConsumerQuota {
  readonly #words: SharedWords;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new SharedWords(memory, 0, BYTES);
  }

  // The main thread's side.

  /** From now on at most `messages` are taken, those of before included. Before the first worker, or raised later. */
  limit(messages: number): void {
    const words = this.#words;
    words.store64(LIMIT, Math.min(messages, Number.MAX_SAFE_INTEGER));
    if (words.load(STATE) === State.free) words.store(STATE, State.counted);
  }

  /** Nothing is taken any more, by anybody. */
  stop(): void {
    this.#words.store(STATE, State.stopped);
  }

  // The workers' side.

  /** Takes the messages of an entry, or as many of them as there are left, and returns how many. */
  take(messages: number): number {
    const words = this.#words;
    const state = words.load(STATE);
    if (state === State.free) return messages;
    if (state === State.stopped) return 0;
    for (;;) {
      const taken = words.load64(TAKEN);
      const granted = Math.min(messages, words.load64(LIMIT) - taken);
      if (granted <= 0) return 0;
      if (words.exchange64(TAKEN, taken, taken + granted)) return granted;
    }
  }

  /** Messages that were taken and turned out to be none. */
  giveBack(messages: number): void {
    if (this.#words.load(STATE) !== State.free) this.#words.add64(TAKEN, -messages);
  }

  // Both sides'.

  /** Messages may come again, or late: their order says nothing any more. */
  disturb(): void {
    this.#words.add32(DISTURBANCES, 1);
  }

  /** How often that has happened. */
  get disturbances(): number {
    return this.#words.load(DISTURBANCES);
  }
}
