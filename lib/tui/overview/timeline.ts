/** A scenario on one axis of time: how far it is, where its steps lie, and how each group fared beside them. */
import { clock, span } from "../format.ts";
import { fit, type Line, seg, type Segment, type Style } from "../line.ts";
import { frame, innerWidth } from "../panels/frame.ts";
import { SHADES } from "../panels/rate.ts";
import { clean, padEnd, textWidth } from "../text.ts";
import { zoomSeconds } from "../view.ts";
import { STEP_STYLE, stepMark } from "./steps.ts";
import { type GroupView, type ScenarioView, stepsOf } from "./view.ts";

/** Seconds that the axis of the whole scenario ends at. */
function lengthOf(view: ScenarioView): number {
  const last = Math.max(0, ...stepsOf(view).map(({ at, ended }) => Math.max(at, ended ?? 0)));
  const { duration = 0, elapsed = 0 } = view.scenario ?? {};
  return Math.max(1, duration, elapsed, duration > 0 ? 0 : last * 1.1);
}

/** Marks of steps by column, the most telling one where several fall together. */
function stepMarks(view: ScenarioView, width: number, columnOf: (seconds: number) => number): Segment[] {
  const weight = { failed: 3, running: 2, done: 1, planned: 0 } as const;
  const cells: (Segment | undefined)[] = new Array(width).fill(undefined);
  const weights = new Array<number>(width).fill(-1);
  for (const step of stepsOf(view)) {
    const column = columnOf(step.began ?? step.at);
    if (column < 0 || column >= width || weights[column]! >= weight[step.state]) continue;
    cells[column] = stepMark(step.state, view.glyphs);
    weights[column] = weight[step.state];
  }
  return cells.map((cell) => cell ?? seg(" "));
}

/** Names of steps that fit beside each other, each at the column of its mark. */
function stepNames(view: ScenarioView, width: number, columnOf: (seconds: number) => number): Line {
  const line: Segment[] = [];
  let at = 0;
  for (const step of stepsOf(view)) {
    const name = clean(step.name);
    const column = Math.min(columnOf(step.began ?? step.at), width - textWidth(name));
    if (column < at || column < 0) continue;
    line.push(seg(" ".repeat(column - at)), seg(name, STEP_STYLE[step.state]));
    at = column + textWidth(name) + 1;
    line.push(seg(" "));
  }
  return line;
}

/** The bar: what is over, what a step covers, and what is to come. */
function barLine(view: ScenarioView, width: number, columnOf: (seconds: number) => number): Segment[] {
  const { glyphs, scenario } = view;
  const now = columnOf(scenario?.elapsed ?? 0);
  const styles = Array.from({ length: width }, (_, x): Style => x < now ? "accent" : "track");
  for (const step of stepsOf(view)) {
    if (step.began === undefined || step.kind === "stage") continue;
    const to = columnOf(step.ended ?? scenario?.elapsed ?? step.began);
    for (let x = Math.max(0, columnOf(step.began)); x <= Math.min(to, width - 1); x++) {
      styles[x] = step.state === "failed" ? "bad" : "warn";
    }
  }
  return styles.map((style, x) =>
    x === Math.min(now, width - 1)
      ? seg(glyphs.level === "ascii" ? "|" : "┃", "strong")
      : seg(style === "track" ? glyphs.progressRest : glyphs.progress, style)
  );
}

