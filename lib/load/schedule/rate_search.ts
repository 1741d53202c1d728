/**
 * `--rate max`: searches the highest rate that a cluster sustains. Pure: it is fed one observation per reporting
 * interval and answers with the rate to ask for next, until it has a verdict.
 *
 * Sustained means that over an interval the asked rate was achieved, what is late or unacknowledged did not grow,
 * the 99th percentile of the response time stayed within a bound, and nothing failed. The search doubles from a
 * start until a rate fails, halves the gap (by the geometric mean) until it is as narrow as wanted, and then holds
 * the best rate for some intervals to confirm it. Noise gets a second look: an interval that is only a little off
 * is judged by the majority of three.
 */

/** One interval at the rate that was asked for last. Rates in messages per second. */
export interface Observation {
  readonly seconds: number;
  readonly achieved: number;
  /** Messages per second by which the backlog (late slots and messages in flight) grew; negative when it shrank. */
  readonly backlogGrowth: number;
  /** 99th percentile of the response time, microseconds. */
  readonly p99Micros: number;
  readonly errors: number;
}

export interface RateSearchOptions {
  /** First rate to try; default 1000. */
  readonly start?: number;
  /** Rates outside are not tried; default 1 and 10 million. */
  readonly min?: number;
  readonly max?: number;
  /** Bound of the response time's 99th percentile, microseconds; default 100 ms. */
  readonly p99BoundMicros?: number;
  /** Width of the final gap as a share of the rate; default 0.05. */
  readonly precision?: number;
  /** Intervals in a row that confirm the verdict; default 3. */
  readonly confirmations?: number;
}

/** One rate that was tried, from what it was judged. */
export interface Evidence {
  readonly target: number;
  readonly observation: Observation;
  readonly sustained: boolean;
  /** Why not, in words with figures; empty when sustained. */
  readonly reasons: readonly string[];
  readonly phase: "grow" | "narrow" | "confirm";
}

export type Decision =
  | {
    readonly kind: "try";
    readonly target: number;
    /** Slots that are late now belong to a rate that failed: better given up than sent. */
    readonly giveUpLate: boolean;
  }
  | {
    readonly kind: "verdict";
    /** Highest sustained rate; 0 when not even `min` is. */
    readonly rate: number;
    /** The lowest rate that failed; undefined when even `max` was sustained. */
    readonly failedAt?: number | undefined;
    readonly evidence: readonly Evidence[];
  };

/** Achieved less than this share of the target, or backlog growing by more than the rest of it, is not sustained. */
const ACHIEVED_SHARE = 0.98;
/** Below this share, or beyond this multiple of the bound, one interval is enough to judge. */
const CLEAR_SHARE = 0.85;
const CLEAR_P99 = 3;
/** Intervals that are not judged after a change of the rate. */
const SETTLE = 1;
/**
 * After a failure: at most so many intervals at this share of the next rate, until the backlog has been worked off.
 * Near the capacity it never would be, and every rate would seem to fail.
 */
const RECOVERY = 10;
const RECOVERY_SHARE = 0.25;

export class RateSearch {
  readonly #min: number;
  readonly #max: number;
  readonly #p99Bound: number;
  readonly #precision: number;
  readonly #confirmations: number;
  readonly #evidence: Evidence[] = [];
  #phase: Evidence["phase"] = "grow";
  #target: number;
  #settle = SETTLE;
  #good = 0;
  #bad = 0;
  /** Highest rate known to be sustained, lowest known to fail. */
  #low = 0;
  #high = Infinity;
  /** The rate to go to after a recovery, and the intervals that this may still take. */
  #afterwards = 0;
  #recovery = 0;
  #verdict: Decision | undefined;

