/** What limits the run: window, back-pressure, batching, the client itself; for a consumer what is left behind. */
import { backPressureShare, BUSY_LAG_MICROS, knowsEntries, perSecond } from "../../load/figures.ts";
import { gauge } from "../chart.ts";
import { integer, latency, percent, short } from "../format.ts";
import { fit, flow, type Line, lineWidth, seg, type Segment, type Style } from "../line.ts";
import type { View } from "../view.ts";
import { frame, innerWidth, row } from "./frame.ts";

const LABEL = 14;

/** Share of the workers' time in the last window that was spent waiting for a free place in the window. */
export function backPressure(view: View): number {
  const { window, workers } = view.snapshot;
  const { counters: { blockedMicros }, seconds } = window;
  return backPressureShare({ blockedMicros, seconds, workers: Math.max(1, workers.length) }) ?? 0;
}

function compressionRatio(view: View): number {
  const { bytes, wireBytes } = view.snapshot.window.counters;
  return wireBytes > 0 ? bytes / wireBytes : 0;
}

const GAUGE_AT = LABEL + 13;

function withGauge(line: Segment[], fraction: number, style: Style, width: number, view: View): Line {
  const room = Math.min(30, width - GAUGE_AT);
  if (room < 5 || lineWidth(line) >= GAUGE_AT) return line;
  return [...fit(line, GAUGE_AT), ...gauge(fraction, room, view.glyphs, style)];
}

function lagRow(view: View, width: number): Segment[] {
  const lag = view.snapshot.loopLagMicros;
  const style: Style = lag < BUSY_LAG_MICROS ? "text" : lag < 4 * BUSY_LAG_MICROS ? "warn" : "bad";
  const line = row("loop lag", LABEL, latency(lag), style);
  return style === "text" ? line : flow([line, [seg("client busy", style)]], width, 2);
}

function producerRows(view: View, width: number): Line[] {
  const { snapshot } = view;
  const { counters, batchSize } = snapshot.window;
  const used = snapshot.maxInFlight > 0 ? snapshot.inFlight / snapshot.maxInFlight : 0;
  const full: Style = used < 0.9 ? "send3" : "warn";
  const inFlight = row("in flight", LABEL, short(snapshot.inFlight), "strong");
  inFlight.push(seg(`${width < 30 ? "/" : " of "}${short(snapshot.maxInFlight)}`, "dim"));
  const pressure = backPressure(view);
  const pressed: Style = pressure < 0.3 ? "text" : pressure < 0.7 ? "warn" : "bad";
  const ratio = compressionRatio(view);
  return [
    withGauge(inFlight, used, full, width, view),
    withGauge(
      row("back-pressure", LABEL, percent(pressure), pressed),
      pressure,
      pressed === "text" ? "send3" : pressed,
      width,
      view,
    ),
    lagRow(view, width),
    row("batch", LABEL, batchSize.total > 0 && knowsEntries(counters) ? `${short(batchSize.mean)} msg` : "–"),
    row("payload/wire", LABEL, ratio > 0 ? ratio.toFixed(2) : "–"),
    row(
      "missed slots",
      LABEL,
      integer(snapshot.total.counters.missed),
      counters.missed > 0 ? "warn" : "text",
    ),
    row("reconnects", LABEL, integer(snapshot.total.counters.reconnects)),
  ];
}

function backlogRow(view: View, width: number): Line {
  const { backlog } = view.snapshot;
  if (backlog === undefined) return row("backlog", LABEL, "unknown", "dim");
  const line = row("backlog", LABEL, integer(backlog), "strong");
  const then = view.history.read("backlog", 10, 10).find((value) => !Number.isNaN(value));
  const change = then === undefined ? 0 : backlog - then;
  // Changes below half a second of the flow are not shown: the broker has just dispatched that much.
  const { counters, seconds } = view.snapshot.window;
  const flowing = (perSecond(counters.messages, seconds) ?? 0) / 2;
  if (Math.abs(change) < Math.max(10, backlog * 0.01, flowing)) return line;
  const [word, style]: [string, Style] = change > 0 ? ["growing", "warn"] : ["falling", "good"];
  return fit([...line, seg(`  ${word}`, style)], width);
}

function consumerRows(view: View, width: number): Line[] {
  const { snapshot } = view;
  const { counters, seconds, batchSize } = snapshot.window;
  const total = snapshot.total.counters;
  const ackRate = perSecond(counters.sent, seconds) ?? 0;
  const again: Style = counters.redelivered > 0 ? "warn" : "text";
  const nacked = total.nacked > 0 ? [seg(`  nacked ${short(total.nacked)}`, "dim")] : [];
  return [
    row("acknowledged", LABEL, `${width < 26 ? short(ackRate) : integer(ackRate)}/s`, "strong"),
    backlogRow(view, width),
    [...row("redelivered", LABEL, integer(total.redelivered), again), ...nacked],
    lagRow(view, width),
    row("batch", LABEL, batchSize.total > 0 && knowsEntries(counters) ? `${short(batchSize.mean)} msg` : "–"),
    row("unacked", LABEL, integer(Math.max(0, total.messages - total.sent))),
    row("reconnects", LABEL, integer(total.reconnects)),
  ];
}

/** Rows in order of importance; a low panel shows the first ones. */
export function flowPanel(view: View, width: number, height: number, number?: number): Line[] {
  const inner = innerWidth(width);
  const producer = view.snapshot.role === "producer";
  const body = producer ? producerRows(view, inner) : consumerRows(view, inner);
  const title = producer ? "In flight" : "Delivery";
  return frame({ title, glyphs: view.glyphs, number }, body, width, height);
}
