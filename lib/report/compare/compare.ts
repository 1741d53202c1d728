/**
 * Compares two sides of runs and states what can and what cannot be concluded.
 *
 * One run a side has no known spread: any difference may be noise. With several runs a side, a difference is called
 * clear only when the two ranges (smallest to largest run) do not overlap, and the chance that this happens by luck
 * when both sides are equal is stated: 2 · n! · m! / (n + m)! for n and m runs, by counting orders.
 */
import {
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  formatThroughput,
} from "../../config/units.ts";
import { errorTotal, median } from "../../load/figures.ts";
import type { RunResult } from "../result/types.ts";

/** Separates the results of side A from those of side B on the command line; advice uses it too. */
export const SIDES_APART = "vs";

/** One figure over the runs of a side. */
export interface SideFigure {
  readonly runs: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export type Finding = "better" | "worse" | "overlap" | "single" | "equal";

/** What the values of a figure are counted in; durations are microseconds. */
export type FigureUnit = "msg/s" | "bytes/s" | "us" | "count";

export interface ComparedFigure {
  readonly name: string;
  /** Its name in rules and in JSON: `response.p99`, as thresholds do. */
  readonly key: string;
  readonly unit: FigureUnit;
  readonly better: "higher" | "lower";
  readonly a: SideFigure;
  readonly b: SideFigure;
  /** (median B − median A) / median A; NaN when A is zero. */
  readonly change: number;
  /** `single`: one run on a side, no spread known. `overlap`: the ranges overlap. */
  readonly finding: Finding;
  readonly format: (value: number) => string;
}

export interface ConfigDifference {
  readonly name: string;
  readonly a: string;
  readonly b: string;
}

export interface Comparison {
  /** Every figure that both sides measured, also those that are zero on both. */
  readonly measured: readonly ComparedFigure[];
  /** Those worth showing. */
  readonly figures: readonly ComparedFigure[];
  readonly config: readonly ConfigDifference[];
  /** Chance that unequal ranges are luck, undefined when a side has a single run. */
  readonly luck: number | undefined;
  /** What a reader must know, one sentence each. */
  readonly cautions: readonly string[];
}

type Figure = Pick<ComparedFigure, "name" | "key" | "unit" | "better" | "format"> & {
  read(result: RunResult): number | undefined;
};

const LATENCY_TITLES = { service: "service", response: "response", endToEnd: "end-to-end" } as const;
const LATENCY_KEYS = { service: "service", response: "response", endToEnd: "e2e" } as const;

const FIGURES: readonly Figure[] = [
  {
    name: "rate",
    key: "rate",
    unit: "msg/s",
    better: "higher",
    format: formatRate,
    read: ({ totals }) => totals.messagesPerSecond,
  },
  {
    name: "throughput",
    key: "throughput",
    unit: "bytes/s",
    better: "higher",
    format: formatThroughput,
    read: ({ totals }) => totals.bytesPerSecond,
  },
  ...Object.entries(LATENCY_TITLES).flatMap(([key, title]): Figure[] => {
    const name = key as keyof typeof LATENCY_TITLES;
    const percentiles = ["50", "90", "95", "99", "99.9"].map((percent): Figure => ({
      name: `${title} P${percent}`,
      key: `${LATENCY_KEYS[name]}.p${percent}`,
      unit: "us",
      better: "lower",
      format: formatDuration,
      read: ({ totals }) => totals.latency[name]?.percentilesUs[percent],
    }));
    const max: Figure = {
      name: `${title} max`,
      key: `${LATENCY_KEYS[name]}.max`,
      unit: "us",
      better: "lower",
      format: formatDuration,
      read: ({ totals }) => totals.latency[name]?.maxUs,
    };
    return [...percentiles, max].map((figure) => ({
      ...figure,
      read: (result) => (result.totals.latency[name]?.count ?? 0) > 0 ? figure.read(result) : undefined,
    }));
  }),
  {
    name: "errors",
    key: "errors",
    unit: "count",
    better: "lower",
    format: formatCount,
    read: ({ totals }) => errorTotal(totals.errors),
  },
  {
    name: "missed slots",
    key: "missed",
    unit: "count",
    better: "lower",
    format: formatCount,
    read: ({ totals }) => totals.missed,
  },
];

/** The keys of all figures, in their order. */
export const FIGURE_KEYS: readonly string[] = FIGURES.map(({ key }) => key);

/**
 * Compares two sides, each of one run or more.
 *
 * @throws {RangeError} when a side is empty
 */
export function compareSides(a: readonly RunResult[], b: readonly RunResult[]): Comparison {
  if (a.length === 0 || b.length === 0) {
    throw new RangeError("each side of a comparison needs at least one result");
  }
  const measured: ComparedFigure[] = [];
  for (const { read, ...figure } of FIGURES) {
    const left = sideFigure(a.map(read));
    const right = sideFigure(b.map(read));
    // A figure that one side never measured can't be compared.
    if (left === undefined || right === undefined) continue;
    measured.push({
      ...figure,
      a: left,
      b: right,
      change: (right.median - left.median) / (left.median === 0 ? NaN : left.median),
      finding: judge(left, right, figure.better),
    });
  }
  const several = a.length > 1 && b.length > 1;
  return {
    measured,
    figures: measured.filter(({ better, a, b }) => better === "higher" || a.max > 0 || b.max > 0),
    config: configDifferences(a, b),
    luck: several ? chanceOfSeparation(a.length, b.length) : undefined,
    cautions: cautionsFor(a, b),
  };
}

/** Probability that two equal sides of n and m runs fall into disjoint ranges by chance. */
export function chanceOfSeparation(n: number, m: number): number {
  let orders = 1;
  for (let i = 1; i <= m; i++) orders *= (n + i) / i;
  return Math.min(1, 2 / orders);
}

function sideFigure(values: readonly (number | undefined)[]): SideFigure | undefined {
  const known = values.filter((value) => value !== undefined).sort((x, y) => x - y);
  if (known.length === 0) return undefined;
  return { runs: known.length, min: known[0]!, median: median(known), max: known.at(-1)! };
}

function judge(a: SideFigure, b: SideFigure, better: "higher" | "lower"): Finding {
  if (a.min === b.min && a.max === b.max && a.median === b.median) return "equal";
  if (a.runs < 2 || b.runs < 2) return "single";
  if (b.min > a.max) return better === "higher" ? "better" : "worse";
  if (b.max < a.min) return better === "higher" ? "worse" : "better";
  return "overlap";
}

/** Options that say how a run is shown or named, not what it does. */
const COSMETIC: ReadonlySet<string> = new Set([
  "runId",
  "seed",
  "ui",
  "quiet",
  "json",
  "color",
  "output",
  "events",
  "csv",
  "hdrLog",
  "html",
  "trace",
  "theme",
  "metricsPort",
  "metricsHost",
  "debug",
  "thresholds",
  "reportIntervalMs",
]);

function configDifferences(a: readonly RunResult[], b: readonly RunResult[]): ConfigDifference[] {
  const names = new Set([...a, ...b].flatMap(({ config }) => Object.keys(config)));
  const shown = (side: readonly RunResult[], name: string): string =>
    [...new Set(side.map(({ config }) => config[name] === undefined ? "–" : text(config[name].value)))].join(
      " | ",
    );
  const host = (side: readonly RunResult[]): string =>
    [...new Set(side.map(({ host }) => `${host.name}, ${host.os} ${host.arch}, ${host.cpus} CPUs`))].join(
      " | ",
    );
  const versions = (side: readonly RunResult[]): string =>
    [
      ...new Set(side.map(({ versions }) =>
        Object.entries(versions).map(([key, value]) => `${key} ${value}`).join(", ")
      )),
    ]
      .join(" | ");
  return [
    ...[...names].filter((name) => !COSMETIC.has(name)).map((name) => ({
      name,
      a: shown(a, name),
      b: shown(b, name),
    })),
    { name: "host", a: host(a), b: host(b) },
    { name: "versions", a: versions(a), b: versions(b) },
  ].filter((difference) => difference.a !== difference.b);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function cautionsFor(a: readonly RunResult[], b: readonly RunResult[]): string[] {
  const cautions: string[] = [];
  const all = [...a, ...b];
  if (a.length < 2 || b.length < 2) {
    const who = a.length < 2 && b.length < 2 ? "each side" : a.length < 2 ? "side A" : "side B";
    cautions.push(
      `one run on ${who}: no spread is known, so a difference may be noise; give several runs a side (a*.json ${SIDES_APART} b*.json)`,
    );
  } else {
    const luck = formatPercent(chanceOfSeparation(a.length, b.length));
    cautions.push(
      `equal sides of ${a.length} and ${b.length} runs would show disjoint ranges by luck in ${luck} of cases, per figure`,
    );
  }
  if (new Set(all.map(({ run }) => run.role)).size > 1) {
    cautions.push("producers and consumers are compared with each other");
  }
  if (new Set(all.map(({ run }) => run.embedded)).size > 1) {
    cautions.push("only some of the runs used the embedded broker");
  }
  if (all.some(({ changes = [] }) => changes.length > 0)) {
    cautions.push(
      "something was changed while a run went on: its configuration is only what it began with",
    );
  }
  const lengths = all.map(({ totals }) => totals.seconds);
  if (Math.max(...lengths) > 1.5 * Math.min(...lengths)) {
    cautions.push("the runs differ in length by more than half: high percentiles and max grow with length");
  }
  const few = all.filter(({ totals }) =>
    Object.values(totals.latency).some(({ count }) => count > 0 && count < 10_000)
  );
  if (few.length > 0) {
    cautions.push("fewer than 10,000 messages in some run: P99.9 then rests on fewer than ten of them");
  }
  const failed = all.filter(({ verdict }) => verdict.exitCode !== 0).length;
  if (failed > 0) cautions.push(`${failed} of ${all.length} runs did not end well (see their verdicts)`);
  return cautions;
}
