/**
 * Judges thresholds while a run goes on and at its end.
 *
 * Without `over` a threshold is judged on the whole measured part, as it stands: it can fail early and recover,
 * and only the final judgement counts. With `over` every window counts, and one bad window fails it for good.
 * Gauges (`backlog`, `behind`, `inflight`, `loop.lag`) have no history, so `over` judges each reading.
 * A warm-up is not judged, and no window reaches over a reset. `target` is the mean of what the run was asked for, the
 * same sum that summary and intervals show.
 * A latency that was never measured fails at the end.
 */
import {
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatRate,
  formatThroughput,
} from "../../config/units.ts";
import type { RunSnapshot, Span, ThresholdState } from "../../load/snapshot.ts";
import type { MetricKind } from "./metric_catalog.ts";
import { copySpan, spanBetween } from "../../load/span_math.ts";
import type { Threshold, ThresholdOperator } from "./grammar.ts";

export * from "./grammar.ts";
export { METRICS } from "./metric_catalog.ts";

/** A reading kept to measure a window that ends later. */
interface Sample {
  readonly span: Span;
  /** Messages asked for since the start; undefined where part of the time was unlimited. */
  readonly asked: number | undefined;
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
  #epoch: number | undefined;
  #abort: string | undefined;

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
    if (this.#watches.length === 0 || !snapshot.measured) return;
    this.#follow(snapshot.epoch);
    for (const watch of this.#watches) {
      if (watch.threshold.overSeconds === undefined) this.#judgeWhole(watch, snapshot);
      else this.#judgeWindow(watch, watch.threshold.overSeconds, snapshot);
      if (watch.state === "fail" && watch.threshold.abort) {
        this.#abort ??= `threshold '${watch.threshold.text}' is violated: ${stateOf(watch).value}`;
      }
    }
  }

  /** The final judgement, from the snapshot of the finished run: nothing is pending any more. */
  finish(snapshot: RunSnapshot): readonly ThresholdState[] {
    this.observe(snapshot);
    return this.#watches.map((watch) => {
      const state = stateOf(watch);
      if (state.state !== "pending") return state;
      // A window or delay longer than the run: judge what there is, if there is anything.
      const measured = snapshot.measured
        ? this.#measure(watch.threshold, snapshot, snapshot.total, snapshot.asked)
        : undefined;
      if (measured === undefined) return { ...state, state: "fail", value: "nothing measured" };
      watch.measured = measured;
      watch.state = this.#holds(watch.threshold, measured, snapshot.total, snapshot.asked) ? "pass" : "fail";
      return stateOf(watch);
    });
  }

  /** No window starts before a reset; one that failed before it has failed for good. */
  #follow(epoch: number): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    for (const watch of this.#watches) watch.samples = [];
  }

  #judgeWhole(watch: Watch, snapshot: RunSnapshot): void {
    const { threshold } = watch;
    const measured = this.#measure(threshold, snapshot, snapshot.total, snapshot.asked);
    watch.measured = measured;
    if (measured === undefined || snapshot.total.seconds < threshold.afterSeconds) watch.state = "pending";
    else watch.state = this.#holds(threshold, measured, snapshot.total, snapshot.asked) ? "pass" : "fail";
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
      this.#judgeSpan(watch, snapshot, span, difference(snapshot.asked, begin.asked));
    }
    if (newest === undefined || seconds - newest.span.seconds >= length / SAMPLES_PER_WINDOW) {
      samples.push({ span: copySpan(snapshot.total), asked: snapshot.asked });
    }
  }

  #judgeSpan(watch: Watch, snapshot: RunSnapshot, span: Span, asked: number | undefined): void {
    const measured = this.#measure(watch.threshold, snapshot, span, asked);
    if (measured === undefined) return;
    const holds = this.#holds(watch.threshold, measured, span, asked);
    // The value that failed it stays on show, not the good one that came later.
    if (watch.failed) return;
    watch.failed = !holds;
    watch.measured = measured;
    watch.state = holds ? "pass" : "fail";
  }

  #measure(
    threshold: Threshold,
    snapshot: RunSnapshot,
    span: Span,
    asked: number | undefined,
  ): number | undefined {
    if (threshold.bound.kind === "target" && !(asked !== undefined && asked > 0)) return undefined;
    return threshold.metric.read({ span, snapshot });
  }

  #holds(threshold: Threshold, measured: number, span: Span, asked: number | undefined): boolean {
    const { bound } = threshold;
    const limit = bound.kind === "fixed" ? bound.value : bound.factor * (asked ?? NaN) / span.seconds;
    return compareValues(measured, threshold.operator, limit);
  }
}

function difference(newer: number | undefined, older: number | undefined): number | undefined {
  return newer === undefined || older === undefined ? undefined : newer - older;
}

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
