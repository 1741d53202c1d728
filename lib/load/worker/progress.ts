/**
 * How far one start of a producer worker has come, in shared memory: what it took, what it sent, and what the broker
 * has confirmed. The main thread can read it after the worker has died, so that no slot and no message is unaccounted
 * for: the planned number of messages stays exact, and the consumers' verdict stays certain.
 *
 * The worker writes each word with a plain store once per entry; the words are only read together after the thread
 * has ended, or to see whether anything is left to wait for.
 */
import { LEAST_LANE_BITS, streamId } from "../header/header.ts";
import type { StreamExpectation } from "../verify/verdict.ts";

// Floats: three of the worker, then two of each lane.
const TAKEN = 0;
const RESERVED = 1;
const RESENT = 2;
const LANES_AT = 3;

const bytesOf = (lanes: number): number => (LANES_AT + 2 * lanes) * 8;

/** Shared memory for a worker with this many lanes, all zero; with room for as many as its stream ids can number. */
export function createProgress(lanes: number, laneBits = LEAST_LANE_BITS): SharedArrayBuffer {
  return new SharedArrayBuffer(bytesOf(lanes), { maxByteLength: bytesOf(2 ** laneBits) });
}

/** Makes room for further lanes, before the worker hears of them. Both sides see it at once. */
export function growProgress(memory: SharedArrayBuffer, lanes: number): void {
  if (bytesOf(lanes) > memory.byteLength) memory.grow(bytesOf(lanes));
}

export class WorkerProgress {
  readonly #words: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Float64Array(memory);
  }

  // The worker's side.

  /** Slots were taken: they are this worker's to send. */
  take(slots: number): void {
    this.#words[TAKEN]! += slots;
  }

  /** Messages that were sent again after a reconnect. */
  resend(messages: number): void {
    this.#words[RESENT]! += messages;
  }

  /** Sequences of a lane's stream below `next` are handed to the connection. */
  setSent(lane: number, next: number): void {
    this.#words[LANES_AT + 2 * lane] = next;
  }

  /** Those below `next` are confirmed; receipts come in order. */
  setConfirmed(lane: number, next: number): void {
    this.#words[LANES_AT + 2 * lane + 1] = next;
  }

  sentOf(lane: number): number {
    return this.#words[LANES_AT + 2 * lane]!;
  }

  confirmedOf(lane: number): number {
    return this.#words[LANES_AT + 2 * lane + 1]!;
  }

  // Both sides'.

  /** Slots of the schedule that the worker keeps for itself and has not taken yet. */
  get reserved(): number {
    return this.#words[RESERVED]!;
  }

  set reserved(slots: number) {
    this.#words[RESERVED] = slots;
  }

  get resent(): number {
    return this.#words[RESENT]!;
  }

  /** Slots taken whose message was not sent. */
  get unsent(): number {
    return this.#words[TAKEN]! - this.#sum(0);
  }

  /** Messages sent of which the broker has not said that it has them. */
  get unconfirmed(): number {
    return this.#sum(0) - this.#sum(1);
  }

  #sum(offset: 0 | 1): number {
    let sum = 0;
    for (let at = LANES_AT + offset; at < this.#words.length; at += 2) sum += this.#words[at]!;
    return sum;
  }

  /** What consumers should have received, stream by stream. */
  streams(instance: number, streamWorker: number, laneBits = LEAST_LANE_BITS): StreamExpectation[] {
    const lanes = (this.#words.length - LANES_AT) / 2;
    return Array.from({ length: lanes }, (_, lane) => {
      const next = this.sentOf(lane);
      const confirmed = this.confirmedOf(lane);
      return {
        stream: streamId(instance, streamWorker, lane, laneBits),
        next,
        ...(confirmed === next ? {} : { unconfirmed: [[confirmed, next]] as const }),
      };
    });
  }
}
