/** Rate over time: what was asked for, what was reached, and how late the schedule is. */
import { axisWidth, chart, niceMax, plotPoints, type PlotSeries } from "../chart.ts";
import { knowsEntries, perSecond } from "../../load/figures.ts";
import { integer, LATE_MICROS, latency, percent, short, span, throughput } from "../format.ts";
import { flow, type Line, seg, type Segment, type Style } from "../line.ts";
import { currentRate, type View, zoomSeconds } from "../view.ts";
import { frame, innerWidth, pair } from "./frame.ts";

export const SHADES: Readonly<Record<"producer" | "consumer", readonly Style[]>> = {
  producer: ["send1", "send2", "send3", "send4"],
  consumer: ["receive1", "receive2", "receive3", "receive4"],
};

/** The colour of a role's names. */
export function roleStyle(view: View): Style {
  return view.snapshot.role === "producer" ? "accent" : "receive3";
}

/** Share of the target that was reached in the last window; undefined where nothing is asked for. */
function reached(view: View, rate: number): number | undefined {
  const { targetRate: target, phase } = view.snapshot;
  return target === undefined || target === 0 || phase === "paused" ? undefined : rate / target;
}

function targetGroup(view: View, rate: number): Segment[] {
  const { targetRate: target, phase, role } = view.snapshot;
  if (phase === "paused") return [seg("paused", "warn")];
  if (target === undefined) return role === "producer" ? pair("target", "unlimited") : [];
  const share = reached(view, rate);
  const of = pair("of", integer(target), "target");
  if (share === undefined) return of;
  return [...of, seg("  "), seg(percent(share), share >= ON_TARGET ? "good" : share >= 0.9 ? "warn" : "bad")];
}

/** From here on the rate counts as reached. */
const ON_TARGET = 0.99;

/** `on schedule` only when nothing is late and the target is reached. */
function scheduleGroup(view: View, rate: number): Segment[] {
  const { behindMicros, role, targetRate, phase, window } = view.snapshot;
  if (role !== "producer" || targetRate === undefined) return [];
  if (behindMicros >= LATE_MICROS) {
    return [seg(`${latency(behindMicros)} behind`, behindMicros < 1e6 ? "warn" : "bad")];
  }
  // One message more or less in a window says nothing about the schedule.
  const share = reached(view, rate + (perSecond(1, window.seconds) ?? 0));
  const isReached = share !== undefined && share >= ON_TARGET;
  return phase === "running" && window.seconds > 0 && isReached ? [seg("on schedule", "good")] : [];
}

/** The facts above the chart, the most important first; what does not fit is left out. */
export function rateFacts(view: View, width: number): Line {
  const { snapshot } = view;
  const { counters, seconds } = snapshot.window;
  const rate = currentRate(snapshot);
  const ofWindow = (value: number): number => perSecond(value, seconds) ?? 0;
  const acks = snapshot.role === "consumer" ? pair("acked", `${integer(ofWindow(counters.sent))}/s`) : [];
  return flow([
    [seg(integer(rate), "strong"), seg(" msg/s", "dim")],
    targetGroup(view, rate),
    scheduleGroup(view, rate),
    [seg(throughput(ofWindow(counters.bytes)))],
    acks,
    pair("total", integer(snapshot.total.counters.messages)),
    pair("wire", knowsEntries(counters) ? throughput(ofWindow(counters.wireBytes)) : "–"),
  ], width);
}

export function ratePanel(view: View, width: number, height: number, number?: number): Line[] {
  const { snapshot, history, glyphs, ui } = view;
  const inner = innerWidth(width);
  const seconds = zoomSeconds(ui);
  const chartHeight = height - 3;
  const body: Line[] = [rateFacts(view, inner)];
  if (chartHeight >= 2) {
    const guess = plotPoints(inner - 6, glyphs);
    const highest = Math.max(snapshot.targetRate ?? 0, peak(history.read("rate", seconds, guess)));
    const max = niceMax(highest * 1.05);
    const points = plotPoints(inner - axisWidth(max, short), glyphs);
    const series: PlotSeries[] = [
      { values: history.read("rate", seconds, points), kind: "area", styles: SHADES[snapshot.role] },
    ];
    if (snapshot.targetRate !== undefined) {
      series.push({ values: history.read("target", seconds, points), kind: "line", styles: ["target"] });
    }
    body.push(
      ...chart({
        series,
        max,
        width: inner,
        height: chartHeight,
        label: short,
        timeSpan: span(seconds),
        glyphs,
      }),
    );
  }
  const title = snapshot.role === "producer" ? "Rate" : "Throughput";
  const note = [seg(`last ${span(seconds)}`, "dim")];
  return frame({ title, note, glyphs, number }, body, width, height);
}

export function peak(values: ArrayLike<number>): number {
  let highest = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value > highest) highest = value;
  }
  return highest;
}
