/** Exponential waiting times with jitter, so that many clients do not return to a broker at the same moment. */
export interface BackoffOptions {
  /** First wait, milliseconds. */
  readonly initialMs?: number | undefined;
  /** Longest wait, milliseconds. */
  readonly maxMs?: number | undefined;
  /** In [0, 1); injected by tests. */
  readonly random?: (() => number) | undefined;
}

export class Backoff {
  readonly #initialMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #nextMs: number;

  constructor({ initialMs = 100, maxMs = 10_000, random = Math.random }: BackoffOptions = {}) {
    this.#initialMs = initialMs;
    this.#maxMs = maxMs;
    this.#random = random;
    this.#nextMs = initialMs;
  }

  /** Milliseconds to wait now: between 80 % and 100 % of a step that doubles each time. */
  next(): number {
    const step = this.#nextMs;
    this.#nextMs = Math.min(this.#maxMs, step * 2);
    return step * (0.8 + 0.2 * this.#random());
  }

  /** The step that the next wait is taken from, milliseconds. */
  get step(): number {
    return this.#nextMs;
  }

  reset(): void {
    this.#nextMs = this.#initialMs;
  }
}
