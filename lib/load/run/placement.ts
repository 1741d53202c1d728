/**
 * Which worker opens which topics. Usually every worker opens all topics of the run. Where a run says how many
 * producers or consumers each topic has, these are spread over the workers, so that few threads carry any number.
 */
import { LEAST_LANE_BITS, STREAM_BITS } from "../header/header.ts";
import type { Place } from "../worker/protocol.ts";

export class Placement {
  readonly #perTopic: number | undefined;
  readonly #workers: () => number;
  #topics: readonly string[] = [];

  /**
   * @param perTopic producers or consumers of each topic, all workers together; undefined = one in each worker
   * @param workers of the run now
   */
  constructor(perTopic: number | undefined, workers: () => number) {
    this.#perTopic = perTopic;
    this.#workers = workers;
  }

  get topics(): readonly string[] {
    return this.#topics;
  }

  get perTopic(): number | undefined {
    return this.#perTopic;
  }

  get isSpread(): boolean {
    return this.#perTopic !== undefined;
  }

  /** Producers or consumers of all workers. */
  get lanes(): number {
    return this.#topics.length * (this.#perTopic ?? this.#workers());
  }

  /** Behind those that there are, whose places do not change. */
  add(topics: readonly string[]): void {
    this.#topics = [...this.#topics, ...topics];
  }

  /**
   * What the worker in a slot opens, in an order that added topics only lengthen. Producers or consumers of one topic
   * are neighbours, so that they are in different workers as far as there are as many.
   */
  of(slot: number): Place[] {
    const places: Place[] = [];
    const perTopic = this.#perTopic;
    const workers = this.#workers();
    for (const [index, topic] of this.#topics.entries()) {
      for (let copy = 0; copy < (perTopic ?? 1); copy++) {
        const isHere = perTopic === undefined || (index * perTopic + copy) % workers === slot;
        if (isHere) places.push({ topic, index });
      }
    }
    return places;
  }

  /**
   * Bits of a stream's id that number the producers of one worker: enough for twice as many as it has now, or would have
   * among so many workers, since topics may be added.
   */
  laneBits(workers = this.#workers()): number {
    if (!this.isSpread) return LEAST_LANE_BITS;
    const perWorker = Math.max(1, Math.ceil(this.lanes / workers));
    return Math.min(STREAM_BITS, Math.max(LEAST_LANE_BITS, Math.ceil(Math.log2(perWorker)) + 1));
  }
}
