/** The two lines at the top: what runs against what, and how far it is. */
import { progress } from "../chart.ts";
import { clock, integer } from "../format.ts";
import { fit, type Line, lineWidth, seg, type Segment, spread, type Style } from "../line.ts";
import { clean, clipStart } from "../text.ts";
import { errorCount } from "./outcome.ts";
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
  const { phase } = view.snapshot;
  return [seg(`${view.glyphs.bullet} ${PHASE_TEXT[phase]}`, PHASE_STYLE[phase])];
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
    seg(clean(info.target), "strong"),
  ];
  const names = [info.topic, info.subscription ?? ""].filter((name) => name !== "").map(clean);
  const topic = clipStart(names.join("  "), room - lineWidth(left) - 3);
  if (topic.length > 8) left.push(seg(` ${glyphs.pointer} `, "dim"), seg(topic));
  const first = spread(left, right, width);

  const state: Segment[] = [seg(" "), ...phaseMark(view)];
  const crashed = snapshot.workers.filter((worker) => worker.state === "crashed").length;
  if (crashed > 0) state.push(seg(`  ${crashed} of ${snapshot.workers.length} workers crashed`, "bad"));
  const facts = [clean(info.profile), `run ${clean(snapshot.runId)}`, stageText(view)];
  for (const fact of facts) if (fact !== "") state.push(seg("  "), seg(fact, "dim"));
  const time: Segment[] = [seg(timeText(view), "strong"), seg(" ")];
  const fraction = doneFraction(view);
  const barWidth = Math.min(60, width - lineWidth(state) - lineWidth(time) - 4);
  if (fraction !== undefined && barWidth >= 6) {
    time.unshift(...progress(fraction, barWidth, glyphs, roleStyle(view)), seg("  "));
  }
  return [fit(first, width), fit(spread(state, time, width), width)];
}

/** One line for one half of the demo; errors and thresholds have no panel there, so it tells of them. */
export function halfHeader(view: View, width: number): Line {
  const { info, snapshot, thresholds } = view;
  const name = seg(` ${snapshot.role}`, roleStyle(view));
  const errors = errorCount(view);
  const failed = thresholds.filter((one) => one.state === "fail").length;
  const right: Segment[] = errors > 0
    ? [seg(`${integer(errors)} errors`, "bad")]
    : failed > 0
    ? [seg(`${view.glyphs.fail} ${failed} of ${thresholds.length} thresholds`, "bad")]
    : [seg(clean(snapshot.role === "producer" ? info.profile : info.subscription ?? ""), "dim")];
  return fit(spread([name, seg("  "), ...phaseMark(view)], [...right, seg(" ")], width), width);
}
