/** Percentiles and chart bins of a snapshot's histograms, calculated once per snapshot and not once per frame. */
import type { Histogram } from "../load/histogram/histogram.ts";
import { CELLS, lowestOf } from "../load/histogram/layout.ts";
import type { RunSnapshot, Span } from "../load/snapshot.ts";

/** Bins of the distribution chart: 8 per octave, so every second power of √2 is a bin's edge. */
const BINS_PER_OCTAVE = 8;
const BIN_COUNT = 33 * BINS_PER_OCTAVE;

/** All times in microseconds. */
export interface LatencyStats {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Counts by `binOf`. */
  readonly bins: Float64Array;
}

export interface SpanStats {
  readonly service?: LatencyStats | undefined;
  readonly response?: LatencyStats | undefined;
  readonly endToEnd?: LatencyStats | undefined;
}

export interface Stats {
  readonly total: SpanStats;
  readonly window: SpanStats;
}

/** Bin of a time in microseconds; 0 and 1 share the first one. */
export function binOf(micros: number): number {
  const bin = micros <= 1 ? 0 : Math.floor(Math.log2(micros) * BINS_PER_OCTAVE + 1e-9);
  return Math.min(BIN_COUNT - 1, bin);
}

// Bin of each cell of a histogram.
const BIN_OF_CELL = Uint16Array.from({ length: CELLS }, (_, cell) => binOf(lowestOf(cell)));

/** Lower edge of a bin in microseconds. */
export function binFrom(bin: number): number {
  return 2 ** (bin / BINS_PER_OCTAVE);
}

/** Percentiles, maximum and bins of one histogram. */
export function summarize(histogram: Histogram): LatencyStats {
  const count = histogram.total;
  const bins = new Float64Array(BIN_COUNT);
  const { low, high } = histogram.range ?? { low: 0, high: -1 };
  for (let i = low; i <= high; i++) {
    const n = histogram.countAt(i);
    if (n === 0) continue;
    const bin = BIN_OF_CELL[i] as number;
    bins[bin] = (bins[bin] as number) + n;
  }
  const [p50 = 0, p95 = 0, p99 = 0, p999 = 0] = histogram.percentiles([50, 95, 99, 99.9]);
  return { count, p50, p95, p99, p999, max: histogram.max, bins };
}

function spanStats(span: Span): SpanStats {
  const { service, response, endToEnd } = span.latency;
  return {
    service: service && summarize(service),
    response: response && summarize(response),
    endToEnd: endToEnd && summarize(endToEnd),
  };
}

export function snapshotStats(snapshot: RunSnapshot): Stats {
  return { total: spanStats(snapshot.total), window: spanStats(snapshot.window) };
}
