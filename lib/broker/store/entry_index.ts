/** The index of a topic's stored entries: typed arrays instead of an object per entry. */
import type { ChunkPool } from "./chunk_pool.ts";

const INITIAL_CAPACITY = 64;
/** Bytes per entry of the five arrays below. */
const BYTES_PER_ENTRY = 20;
const HASH_UNKNOWN = -1;

/** Where each stored entry lies: rings of numbers, so that an entry costs no object. */
export class EntryIndex {
  #mask = INITIAL_CAPACITY - 1;
  #chunk = new Uint32Array(INITIAL_CAPACITY);
  #offset = new Uint32Array(INITIAL_CAPACITY);
  #size = new Uint32Array(INITIAL_CAPACITY);
  /** Twice the number of messages, plus one for a batch. */
  #shape = new Uint32Array(INITIAL_CAPACITY);
  #hash = new Int32Array(INITIAL_CAPACITY);
  readonly #pool: ChunkPool;

  constructor(pool: ChunkPool) {
    this.#pool = pool;
    pool.charge(INITIAL_CAPACITY * BYTES_PER_ENTRY);
  }

  get capacity(): number {
    return this.#mask + 1;
  }

  chunk(entry: number): number {
    return this.#chunk[entry & this.#mask]!;
  }
  offset(entry: number): number {
    return this.#offset[entry & this.#mask]!;
  }
  size(entry: number): number {
    return this.#size[entry & this.#mask]!;
  }
  messages(entry: number): number {
    return this.#shape[entry & this.#mask]! >>> 1;
  }
  isBatch(entry: number): boolean {
    return (this.#shape[entry & this.#mask]! & 1) === 1;
  }
  /** Key_Shared slot of the entry, −1 when it was not asked for yet. */
  hash(entry: number): number {
    return this.#hash[entry & this.#mask]!;
  }
  setHash(entry: number, hash: number): void {
    this.#hash[entry & this.#mask] = hash;
  }

  set(entry: number, chunk: number, offset: number, size: number, messages: number, isBatch: boolean): void {
    const at = entry & this.#mask;
    this.#chunk[at] = chunk;
    this.#offset[at] = offset;
    this.#size[at] = size;
    this.#shape[at] = messages * 2 + (isBatch ? 1 : 0);
    this.#hash[at] = HASH_UNKNOWN;
  }

  /** Whether the rings are wide enough for the entries `first … next - 1` and one more. */
  fits(first: number, next: number): boolean {
    return next - first < this.capacity;
  }

  /** Doubles the rings; false when the broker's memory does not allow it. */
  grow(first: number, next: number): boolean {
    const before = this.capacity;
    if (!this.#pool.tryCharge(before * BYTES_PER_ENTRY)) return false;
    // Making room may have emptied the log, and with it this index.
    if (this.capacity < before) this.#pool.charge(-before * BYTES_PER_ENTRY);
    else this.#resize(before * 2, first, next);
    return true;
  }

  /** Gives memory back once nothing is stored. */
  shrink(): void {
    if (this.capacity <= 4096) return;
    const before = this.capacity;
    this.#resize(INITIAL_CAPACITY, 0, 0);
    this.#pool.charge((INITIAL_CAPACITY - before) * BYTES_PER_ENTRY);
  }

  /** The index is not used any more. */
  dispose(): void {
    this.#pool.charge(-this.capacity * BYTES_PER_ENTRY);
  }

  #resize(capacity: number, first: number, next: number): void {
    const mask = capacity - 1;
    const move = <T extends Uint32Array | Int32Array>(from: T, to: T): T => {
      for (let entry = first; entry < next; entry++) to[entry & mask] = from[entry & this.#mask]!;
      return to;
    };
    this.#chunk = move(this.#chunk, new Uint32Array(capacity));
    this.#offset = move(this.#offset, new Uint32Array(capacity));
    this.#size = move(this.#size, new Uint32Array(capacity));
    this.#shape = move(this.#shape, new Uint32Array(capacity));
    this.#hash = move(this.#hash, new Int32Array(capacity));
    this.#mask = mask;
  }
}
