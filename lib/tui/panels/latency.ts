/** Percentiles in a table (last window and whole run), their course over time, and the distribution. */
import { axisWidth, bar, chart, niceMax, plotPoints } from "../chart.ts";
import { latency, percent, span } from "../format.ts";
import { type Line, seg, type Segment, type Style } from "../line.ts";
import { binFrom, type LatencyStats, type SpanStats } from "../stats.ts";
import { padStart } from "../text.ts";
import { type View, zoomSeconds } from "../view.ts";
import { type Column, frame, innerWidth, tableHead, tableRow } from "./frame.ts";
import { peak, roleStyle, SHADES } from "./rate.ts";

type Kind = keyof SpanStats;

const NAMES: Readonly<Record<Kind, string>> = {
  service: "service",
  response: "response",
  endToEnd: "end-to-end",
};

/** The latencies that a role measures; the last one is what its user waits for. */
function kinds(view: View): readonly Kind[] {
  return view.snapshot.role === "producer" ? ["service", "response"] : ["endToEnd"];
}

interface Percentile {
  readonly head: string;
  readonly of: (stats: LatencyStats) => number;
  /** Dropped first (3) to never (0) when the panel is narrow. */
  readonly drop: number;
}

const PERCENTILES: readonly Percentile[] = [
  { head: "P50", of: (s) => s.p50, drop: 0 },
  { head: "P95", of: (s) => s.p95, drop: 2 },
  { head: "P99", of: (s) => s.p99, drop: 0 },
  { head: "P99.9", of: (s) => s.p999, drop: 1 },
  { head: "max", of: (s) => s.max, drop: 0 },
];

const SPAN_WIDTH = 3;

function nameOf(kind: Kind, width: number): string {
  return kind === "endToEnd" && width < 38 ? "e2e" : NAMES[kind];
}

function columnsFor(view: View, width: number): { columns: Column[]; shown: Percentile[] } {
  const nameWidth = Math.max(...kinds(view).map((kind) => nameOf(kind, width).length));
  let shown = [...PERCENTILES];
  for (const drop of [2, 1]) {
    if (nameWidth + 1 + SPAN_WIDTH + shown.length * 8 <= width) break;
    shown = shown.filter((p) => p.drop !== drop);
  }
  // At most 11 cells: columns far apart are hard to read across.
  const room = Math.floor((width - nameWidth - 1 - SPAN_WIDTH) / shown.length) - 1;
  const cell = Math.max(7, Math.min(10, room));
  const columns: Column[] = [
    { head: "", width: nameWidth, left: true },
    { head: "", width: SPAN_WIDTH, left: true },
    ...shown.map((p) => ({ head: p.head, width: cell })),
  ];
  return { columns, shown };
}

function cells(
  view: View,
  label: string,
  when: string,
  stats: LatencyStats | undefined,
  shown: Percentile[],
): Segment[] {
  const known = stats !== undefined && stats.count > 0;
  const style: Style = when === "now" ? "text" : "strong";
  const values = shown.map((p) => known ? seg(latency(p.of(stats)), style) : seg("–", "dim"));
  return [seg(label, roleStyle(view)), seg(when, "dim"), ...values];
}

/** Heading, then for each kind the last window (`now`) and the whole run (`run`). */
export function latencyTable(view: View, width: number): Line[] {
  const { columns, shown } = columnsFor(view, width);
  const lines: Line[] = [tableHead(columns)];
  for (const kind of kinds(view)) {
    lines.push(tableRow(columns, cells(view, nameOf(kind, width), "now", view.stats.window[kind], shown)));
    lines.push(tableRow(columns, cells(view, "", "run", view.stats.total[kind], shown)));
  }
  return lines;
}

/** Round values of an axis without zeros at the end: `30 ms`. */
function axisLatency(micros: number): string {
  return micros === 0 ? "0" : latency(micros).replace(/\.0+ /, " ");
}

function latencyCourse(view: View, width: number, height: number): Line[] {
  const { history, glyphs, ui, snapshot } = view;
  const seconds = zoomSeconds(ui);
  const max = niceMax(Math.max(1, peak(history.read("p99", seconds, plotPoints(width - 9, glyphs)))));
  const points = plotPoints(width - axisWidth(max, axisLatency), glyphs);
  const shades = SHADES[snapshot.role];
  return chart({
    series: [
      { values: history.read("p50", seconds, points), kind: "area", styles: [shades[1] as Style] },
      { values: history.read("p99", seconds, points), kind: "line", styles: ["warn"], over: true },
    ],
    max,
    width,
    height,
    label: axisLatency,
    timeSpan: span(seconds),
    glyphs,
  });
}

