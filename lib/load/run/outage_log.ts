/**
 * Outages of a run: the times in which at least one of its producers or consumers had no connection, once it had been
 * connected. Losses and returns of all workers are joined, so that a broker that goes away is one outage and not one a
 * worker.
 */

/** Times in clock microseconds. */
export interface Outages {
  readonly count: number;
  readonly totalMicros: number;
  readonly longestMicros: number;
  /** Begin of the one that lasts still. */
  readonly openSince?: number;
}

const NONE: Outages = { count: 0, totalMicros: 0, longestMicros: 0 };

export class OutageLog {
  /** Begin of each loss that lasts, by worker slot and lane. */
  readonly #open = new Map<number, Map<number, number>>();
  /** All that has ended, but for the last one. */
  #closed = NONE;
  /** The last one that has ended; another loss may turn out to have begun before its end. */
  #last: { from: number; to: number } | undefined;
  #from: number | undefined;
  #since = -Infinity;
  /** What lies before the last `reset`, and whether an outage lasted over it. */
  #earlier = { count: 0, totalMicros: 0, isCut: false };
  #until: number | undefined;

  /** A lane is without connection; a repeated loss changes nothing. */
  lost(slot: number, lane: number, at: number): void {
    if (this.#until !== undefined) return;
    const lanes = this.#open.get(slot) ?? new Map<number, number>();
    if (lanes.has(lane)) return;
    lanes.set(lane, at);
    this.#open.set(slot, lanes);
    this.#begin(at);
  }

  back(slot: number, lane: number, at: number): void {
    const lanes = this.#open.get(slot);
    if (lanes?.delete(lane) !== true) return;
    if (lanes.size === 0) this.#open.delete(slot);
    this.#checkEnd(at);
  }

  /** A worker has ended, or another one takes its place: its connections are nobody's any more. */
  forget(slot: number, at: number): void {
    if (this.#open.delete(slot)) this.#checkEnd(at);
  }

  /** The figures begin anew: an outage that lasts counts from here. */
  reset(at: number): void {
    const { count, totalMicros } = this.ever(at);
    this.#earlier = { count, totalMicros, isCut: this.#from !== undefined };
    this.#since = at;
    this.#closed = NONE;
    this.#last = undefined;
    if (this.#from !== undefined) this.#from = Math.max(this.#from, at);
  }

  /** The workers are being closed: nothing is an outage any more, and one that lasts ends here. */
  stop(at: number): void {
    this.#until ??= at;
  }

  #begin(at: number): void {
    if (this.#from !== undefined) {
      this.#from = Math.max(this.#since, Math.min(this.#from, at));
      return;
    }
    // Messages of several workers may arrive in another order than things happened.
    const resumes = this.#last !== undefined && at <= this.#last.to;
    this.#from = Math.max(this.#since, resumes ? Math.min(this.#last!.from, at) : at);
    if (!resumes) this.#keepLast();
    this.#last = undefined;
  }

  #checkEnd(at: number): void {
    if (this.#open.size > 0 || this.#from === undefined || this.#until !== undefined) return;
    this.#last = { from: this.#from, to: Math.max(this.#from, at) };
    this.#from = undefined;
  }

  #keepLast(): void {
    if (this.#last !== undefined) this.#closed = plus(this.#closed, this.#last.to - this.#last.from);
  }

  /** Since the beginning, whatever resets have taken out of the figures. */
  ever(now: number): Pick<Outages, "count" | "totalMicros"> {
    const { count, totalMicros } = this.at(now);
    const { isCut } = this.#earlier;
    return {
      count: this.#earlier.count + count - (isCut && count > 0 ? 1 : 0),
      totalMicros: this.#earlier.totalMicros + totalMicros,
    };
  }

  /** As it stands at a time. */
  at(now: number): Outages {
    const closed = this.#last === undefined
      ? this.#closed
      : plus(this.#closed, this.#last.to - this.#last.from);
    if (this.#from === undefined) return closed;
    const lasting = Math.max(0, (this.#until ?? now) - this.#from);
    return { ...plus(closed, lasting), openSince: this.#from };
  }
}

function plus({ count, totalMicros, longestMicros }: Outages, micros: number): Outages {
  return {
    count: count + 1,
    totalMicros: totalMicros + micros,
    longestMicros: Math.max(longestMicros, micros),
  };
}
