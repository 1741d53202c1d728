/** Fast copies from a constant block into frames. */
const MAX_VIEWS = 1024;
const SMALLEST_STEP = 64;

/**
 * Copies the first bytes of a constant block, any number of them, without making a view per copy: views exist for
 * multiples of a step, and the few bytes behind them are copied one by one.
 */
export class CopySource {
  readonly #bytes: Uint8Array;
  readonly #step: number;
  readonly #views: Uint8Array[];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#step = Math.max(SMALLEST_STEP, Math.ceil(bytes.length / MAX_VIEWS));
    const count = Math.floor(bytes.length / this.#step) + 1;
    this.#views = Array.from({ length: count }, (_, index) => bytes.subarray(0, index * this.#step));
  }

  /** Writes the first `length` bytes to `target[at, at + length)`. */
  copy(target: Uint8Array, at: number, length: number): void {
    const whole = Math.floor(length / this.#step);
    target.set(this.#views[whole]!, at);
    for (let index = whole * this.#step; index < length; index++) target[at + index] = this.#bytes[index]!;
  }
}
