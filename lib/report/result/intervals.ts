/**
 * Cuts a run into reporting intervals that tile its measured part: each is the difference of two readings of the
 * running total, so that all of them together are the total again. What was counted in a warm-up, or before a reset, is
 * of another epoch and in none of them.
 *
 * Intervals end on multiples of the period, or a little later when no snapshot came in time; none is shorter than half of
 * it, unless it is the only one. What is left at the end and shorter than that is joined with the interval before.
 *
 * Histograms are encoded when an interval closes (about a kilobyte each), so that a long run costs little memory.
 */
import type { RunSnapshot, Span } from "../../load/snapshot.ts";
import type { IntervalRecord } from "./types.ts";
import { addSpans, copySpan, spanBetween } from "../../load/span_math.ts";
import { spanOfRecord, spanRecord } from "./span_record.ts";

export interface IntervalOptions {
  /** Planned length of an interval in seconds. */
  readonly period: number;
  /** Once a run would have more intervals than this, they grow longer. */
  readonly most?: number;
  /** False keeps only the last interval, which the end may still change; true by default. */
  readonly keepAll?: boolean;
}

const ENDING: ReadonlySet<RunSnapshot["phase"]> = new Set(["draining", "done", "failed"]);

/** Seconds are sums of microseconds in floating point. */
const ROUNDING = 1e-6;

/** Collects the intervals of one run. */
export class IntervalRecorder {
  readonly #period: number;
  readonly #most: number;
  readonly #keepAll: boolean;
  readonly #records: IntervalRecord[] = [];
  #epoch: number | undefined;
  /** The total where the last interval ended; undefined before the first. */
  #last: Span | undefined;
  #asked = 0;
  /** Largest since the last interval ended: the window of a snapshot is shorter than an interval. */
  #loopLagMicros = 0;
  #wasPaused = false;
  /** The last stage seen: snapshots after the end of the plan carry none. */
  #stage: string | undefined;

  constructor({ period, most = Infinity, keepAll = true }: IntervalOptions = { period: 1 }) {
    this.#period = period;
    this.#most = most;
    this.#keepAll = keepAll;
  }

  get records(): readonly IntervalRecord[] {
    return this.#records;
  }

