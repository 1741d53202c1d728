/** Spans as they travel in result files, and back. */
import { perSecond } from "../../load/figures.ts";
import { decodeHistogram, encodeHistogram } from "../../load/histogram/encoding.ts";
import type { Histogram } from "../../load/histogram/histogram.ts";
import type { Latencies, Span } from "../../load/snapshot.ts";
import type { BatchRecord, HistogramRecord, SpanRecord } from "./types.ts";
import { LATENCY_NAMES } from "../../load/span_math.ts";

/** Percentiles written into results; the curve of a report is made of them. */
export const PERCENTILES: readonly number[] = [
  1,
  5,
  10,
  25,
  50,
  75,
  90,
  95,
  97.5,
  99,
  99.5,
  99.9,
  99.95,
  99.99,
  99.995,
  99.999,
  100,
];

/** Percentiles of a histogram by their names; zeros when it is empty. */
function percentileMap(histogram: Histogram): Record<string, number> {
  const values = histogram.percentiles(PERCENTILES);
  return Object.fromEntries(PERCENTILES.map((percent, index) => [String(percent), values[index]!]));
}

/** The record of a distribution of times. */
export function histogramRecord(histogram: Histogram): HistogramRecord {
  const empty = histogram.total === 0;
  return {
    count: histogram.total,
    minUs: empty ? 0 : histogram.min,
    meanUs: empty ? 0 : histogram.mean,
    stdDevUs: empty ? 0 : histogram.stdDev,
    maxUs: empty ? 0 : histogram.max,
    saturated: histogram.saturated,
    negatives: histogram.negatives,
    percentilesUs: percentileMap(histogram),
    hdr: encodeHistogram(histogram),
  };
}

function batchRecord(histogram: Histogram): BatchRecord {
  const empty = histogram.total === 0;
  return {
    count: histogram.total,
    min: empty ? 0 : histogram.min,
    mean: empty ? 0 : histogram.mean,
    max: empty ? 0 : histogram.max,
    percentiles: percentileMap(histogram),
    hdr: encodeHistogram(histogram),
  };
}

/** The record of a span; its rates are counts divided by the span's measured seconds. */
export function spanRecord(span: Span): SpanRecord {
  const { counters, seconds } = span;
  const latency: { -readonly [Name in keyof SpanRecord["latency"]]: HistogramRecord } = {};
  for (const name of LATENCY_NAMES) {
    const histogram = span.latency[name];
    if (histogram !== undefined) latency[name] = histogramRecord(histogram);
  }
  return {
    seconds,
    messages: counters.messages,
    bytes: counters.bytes,
    wireBytes: counters.wireBytes,
    entries: counters.entries,
    sent: counters.sent,
    failed: counters.failed,
    missed: counters.missed,
    missedLate: counters.missedLate,
    blockedUs: counters.blockedMicros,
    reconnects: counters.reconnects,
    redelivered: counters.redelivered,
    nacked: counters.nacked,
    messagesPerSecond: perSecond(counters.messages, seconds) ?? 0,
    bytesPerSecond: perSecond(counters.bytes, seconds) ?? 0,
    errors: Object.fromEntries(span.errors),
    latency,
    batchSize: batchRecord(span.batchSize),
  };
}

/**
 * The span of a record, histograms decoded.
 *
 * @throws what the decoder throws when a histogram is damaged
 */
export function spanOfRecord(record: SpanRecord): Span {
  const latency: Latencies = {};
  for (const name of LATENCY_NAMES) {
    const stored = record.latency[name];
    if (stored !== undefined) latency[name] = histogramOfRecord(stored);
  }
  return {
    seconds: record.seconds,
    counters: {
      messages: record.messages,
      bytes: record.bytes,
      wireBytes: record.wireBytes,
      entries: record.entries,
      sent: record.sent,
      failed: record.failed,
      missed: record.missed,
      missedLate: record.missedLate ?? 0,
      blockedMicros: record.blockedUs,
      reconnects: record.reconnects,
      redelivered: record.redelivered,
      nacked: record.nacked,
    },
    latency,
    batchSize: decodeHistogram(record.batchSize.hdr),
    errors: new Map(Object.entries(record.errors)),
  };
}

/** The histogram of a record, with the two counts that its encoding cannot carry. */
export function histogramOfRecord(record: HistogramRecord): Histogram {
  const histogram = decodeHistogram(record.hdr);
  histogram.addSaturated(record.saturated);
  histogram.addNegatives(record.negatives);
  return histogram;
}
