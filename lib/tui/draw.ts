/** Draws the screen that a session has now: panels, or single lines where they do not fit. */
import { basicLines } from "./basic.ts";
import type { CellBuffer } from "./cells.ts";
import { demoLayout, fitsPanels, layout, MINIMUM, ROOMY } from "./layout.ts";
import { overviewBasicLines } from "./overview/basic.ts";
import { renderOverview } from "./overview/render.ts";
import type { ScenarioView } from "./overview/view.ts";
import { helpPanel, overviewHelpPanel } from "./panels/help.ts";
import { renderDemo, renderRun } from "./render.ts";
import { clean } from "./text.ts";
import type { Size, View } from "./view.ts";

/** One run, or a producer and a consumer beside each other. Undefined: nothing is known of it yet. */
interface Shown {
  readonly first: View | undefined;
  readonly second?: View | undefined;
  /** Name of what is not known yet. */
  readonly waitingFor?: string | undefined;
}

export function drawRuns(frame: CellBuffer, { first, second, waitingFor }: Shown, basic: boolean): void {
  if (first === undefined) {
    frame.clear();
    frame.write(1, 0, waitingFor === undefined ? "starting" : `${clean(waitingFor)}  starting`, 0);
  } else if (basic || !fitsPanels(frame, second === undefined ? MINIMUM : ROOMY)) {
    drawBasic(frame, first, second);
  } else if (second !== undefined) renderDemo(first, second, frame);
  else renderRun(first, frame);
}

function drawBasic(frame: CellBuffer, first: View, second: View | undefined): void {
  frame.clear();
  const half = second === undefined ? frame.rows : Math.ceil(frame.rows / 2);
  frame.blit(0, 0, basicLines(first, frame.columns, half));
  if (second !== undefined && frame.rows > half) {
    frame.blit(0, half, basicLines(second, frame.columns, frame.rows - half));
  }
  if (!first.ui.help) return;
  const { lines, x, y } = helpPanel(first, frame.columns, frame.rows);
  frame.blit(x, y, lines);
}

/** The overview of a scenario. */
export function drawOverview(frame: CellBuffer, view: ScenarioView, basic: boolean): void {
  frame.clear();
  if (basic || !fitsPanels(frame)) frame.blit(0, 0, overviewBasicLines(view, frame.columns, frame.rows));
  else renderOverview(view, frame);
  if (!view.ui.help) return;
  const { lines, x, y } = overviewHelpPanel(view, frame.columns, frame.rows);
  frame.blit(x, y, lines);
}

/** Whether the screen of one run, or of the demo, has its log on it. */
export function logsShown(view: View, isDemo: boolean, size: Size): boolean {
  const { places } = isDemo ? demoLayout(view, size) : layout(view, size);
  return places.some((place) => place.name === "log");
}
