/** The two lines at the top: what runs against what, and how far it is. */
import { progress } from "../chart.ts";
import { plural } from "../../config/units.ts";
import { clock, integer } from "../format.ts";
import { fit, flow, type Line, lineWidth, seg, type Segment, spread, type Style } from "../line.ts";
import { clean, clip, clipStart, textWidth } from "../text.ts";
import { errorCount, integrityVerdict } from "./outcome.ts";
import { roleStyle } from "./rate.ts";
import type { View } from "../view.ts";
import type { Phase } from "../../load/snapshot.ts";

const PHASE_STYLE: Readonly<Record<Phase, Style>> = {
  starting: "warn",
  ready: "warn",
  warmup: "warn",
  running: "good",
  paused: "warn",
  draining: "accent",
  done: "good",
  failed: "bad",
};

const PHASE_TEXT: Readonly<Record<Phase, string>> = {
  starting: "starting",
  ready: "ready",
  warmup: "warm-up",
  running: "running",
  paused: "paused",
  draining: "draining",
  done: "done",
  failed: "failed",
};

/** The state of a run as a coloured mark and a word. */
export function phaseMark(view: View): Segment[] {
  const { phase, draining } = view.snapshot;
  const limit = draining === undefined
    ? ""
    : ` ${draining.seconds.toFixed(0)} of at most ${draining.limit} s`;
  return [seg(`${view.glyphs.bullet} ${PHASE_TEXT[phase]}${limit}`, PHASE_STYLE[phase])];
}

/** Share of the run that is over, if it has an end. */
export function doneFraction(view: View): number | undefined {
  const { count: planned, duration, elapsed, total } = view.snapshot;
  const byTime = duration === undefined || duration <= 0 ? 0 : elapsed / duration;
  const byCount = planned === undefined || planned <= 0 ? 0 : total.counters.messages / planned;
  if (duration === undefined && planned === undefined) return undefined;
  return Math.min(1, Math.max(byTime, byCount));
}

/** `1:12 / 5:00  24%`, or what is known of it. */
export function timeText(view: View): string {
  const { count: planned, duration, elapsed, total } = view.snapshot;
  const fraction = doneFraction(view);
  let text = clock(elapsed);
  if (duration !== undefined) text += ` / ${clock(duration)}`;
  if (planned !== undefined) text += `  ${integer(total.counters.messages)} of ${integer(planned)}`;
  return fraction === undefined ? text : `${text}  ${`${Math.floor(fraction * 100)}%`.padStart(4)}`;
}

function stageText(view: View): string {
  const { stage } = view.snapshot;
  return stage === undefined ? "" : `stage ${stage.index + 1}/${stage.count} ${clean(stage.name)}`;
}

/** Exactly two lines. */
export function headerPanel(view: View, width: number): Line[] {
  const { info, snapshot, glyphs } = view;
  const right: Segment[] = [
    ...(info.embedded ? [seg("embedded broker", "warn"), seg("  ")] : []),
    seg(info.version, "dim"),
    seg(" "),
  ];
  const room = width - lineWidth(right) - 2;
  const left: Segment[] = [
    seg(` ${snapshot.role}`, roleStyle(view)),
    seg("  "),
    ...(view.group === undefined ? [] : [seg(clip(clean(view.group), 30), "strong"), seg("  ")]),
    seg(clean(info.target), view.group === undefined ? "strong" : "dim"),
  ];
  const names = [info.topic, info.subscription ?? ""].filter((name) => name !== "").map(clean);
  const { topics = 1 } = info;
  const count = topics > 1 ? plural(topics, "topic") : "";
  const before = count === "" ? "" : `${count}, first `;
  const space = room - lineWidth(left) - 3;
  const topic = clipStart(names.join("  "), space - before.length);
  // Of many topics, how many they are says more than the name of one.
  const text = topic.length > 8 ? before + topic : count.length <= space ? count : "";
  if (text !== "") left.push(seg(` ${glyphs.pointer} `, "dim"), seg(text));
  const first = spread(left, right, width);

  const state: Segment[] = [seg(" "), ...phaseMark(view)];
  const crashed = snapshot.workers.filter((worker) => worker.state === "crashed").length;
  if (crashed > 0) {
    state.push(seg(`  ${crashed} of ${plural(snapshot.workers.length, "worker")} crashed`, "bad"));
  }
  state.push(seg("  "), errorsMark(view));
  if (snapshot.role === "consumer") state.push(seg("  "), ...integrityVerdict(view));
  const time: Segment[] = [seg(timeText(view), "strong"), seg(" ")];
  const fraction = doneFraction(view);
  // Facts may take all but a short bar; the run's name gives way first.
  const least = lineWidth(time) + (fraction === undefined ? 1 : 12);
  for (const fact of [stageText(view), clean(info.profile), `run ${clean(snapshot.runId)}`]) {
    if (fact !== "" && lineWidth(state) + 2 + textWidth(fact) + least <= width) {
      state.push(seg("  "), seg(fact, "dim"));
    }
  }
  const barWidth = Math.min(60, width - lineWidth(state) - lineWidth(time) - 4);
  if (fraction !== undefined && barWidth >= 6) {
    time.unshift(...progress(fraction, barWidth, glyphs, roleStyle(view)), seg("  "));
  }
  return [fit(first, width), fit(spread(state, time, width), width)];
}

/** The number of errors, shown also when it is 0. */
function errorsMark(view: View): Segment {
  const errors = errorCount(view);
  return seg(errors === 0 ? "errors 0" : plural(errors, "error"), errors === 0 ? "good" : "bad");
}

/** One line for one half of the demo; errors and thresholds have no panel there, so it tells of them. */
export function halfHeader(view: View, width: number): Line {
  const { info, snapshot, thresholds } = view;
  const left: Segment[] = [seg(` ${snapshot.role}`, roleStyle(view)), seg("  "), ...phaseMark(view)];
  const failed = thresholds.filter((one) => one.state === "fail").length;
  const broken = failed > 0
    ? [seg(`${view.glyphs.fail} ${failed} of ${plural(thresholds.length, "threshold")}`, "bad")]
    : [];
  const name = clean(snapshot.role === "producer" ? info.profile : info.subscription ?? "");
  const right = flow([[errorsMark(view)], broken, [seg(name, "dim")]], width - lineWidth(left) - 3, 2);
  return fit(spread(left, [...right, seg(" ")], width), width);
}
