/**
 * The time that a run may take after its load has ended: for receipts that are still to come and for closing its workers
 * together. The one limit is known before the run, and views show how much of it is used up.
 */

/** Most time between the end of the load and the end of the run, ms. */
export const DRAIN_MS = 10_000;
/** The part of it that is kept for closing the workers, ms. */
export const CLOSING_MS = 3000;

export interface DrainState {
  /** Seconds since the load ended. */
  readonly seconds: number;
  /** The most that it may take, in seconds. */
  readonly limit: number;
}

export class DrainClock {
  readonly #now: () => number;
  #begunAt: number | undefined;
  #limitMs = DRAIN_MS;

  /** @param now monotonic milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The load has ended. */
  begin(limitMs: number = DRAIN_MS): void {
    this.#begunAt = this.#now();
    this.#limitMs = limitMs;
  }

  /** Milliseconds left, when so many are kept back for later; 0 when they are used up, and before the end of the load. */
  left(reserveMs = 0): number {
    if (this.#begunAt === undefined) return 0;
    return Math.max(0, this.#begunAt + this.#limitMs - reserveMs - this.#now());
  }

  /** Undefined while the load goes on. */
  get state(): DrainState | undefined {
    if (this.#begunAt === undefined) return undefined;
    return { seconds: (this.#now() - this.#begunAt) / 1000, limit: this.#limitMs / 1000 };
  }
}
