/** Intervals as CSV (RFC 4180), one line each, durations in microseconds. */
import { errorTotal } from "../../load/figures.ts";
import type { HistogramRecord, IntervalRecord } from "../result/types.ts";

type Column = readonly [name: string, read: (interval: IntervalRecord) => string | number | undefined];

const latencyColumns = (name: "service" | "response" | "endToEnd", prefix: string): Column[] => {
  const of = (read: (histogram: HistogramRecord) => number | undefined) => (interval: IntervalRecord) => {
    const histogram = interval.latency[name];
    return histogram === undefined || histogram.count === 0 ? undefined : read(histogram);
  };
  return [
    [`${prefix}_mean_us`, of((histogram) => Math.round(histogram.meanUs))],
    ...["50", "95", "99", "99.9"].map((percent): Column => [
      `${prefix}_p${percent.replace(".", "_")}_us`,
      of((histogram) => histogram.percentilesUs[percent]),
    ]),
    [`${prefix}_max_us`, of((histogram) => histogram.maxUs)],
  ];
};

const COLUMNS: readonly Column[] = [
  ["time", (interval) => new Date(interval.atUs / 1000).toISOString()],
  ["from_seconds", (interval) => round(interval.fromSeconds)],
  ["seconds", (interval) => round(interval.seconds)],
  ["stage", (interval) => interval.stage],
  ["target_rate", ({ targetRate }) => targetRate === undefined ? undefined : round(targetRate)],
  ["messages", (interval) => interval.messages],
  ["messages_per_second", (interval) => round(interval.messagesPerSecond)],
  ["bytes", (interval) => interval.bytes],
  ["bytes_per_second", (interval) => round(interval.bytesPerSecond)],
  ["entries", (interval) => interval.entries],
  ["sent", (interval) => interval.sent],
  ["failed", (interval) => interval.failed],
  ["missed", (interval) => interval.missed],
  ["blocked_us", (interval) => Math.round(interval.blockedUs)],
  ["behind_us", (interval) => Math.round(interval.behindUs)],
  ["in_flight", (interval) => interval.inFlight],
  ["loop_lag_us", (interval) => Math.round(interval.loopLagUs)],
  ["reconnects", (interval) => interval.reconnects],
  ["redelivered", (interval) => interval.redelivered],
  ["nacked", (interval) => interval.nacked],
  ["backlog", (interval) => interval.backlog],
  ["errors", (interval) => errorTotal(interval.errors)],
  ...latencyColumns("service", "service"),
  ...latencyColumns("response", "response"),
  ...latencyColumns("endToEnd", "e2e"),
];

/** The CSV of a run, header line first; a figure that was not measured is an empty field. */
export function intervalsCsv(intervals: readonly IntervalRecord[]): string {
  const lines = [COLUMNS.map(([name]) => name).join(",")];
  for (const interval of intervals) lines.push(COLUMNS.map(([, read]) => field(read(interval))).join(","));
  return lines.join("\r\n") + "\r\n";
}

function field(value: string | number | undefined): string {
  if (value === undefined) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
