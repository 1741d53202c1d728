/**
 * Judges thresholds while a run goes on and at its end.
 *
 * Without `over` a threshold is judged on the whole measured part, as it stands: it can fail early and recover,
 * and only the last word counts. With `over` every window counts, and one bad window fails it for good.
 * Gauges (`backlog`, `behind`, `inflight`, `loop.lag`) have no history, so `over` judges each reading.
 * A latency that was never measured fails at the end: silence proves nothing.
 */
import {
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatRate,
  formatThroughput,
} from "../config/units.ts";
import type { RunSnapshot, Span } from "../load/snapshot.ts";
import type { MetricKind } from "./metric_catalog.ts";
import { continues, copySpan, spanBetween } from "./span_math.ts";
import type { Threshold, ThresholdOperator } from "./threshold_grammar.ts";

export * from "./threshold_grammar.ts";
export { METRICS } from "./metric_catalog.ts";

/** One line of the ✓/✗ block; `value` is ready to show, empty while nothing is measured. */
export interface ThresholdState {
  readonly text: string;
  readonly state: "pass" | "fail" | "pending";
  readonly value: string;
  /** `value` as a number: microseconds, fraction, messages, or a rate. */
  readonly measured?: number;
}

/** A reading kept to measure a window that ends later. */
interface Sample {
  readonly span: Span;
  /** Messages that the target rate asked for since the start. */
  readonly asked: number;
}

interface Watch {
  readonly threshold: Threshold;
  samples: Sample[];
  state: ThresholdState["state"];
  measured: number | undefined;
  /** Set when a window failed; later windows can't repair it. */
  failed: boolean;
}

/** A window is measured from the kept reading nearest to its begin; more readings make it finer and cost memory. */
const SAMPLES_PER_WINDOW = 10;

export class ThresholdWatch {
  readonly #watches: Watch[];
  #seconds = 0;
  #asked = 0;
  #abort: string | undefined;
  #last: Pick<Span, "counters"> | undefined;

