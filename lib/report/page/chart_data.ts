/**
 * The figures that the charts of a report draw: aligned columns, one `x` for all series of a chart, `null` where a
 * series has nothing to say. Times in seconds, latencies in microseconds.
 */
import { errorTotal, perSecond } from "../../load/figures.ts";
import type { Histogram } from "../../load/histogram/histogram.ts";
import { changeText } from "../formats/changes.ts";
import type { IntervalRecord, RunResult } from "../result/types.ts";
import { backPressureOf } from "../result/result_figures.ts";
import { histogramOfRecord } from "../result/span_record.ts";
import type { ScenarioRecord } from "../result/scenario_types.ts";
import { LATENCY_NAMES, type LatencyName } from "../../load/span_math.ts";
import { LATENCY_TITLES } from "./latency_titles.ts";
import { type Chart, onAxis, type Story, type StoryAxis, storyAxis, storyOf, withBacklogs } from "./story.ts";
import type { SweepChart } from "./sweep_data.ts";

export type { Chart, Column, Story } from "./story.ts";
export type { SweepChart } from "./sweep_data.ts";

export interface LatencyCharts {
  readonly title: string;
  /** Percentile (or `max`) → latency over time. */
  readonly overTime: Readonly<Record<string, Chart>>;
  /** x = 1 / (1 − p). */
  readonly curve: Chart;
  /** x = lower bound of a bin, columns = share of the messages in it, 0–1. */
  readonly bins: Chart;
}

export interface ChartData {
  /** Of a scenario: its steps, on the one axis of time of all charts over time. */
  readonly story?: Story | undefined;
  /** Of a sweep: rate against latency, in place of everything else. */
  readonly sweep?: readonly SweepChart[] | undefined;
  readonly names: readonly string[];
  readonly rate: Chart;
  /** Rate asked for; a column without any target is all `null`. */
  readonly target: Chart;
  readonly latency: Partial<Record<LatencyName, LatencyCharts>>;
  /** What was changed while results were measured, in order of time. */
  readonly changes: readonly ChangeMark[];
  /** Client and broker over the same time; only charts with a value above 0. */
  readonly health: readonly HealthChart[];
}

/** A moment on the axis of time of all charts over time. */
export interface ChangeMark {
  /** Seconds of the measured part. */
  readonly x: number;
  readonly text: string;
  /** Index of the result. */
  readonly result: number;
}

export interface HealthChart {
  readonly title: string;
  readonly unit: string;
  /** `duration` in microseconds, `share` 0–1. */
  readonly kind: "count" | "duration" | "share" | "bytes";
  readonly chart: Chart;
}

/** Percentiles drawn over time. */
const TIME_PERCENTILES: readonly string[] = ["50", "95", "99", "99.9"];

/**
 * Everything the charts of these results draw.
 *
 * @param record of the scenario whose groups they are: time counts from the beginning of its measured part
 */
export function chartData(
  results: readonly RunResult[],
  names: readonly string[],
  record?: ScenarioRecord,
): ChartData {
  const latency: Partial<Record<LatencyName, LatencyCharts>> = {};
  const axis = record === undefined ? undefined : storyAxis(record, results);
  for (const name of LATENCY_NAMES) {
    const charts = latencyCharts(results, name, axis);
    if (charts !== undefined) latency[name] = charts;
  }
  return {
    ...(record === undefined ? {} : { story: storyOf(record) }),
    names,
    rate: overTime(results, (interval) => round(interval.messagesPerSecond), axis),
    target: overTime(results, (interval) => interval.targetRate ?? null, axis),
    latency,
    changes: record === undefined ? changeMarks(results) : [],
    health: healthCharts(results, axis, record),
  };
}

/** Changes by the wall clock of the intervals they fell into; those of before the figures began have no place. */
function changeMarks(results: readonly RunResult[]): ChangeMark[] {
  return results.flatMap(({ changes = [], intervals }, result) =>
    changes.flatMap((change) => {
      const interval = intervals.find(({ atUs }) => atUs >= change.atUs);
      if (interval === undefined) return [];
      const { atUs, fromSeconds, seconds } = interval;
      const x = fromSeconds + seconds - (atUs - change.atUs) / 1e6;
      // An interval with a pause in it is longer by the wall clock than by its seconds.
      if (x < fromSeconds && interval === intervals[0]) return [];
      return [{ x: round(Math.max(fromSeconds, x)), text: changeText(change), result }];
    })
  ).sort((one, other) => one.x - other.x);
}

type HealthFigure = Omit<HealthChart, "chart"> & {
  read(interval: IntervalRecord, result: RunResult): number | undefined;
  /** What a scenario knows better than its groups do. */
  ofScenario?(told: Chart, record: ScenarioRecord, axis: StoryAxis): Chart;
};

const HEALTH: readonly HealthFigure[] = [
  {
    title: "Errors",
    unit: "per second",
    kind: "count",
    read: ({ errors, seconds }) => perSecond(errorTotal(errors), seconds),
  },
  {
    title: "Missed slots",
    unit: "messages given up per second",
    kind: "count",
    read: ({ missed, seconds }) => perSecond(missed, seconds),
  },
  {
    title: "Backlog",
    unit: "messages",
    kind: "count",
    read: ({ backlog }) => backlog,
    ofScenario: withBacklogs,
  },
  {
    title: "Behind schedule",
    unit: "at the end of the interval",
    kind: "duration",
    read: ({ behindUs }) => behindUs,
  },
  { title: "In flight", unit: "messages", kind: "count", read: ({ inFlight }) => inFlight },
  {
    title: "Back-pressure",
    unit: "share of the workers' time",
    kind: "share",
    read: backPressureOf,
  },
  {
    title: "Event-loop lag",
    unit: "largest of the interval",
    kind: "duration",
    read: ({ loopLagUs }) => loopLagUs,
  },
  {
    title: "Memory of this tool",
    unit: "in use at the end of the interval",
    kind: "bytes",
    read: ({ residentBytes }) => residentBytes,
    ofScenario: ofOneProcess,
  },
];

