/** Tracks the sequences of one stream in one worker. */
import { IntervalSet, type Runs } from "./interval_set.ts";
import { MultiSet } from "./multi_set.ts";
import type { StreamReport, VerifierCounts } from "./report.ts";

/**
 * What one worker knows of one stream.
 *
 * Messages in order only lengthen the current run; it is judged when it breaks or when somebody asks. That gives the
 * same findings as judging each message, because within a run sequences only rise.
 */
export class StreamTracker {
  readonly id: number;
  /** When its first message here was sent, microseconds since the epoch. */
  readonly #firstSent: number;
  /** Current run, not yet judged: [runFrom, runTo). Public for the verifier's hot path. */
  runFrom: number;
  runTo: number;
  /** One more than the highest sequence judged. */
  #highest = 0;
  /** All that this worker saw, to recognise repetition; its oldest part may be closed. */
  readonly #seen: IntervalSet;
  /** Seen since the last `take`, and what was found about it. */
  readonly #fresh: IntervalSet;
  readonly #again: IntervalSet;
  readonly #late: IntervalSet;
  readonly #moved: IntervalSet;
  readonly #repeated: MultiSet;
  readonly #ahead: IntervalSet;

  constructor(id: number, sequence: number, firstSent: number, windowLimit: number, reportLimit: number) {
    this.id = id;
    this.#firstSent = firstSent;
    this.runFrom = sequence + 0.5; // Keeps the field a float from the start; the next lines set the value.
    this.runTo = sequence + 0.5;
    this.runFrom = sequence;
    this.runTo = sequence;
    this.#seen = new IntervalSet(windowLimit);
    this.#fresh = new IntervalSet(reportLimit);
    this.#again = new IntervalSet(reportLimit);
    this.#late = new IntervalSet(reportLimit);
    this.#moved = new IntervalSet(reportLimit);
    this.#repeated = new MultiSet(reportLimit);
    this.#ahead = new IntervalSet(reportLimit);
  }

  /** Intervals waiting to be taken. */
  get pending(): number {
    return this.#fresh.length + this.#again.length + this.#repeated.length + this.#ahead.length;
  }

  /** Judges the current run and begins an empty one behind it. */
  settle(counts: VerifierCounts, isOrdered: boolean): void {
    const to = this.runTo;
    let from = this.runFrom;
    if (to === from) return;
    this.runFrom = to;
    const floor = this.#seen.floor;
    if (from < floor) {
      // Too old to tell apart here; whoever joins the reports still sees what is missing and what is there twice.
      const end = Math.min(to, floor);
      counts.late += end - from;
      counts.duplicates += this.#fresh.add(from, end, undefined, this.#repeated);
      from = end;
      if (from === to) return;
    }
    if (from < this.#highest) {
      const late = isOrdered ? this.#late : this.#moved;
      this.#seen.forEachGap(from, Math.min(to, this.#highest), (low, high) => void late.add(low, high));
    }
    counts.duplicates += this.#seen.add(from, to, this.#fresh, this.#repeated);
    this.#highest = Math.max(this.#highest, to);
  }

  /** Judges the current run and begins one with `sequence`. */
  restart(sequence: number, counts: VerifierCounts, isOrdered: boolean): void {
    this.settle(counts, isOrdered);
    this.runFrom = sequence;
    this.runTo = sequence + 1;
  }

  redeliver(sequence: number): void {
    this.#again.add(sequence, sequence + 1);
  }

  /** The message was sent ahead, and is left to the subscription. */
  leave(sequence: number): void {
    this.#ahead.add(sequence, sequence + 1);
  }

  /** What came since the last call; undefined if nothing did. Call `settle` first. */
  take(): StreamReport | undefined {
    if (this.pending === 0) return undefined;
    const [repeated, ...repeatedMore] = this.#repeated.toRuns();
    this.#repeated.clear();
    const report: StreamReport = {
      stream: this.id,
      firstSent: this.#firstSent,
      received: takeRuns(this.#fresh),
      redelivered: takeRuns(this.#again),
      ...(this.#late.length === 0 ? {} : { late: takeRuns(this.#late) }),
      ...(this.#moved.length === 0 ? {} : { moved: takeRuns(this.#moved) }),
      ...(repeated === undefined ? {} : { repeated }),
      ...(repeatedMore.length === 0 ? {} : { repeatedMore }),
      ...(this.#ahead.length === 0 ? {} : { ahead: takeRuns(this.#ahead) }),
    };
    return report;
  }
}

function takeRuns(set: IntervalSet): Runs {
  const runs = set.toRuns();
  set.clear();
  return runs;
}
