/**
 * Looks now and then whether a topic has been given more partitions. Clients of a partitioned topic only know those that
 * they have asked for: without looking, a producer never uses the new ones and a consumer never reads them.
 */

export interface PartitionWatchOptions {
  readonly periodMs: number;
  /** The topics to use now, in the order of their partitions. */
  readonly list: () => Promise<readonly string[]>;
  /** Hears them all after each look. */
  readonly onList: (topics: readonly string[]) => void;
  /** Milliseconds of a clock that never goes back; injected by tests. */
  readonly now?: () => number;
}

export class PartitionWatch {
  readonly #options: PartitionWatchOptions;
  readonly #now: () => number;
  #askedAt: number;
  #isAnswered = true;
  #looking: Promise<void> = Promise.resolve();

  /** The first look is one period from now: the run has only just asked. */
  constructor(options: PartitionWatchOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#askedAt = this.#now();
  }

  /** To be called often; asks once a period, and not again before there was an answer. */
  tick(): void {
    if (!this.#isAnswered || this.#now() - this.#askedAt < this.#options.periodMs) return;
    this.#looking = this.#look();
  }

  /** Resolves when no look is under way. Never rejects. */
  get settled(): Promise<void> {
    return this.#looking;
  }

  async #look(): Promise<void> {
    this.#isAnswered = false;
    this.#askedAt = this.#now();
    try {
      this.#options.onList(await this.#options.list());
    } catch {
      // Asked again in a while. A cluster that does not answer is the workers' to report.
    } finally {
      this.#isAnswered = true;
    }
  }
}