  constructor(thresholds: readonly Threshold[]) {
    this.#watches = thresholds.map((threshold) => ({
      threshold,
      samples: [],
      state: "pending",
      measured: undefined,
      failed: false,
    }));
  }

  get states(): readonly ThresholdState[] {
    return this.#watches.map(stateOf);
  }

  /** Why the run must end now: set once a threshold marked `abort` is violated. */
  get abortReason(): string | undefined {
    return this.#abort;
  }

  /** Reads the run; call it for each snapshot, a few times a second. */
  observe(snapshot: RunSnapshot): void {
    if (this.#watches.length === 0 || !MEASURED.has(snapshot.phase)) return;
    this.#follow(snapshot);
    for (const watch of this.#watches) {
      if (watch.threshold.overSeconds === undefined) this.#judgeWhole(watch, snapshot);
      else this.#judgeWindow(watch, watch.threshold.overSeconds, snapshot);
      if (watch.state === "fail" && watch.threshold.abort) {
        this.#abort ??= `threshold '${watch.threshold.text}' is violated: ${stateOf(watch).value}`;
      }
    }
  }

  /** The last word, from the snapshot of the finished run: nothing is pending any more. */
  finish(snapshot: RunSnapshot): readonly ThresholdState[] {
    this.observe({ ...snapshot, phase: "done" });
    return this.#watches.map((watch) => {
      const state = stateOf(watch);
      if (state.state !== "pending") return state;
      // A window or delay longer than the run: judge what there is, if there is anything.
      const measured = this.#measure(watch.threshold, snapshot, snapshot.total, this.#asked);
      if (measured === undefined) return { ...state, state: "fail", value: "nothing measured" };
      watch.measured = measured;
      watch.state = this.#holds(watch.threshold, measured, snapshot.total, this.#asked) ? "pass" : "fail";
      return stateOf(watch);
    });
  }

  /** Keeps the target's integral, so that `target` means the mean of what was asked for in a span. */
  #follow(snapshot: RunSnapshot): void {
    const span = snapshot.total;
    if (this.#last !== undefined && !continues(this.#last, span)) {
      this.#seconds = 0;
      this.#asked = 0;
      for (const watch of this.#watches) watch.samples = [];
    }
    // A consumer that ends gives back the time after its last message; the mean target stays what it was.
    if (span.seconds < this.#seconds) this.#asked *= span.seconds / this.#seconds;
    else this.#asked += (span.seconds - this.#seconds) * (snapshot.targetRate ?? 0);
    this.#seconds = span.seconds;
    this.#last = { counters: { ...span.counters } };
  }

  #judgeWhole(watch: Watch, snapshot: RunSnapshot): void {
    const { threshold } = watch;
    const measured = this.#measure(threshold, snapshot, snapshot.total, this.#asked);
    watch.measured = measured;
    if (measured === undefined || snapshot.total.seconds < threshold.afterSeconds) watch.state = "pending";
    else watch.state = this.#holds(threshold, measured, snapshot.total, this.#asked) ? "pass" : "fail";
  }

  #judgeWindow(watch: Watch, length: number, snapshot: RunSnapshot): void {
    const { threshold, samples } = watch;
    const seconds = snapshot.total.seconds;
    if (seconds < threshold.afterSeconds) return;
    const newest = samples.at(-1);
    const begin = samples.findLast((sample) => seconds - sample.span.seconds >= length);
    if (begin !== undefined) {
      samples.splice(0, samples.indexOf(begin));
      const span = spanBetween(begin.span, snapshot.total);
      this.#judgeSpan(watch, snapshot, span, this.#asked - begin.asked);
    }
    if (newest === undefined || seconds - newest.span.seconds >= length / SAMPLES_PER_WINDOW) {
      samples.push({ span: copySpan(snapshot.total), asked: this.#asked });
    }
  }

  #judgeSpan(watch: Watch, snapshot: RunSnapshot, span: Span, asked: number): void {
    const measured = this.#measure(watch.threshold, snapshot, span, asked);
    if (measured === undefined) return;
    const holds = this.#holds(watch.threshold, measured, span, asked);
    // The value that failed it stays on show, not the good one that came later.
    if (watch.failed) return;
    watch.failed = !holds;
    watch.measured = measured;
    watch.state = holds ? "pass" : "fail";
  }

  #measure(threshold: Threshold, snapshot: RunSnapshot, span: Span, asked: number): number | undefined {
    if (threshold.bound.kind === "target" && !(asked > 0)) return undefined;
    return threshold.metric.read({ span, snapshot });
  }

  #holds(threshold: Threshold, measured: number, span: Span, asked: number): boolean {
    const { bound } = threshold;
    const limit = bound.kind === "fixed" ? bound.value : bound.factor * asked / span.seconds;
    return compareValues(measured, threshold.operator, limit);
  }
}

const MEASURED: ReadonlySet<RunSnapshot["phase"]> = new Set([
  "running",
  "paused",
  "draining",
  "done",
  "failed",
]);

function stateOf(watch: Watch): ThresholdState {
  const { threshold, measured, state } = watch;
  if (measured === undefined) return { text: threshold.text, state, value: "" };
  return { text: threshold.text, state, value: formatMetric(threshold.metric.kind, measured), measured };
}

/** Whether `measured operator limit` holds. */
export function compareValues(measured: number, operator: ThresholdOperator, limit: number): boolean {
  switch (operator) {
    case "<":
      return measured < limit;
    case "<=":
      return measured <= limit;
    case ">":
      return measured > limit;
    case ">=":
      return measured >= limit;
    case "==":
      return measured === limit;
    case "!=":
      return measured !== limit;
  }
}

/** A metric's value with its unit. */
export function formatMetric(kind: MetricKind, value: number): string {
  switch (kind) {
    case "duration":
      return formatDuration(value);
    case "rate":
      return formatRate(value);
    case "ratio":
      return formatPercent(value);
    case "byteRate":
      return formatThroughput(value);
    case "number":
      return formatNumber(value);
    case "count":
      return formatCount(value);
  }
}