/** Three rows with the axis of the whole scenario; names only where there is a row for them. */
export function timelinePanel(view: ScenarioView, width: number, height: number): Line[] {
  const { glyphs, scenario } = view;
  const inner = innerWidth(width);
  const length = lengthOf(view);
  const columnOf = (seconds: number): number => Math.min(inner - 1, Math.floor((seconds / length) * inner));
  const end = clock(length);
  const body: Line[] = [stepMarks(view, inner, columnOf), barLine(view, inner, columnOf)];
  if (height >= 5) body.unshift(stepNames(view, inner, columnOf));
  if (height >= 6) {
    const now = clock(scenario?.elapsed ?? 0);
    const at = Math.max(5, Math.min(columnOf(scenario?.elapsed ?? 0), inner - end.length - now.length - 1));
    const gap = inner - at - now.length - end.length;
    body.push(
      now === end ? [seg(padEnd("0:00", inner - end.length), "dim"), seg(end, "strong")] : [
        seg(padEnd("0:00", at), "dim"),
        seg(now, "strong"),
        seg(" ".repeat(Math.max(1, gap)) + end, "dim"),
      ],
    );
  }
  const note = [seg(`${clock(scenario?.elapsed ?? 0)} of ${end}`, "dim")];
  return frame({ title: "Timeline", note, glyphs }, body, width, height);
}

/** A group's rate over time as cells: as high as its share of what is asked, the colour by how much is missing. */
function heatCells(group: GroupView, seconds: number, cells: number): Segment[] {
  const { view, role } = group;
  if (view === undefined) return [seg(" ".repeat(cells))];
  const rates = view.history.read("rate", seconds, cells);
  const asked = view.history.read("target", seconds, cells);
  let highest = 0;
  for (const rate of rates) if (rate > highest) highest = rate;
  const { up } = view.glyphs;
  return Array.from(rates, (rate, x) => {
    if (Number.isNaN(rate)) return seg(" ");
    const target = asked[x]!;
    const isAsked = !Number.isNaN(target) && target > 0;
    const whole = isAsked ? target : highest;
    const share = whole > 0 ? Math.min(1, rate / whole) : 0;
    // Rounding must not make a full rate look as if something were missing.
    const level = Math.round(share * up.length);
    if (level === 0) return seg(view.glyphs.dot, isAsked && share < 0.9 ? "bad" : "dim");
    return seg(up[level - 1]!, heatStyle(role, share, isAsked));
  });
}

function heatStyle(role: GroupView["role"], share: number, isAsked: boolean): Style {
  if (isAsked) return share >= 0.97 ? SHADES[role][1]! : share >= 0.85 ? "warn" : "bad";
  return SHADES[role][Math.min(3, Math.floor(share * 4))]!;
}

/** Groups × time: who kept its rate beside which step. The axis is the one that `+` and `-` zoom. */
export function heatPanel(view: ScenarioView, width: number, height: number): Line[] {
  const { glyphs, groups, scenario, ui } = view;
  const inner = innerWidth(width);
  const seconds = zoomSeconds(ui);
  const widest = Math.max(4, ...groups.map(({ name }) => textWidth(name)));
  const left = Math.min(widest, Math.floor(inner / 4)) + 1;
  const cells = inner - left;
  const rows = Math.max(1, height - 3);
  const chosen = Math.min(ui.chosen ?? 0, groups.length - 1);
  const from = Math.max(0, Math.min(chosen - rows + 1, groups.length - rows));
  const body = groups.slice(from, from + rows).map((group, index): Line => [
    ...fit([seg(clean(group.name), from + index === chosen ? "accent" : "dim")], left),
    ...heatCells(group, seconds, cells),
  ]);
  const elapsed = scenario?.elapsed ?? 0;
  // The cells of a history are steps of absolute time: a mark must fall into the cell of its moment.
  const now = (groups.find(({ view }) => view !== undefined)?.view?.snapshot.at ?? 0) / 1e6;
  const stepOf = (at: number): number => Math.floor((now - elapsed + at) / (seconds / cells));
  const columnOf = (at: number): number => cells - 1 - stepOf(elapsed) + stepOf(at);
  const marks = stepMarks(view, cells, (at) => at > elapsed ? -1 : columnOf(at));
  body.push([seg(padEnd("steps", left), "dim"), ...marks]);
  const note = [seg(`last ${span(seconds)}`, "dim")];
  return frame({ title: "Rate of asked", note, glyphs }, body, width, height);
}
