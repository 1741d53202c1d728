/** A scenario where panels do not fit: a line for each group and each step; and all of it in one line. */
import { latency, short } from "../format.ts";
import { fit, flow, type Line, lineText, seg } from "../line.ts";
import { integrityVerdict } from "../panels/outcome.ts";
import { clean, padEnd } from "../text.ts";
import { currentRate } from "../view.ts";
import { errorsText, overviewKeys, scenarioPhase, scenarioTime, verdictMark } from "./head.ts";
import { stepMark, stepText } from "./steps.ts";
import {
  allThresholds,
  backlogOf,
  type GroupView,
  phaseText,
  type ScenarioView,
  stepsOf,
  sumOf,
} from "./view.ts";

function groupLine(group: GroupView, view: ScenarioView, index: number, name: number): Line {
  const mark = index === (view.ui.chosen ?? 0) ? seg(`${view.glyphs.pointer} `, "accent") : seg("  ");
  const head = [mark, seg(padEnd(clean(group.name), name), "accent"), seg("  ")];
  if (group.view === undefined) return [...head, seg("starting", "dim")];
  const { snapshot, stats } = group.view;
  const { targetRate } = snapshot;
  const lead = stats.window.response ?? stats.window.endToEnd;
  const backlog = backlogOf(group);
  return [
    ...head,
    seg(`${short(currentRate(snapshot))}/s`, "strong"),
    seg(targetRate === undefined ? "" : ` of ${short(targetRate)}`, "dim"),
    seg(lead === undefined || lead.count === 0 ? "" : `  p99 ${latency(lead.p99)}`),
    seg(group.role === "producer" || backlog === undefined ? "" : `  backlog ${short(backlog)}`),
    seg("  "),
    ...(group.role === "producer" ? [] : integrityVerdict({ snapshot, glyphs: view.glyphs })),
  ];
}

/** Groups first, then the steps that are under way, have failed or come next; what does not fit below is left out. */
export function overviewBasicLines(view: ScenarioView, width: number, height: number): Line[] {
  const { glyphs } = view;
  const name = Math.max(0, ...view.groups.map((group) => group.name.length));
  const urgent = { running: 0, failed: 1, planned: 2, done: 3 } as const;
  const steps = [...stepsOf(view)].sort((a, b) => urgent[a.state] - urgent[b.state]);
  const lines: Line[] = [
    [seg(`${clean(view.name)}  `, "accent"), scenarioPhase(view), seg(`  ${scenarioTime(view)}`, "strong")],
    [verdictMark(view), seg("  "), errorsText(view)],
    ...view.groups.map((group, index) => groupLine(group, view, index, name)),
    ...steps.map((step): Line => [
      stepMark(step.state, glyphs),
      seg(` ${clean(step.name)}  `),
      seg(clean(stepText(step)), "dim"),
    ]),
    ...allThresholds(view).map((one): Line => [
      seg(
        `${glyphs[one.state]} ${clean(one.text)}`,
        one.state === "pass" ? "good" : one.state === "fail" ? "bad" : "dim",
      ),
      seg(`  ${clean(one.value)}`, "dim"),
    ]),
  ];
  const shown = lines.slice(0, Math.max(1, height - 1)).map((line) => fit(line, width));
  return height > 1 ? [...shown, overviewKeys(view, width)] : shown;
}

/** The whole state in one line without colours. */
export function scenarioStatus(view: ScenarioView, width: number): string {
  const step = stepsOf(view).find(({ state }) => state === "running");
  const rate = (role: GroupView["role"], word: string): Line => {
    if (!view.groups.some((group) => group.role === role)) return [];
    const { rate, asked } = sumOf(view, role);
    return [seg(`${word} ${short(rate)}/s${asked === undefined ? "" : ` of ${short(asked)}`}`)];
  };
  const groups: Line[] = [
    [seg(`${clean(view.name)} ${phaseText(view)}`)],
    [seg(scenarioTime(view))],
    [verdictMark(view)],
    rate("producer", "sent"),
    rate("consumer", "received"),
    [errorsText(view)],
    step === undefined ? [] : [seg(`step '${clean(step.name)}'`)],
  ];
  return lineText(fit(flow(groups, width, 2), width)).trimEnd();
}
