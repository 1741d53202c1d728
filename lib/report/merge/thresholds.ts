/** Thresholds of several instances: judged again on what they measured together. */
import type { Role } from "../../config/run_config.ts";
import type { Openings } from "../../load/metrics/opening_times.ts";
import type { OutageSnapshot, Span } from "../../load/snapshot.ts";
import type { MetricSource } from "../thresholds/metric_catalog.ts";
import type { IntegrityRecord, RunResult, ThresholdRecord } from "../result/types.ts";
import { meanTarget } from "../result/result_figures.ts";
import {
  compareValues,
  formatMetric,
  parseThreshold,
  ThresholdSyntaxError,
} from "../thresholds/thresholds.ts";

export interface Together {
  readonly role: Role;
  readonly total: Span;
  readonly integrity: IntegrityRecord | undefined;
  readonly workers: number;
  readonly outages: OutageSnapshot | undefined;
  readonly openings: Openings | undefined;
}

/**
 * A threshold over the whole run is judged on the joined figures. One over a window, or on a gauge, fails when any
 * instance failed it, and shows that instance's value.
 */
export function mergeThresholds(results: readonly RunResult[], together: Together): ThresholdRecord[] {
  const texts = new Set(results.flatMap(({ thresholds }) => thresholds.map(({ text }) => text)));
  const targets = results.map(meanTarget);
  const target = targets.every((value) => value !== undefined)
    ? targets.reduce((sum, value) => sum + value, 0)
    : undefined;
  return [...texts].map((text) => judgeTogether(text, target, together) ?? worst(text, results));
}

/**
 * @param target messages per second that all of them were asked for
 * @returns undefined for what joined figures do not tell
 */
export function judgeTogether(
  text: string,
  target: number | undefined,
  together: Together,
): ThresholdRecord | undefined {
  const { role, total, integrity } = together;
  let threshold;
  try {
    threshold = parseThreshold(text, {
      role,
      hasTarget: target !== undefined,
      verifies: integrity !== undefined,
      opens: together.openings !== undefined,
    });
  } catch (error) {
    if (error instanceof ThresholdSyntaxError) return undefined;
    throw error;
  }
  if (threshold.overSeconds !== undefined || threshold.metric.gauge) return undefined;
  const measured = threshold.metric.read({ span: total, snapshot: sourceOf(together) });
  if (measured === undefined) return { text, state: "fail", value: "nothing measured" };
  const { bound } = threshold;
  const limit = bound.kind === "fixed" ? bound.value : bound.factor * (target ?? NaN);
  return {
    text,
    state: compareValues(measured, threshold.operator, limit) ? "pass" : "fail",
    value: formatMetric(threshold.metric.kind, measured),
    measured,
  };
}

function sourceOf({ integrity, workers, outages, openings }: Together): MetricSource {
  return {
    behindMicros: 0,
    inFlight: 0,
    loopLagMicros: 0,
    workers: { length: workers },
    openings,
    ...(outages === undefined ? {} : { outages }),
    ...(integrity === undefined ? {} : { integrity }),
  };
}

function worst(text: string, results: readonly RunResult[]): ThresholdRecord {
  const judged = results.flatMap((result) =>
    result.thresholds.filter((threshold) => threshold.text === text)
      .map((threshold) => ({ threshold, name: result.instances[0]!.name }))
  );
  const failed = judged.filter(({ threshold }) => threshold.state === "fail");
  if (failed.length === 0) return judged[0]!.threshold;
  const { threshold, name } = failed[0]!;
  const others = failed.length > 1 ? ` and ${failed.length - 1} more` : "";
  return { ...threshold, value: `${threshold.value} in ${name}${others}` };
}