/** Charts of figures that are 0 all the time are left out: the tables have them. */
function healthCharts(
  results: readonly RunResult[],
  axis: StoryAxis | undefined,
  record: ScenarioRecord | undefined,
): HealthChart[] {
  return HEALTH.flatMap(({ read, ofScenario, ...figure }) => {
    const told = overTime(
      results,
      (interval, result) => {
        const value = read(interval, result);
        return value === undefined ? null : round(value);
      },
      axis,
      figure.kind === "duration" ? "most" : "mean",
    );
    const isOfScenario = ofScenario !== undefined && record !== undefined && axis !== undefined;
    const chart = isOfScenario ? ofScenario(told, record, axis) : told;
    return chart.columns.some((values) => values.some((value) => value !== null && value > 0))
      ? [{ ...figure, chart }]
      : [];
  });
}

/** All groups of a scenario have one memory: it is drawn once, as that of the group that tells most of it. */
function ofOneProcess({ x, columns }: Chart): Chart {
  const told = columns.map((values) => values.filter((value) => value !== null).length);
  const most = told.indexOf(Math.max(...told));
  return { x, columns: columns.map((values, index) => index === most ? values : values.map(() => null)) };
}

function latencyCharts(
  results: readonly RunResult[],
  name: LatencyName,
  axis: StoryAxis | undefined,
): LatencyCharts | undefined {
  const histograms = results.map(({ totals }) => {
    const stored = totals.latency[name];
    return stored === undefined || stored.count === 0 ? undefined : histogramOfRecord(stored);
  });
  if (histograms.every((histogram) => histogram === undefined)) return undefined;
  const read = (percentile: string) => (interval: IntervalRecord): number | null => {
    const stored = interval.latency[name];
    if (stored === undefined || stored.count === 0) return null;
    return percentile === "max" ? stored.maxUs : stored.percentilesUs[percentile] ?? null;
  };
  return {
    title: LATENCY_TITLES[name],
    overTime: Object.fromEntries(
      [...TIME_PERCENTILES, "max"].map((key) => [key, overTime(results, read(key), axis, "most")]),
    ),
    curve: percentileCurve(histograms),
    bins: binnedShares(histograms),
  };
}

/** Intervals at the middle of their stretch of time, or in the steps of a scenario's axis. */
function overTime(
  results: readonly RunResult[],
  read: (interval: IntervalRecord, result: RunResult) => number | null,
  axis: StoryAxis | undefined,
  join: "mean" | "most" = "mean",
): Chart {
  if (axis !== undefined) return onAxis(results, read, axis, join);
  const points = results.map((result) =>
    new Map(result.intervals.map((interval) => [
      round(interval.fromSeconds + interval.seconds / 2),
      read(interval, result),
    ]))
  );
  const x = [...new Set(points.flatMap((series) => [...series.keys()]))].sort((a, b) => a - b);
  return { x, columns: points.map((series) => x.map((time) => series.get(time) ?? null)) };
}

const STEPS_PER_NINE = 20;

/** Latency by percentile; each curve ends at the last percentile that one message of its run can support. */
function percentileCurve(histograms: readonly (Histogram | undefined)[]): Chart {
  const most = Math.max(...histograms.map((histogram) => histogram?.total ?? 0));
  const steps = Math.max(1, Math.ceil(Math.log10(most) * STEPS_PER_NINE));
  const x = Array.from({ length: steps + 1 }, (_, step) => round(10 ** (step / STEPS_PER_NINE)));
  const columns = histograms.map((histogram) =>
    x.map((value) => {
      if (histogram === undefined || value > histogram.total * 1.0001) return null;
      return histogram.percentile(100 * (1 - 1 / value));
    })
  );
  return { x, columns };
}

const BINS_PER_DECADE = 20;

/** Share of the messages in bins of equal width on a logarithmic axis, with an empty bin at either end. */
function binnedShares(histograms: readonly (Histogram | undefined)[]): Chart {
  const known = histograms.filter((histogram) => histogram !== undefined);
  const binOf = (micros: number): number => Math.floor(Math.log10(Math.max(1, micros)) * BINS_PER_DECADE);
  const low = Math.min(...known.map((histogram) => binOf(histogram.min))) - 1;
  const high = Math.max(...known.map((histogram) => binOf(histogram.max))) + 1;
  const x = Array.from(
    { length: high - low + 1 },
    (_, index) => round(10 ** ((low + index) / BINS_PER_DECADE)),
  );
  const columns = histograms.map((histogram) => {
    if (histogram === undefined) return x.map(() => null);
    const counts = x.map(() => 0);
    for (const { from, to, count } of histogram.buckets()) counts[binOf((from + to) / 2) - low]! += count;
    const total = histogram.total;
    return counts.map((count) => count / total);
  });
  return { x, columns };
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
