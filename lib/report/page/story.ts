/**
 * A scenario on one axis of time: its steps as stretches of it, and the intervals of all groups in steps of equal length,
 * by the wall clock, so that a moment is the same place in every chart, whenever a group began or paused.
 */
import { median } from "../../load/figures.ts";
import { outcomeText } from "../formats/scenario_summary.ts";
import { windowOf } from "../result/scenario_figures.ts";
import type { ScenarioRecord, StepRecord } from "../result/scenario_types.ts";
import type { IntervalRecord, RunResult } from "../result/types.ts";

export type Column = readonly (number | null)[];

/** A chart: `columns[i]` belongs to result `i`. */
export interface Chart {
  readonly x: readonly number[];
  readonly columns: readonly Column[];
}

export interface StoryStep {
  readonly name: string;
  /** A mark alone, without a stretch of time. */
  readonly isStage: boolean;
  readonly state: StepRecord["state"];
  /** Seconds of the measured part; the same twice where it never began. */
  readonly from: number;
  readonly to: number;
  /** What it did, for whoever points at it. */
  readonly text: string;
}

export interface Story {
  /** Where the axis ends. */
  readonly seconds: number;
  readonly steps: readonly StoryStep[];
}

export function storyOf(record: ScenarioRecord): Story {
  return {
    seconds: record.seconds,
    steps: record.steps.map((step) => {
      const { from, to } = windowOf(step, record) ?? { from: step.atSeconds, to: step.atSeconds };
      const texts = [step.text, outcomeText(step)].filter((text) => text !== "");
      const text = texts.length > 0 ? texts.join("; ") : step.state === "planned" ? "never begun" : "";
      return { name: step.name, isStage: step.kind === "stage", state: step.state, from, to, text };
    }),
  };
}

export interface StoryAxis {
  readonly originUs: number;
  /** Length of a step, seconds. */
  readonly step: number;
  readonly steps: number;
}

/** Steps as long as the longest usual interval of a group, so that every group has a figure in each. */
export function storyAxis(record: ScenarioRecord, results: readonly RunResult[]): StoryAxis {
  const usual = results.flatMap(({ intervals }) => {
    const lengths = intervals.map(({ seconds }) => seconds).sort((a, b) => a - b);
    return lengths.length === 0 ? [] : [median(lengths)];
  });
  // Intervals end a few milliseconds late; a step of 1.003 s would walk away from the clock.
  const step = Math.max(0.1, Math.round(Math.max(0.1, ...usual) * 10) / 10);
  const ends = results.map(({ intervals }) => (intervals.at(-1)?.atUs ?? 0) - record.measuredAtUs);
  const seconds = Math.max(record.seconds, ...ends.map((end) => end / 1e6 - step / 2));
  return { originUs: record.measuredAtUs, step, steps: Math.max(0, Math.ceil(seconds / step - 1e-6)) };
}

/**
 * @param join what becomes of several intervals in one step: latencies keep the worst
 */
export function onAxis(
  results: readonly RunResult[],
  read: (interval: IntervalRecord, result: RunResult) => number | null,
  { originUs, step, steps }: StoryAxis,
  join: "mean" | "most",
): Chart {
  const x = Array.from({ length: steps }, (_, index) => Math.round((index + 0.5) * step * 1e4) / 1e4);
  const columns = results.map((result) => {
    const values: (number | null)[] = x.map(() => null);
    const counts = new Uint32Array(steps);
    for (const interval of result.intervals) {
      const middle = (interval.atUs - originUs) / 1e6 - interval.seconds / 2;
      const value = read(interval, result);
      const at = Math.min(steps - 1, Math.floor(middle / step));
      if (value === null || at < 0) continue;
      const before = values[at];
      const n = counts[at] = counts[at]! + 1;
      values[at] = before === null || before === undefined
        ? value
        : join === "most"
        ? Math.max(before, value)
        : before + (value - before) / n;
    }
    return withoutHoles(values, counts);
  });
  return { x, columns };
}

/** One empty step between two others is where intervals are a little longer than steps; more is a pause. */
function withoutHoles(values: readonly (number | null)[], counts: Uint32Array): (number | null)[] {
  return values.map((value, index) => {
    if (value !== null || counts[index]! > 0) return value;
    const [before, after] = [values[index - 1] ?? null, values[index + 1] ?? null];
    return before === null || after === null ? null : (before + after) / 2;
  });
}

/** The columns of groups whose backlog the scenario itself has followed, also while they were paused. */
export function withBacklogs(
  { x, columns }: Chart,
  { groups }: ScenarioRecord,
  { step }: Pick<StoryAxis, "step">,
): Chart {
  const followed = new Map(
    groups.flatMap(({ result, backlogOverTime }) =>
      backlogOverTime === undefined ? [] : [[result, backlogOverTime] as const]
    ),
  );
  return {
    x,
    columns: columns.map((column, result) => {
      const points = followed.get(result);
      if (points === undefined) return column;
      const values: (number | null)[] = x.map(() => null);
      for (const { seconds, messages } of points) {
        const at = Math.min(x.length - 1, Math.floor(seconds / step));
        values[at] = Math.max(values[at] ?? 0, messages);
      }
      return withoutHoles(values, new Uint32Array(values.length));
    }),
  };
}
