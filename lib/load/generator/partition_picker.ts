/** Chooses the partition of a batch. */
import type { ProducerConfig } from "../../config/run_config.ts";
import { javaStringHash } from "../../wire/hash.ts";
import { keyText } from "./keys.ts";

/** Keys whose text and partition are remembered; rarer ones are worked out each time. */
const CACHED_KEYS = 65_536;

export class PartitionPicker {
  readonly #routing: ProducerConfig["routing"];
  #partitions: number;
  #turn: number;
  readonly #partitionOf = new Int32Array(CACHED_KEYS).fill(-1);
  readonly #keyBytes: (Uint8Array | undefined)[] = [];

  /** @param worker workers start at different partitions, so that few batches do not all go to the first */
  constructor(routing: ProducerConfig["routing"], partitions: number, worker: number) {
    this.#routing = routing;
    this.#partitions = partitions;
    this.#turn = worker % partitions;
  }

  /** The topic has more partitions now. Keys move, as they do with other clients; `single` stays where it is. */
  grow(partitions: number): void {
    this.#partitions = partitions;
    this.#partitionOf.fill(-1);
  }

  /** Partition of the next batch, all of whose messages have this key (−1 = no key). */
  next(key: number): number {
    if (this.#partitions === 1) return 0;
    if (this.#routing === "single") return this.#turn;
    if (this.#routing === "key-hash" && key >= 0) return this.#byKey(key);
    const partition = this.#turn;
    this.#turn = (partition + 1) % this.#partitions;
    return partition;
  }

  #byKey(key: number): number {
    const known = key < CACHED_KEYS ? this.#partitionOf[key]! : -1;
    if (known >= 0) return known;
    const partition = javaStringHash(keyText(key)) % this.#partitions;
    if (key < CACHED_KEYS) this.#partitionOf[key] = partition;
    return partition;
  }

  /** UTF-8 of a key's text. */
  keyBytes(key: number): Uint8Array {
    const known = this.#keyBytes[key];
    if (known !== undefined) return known;
    const bytes = new TextEncoder().encode(keyText(key));
    if (key < CACHED_KEYS) this.#keyBytes[key] = bytes;
    return bytes;
  }
}
