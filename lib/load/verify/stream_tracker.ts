import { IntervalSet } from "./interval_set.ts";
import type { StreamReport, VerifierCounts } from "./report.ts";

/**
 * What one worker knows of one stream.
 *
 * Messages in order only lengthen the current run; it is judged when it breaks or when somebody asks. That gives the
 * same counts as judging each message, because within a run sequences only rise.
 */
export class StreamTracker {
  readonly id: number;
  /** Current run, not yet judged: [runFrom, runTo). Public for the verifier's hot path. */
  runFrom: number;
  runTo: number;
  /** One more than the highest sequence judged. */
  #highest = 0;
  /** All that this worker saw, to recognise repetition; its oldest part may be closed. */
  readonly #seen: IntervalSet;
  /** Seen since the last `take`. */
  readonly #fresh: IntervalSet;
  readonly #again: IntervalSet;

  constructor(id: number, sequence: number, windowLimit: number, reportLimit: number) {
    this.id = id;
    this.runFrom = sequence + 0.5; // Keeps the field a float from the start; the next lines set the value.
    this.runTo = sequence + 0.5;
    this.runFrom = sequence;
    this.runTo = sequence;
    this.#seen = new IntervalSet(windowLimit);
    this.#fresh = new IntervalSet(reportLimit);
    this.#again = new IntervalSet(reportLimit);
  }

  /** Intervals waiting to be taken. */
  get pending(): number {
    return this.#fresh.length + this.#again.length;
  }

  /** Judges the current run and begins an empty one behind it. */
  settle(counts: VerifierCounts): void {
    const to = this.runTo;
    let from = this.runFrom;
    if (to === from) return;
    this.runFrom = to;
    const floor = this.#seen.floor;
    if (from < floor) {
      // Too old to tell apart here; whoever joins the reports still sees what is missing and what is there twice.
      const end = Math.min(to, floor);
      counts.late += end - from;
      counts.duplicates += this.#fresh.add(from, end);
      from = end;
      if (from === to) return;
    }
    const repeated = this.#seen.add(from, to, this.#fresh);
    counts.duplicates += repeated;
    counts.outOfOrder += Math.max(0, Math.min(to, this.#highest) - from) - repeated;
    this.#highest = Math.max(this.#highest, to);
  }

  /** Judges the current run and begins one with `sequence`. */
  restart(sequence: number, counts: VerifierCounts): void {
    this.settle(counts);
    this.runFrom = sequence;
    this.runTo = sequence + 1;
  }

  redeliver(sequence: number): void {
    this.#again.add(sequence, sequence + 1);
  }

  /** What came since the last call; undefined if nothing did. Call `settle` first. */
  take(): StreamReport | undefined {
    if (this.pending === 0) return undefined;
    const report = { stream: this.id, received: this.#fresh.toRuns(), redelivered: this.#again.toRuns() };
    this.#fresh.clear();
    this.#again.clear();
    return report;
  }
}
