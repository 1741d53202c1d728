/**
 * What a run's percentiles do not show, in words: messages that were due and never sent, and the times without a
 * connection. The same in the summary and on the page.
 */
import { formatCount, formatDuration, formatElapsed } from "../../config/units.ts";
import type { RunResult } from "../result/types.ts";

/** Messages that are in no percentile because they were given up, and how late they were at least; undefined for none. */
export function givenUpText({ totals, catchUpUs, run }: RunResult): string | undefined {
  const { missed, missedLate = 0 } = totals;
  if (run.role !== "producer" || missed === 0) return undefined;
  const text = missed === 1
    ? "1 message was due and never sent: it is in no percentile"
    : `${formatCount(missed)} messages were due and never sent: they are in no percentile`;
  if (missedLate === 0 || catchUpUs === undefined) return text;
  const late = `more than ${formatDuration(catchUpUs)} late`;
  if (missedLate < missed) return `${text}; ${formatCount(missedLate)} of them given up when ${late}`;
  return `${text}; given up when ${late}`;
}

/** How often and how long a producer or consumer had no connection; undefined when all were always connected. */
export function outageText({ outages }: RunResult): string | undefined {
  if (outages === undefined || outages.count === 0) return undefined;
  const { count, totalUs, longestUs, sinceUs } = outages;
  const last = sinceUs === undefined ? "" : ", not over at the end";
  if (count === 1) return `1 of ${span(totalUs)} without a connection${last}`;
  return `${formatCount(count)}, ${span(totalUs)} without a connection, the longest ${
    span(longestUs)
  }${last}`;
}

/** Minutes as a clock, below that as a duration. */
function span(micros: number): string {
  return micros < 60e6 ? formatDuration(micros) : formatElapsed(micros / 1e6);
}
