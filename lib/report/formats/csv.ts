/** Intervals as CSV (RFC 4180), one line each, durations in microseconds. */
import { errorTotal } from "../../load/figures.ts";
import type { HistogramRecord, IntervalRecord } from "../result/types.ts";

type Read = (interval: IntervalRecord) => string | number | undefined;
type Column = readonly [name: string, what: string, read: Read];

const latencyColumns = (
  name: "service" | "response" | "endToEnd",
  prefix: string,
  time: string,
): Column[] => {
  const of = (read: (histogram: HistogramRecord) => number | undefined) => (interval: IntervalRecord) => {
    const histogram = interval.latency[name];
    return histogram === undefined || histogram.count === 0 ? undefined : read(histogram);
  };
  return [
    [`${prefix}_mean_us`, `mean ${time} time`, of((histogram) => Math.round(histogram.meanUs))],
    ...["50", "95", "99", "99.9"].map((percent): Column => [
      `${prefix}_p${percent.replace(".", "_")}_us`,
      `P${percent} of the ${time} time`,
      of((histogram) => histogram.percentilesUs[percent]),
    ]),
    [`${prefix}_max_us`, `longest ${time} time`, of((histogram) => histogram.maxUs)],
  ];
};

const COLUMNS: readonly Column[] = [
  [
    "time",
    "end of the interval, ISO 8601 in UTC",
    (interval) => new Date(interval.atUs / 1000).toISOString(),
  ],
  ["from_seconds", "seconds of the measured part before it", (interval) => round(interval.fromSeconds)],
  ["seconds", "its length, pauses left out", (interval) => round(interval.seconds)],
  ["stage", "name of the stage, where there are stages", (interval) => interval.stage],
  [
    "target_rate",
    "messages per second that were asked for, the mean of the interval; empty where unlimited",
    ({ targetRate }) => targetRate === undefined ? undefined : round(targetRate),
  ],
  ["messages", "producer: acknowledged; consumer: received", (interval) => interval.messages],
  ["messages_per_second", "the same per second", (interval) => round(interval.messagesPerSecond)],
  ["bytes", "payload bytes of these messages, before compression", (interval) => interval.bytes],
  ["bytes_per_second", "the same per second", (interval) => round(interval.bytesPerSecond)],
  ["entries", "batches, or single messages without batching", (interval) => interval.entries],
  ["sent", "producer: messages written to the socket; consumer: acknowledged", (interval) => interval.sent],
  ["failed", "messages refused, given up or undecodable", (interval) => interval.failed],
  ["missed", "messages that were due and given up", (interval) => interval.missed],
  [
    "blocked_us",
    "time that workers waited for room in flight, summed over workers",
    (interval) => Math.round(interval.blockedUs),
  ],
  [
    "behind_us",
    "how late the oldest message that was due and unsent was at the end",
    (interval) => Math.round(interval.behindUs),
  ],
  ["in_flight", "messages sent and not yet acknowledged at the end", (interval) => interval.inFlight],
  ["loop_lag_us", "largest event-loop lag of the tool itself", (interval) => Math.round(interval.loopLagUs)],
  ["resident_bytes", "memory of the tool's process in use at the end", (interval) => interval.residentBytes],
  ["reconnects", "connections re-established", (interval) => interval.reconnects],
  ["redelivered", "messages delivered again", (interval) => interval.redelivered],
  ["nacked", "negative acknowledgements", (interval) => interval.nacked],
  [
    "backlog",
    "messages the broker held for the subscription at the end, where it is known",
    (interval) => interval.backlog,
  ],
  ["errors", "errors of every code", (interval) => errorTotal(interval.errors)],
  ...latencyColumns("service", "service", "service"),
  ...latencyColumns("response", "response", "response"),
  ...latencyColumns("endToEnd", "e2e", "end-to-end"),
];

/** Every column with what it holds, for the reference. */
export const CSV_COLUMNS: readonly (readonly [name: string, what: string])[] = COLUMNS.map((
  [name, what],
) => [name, what]);

/** The CSV of a run, header line first; a figure that was not measured is an empty field. */
export function intervalsCsv(intervals: readonly IntervalRecord[]): string {
  const lines = [COLUMNS.map(([name]) => name).join(",")];
  for (const interval of intervals) lines.push(COLUMNS.map(([, , read]) => field(read(interval))).join(","));
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