  /** @throws {RangeError} when the options contradict each other */
  constructor(options: RateSearchOptions = {}) {
    this.#min = options.min ?? 1;
    this.#max = options.max ?? 10_000_000;
    this.#p99Bound = options.p99BoundMicros ?? 100_000;
    this.#precision = options.precision ?? 0.05;
    this.#confirmations = options.confirmations ?? 3;
    if (!(this.#min > 0 && this.#min <= this.#max && this.#max < Infinity)) {
      throw new RangeError(
        `rates to search must be above 0 and in order, not "${this.#min}" to "${this.#max}"`,
      );
    }
    if (!(this.#precision > 0 && this.#precision < 1)) {
      throw new RangeError(`precision of a rate search must be between 0 and 1, not "${this.#precision}"`);
    }
    this.#target = Math.min(this.#max, Math.max(this.#min, options.start ?? 1000));
  }

  /** Rate to ask for now. */
  get target(): number {
    return this.#target;
  }

  get phase(): Evidence["phase"] {
    return this.#phase;
  }

  /** Takes in one interval at `target` and decides. After a verdict it repeats it. */
  next(observation: Observation): Decision {
    if (this.#verdict) return this.#verdict;
    if (this.#recovery > 0) return this.#recover(observation);
    if (this.#settle > 0) {
      this.#settle--;
      return this.#try();
    }
    const { reasons, clear } = this.#judge(observation);
    const sustained = reasons.length === 0;
    const { target } = this;
    this.#evidence.push({ target, observation, sustained, reasons, phase: this.#phase });
    if (sustained) this.#good++;
    else this.#bad++;
    if (this.#phase === "confirm") return this.#confirm(clear);
    // Going up, one good interval is enough: a mistake shows at the next rate, or when the verdict is confirmed.
    const passed = sustained && (this.#phase === "grow" || this.#bad === 0) || this.#good === 2;
    if (passed) return this.#passed();
    if (clear || this.#bad === 2) return this.#failed(observation);
    return this.#try();
  }

  #judge(observation: Observation): { reasons: string[]; clear: boolean } {
    const { achieved, backlogGrowth, p99Micros, errors } = observation;
    const reasons: string[] = [];
    const target = this.#target;
    if (achieved < target * ACHIEVED_SHARE) {
      reasons.push(`${Math.round(achieved)} of ${Math.round(target)} msg/s achieved`);
    }
    if (backlogGrowth > target * (1 - ACHIEVED_SHARE)) {
      reasons.push(`backlog grows by ${Math.round(backlogGrowth)} msg/s`);
    }
    if (p99Micros > this.#p99Bound) {
      reasons.push(`response p99 ${round(p99Micros / 1000)} ms is above ${round(this.#p99Bound / 1000)} ms`);
    }
    if (errors > 0) reasons.push(`${errors} errors`);
    const clear = achieved < target * CLEAR_SHARE || p99Micros > this.#p99Bound * CLEAR_P99 ||
      backlogGrowth > target * (1 - CLEAR_SHARE);
    return { reasons, clear };
  }

  #passed(): Decision {
    this.#low = Math.max(this.#low, this.#target);
    if (this.#high === Infinity) {
      return this.#target >= this.#max
        ? this.#startConfirm()
        : this.#move(Math.min(this.#max, this.#target * 2));
    }
    return this.#narrow();
  }

  #failed(observation: Observation): Decision {
    const first = this.#high === Infinity;
    this.#high = Math.min(this.#high, this.#target);
    if (this.#low >= this.#high) this.#low = 0;
    if (this.#low === 0) return this.#down();
    this.#phase = "narrow";
    // What an overloaded cluster achieved is near to what it can.
    const guess = observation.achieved * ACHIEVED_SHARE;
    if (first && guess > this.#low * (1 + this.#precision) && guess < this.#high) return this.#fall(guess);
    return this.#narrow(true);
  }

  /** Nothing sustained yet. */
  #down(): Decision {
    if (this.#high <= this.#min) return this.#finish(0);
    return this.#fall(Math.max(this.#min, this.#high / 2));
  }

  #narrow(failed = false): Decision {
    this.#phase = "narrow";
    if (this.#high <= this.#low * (1 + this.#precision)) return this.#startConfirm(failed);
    const middle = Math.sqrt(this.#low * this.#high);
    return failed ? this.#fall(middle) : this.#move(middle);
  }

  #startConfirm(failed = false): Decision {
    this.#phase = "confirm";
    return failed ? this.#fall(this.#low) : this.#move(this.#low);
  }

  /** One bad interval in three is forgiven, unless it is clear. */
  #confirm(clear: boolean): Decision {
    const allowed = Math.floor(this.#confirmations / 3);
    if (clear || this.#bad > allowed) {
      // It passed before but doesn't hold: step down by the precision, not by half.
      this.#high = this.#target;
      if (this.#target <= this.#min) return this.#finish(0);
      this.#low = Math.max(this.#min, this.#target / (1 + this.#precision));
      return this.#startConfirm(true);
    }
    return this.#good >= this.#confirmations ? this.#finish(this.#low) : this.#try();
  }

  #finish(rate: number): Decision {
    this.#verdict = {
      kind: "verdict",
      rate,
      failedAt: this.#high === Infinity ? undefined : this.#high,
      evidence: this.#evidence,
    };
    return this.#verdict;
  }

  #move(target: number): Decision {
    if (target !== this.#target) this.#settle = SETTLE;
    this.#target = target;
    this.#good = this.#bad = 0;
    return this.#try();
  }

  /** To a lower rate after a failure, by way of a recovery. */
  #fall(target: number): Decision {
    this.#afterwards = target;
    this.#recovery = RECOVERY;
    this.#target = Math.max(this.#min, target * RECOVERY_SHARE);
    this.#good = this.#bad = 0;
    return { kind: "try", target: this.#target, giveUpLate: true };
  }

  #recover(observation: Observation): Decision {
    this.#recovery--;
    const recovered = observation.p99Micros <= this.#p99Bound && observation.errors === 0 &&
      observation.achieved <= this.#target * (2 - ACHIEVED_SHARE);
    if (!recovered && this.#recovery > 0) return this.#try();
    this.#recovery = 0;
    return this.#move(this.#afterwards);
  }

  #try(): Decision {
    return { kind: "try", target: this.#target, giveUpLate: false };
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
