/** Which panel of a scenario's overview goes where, by size; pure. */
import type { Size } from "../view.ts";
import { allThresholds, hasTopics, type ScenarioView, stepsOf } from "./view.ts";

export type OverviewPanel = "groups" | "timeline" | "heat" | "topics" | "steps" | "thresholds" | "log";

export interface OverviewPlace {
  readonly name: OverviewPanel;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const HEADER = 2;
const KEYS = 1;
/** Rows of the topics' panel, below which it tells too little. */
const LEAST_TOPICS = 4;

/** Panels from the top down; what a low screen has no room for is left out, the least telling first. */
export function overviewLayout(view: ScenarioView, { columns, rows }: Size): OverviewPlace[] {
  const body = rows - HEADER - KEYS;
  if (view.ui.topics) return [{ name: "topics", x: 0, y: HEADER, width: columns, height: body }];
  const isLarge = rows >= 34;
  const groups = view.groups.length;
  const rules = allThresholds(view).length;
  const logs = view.ui.logs ?? isLarge;
  // The table first: at least four groups, at most half of the screen.
  const table = Math.min(groups + 3, Math.max(7, Math.floor(body * (isLarge ? 0.36 : 0.42))));
  const timeline = isLarge ? 6 : rows >= 24 ? 5 : 4;
  let left = body - table - timeline;
  const log = logs ? Math.min(isLarge ? 6 : 4, Math.max(0, left)) : 0;
  left -= log;
  const wanted = Math.max(3, stepsOf(view).length + 2, rules + 2);
  const topics = hasTopics(view);
  const forAll = isLarge || topics;
  const steps = Math.min(left, forAll ? Math.min(wanted, isLarge ? Math.floor(left * 0.6) : left) : left);
  const heat = isLarge ? left - steps : 0;
  const places: OverviewPlace[] = [];
  let y = HEADER;
  const add = (name: OverviewPanel, height: number, x = 0, width = columns): void => {
    if (height >= 3) places.push({ name, x, y, width, height });
  };
  add("groups", table);
  y += table;
  add("timeline", timeline);
  y += timeline;
  // Rows that no group needs go to the topics, or to the steps.
  const forHeat = heat < 4 ? 0 : Math.min(heat, groups + 3);
  add("heat", forHeat);
  y += forHeat;
  const rest = left - steps - forHeat;
  const forTopics = topics && rest >= LEAST_TOPICS ? rest : 0;
  add("topics", forTopics);
  y += forTopics;
  const forSteps = left - forHeat - forTopics;
  const share = rules === 0 || columns < 76 ? columns : Math.round(columns * 0.62);
  add("steps", forSteps, 0, share);
  if (share < columns) add("thresholds", forSteps, share, columns - share);
  y += forSteps;
  add("log", log);
  return places;
}

export function overviewLogsShown(view: ScenarioView, size: Size): boolean {
  return overviewLayout(view, size).some(({ name }) => name === "log");
}
