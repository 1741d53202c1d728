/**
 * The memory that holds the backlog of a whole broker: chunks of a few sizes, reused, bounded in sum.
 */
import { within } from "../../transport/timing.ts";

/** A piece of memory that entries are appended to; given back when nothing in it is needed any more. */
export class Chunk {
  /** Bytes taken from the start. */
  used = 0;
  #references = 0;
  #sealed = false;
  #isFreed = false;

  constructor(readonly bytes: Uint8Array, readonly pool: ChunkPool) {}

  get references(): number {
    return this.#references;
  }

  /** One more entry lies here, or one more socket write reads from here. */
  retain(): void {
    this.#references++;
  }

  release(): void {
    this.#references--;
    this.#freeIfUnused();
  }

  /** Nothing will be appended any more. */
  seal(): void {
    this.#sealed = true;
    this.#freeIfUnused();
  }

  #freeIfUnused(): void {
    if (!this.#sealed || this.#references > 0 || this.#isFreed) return;
    this.#isFreed = true;
    this.pool.free(this.bytes);
  }
}

export class ChunkPool {
  /** Most bytes that were ever held at once. */
  peak = 0;
  /** Gives back what is kept but not needed; called before an allocation is refused. */
  reclaim: () => void = () => {};
  /** Lets what is asked for reach into the reserve; set around one request. */
  isReserveOpen = false;
  /** A topic with a right to the reserve was refused, and nothing was given back since. */
  isExhausted = false;

  readonly #limit: number;
  readonly #reserve: number;
  #held = 0;
  readonly #idle = new Map<number, Uint8Array[]>();
  readonly #waiting = new Set<() => void>();

  /**
   * @param limit bytes that all chunks and charges together may reach
   * @param reserve how many of them are kept back for topics that hold little
   */
  constructor(limit: number, reserve = 0) {
    this.#limit = limit;
    this.#reserve = reserve;
  }

  /** Bytes held: chunks in use, chunks kept for reuse, and charges. */
  get held(): number {
    return this.#held;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Connections that wait for memory now. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get reserve(): number {
    return this.#reserve;
  }

  /** A chunk of exactly `size` bytes, or undefined when the limit forbids it. */
  take(size: number): Chunk | undefined {
    const bytes = this.#find(size);
    if (bytes !== undefined) return new Chunk(bytes, this);
    this.reclaim();
    const retried = this.#find(size);
    return retried === undefined ? undefined : new Chunk(retried, this);
  }

  /** Accounts for memory that is not a chunk, such as an index; negative to give back. */
  charge(bytes: number): void {
    this.#held += bytes;
    this.peak = Math.max(this.peak, this.#held);
    if (bytes < 0) this.#wake();
  }

  /** Accounts for memory that is not a chunk if the limit allows it. */
  tryCharge(bytes: number): boolean {
    if (!this.#makeRoom(bytes)) {
      this.reclaim();
      if (!this.#makeRoom(bytes)) return false;
    }
    this.charge(bytes);
    return true;
  }

  free(bytes: Uint8Array): void {
    const idle = this.#idle.get(bytes.length);
    if (idle === undefined) this.#idle.set(bytes.length, [bytes]);
    else idle.push(bytes);
    this.#wake();
  }

  /**
   * Resolves when memory was given back, or after a time. Try again then: other connections waited for it too.
   *
   * @param ms how long to wait at most
   */
  async whenFreed(ms: number): Promise<void> {
    const { promise: freed, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    await within(ms, freed);
    this.#waiting.delete(resolve);
  }

  /** Wakes all waiting connections: memory may have become usable without being given back. */
  wakeAll(): void {
    this.#wake();
  }

  #find(size: number): Uint8Array | undefined {
    const reused = this.#idle.get(size)?.pop();
    if (reused !== undefined) return reused;
    if (!this.#makeRoom(size)) return undefined;
    this.charge(size);
    return new Uint8Array(size);
  }

  /** Drops chunks kept for reuse until `size` bytes fit. */
  #makeRoom(size: number): boolean {
    const limit = this.isReserveOpen ? this.#limit : this.#limit - this.#reserve;
    while (this.#held + size > limit) {
      if (!this.#dropOneIdle()) return false;
    }
    return true;
  }

  #dropOneIdle(): boolean {
    for (const [size, idle] of this.#idle) {
      if (idle.pop() === undefined) {
        this.#idle.delete(size);
        continue;
      }
      this.#held -= size;
      return true;
    }
    return false;
  }

  #wake(): void {
    this.isExhausted = false;
    for (const wake of [...this.#waiting]) wake();
  }
}
