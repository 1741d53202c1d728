/** What the charts of a sweep draw: latency against the rate that was reached, a line for each row of combinations. */
import { Histogram } from "../../load/histogram/histogram.ts";
import { settingsText } from "../result/scenario_record.ts";
import type { SweepRecord } from "../result/scenario_types.ts";
import { histogramOfRecord } from "../result/span_record.ts";
import type { RunResult } from "../result/types.ts";
import { LATENCY_TITLES } from "./latency_titles.ts";
import type { Column } from "./story.ts";

export interface SweepLine {
  readonly name: string;
  /** Lines of the same combinations share a colour. */
  readonly color: number;
  readonly dashed: boolean;
  readonly values: Column;
  /** What each value is the outcome of; empty where there is none, or where another line says it. */
  readonly labels: readonly string[];
}

export interface SweepChart {
  readonly title: string;
  /** Messages per second reached, one for each combination, in order. */
  readonly x: readonly number[];
  readonly lines: readonly SweepLine[];
}

interface Point {
  readonly settings: Readonly<Record<string, string>>;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

/**
 * The setting that runs along a line: the rate, or else the one with the most values. Undefined where nothing differs.
 */
export function alongOf(record: SweepRecord): string | undefined {
  const names = [...new Set(record.points.flatMap(({ settings }) => Object.keys(settings)))];
  const valuesOf = (name: string): number =>
    new Set(record.points.map(({ settings }) => settings[name])).size;
  const varied = names.filter((name) => valuesOf(name) > 1);
  const rates = varied.filter((name) => /rate/i.test(name));
  return (rates.length > 0 ? rates : varied).sort((a, b) => valuesOf(b) - valuesOf(a))[0];
}

/** The figures of one combination: all groups that have this latency together. */
function pointOf(
  settings: Readonly<Record<string, string>>,
  results: readonly RunResult[],
  name: "response" | "endToEnd",
): Point | undefined {
  const sum = new Histogram();
  let rate = 0;
  for (const { totals } of results) {
    const stored = totals.latency[name];
    if (stored === undefined || stored.count === 0) continue;
    sum.add(histogramOfRecord(stored));
    rate += totals.messagesPerSecond;
  }
  if (sum.total === 0) return undefined;
  return { settings, rate, p50: sum.percentile(50), p99: sum.percentile(99) };
}

/** A chart of response times and one of end-to-end times, where they were measured. */
export function sweepCharts(
  record: SweepRecord,
  results: readonly (readonly RunResult[])[],
): SweepChart[] {
  const along = alongOf(record);
  return (["response", "endToEnd"] as const).flatMap((name) => {
    const points = record.points.flatMap(({ settings }, index) =>
      pointOf(settings, results[index] ?? [], name) ?? []
    ).sort((a, b) => a.rate - b.rate);
    if (points.length === 0) return [];
    const rowOf = ({ settings }: Point): string => {
      const { [along ?? ""]: _, ...others } = settings;
      return settingsText(others);
    };
    const rows = [...new Set(record.points.map((point) => rowOf({ ...point, rate: 0, p50: 0, p99: 0 })))];
    const lines = rows.flatMap((row, color) =>
      (["p99", "p50"] as const).map((percentile): SweepLine => {
        const own = points.map((point) => rowOf(point) === row ? point : undefined);
        return {
          name: row === "" ? percentile.toUpperCase() : `${row} ${percentile.toUpperCase()}`,
          color,
          dashed: percentile === "p50",
          values: own.map((point) => point === undefined ? null : Math.round(point[percentile])),
          labels: own.map((point) =>
            point === undefined || percentile === "p50" ? "" : point.settings[along ?? ""] ?? ""
          ),
        };
      })
    );
    return [{
      title: `${LATENCY_TITLES[name]} by rate`,
      x: points.map(({ rate }) => Math.round(rate * 10) / 10),
      lines,
    }];
  });
}
