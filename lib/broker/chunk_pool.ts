/**
 * The memory that holds the backlog of a whole broker: chunks of a few sizes, reused, bounded in sum.
 */

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

  readonly #limit: number;
  #held = 0;
  readonly #idle = new Map<number, Uint8Array[]>();
  #waiting: (() => void)[] = [];

  /** @param limit bytes that all chunks and charges together may reach */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes held: chunks in use, chunks kept for reuse, and charges. */
  get held(): number {
    return this.#held;
  }

  get limit(): number {
    return this.#limit;
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

  /** Resolves when memory was given back; look again then, others were waiting too. */
  whenFreed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Wakes all who wait: memory may have become usable without being given back. */
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
    while (this.#held + size > this.#limit) {
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
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