  /** Closes an interval if it is time; call it often. */
  observe(snapshot: RunSnapshot): IntervalRecord | undefined {
    if (!this.#follow(snapshot) || this.#left(snapshot.total.seconds) > ROUNDING) return undefined;
    return this.close(snapshot);
  }

  /** Measured seconds until the interval of this snapshot is to be closed; Infinity while nothing is measured. */
  secondsLeft(snapshot: RunSnapshot): number {
    return this.#follow(snapshot) ? Math.max(0, this.#left(snapshot.total.seconds)) : Infinity;
  }

  /**
   * Closes the interval that ends with this snapshot, however long it is.
   *
   * @returns the interval, or undefined when no measured time has passed since the last one
   */
  close(snapshot: RunSnapshot): IntervalRecord | undefined {
    const { total } = snapshot;
    if (!this.#follow(snapshot) || !(total.seconds > (this.#last?.seconds ?? 0))) return undefined;
    const record = this.#record(snapshot, snapshot.at);
    if (!this.#keepAll) this.#records.splice(0, this.#records.length - 1);
    this.#records.push(record);
    this.#last = copySpan(total);
    this.#asked = snapshot.asked ?? 0;
    this.#loopLagMicros = 0;
    this.#wasPaused = false;
    return record;
  }

  /**
   * Closes the last interval with the final snapshot: afterwards the records add up to its total, including late
   * receipts and the end of a consumer's time at its last message.
   *
   * @returns what no returned interval has covered yet, however short, for listeners that cannot correct earlier ones;
   * undefined when nothing is left
   */
  finish(snapshot: RunSnapshot): IntervalRecord | undefined {
    if (!this.#follow(snapshot)) return undefined;
    const { total } = snapshot;
    const seconds = Math.max(0, total.seconds - (this.#last?.seconds ?? 0));
    const rest = this.#record(snapshot, this.#endOf(snapshot, seconds));
    if (seconds > 0 || this.#last !== undefined) this.#records.push(rest);
    this.#mendEnd(total.seconds);
    this.#last = copySpan(total);
    this.#asked = snapshot.asked ?? 0;
    return rest.seconds > 0 || hasCounts(rest) ? rest : undefined;
  }

  /** Whether the snapshot is measured; a new epoch resets the recorder. */
  #follow(snapshot: RunSnapshot): boolean {
    if (!snapshot.measured) return false;
    if (snapshot.epoch !== this.#epoch) {
      this.#epoch = snapshot.epoch;
      this.#records.length = 0;
      this.#last = undefined;
      this.#asked = 0;
      this.#loopLagMicros = 0;
      this.#wasPaused = false;
      this.#stage = undefined;
    }
    this.#stage = snapshot.stage?.name ?? (ENDING.has(snapshot.phase) ? this.#stage : undefined);
    this.#loopLagMicros = Math.max(this.#loopLagMicros, snapshot.loopLagMicros);
    this.#wasPaused ||= snapshot.phase === "paused";
    return true;
  }

  #length(seconds: number): number {
    return Math.max(this.#period, seconds / this.#most);
  }

  /** Seconds to the next multiple of the length that leaves the interval at least half of it. */
  #left(seconds: number): number {
    const from = this.#last?.seconds ?? 0;
    const length = this.#length(from);
    return length * (Math.floor(from / length + 0.5) + 1) - seconds;
  }

  #record(snapshot: RunSnapshot, atUs: number): IntervalRecord {
    const { total } = snapshot;
    const span = this.#last === undefined ? { ...total } : spanBetween(this.#last, total);
    span.seconds = Math.max(0, span.seconds);
    return {
      ...spanRecord(span),
      atUs,
      fromSeconds: this.#last?.seconds ?? 0,
      behindUs: Math.max(0, snapshot.behindMicros),
      inFlight: snapshot.inFlight,
      loopLagUs: this.#loopLagMicros,
      ...(snapshot.residentBytes === undefined ? {} : { residentBytes: snapshot.residentBytes }),
      ...this.#target(snapshot, span.seconds),
      ...(snapshot.backlog === undefined ? {} : { backlog: snapshot.backlog }),
      ...(this.#stage === undefined ? {} : { stage: this.#stage }),
    };
  }

  /** Mean of what was asked for; the present rate where the sum is not known. */
  #target({ asked, targetRate }: RunSnapshot, seconds: number): { targetRate?: number } {
    if (asked !== undefined && seconds > 0) return { targetRate: (asked - this.#asked) / seconds };
    return targetRate === undefined ? {} : { targetRate };
  }

  /** When the measured time ended: before the last receipts were waited for. */
  #endOf({ at, since, role }: RunSnapshot, seconds: number): number {
    if (this.#wasPaused) return at;
    const last = this.#records.at(-1);
    if (last !== undefined) return Math.min(at, last.atUs + seconds * 1e6);
    // A consumer's time begins with its first message.
    return role === "producer" ? Math.min(at, since + seconds * 1e6) : at;
  }

  /**
   * Joins a last interval shorter than half a period with the one before it. The final total may even be shorter than
   * the intervals so far, by more than the last one.
   */
  #mendEnd(seconds: number): void {
    const records = this.#records;
    while (records.length > 1 && seconds - records.at(-1)!.fromSeconds < this.#length(seconds) / 2) {
      const last = records.pop()!;
      const before = records.pop()!;
      const length = Math.max(0, Math.min(before.seconds + last.seconds, seconds - before.fromSeconds));
      const cut = before.seconds + last.seconds - length;
      records.push(joined(before, { ...last, atUs: last.atUs - cut * 1e6 }, length));
    }
  }
}

/** Whether anything was counted, though no measured time has passed. */
function hasCounts({ messages, sent, failed, missed, reconnects, nacked }: IntervalRecord): boolean {
  return messages + sent + failed + missed + reconnects + nacked > 0;
}

/** Two intervals that lie side by side as one of `seconds`; readings of the moment are the later one's. */
function joined(first: IntervalRecord, second: IntervalRecord, seconds: number): IntervalRecord {
  const span = addSpans(spanOfRecord(first), spanOfRecord(second));
  span.seconds = Math.max(0, seconds);
  const { targetRate: _later, ...later } = second;
  const target = second.seconds === 0 ? first.targetRate : second.targetRate;
  const asked = (first.targetRate ?? 0) * first.seconds + (target ?? 0) * second.seconds;
  const length = first.seconds + second.seconds;
  return {
    ...later,
    ...spanRecord(span),
    fromSeconds: first.fromSeconds,
    loopLagUs: Math.max(first.loopLagUs, second.loopLagUs),
    ...(first.targetRate === undefined || target === undefined
      ? {}
      : { targetRate: length > 0 ? asked / length : target }),
  };
}
