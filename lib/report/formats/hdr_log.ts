/**
 * Intervals as an HdrHistogram log, format version 1.3, readable by HdrHistogram's own tools
 * (HistogramLogReader, HistogramLogProcessor, the plotters). Each interval gives one line per latency, told apart
 * by `Tag=`; values are microseconds, `Interval_Max` is milliseconds as other writers have it.
 */
import type { IntervalRecord } from "../result/types.ts";
import { LATENCY_NAMES } from "../../load/span_math.ts";

/** Tag of each latency in the log. */
const TAGS = { service: "service", response: "response", endToEnd: "e2e" } as const;

/**
 * The log of a run.
 *
 * @param startedAtUs start of the run, microseconds since the Unix epoch; line times are relative to it
 */
export function hdrLog(intervals: readonly IntervalRecord[], startedAtUs: number, title: string): string {
  const start = startedAtUs / 1e6;
  const lines = [
    `#[${title.replaceAll(/[\r\n\]]/g, " ")}; values in microseconds]`,
    "#[Histogram log format version 1.3]",
    `#[StartTime: ${start.toFixed(3)} (seconds since epoch), ${new Date(startedAtUs / 1000).toISOString()}]`,
    `#[BaseTime: ${start.toFixed(3)} (seconds since epoch)]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
  ];
  for (const interval of intervals) {
    const begin = Math.max(0, (interval.atUs - startedAtUs) / 1e6 - interval.seconds);
    for (const name of LATENCY_NAMES) {
      const histogram = interval.latency[name];
      if (histogram === undefined || histogram.count === 0) continue;
      const times = `${begin.toFixed(3)},${interval.seconds.toFixed(3)},${
        (histogram.maxUs / 1000).toFixed(3)
      }`;
      lines.push(`Tag=${TAGS[name]},${times},${histogram.hdr}`);
    }
  }
  return lines.join("\n") + "\n";
}