export function latencyPanel(view: View, width: number, height: number, number?: number): Line[] {
  const inner = innerWidth(width);
  const body = latencyTable(view, inner);
  const rest = height - 2 - body.length;
  const note: Segment[] = [];
  const window = view.snapshot.window.seconds;
  if (window > 0) note.push(seg(`now = last ${span(Math.max(1, window))}`, "dim"));
  if (rest >= 5) {
    const lead = view.snapshot.role === "producer" ? "response" : "end-to-end";
    const shade = SHADES[view.snapshot.role][1] as Style;
    // An area and a line, drawn as in the chart, so that they differ without colours too.
    const { level, up, mark } = view.glyphs;
    const [area, line] = level === "braille" ? ["⣿", "⠤⠤"] : [up.at(-1) ?? "", mark + mark];
    body.push([], [
      seg(`${lead} over time  `, "dim"),
      seg(area, shade),
      seg(" P50  ", "dim"),
      seg(line, "warn"),
      seg(" P99", "dim"),
    ]);
    body.push(...latencyCourse(view, inner, rest - 2));
  }
  const uncertain = view.snapshot.clockUncertaintyMicros;
  if (view.snapshot.role === "consumer" && uncertain > 0) {
    note.unshift(seg(`clocks ±${latency(uncertain)}  `, "warn"));
  }
  return frame(
    { title: "Latency", note, glyphs: view.glyphs, number },
    body,
    width,
    height,
  );
}

/** Rows of a distribution, short times first: neighbouring bins are merged until they fit `height`. */
export function distribution(
  stats: LatencyStats,
  height: number,
): { from: number; to: number; count: number }[] {
  const { bins } = stats;
  let first = bins.findIndex((n) => n > 0);
  if (first === -1 || height < 1) return [];
  const last = bins.findLastIndex((n) => n > 0);
  // Whole steps of a bin only, so that edges stay where they are while the run goes on.
  let step = 1;
  while (Math.ceil((last + 1) / step) - Math.floor(first / step) > height) step++;
  first = Math.floor(first / step) * step;
  const rows: { from: number; to: number; count: number }[] = [];
  for (let bin = first; bin <= last; bin += step) {
    let count = 0;
    for (let i = bin; i < bin + step; i++) count += bins[i] ?? 0;
    rows.push({ from: bin === 0 ? 0 : binFrom(bin), to: binFrom(bin + step), count });
  }
  return rows;
}

/** Distribution of the whole run: a bar for each range of times, coloured by the percentile that it reaches. */
export function histogramPanel(view: View, width: number, height: number, number?: number): Line[] {
  const inner = innerWidth(width);
  const { total } = view.stats;
  const kind: Kind = view.snapshot.role === "producer" ? "response" : "endToEnd";
  const stats = total[kind] ?? total.service;
  const note = [seg(NAMES[total[kind] === undefined ? "service" : kind], "dim")];
  const body: Line[] = [];
  if (stats === undefined || stats.count === 0) body.push([seg("nothing measured yet", "dim")]);
  else {
    const rows = distribution(stats, height - 2);
    const highest = Math.max(...rows.map((one) => one.count));
    const most = inner >= 34 ? "≤ " : "";
    const label = 7 + most.length;
    const barWidth = Math.max(1, inner - label - 3 - 7);
    let below = 0;
    for (const one of rows) {
      const style: Style = below / stats.count >= 0.99
        ? "bad"
        : below / stats.count >= 0.95
        ? "warn"
        : barStyle(view);
      below += one.count;
      body.push([
        seg(padStart(`${most}${latency(one.to)}`, label), "dim"),
        seg(` ${view.glyphs.axis} `, "border"),
        seg(bar(one.count / highest, barWidth, view.glyphs), style),
        seg(one.count === 0 ? " ".repeat(7) : padStart(percent(one.count / stats.count), 7), "dim"),
      ]);
    }
  }
  const title = width >= 36 ? "Distribution" : "Spread";
  return frame(
    { title, note, glyphs: view.glyphs, number },
    body,
    width,
    height,
  );
}

function barStyle(view: View): Style {
  return SHADES[view.snapshot.role][2] as Style;
}
