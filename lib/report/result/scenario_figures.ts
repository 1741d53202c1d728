/** Figures of a scenario that are derived from its records, the same for summary and page. */
import { Histogram } from "../../load/histogram/histogram.ts";
import { perSecond } from "../../load/figures.ts";
import { histogramOfRecord } from "./span_record.ts";
import type { ScenarioRecord, StepRecord } from "./scenario_types.ts";
import type { HistogramRecord, IntervalRecord, RunResult, SpanRecord } from "./types.ts";

/** The latency that users of a role feel. */
export function leadOf(latency: SpanRecord["latency"]): HistogramRecord | undefined {
  const lead = latency.endToEnd ?? latency.response ?? latency.service;
  return lead === undefined || lead.count === 0 ? undefined : lead;
}

/** Seconds of the measured part at which a step began and ended; undefined when it never began. */
export function windowOf(step: StepRecord, record: ScenarioRecord): { from: number; to: number } | undefined {
  if (step.beganUs === undefined) return undefined;
  // Epoch microseconds are whole ones: what differences have beyond them is rounding.
  const of = (micros: number): number => Math.round(micros - record.measuredAtUs) / 1e6;
  return { from: of(step.beganUs), to: step.endedUs === undefined ? record.seconds : of(step.endedUs) };
}

export interface Stretch {
  readonly messagesPerSecond: number;
  /** Of the latency that users feel, microseconds; undefined where none was measured. */
  readonly p50Us: number | undefined;
  readonly p99Us: number | undefined;
  readonly maxUs: number | undefined;
}

/** What a group did while a step lasted. */
export function insideStep(step: StepRecord, group: string): Stretch | undefined {
  const span = step.inside[group];
  if (span === undefined || span.seconds <= 0) return undefined;
  const lead = leadOf(span.latency);
  return {
    messagesPerSecond: span.messagesPerSecond,
    p50Us: lead?.percentilesUs["50"],
    p99Us: lead?.percentilesUs["99"],
    maxUs: lead?.maxUs,
  };
}

/** What a group did in the intervals that no step but stages touches; undefined where there are none. */
export function outsideSteps(record: ScenarioRecord, result: RunResult): Stretch | undefined {
  const windows = record.steps.flatMap((step) => {
    const window = step.kind === "stage" ? undefined : windowOf(step, record);
    return window === undefined ? [] : [window];
  });
  const quiet = result.intervals.filter((interval) => {
    const to = (interval.atUs - record.measuredAtUs) / 1e6;
    return windows.every((window) => to <= window.from || to - interval.seconds >= window.to);
  });
  const seconds = quiet.reduce((sum, interval) => sum + interval.seconds, 0);
  if (seconds <= 0) return undefined;
  const histogram = leadOfAll(quiet);
  const messages = quiet.reduce((sum, interval) => sum + interval.messages, 0);
  const isMeasured = histogram.total > 0;
  return {
    messagesPerSecond: perSecond(messages, seconds) ?? 0,
    p50Us: isMeasured ? histogram.percentile(50) : undefined,
    p99Us: isMeasured ? histogram.percentile(99) : undefined,
    maxUs: isMeasured ? histogram.max : undefined,
  };
}

function leadOfAll(intervals: readonly IntervalRecord[]): Histogram {
  const sum = new Histogram();
  for (const { latency } of intervals) {
    const lead = leadOf(latency);
    if (lead !== undefined) sum.add(histogramOfRecord(lead));
  }
  return sum;
}

/** The longest time that one producer or consumer had no connection in a step; 0 for none. */
export function longestOutageUs({ outages }: StepRecord, group?: string): number {
  const records = group === undefined ? Object.values(outages) : [outages[group]];
  return records.reduce((most, record) => Math.max(most, record?.count ? record.maxUs : 0), 0);
}
