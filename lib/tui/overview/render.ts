/** Draws the overview of a scenario into a cell buffer. */
import type { CellBuffer } from "../cells.ts";
import type { Line } from "../line.ts";
import { logPanel } from "../panels/log.ts";
import { thresholdsPanel } from "../panels/outcome.ts";
import { topicsPanel } from "../panels/topics.ts";
import { groupsPanel } from "./groups.ts";
import { headLines, overviewKeys } from "./head.ts";
import { overviewLayout, type OverviewPanel } from "./layout.ts";
import { stepsPanel } from "./steps.ts";
import { heatPanel, timelinePanel } from "./timeline.ts";
import { allLines, allThresholds, chosenIndex, type ScenarioView } from "./view.ts";

type Panel = (view: ScenarioView, width: number, height: number) => Line[];

const PANEL: Readonly<Record<OverviewPanel, Panel>> = {
  groups: groupsPanel,
  timeline: timelinePanel,
  heat: heatPanel,
  topics: chosenTopics,
  steps: stepsPanel,
  thresholds: (view, width, height) =>
    thresholdsPanel({ glyphs: view.glyphs, thresholds: allThresholds(view) }, width, height),
  log: (view, width, height) =>
    logPanel({ glyphs: view.glyphs, snapshot: { log: allLines(view, height) } }, width, height),
};

function chosenTopics(view: ScenarioView, width: number, height: number): Line[] {
  const { name, role, view: run } = view.groups[chosenIndex(view)]!;
  return topicsPanel({ group: name, role, topics: run?.topics, glyphs: view.glyphs }, width, height);
}

export function renderOverview(view: ScenarioView, buffer: CellBuffer): void {
  buffer.blit(0, 0, headLines(view, buffer.columns));
  for (const { name, x, y, width, height } of overviewLayout(view, buffer)) {
    buffer.blit(x, y, PANEL[name](view, width, height));
  }
  buffer.blit(0, buffer.rows - 1, [overviewKeys(view, buffer.columns)]);
}
