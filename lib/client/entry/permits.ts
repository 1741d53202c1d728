/** Flow control of a consumer: the permits it grants to the broker, and what an entry takes of them. */
import type { EntryView } from "../../wire/entry.ts";
import type { U64 } from "../../wire/protobuf.ts";

/** Permits of one consumer, in messages. The broker may send as many messages as it was granted permits. */
export class Permits {
  readonly queueSize: number;
  readonly #grant: (messages: number) => void;
  /** Handled messages whose permits the broker has not got back yet. */
  #returned = 0;
  #isPaused = false;

  /**
   * @param queueSize permits outstanding at most
   * @param grant sends permits to the broker, while there is a connection
   * @throws {RangeError} when a receiver queue cannot have this size
   */
  constructor(queueSize: number, grant: (messages: number) => void) {
    if (!Number.isSafeInteger(queueSize) || queueSize < 1) {
      throw new RangeError(`receiverQueue '${queueSize}' is not possible: use a whole number from 1 on`);
    }
    this.queueSize = queueSize;
    this.#grant = grant;
  }

  /** `count` messages were handled. Their permits are granted again once half the queue has come together. */
  return(count: number): void {
    this.#returned += count;
    if (this.#isPaused || this.#returned < Math.max(1, this.queueSize >>> 1)) return;
    this.#grant(this.#returned);
    this.#returned = 0;
  }

  /** Grants nothing more until {@link resume}. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.return(0);
  }

  /** On a new connection the broker has no permits: the whole queue is granted, or owed while paused. */
  reset(): void {
    this.#returned = this.#isPaused ? this.queueSize : 0;
    if (!this.#isPaused) this.#grant(this.queueSize);
  }
}

/**
 * Messages of a batch of `count` that are still to be delivered: the bits set in its bitmap. `count` is only what the
 * entry claims, so the loop is bounded by the words that were received.
 */
export function pendingMessages(ackSet: readonly U64[], count: number): number {
  let pending = 0;
  for (let at = 0; at < ackSet.length && 64 * at < count; at++) {
    let word = BigInt(ackSet[at]!);
    const left = count - 64 * at;
    if (left < 64) word &= (1n << BigInt(left)) - 1n;
    for (; word !== 0n; word &= word - 1n) pending++;
  }
  return pending;
}

/**
 * The number of messages that a damaged entry claims to hold. The broker has most likely charged the same number; it is
 * limited to the receiver queue, because damage can make it absurd.
 */
export function claimedMessages(view: EntryView, receiverQueue: number): number {
  try {
    const claimed = view.metadata().numMessagesInBatch ?? 1;
    return Math.max(1, Math.min(claimed, receiverQueue));
  } catch {
    return 1;
  }
}
