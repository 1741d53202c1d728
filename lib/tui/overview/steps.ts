/** The steps of a scenario: each with its state and what it did to the load. */
import { clock, integer, latency } from "../format.ts";
import { fit, type Line, seg, type Segment, type Style } from "../line.ts";
import { frame, innerWidth } from "../panels/frame.ts";
import { clean, padStart, textWidth, wrapWords } from "../text.ts";
import type { Glyphs } from "../theme.ts";
import type { StepSnapshot, StepState } from "../../scenario/snapshot.ts";
import { type ScenarioView, stepsOf } from "./view.ts";

export const STEP_STYLE: Readonly<Record<StepState, Style>> = {
  planned: "dim",
  running: "warn",
  done: "good",
  failed: "bad",
};

export function stepMark(state: StepState, glyphs: Glyphs): Segment {
  const marks = {
    planned: glyphs.pending,
    running: glyphs.underWay,
    done: glyphs.bullet,
    failed: glyphs.fail,
  } as const;
  return seg(marks[state], STEP_STYLE[state]);
}

function seconds(value: number): string {
  return latency(value * 1e6);
}

/** What a step did to the load, in words; empty where nothing is to be told. */
export function outcomeText(step: StepSnapshot): string {
  const { outcome } = step;
  if (outcome === undefined) return "";
  const { drain, firstError, recovery, resent, outages } = outcome;
  const longest = Math.max(0, ...[...outages.values()].map((one) => one.total > 0 ? one.max : 0));
  const parts = [
    drain === undefined ? "" : `${integer(drain.backlog)} messages drained in ${seconds(drain.seconds)}` +
      ` (${integer(drain.rate)}/s)`,
    recovery === undefined ? "" : `recovered in ${seconds(recovery)}`,
    firstError === undefined ? "" : `first error after ${seconds(firstError)}`,
    longest > 0 ? `longest outage ${latency(longest)}` : "",
    resent > 0 ? `sent again ${integer(resent)}` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** The outcome, or what the step does, or why it failed. */
export function stepText(step: StepSnapshot): string {
  const outcome = outcomeText(step);
  if (step.state === "failed" || outcome === "") {
    return [step.text, outcome].filter((text) => text !== "").join("; ");
  }
  return outcome;
}

export function stepsPanel(view: ScenarioView, width: number, height: number): Line[] {
  const { glyphs } = view;
  const steps = stepsOf(view);
  const inner = innerWidth(width);
  const rows = Math.max(1, height - 2);
  const times = steps.map((step) => clock(step.began ?? step.at));
  const timeWidth = Math.max(0, ...times.map(textWidth));
  const nameWidth = Math.min(Math.max(0, ...steps.map(({ name }) => textWidth(name))), Math.floor(inner / 3));
  const left = timeWidth + nameWidth + 5;
  const texts = steps.map((step) => clean(stepText(step)));
  const wrapped = texts.map((text) => wrapWords(text, Math.max(1, inner - left)));
  // Whole sentences where there are rows for them; otherwise each step has one, cut at its end.
  const isRoomy = wrapped.reduce((sum, { length }) => sum + length, 0) <= rows;
  const blocks = steps.map((step, index): Line[] => {
    const style = step.state === "failed" ? "bad" : step.state === "planned" ? "dim" : "text";
    return (isRoomy ? wrapped[index]! : [texts[index]!]).map((text, row): Line => {
      if (row > 0) return [seg(" ".repeat(left)), seg(text, style)];
      return fit([
        stepMark(step.state, glyphs),
        seg(` ${padStart(times[index]!, timeWidth)} `, "dim"),
        ...fit([seg(clean(step.name), step.state === "planned" ? "text" : "strong")], nameWidth),
        seg("  "),
        seg(text, style),
      ], inner);
    });
  });
  if (steps.length === 0) blocks.push([[seg("none planned", "dim")]]);
  // What comes next stays in sight, and above it what has just been.
  const next = steps.findIndex(({ state }) => state === "planned" || state === "running");
  const last = next === -1
    ? blocks.length
    : Math.min(blocks.length, Math.max(rows, next + Math.ceil(rows / 2)));
  const lines = isRoomy ? blocks.flat() : blocks.slice(Math.max(0, last - rows), last).flat();
  const failed = steps.filter(({ state }) => state === "failed").length;
  const done = steps.filter(({ state }) => state === "done").length;
  const note = steps.length === 0
    ? []
    : [failed > 0 ? seg(`${failed} failed`, "bad") : seg(`${done}/${steps.length} done`, "good")];
  return frame({ title: "Steps", note, glyphs }, lines, width, height);
}

/** The beginning and the end of steps as lines of a log. */
export function stepLines(before: readonly StepSnapshot[], now: readonly StepSnapshot[]): string[] {
  return now.flatMap((step, index) => {
    const was = before[index]?.state ?? "planned";
    if (was === step.state) return [];
    const name = `step '${clean(step.name)}'`;
    const lines: string[] = [];
    if (was === "planned") {
      const what = step.state === "running" && step.text !== "" ? `: ${clean(step.text)}` : "";
      lines.push(line(step.began ?? step.at, `${name} begins${what}`));
    }
    if (step.state === "done" || step.state === "failed") {
      const text = clean(stepText(step));
      lines.push(
        line(step.ended ?? step.began ?? step.at, `${name} ${step.state}${text === "" ? "" : `: ${text}`}`),
      );
    }
    return lines;
  });
}

function line(at: number, text: string): string {
  return `${clock(at).padStart(7)}  ${text}`;
}
