/** The screen where panels do not fit: one line for each measure; and one line in place for dumb terminals. */
import { perSecond } from "../load/figures.ts";
import { integer, latency, percent, short, throughput } from "./format.ts";
import { fit, flow, type Line, lineText, seg, type Segment } from "./line.ts";
import { quitQuestion } from "./panels/controls.ts";
import { backPressure } from "./panels/flow.ts";
import { phaseMark, timeText } from "./panels/header.ts";
import { errorCount, integrityVerdict } from "./panels/outcome.ts";
import { padEnd, textWidth } from "./text.ts";
import { currentRate, type View } from "./view.ts";

function measure(label: string, value: string, rest = ""): Segment[] {
  return [seg(padEnd(label, 11), "dim"), seg(value, "strong"), seg(rest === "" ? "" : `  ${rest}`, "dim")];
}

function latencyLines(view: View): Line[] {
  const { total, window } = view.stats;
  return (["service", "response", "endToEnd"] as const).flatMap((kind) => {
    const stats = window[kind] !== undefined && window[kind].count > 0 ? window[kind] : total[kind];
    if (stats === undefined || stats.count === 0) return [];
    const label = kind === "endToEnd" ? "end-to-end" : kind;
    return [
      measure(label, `p50 ${latency(stats.p50)}  p99 ${latency(stats.p99)}`, `max ${latency(stats.max)}`),
    ];
  });
}

/** One line for each measure, the most important first; what does not fit below is left out. */
export function basicLines(view: View, width: number, height: number): Line[] {
  const { snapshot, glyphs } = view;
  const { counters, seconds } = snapshot.window;
  const target = snapshot.targetRate === undefined ? "" : `of ${integer(snapshot.targetRate)}`;
  const ofWindow = (value: number): number => perSecond(value, seconds) ?? 0;
  const lines: Line[] = [
    [seg(`${snapshot.role}  `, "accent"), ...phaseMark(view), seg("  "), seg(timeText(view), "strong")],
    measure("rate", `${integer(currentRate(snapshot))} msg/s`, target),
    ...latencyLines(view),
  ];
  const errors = errorCount(view);
  lines.push([seg(padEnd("errors", 11), "dim"), seg(integer(errors), errors > 0 ? "bad" : "good")]);
  if (snapshot.integrity !== undefined) {
    lines.push([seg(padEnd("integrity", 11), "dim"), ...integrityVerdict(view)]);
  }
  lines.push(
    measure(
      "data",
      throughput(ofWindow(counters.bytes)),
      `total ${integer(snapshot.total.counters.messages)}`,
    ),
  );
  if (snapshot.role === "producer") {
    const share = `back-pressure ${percent(backPressure(view))}`;
    lines.push(measure("in flight", `${short(snapshot.inFlight)} of ${short(snapshot.maxInFlight)}`, share));
  } else if (snapshot.backlog !== undefined) lines.push(measure("backlog", integer(snapshot.backlog)));
  for (const one of view.thresholds) {
    const style = one.state === "pass" ? "good" : one.state === "fail" ? "bad" : "dim";
    lines.push([seg(`${glyphs[one.state]} ${one.text}`, style), seg(`  ${one.value}`, "dim")]);
  }
  const keys = [["q", "quit"], ["p", "pause"], [glyphs.arrows[1], "change"], ["?", "help"]] as const;
  const last = view.ui.asksToQuit
    ? quitQuestion()
    : flow(keys.map(([key, what]) => [seg(key, "key"), seg(` ${what}`, "dim")]), width, 2);
  const shown = lines.slice(0, Math.max(1, height - 1));
  return (height > 1 ? [...shown, last] : shown).map((line) => fit(line, width));
}

/** The whole state in one line without colours. */
export function statusText(view: View, width: number): string {
  const { snapshot, stats } = view;
  const target = snapshot.targetRate === undefined ? "" : ` of ${integer(snapshot.targetRate)}`;
  const lead = stats.window.response ?? stats.window.endToEnd ?? stats.window.service;
  const groups: Line[] = [
    [seg(`${snapshot.role} ${snapshot.phase}`)],
    [seg(timeText(view))],
    [seg(`${integer(currentRate(snapshot))} msg/s${target}`)],
    lead === undefined || lead.count === 0 ? [] : [seg(`p99 ${latency(lead.p99)}`)],
    [seg(`errors ${integer(errorCount(view))}`)],
    snapshot.integrity === undefined ? [] : integrityVerdict(view),
  ];
  return lineText(fit(flow(groups, width, 2), width)).trimEnd();
}

/** One line that is written again in place: the terminal needs to know no more than a carriage return. */
export class StatusLine {
  readonly #write: (text: string) => void;
  #shown = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  update(text: string): void {
    const width = textWidth(text);
    this.#write(`\r${text}${" ".repeat(Math.max(0, this.#shown - width))}`);
    this.#shown = width;
  }

  /** A line that stays, above the one that changes. */
  print(text: string): void {
    this.clear();
    this.#write(`${text}\n`);
  }

  /** Leaves the line empty and the cursor at its start. */
  clear(): void {
    if (this.#shown > 0) this.#write(`\r${" ".repeat(this.#shown)}\r`);
    this.#shown = 0;
  }
}
