/**
 * A stretch of shared memory as words. All atomic steps of the schedule go through this class, so that a test can
 * put any order of steps between workers to the proof.
 */

/**
 * Views of one stretch. 64-bit counters are BigInt64 words underneath and numbers (exact to 2^53) outside; an add
 * costs 20–30 ns uncontended. Floats are plain accesses: they are written before, and read after, an atomic step.
 */
export class SharedWords {
  readonly #i32: Int32Array;
  readonly #i64: BigInt64Array;
  readonly #f64: Float64Array;
  // The last number added, as BigInt: a worker nearly always adds the same, and making one costs more than the add.
  #added = 0;
  #addedBig = 0n;

  /** `byteOffset` and `byteLength` are multiples of 8. */
  constructor(memory: SharedArrayBuffer, byteOffset: number, byteLength: number) {
    this.#i32 = new Int32Array(memory, byteOffset, byteLength / 4);
    this.#i64 = new BigInt64Array(memory, byteOffset, byteLength / 8);
    this.#f64 = new Float64Array(memory, byteOffset, byteLength / 8);
  }

  /** 32-bit word by its byte offset / 4. */
  load(index: number): number {
    return Atomics.load(this.#i32, index);
  }

  store(index: number, value: number): void {
    Atomics.store(this.#i32, index, value);
  }

  add32(index: number, value: number): void {
    Atomics.add(this.#i32, index, value);
  }

  /** 64-bit counter by its byte offset / 8. */
  load64(index: number): number {
    return Number(Atomics.load(this.#i64, index));
  }

  store64(index: number, value: number): void {
    Atomics.store(this.#i64, index, BigInt(value));
  }

  /** Returns the value before the addition. */
  add64(index: number, value: number): number {
    if (value !== this.#added) {
      this.#added = value;
      this.#addedBig = BigInt(value);
    }
    return Number(Atomics.add(this.#i64, index, this.#addedBig));
  }

  /** True when the counter was `expected` and now is `value`. */
  exchange64(index: number, expected: number, value: number): boolean {
    const before = BigInt(expected);
    return Atomics.compareExchange(this.#i64, index, before, BigInt(value)) === before;
  }

  /** Takes up to `wanted` from a counter that never goes below 0, and returns how many. */
  takeUpTo64(index: number, wanted: number): number {
    for (;;) {
      const before = Atomics.load(this.#i64, index);
      const count = Math.min(Number(before), wanted);
      if (count === 0) return 0;
      const after = BigInt(Number(before) - count);
      if (Atomics.compareExchange(this.#i64, index, before, after) === before) return count;
    }
  }

  /** Float by its byte offset / 8. */
  float(index: number): number {
    return this.#f64[index]!;
  }

  setFloat(index: number, value: number): void {
    this.#f64[index] = value;
  }
}
