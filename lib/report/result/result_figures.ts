/** Figures of a result that are derived from its records, the same for summary, page and merge. */
import { backPressureShare, perSecond } from "../../load/figures.ts";
import type { RunResult, SpanRecord } from "./types.ts";

/**
 * Mean of what was asked for over the measured seconds, messages per second; undefined when any of it was unlimited.
 * Results of earlier versions state it by interval only.
 */
export function meanTarget({ totals, intervals }: RunResult): number | undefined {
  if (totals.asked !== undefined) return perSecond(totals.asked, totals.seconds);
  let asked = 0;
  let seconds = 0;
  for (const interval of intervals) {
    if (interval.targetRate === undefined) return undefined;
    asked += interval.targetRate * interval.seconds;
    seconds += interval.seconds;
  }
  return perSecond(asked, seconds);
}

/** Share of the workers' time in a span of the result that was spent waiting for room in flight, 0–1. */
export function backPressureOf(
  { blockedUs: blockedMicros, seconds }: SpanRecord,
  { workers }: RunResult,
): number | undefined {
  return backPressureShare({ blockedMicros, seconds, workers: Math.max(1, workers.length) });
}

/** Largest event-loop lag of all intervals, microseconds. */
export function largestLoopLag({ intervals }: RunResult): number {
  return intervals.reduce((most, { loopLagUs }) => Math.max(most, loopLagUs), 0);
}
