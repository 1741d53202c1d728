/**
 * Arithmetic on spans: what happened between two readings of the same run, and what two runs make together.
 */
import type { Histogram } from "./histogram/histogram.ts";
import type { Counters, Latencies, Span } from "./snapshot.ts";

/** A deep copy, safe to keep while the run goes on. */
export function copySpan(span: Span): Span {
  return {
    seconds: span.seconds,
    counters: { ...span.counters },
    latency: mapLatencies(span.latency, (histogram) => histogram.clone()),
    batchSize: span.batchSize.clone(),
    errors: new Map(span.errors),
  };
}

/** What happened after `older` and up to `newer`, two readings of one epoch of a run. */
export function spanBetween(older: Span, newer: Span): Span {
  const latency = mapLatencies(
    newer.latency,
    (histogram, name) => difference(histogram, older.latency[name]),
  );
  const errors = new Map<string, number>();
  for (const [code, count] of newer.errors) {
    const grown = count - (older.errors.get(code) ?? 0);
    if (grown > 0) errors.set(code, grown);
  }
  return {
    seconds: newer.seconds - older.seconds,
    counters: mapCounters(newer.counters, older.counters, (now, then) => now - then),
    latency,
    batchSize: difference(newer.batchSize, older.batchSize),
    errors,
  };
}

/** Counts, bytes, errors and histograms of two spans added; `seconds` is the longer of the two. */
export function addSpans(a: Span, b: Span): Span {
  const sum = copySpan(a);
  sum.seconds = Math.max(a.seconds, b.seconds);
  sum.counters = mapCounters(a.counters, b.counters, (one, other) => one + other);
  for (const name of LATENCY_NAMES) {
    const other = b.latency[name];
    if (other === undefined) continue;
    const own = sum.latency[name];
    if (own === undefined) sum.latency[name] = other.clone();
    else own.add(other);
  }
  sum.batchSize.add(b.batchSize);
  const errors = new Map(sum.errors);
  for (const [code, count] of b.errors) errors.set(code, (errors.get(code) ?? 0) + count);
  sum.errors = errors;
  return sum;
}

/** The latencies a span can have, in the order they are reported. */
export const LATENCY_NAMES = ["service", "response", "endToEnd"] as const;
export type LatencyName = typeof LATENCY_NAMES[number];

function difference(newer: Histogram, older: Histogram | undefined): Histogram {
  const result = newer.clone();
  if (older !== undefined) result.subtract(older);
  return result;
}

function mapLatencies(
  latency: Latencies,
  change: (histogram: Histogram, name: LatencyName) => Histogram,
): Latencies {
  const result: Latencies = {};
  for (const name of LATENCY_NAMES) {
    const histogram = latency[name];
    if (histogram !== undefined) result[name] = change(histogram, name);
  }
  return result;
}

function mapCounters(a: Counters, b: Counters, join: (a: number, b: number) => number): Counters {
  const result = { ...a };
  for (const key of Object.keys(a) as (keyof Counters)[]) result[key] = join(a[key], b[key]);
  return result;
}
