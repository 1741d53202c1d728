/**
 * The stored entries of one topic, oldest first, in chunks of the broker's memory. Entries are numbered from 0
 * and dropped from the front only.
 */
import type { Chunk, ChunkPool } from "./chunk_pool.ts";
import { EntryIndex } from "./entry_index.ts";

const FIRST_CHUNK = 16 * 1024;
const LARGEST_CHUNK = 8 * 1024 * 1024;

export class EntryLog {
  readonly ledgerId: number;
  /** The first entry still stored; equals `next` when none is. */
  first = 0;
  /** Number of the entry that will be appended next. */
  next = 0;
  /** Bytes of the stored entries. */
  bytes = 0;

  readonly #pool: ChunkPool;
  readonly #index: EntryIndex;
  readonly #chunks: Chunk[] = [];
  /** Number of `#chunks[0]`, as the index counts chunks. */
  #firstChunk = 0;
  #nextChunkSize = FIRST_CHUNK;
  readonly #largestChunk: number;

  constructor(ledgerId: number, pool: ChunkPool) {
    this.ledgerId = ledgerId;
    this.#pool = pool;
    this.#index = new EntryIndex(pool);
    // Many topics must fit side by side, whatever the limit is.
    this.#largestChunk = Math.max(
      FIRST_CHUNK,
      Math.min(LARGEST_CHUNK, 2 ** Math.floor(Math.log2(pool.limit / 32))),
    );
  }

  get isEmpty(): boolean {
    return this.first === this.next;
  }

  /**
   * Copies an entry in.
   *
   * @returns its number, or −1 when the broker's memory is full
   */
  append(buffer: Uint8Array, start: number, end: number, messages: number, isBatch: boolean): number {
    const size = end - start;
    const chunk = this.#chunkFor(size);
    if (chunk === undefined) return -1;
    // While the index asks for memory, what is retained may be dropped, and with it the chunk of an empty log.
    if (!this.#index.fits(this.first, this.next) && !this.#index.grow(this.first, this.next)) return -1;
    if (this.#chunks.at(-1) !== chunk) return this.append(buffer, start, end, messages, isBatch);
    chunk.bytes.set(buffer.subarray(start, end), chunk.used);
    const entry = this.next++;
    this.#index.set(entry, this.#firstChunk + this.#chunks.length - 1, chunk.used, size, messages, isBatch);
    chunk.used += size;
    chunk.retain();
    this.bytes += size;
    return entry;
  }

  /** Counts an entry without storing it. */
  skip(): number {
    this.first = this.next + 1;
    return this.next++;
  }

  /** Drops all entries before `entry`. */
  dropBefore(entry: number): void {
    const end = Math.min(entry, this.next);
    while (this.first < end) {
      const number = this.first++;
      this.bytes -= this.#index.size(number);
      const chunk = this.#index.chunk(number);
      while (this.#firstChunk < chunk) this.#dropFirstChunk();
      this.#chunks[0]!.release();
    }
    if (!this.isEmpty) return;
    while (this.#chunks.length > 1) this.#dropFirstChunk();
    const last = this.#chunks[0];
    if (last !== undefined && last.references === 0) last.used = 0;
    this.#index.shrink();
    this.#pool.wakeAll();
  }

  /** Gives the memory of an empty log back. */
  compact(): void {
    if (this.isEmpty && this.#chunks.length > 0) this.#dropFirstChunk();
  }

  /** Drops everything; the log must not be used any more. */
  dispose(): void {
    this.dropBefore(this.next);
    this.compact();
    this.#index.dispose();
  }

  chunkOf(entry: number): Chunk {
    return this.#chunks[this.#index.chunk(entry) - this.#firstChunk]!;
  }
  offset(entry: number): number {
    return this.#index.offset(entry);
  }
  size(entry: number): number {
    return this.#index.size(entry);
  }
  messages(entry: number): number {
    return this.#index.messages(entry);
  }
  isBatch(entry: number): boolean {
    return this.#index.isBatch(entry);
  }
  hash(entry: number): number {
    return this.#index.hash(entry);
  }
  setHash(entry: number, hash: number): void {
    this.#index.setHash(entry, hash);
  }

  #chunkFor(size: number): Chunk | undefined {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.used + size <= last.bytes.length) return last;
    const wanted = Math.max(this.#nextChunkSize, size);
    // A smaller chunk may still fit into what is left of the memory.
    const chunk = this.#pool.take(wanted) ??
      (wanted > size ? this.#pool.take(Math.max(size, FIRST_CHUNK)) : undefined);
    if (chunk === undefined) return undefined;
    // Taking may have dropped what was kept for readers, and with it the chunk looked at above.
    this.#chunks.at(-1)?.seal();
    this.#chunks.push(chunk);
    this.#nextChunkSize = Math.min(this.#nextChunkSize * 2, this.#largestChunk);
    return chunk;
  }

  #dropFirstChunk(): void {
    this.#chunks.shift()!.seal();
    this.#firstChunk++;
  }
}
