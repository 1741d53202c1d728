/** One JSON line per event of a run, for programs that follow it live (`--events`). */
import { printableJson } from "../../config/foreign_text.ts";
import type { ChangeRecord, HistogramRecord, IntervalRecord } from "../result/types.ts";
import type { Verdict } from "../result/verdict.ts";

export interface EventMeaning {
  readonly event: "start" | "interval" | "change" | "end";
  readonly when: string;
  /** Fields beside `event` and `runId`, each with what it holds; `record`: those of that record of the result as well. */
  readonly fields: readonly (readonly [name: string, what: string])[];
  readonly record?: "interval" | "change";
}

/** Every event there is, for the reference. */
export const EVENTS: readonly EventMeaning[] = [
  {
    event: "start",
    when: "The first line: the run is about to begin",
    fields: [
      ["role", "'producer' or 'consumer'"],
      ["topic", "full name of the topic"],
      ["atUs", "microseconds since the Unix epoch"],
    ],
  },
  {
    event: "interval",
    when: "At the end of each reporting interval ('--report-interval')",
    fields: [["epoch", "counts from 0; a higher one means that the figures were reset"]],
    record: "interval",
  },
  {
    event: "change",
    when: "Something was changed while the run goes on, by a key or on the cluster",
    fields: [],
    record: "change",
  },
  {
    event: "end",
    when: "The last line: how the run ended",
    fields: [
      ["atUs", "microseconds since the Unix epoch"],
      ["verdict", "status, exit code, reasons and findings, as in the result"],
    ],
  },
];

/**
 * The line of an interval: its record without the encoded histograms, which belong to the result file.
 *
 * Lines of one epoch tile its measured time and add up; a higher one means that the figures were reset. The last one
 * of a run is what was left, however short, because lines that were written cannot be taken back.
 */
export function intervalEvent(runId: string, epoch: number, interval: IntervalRecord): string {
  const { latency, batchSize, ...rest } = interval;
  const { hdr: _batchHistogram, ...batch } = batchSize;
  const latencies = Object.fromEntries(
    Object.entries(latency).map(([name, histogram]) => [name, withoutEncoding(histogram)]),
  );
  return line({ event: "interval", runId, epoch, ...rest, latency: latencies, batchSize: batch });
}

/** The first line: what is about to run. */
export function startEvent(runId: string, role: string, topic: string, atUs: number): string {
  return line({ event: "start", runId, role, topic, atUs });
}

/** The line of a change, written when the change is carried out. */
export function changeEvent(runId: string, change: ChangeRecord): string {
  return line({ event: "change", runId, ...change });
}

/** The last line: how the run ended. */
export function endEvent(runId: string, atUs: number, verdict: Verdict): string {
  return line({ event: "end", runId, atUs, verdict });
}

function withoutEncoding(histogram: HistogramRecord): Omit<HistogramRecord, "hdr"> {
  const { hdr: _hdr, ...rest } = histogram;
  return rest;
}

function line(value: unknown): string {
  return printableJson(JSON.stringify(value)) + "\n";
}
