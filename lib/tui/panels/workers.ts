/** One row for each worker, or the spread over all of them when rows do not fit. */
import { progress } from "../chart.ts";
import { integer, latency, short } from "../format.ts";
import { type Line, seg, type Segment, type Style } from "../line.ts";
import type { View } from "../view.ts";
import { type Column, frame, innerWidth, tableHead, tableRow } from "./frame.ts";
import { BUSY_LAG_MICROS, median } from "../../load/figures.ts";
import { SHADES } from "./rate.ts";
import type { WorkerSnapshot } from "../../load/snapshot.ts";

const STATE_STYLE: Readonly<Record<WorkerSnapshot["state"], Style>> = {
  starting: "warn",
  ready: "warn",
  running: "good",
  paused: "warn",
  draining: "accent",
  stopped: "dim",
  crashed: "bad",
};

interface Field {
  readonly column: Column;
  readonly cell: (worker: WorkerSnapshot, view: View) => Segment;
}

function lagStyle(micros: number): Style {
  return micros < BUSY_LAG_MICROS ? "text" : micros < 4 * BUSY_LAG_MICROS ? "warn" : "bad";
}

/** In order of importance: a narrow panel shows the first ones. */
const FIELDS: readonly Field[] = [
  { column: { head: "#", width: 3 }, cell: (w) => seg(String(w.id), "dim") },
  {
    column: { head: "state", width: 8, left: true },
    cell: (w) => seg(w.state, STATE_STYLE[w.state]),
  },
  { column: { head: "msg/s", width: 9 }, cell: (w) => seg(integer(w.rate), "strong") },
  {
    column: { head: "errors", width: 6 },
    cell: (w) => seg(short(w.errors), w.errors > 0 ? "bad" : "dim"),
  },
  { column: { head: "in flight", width: 9 }, cell: (w) => seg(integer(w.inFlight)) },
  {
    column: { head: "loop lag", width: 8 },
    cell: (w) => seg(latency(w.loopLagMicros), lagStyle(w.loopLagMicros)),
  },
  { column: { head: "messages", width: 14 }, cell: (w) => seg(integer(w.messages), "dim") },
  {
    column: { head: "restarts", width: 8 },
    cell: (w) => seg(String(w.restarts), w.restarts > 0 ? "warn" : "dim"),
  },
];

function fieldsFor(width: number): Field[] {
  const fields: Field[] = [];
  let used = -1;
  for (const field of FIELDS) {
    used += field.column.width + 1;
    if (used > width) break;
    fields.push(field);
  }
  return fields;
}

function workerRows(view: View, width: number): Line[] {
  const { workers, role } = view.snapshot;
  const fields = fieldsFor(width);
  const columns = fields.map((field) => field.column);
  const used = columns.reduce((sum, column) => sum + column.width + 1, 0);
  const barWidth = Math.min(40, width - used - 1);
  const highest = Math.max(1, ...workers.map((worker) => worker.rate));
  const shade = SHADES[role][2] as Style;
  const rows = workers.map((worker) => {
    const cells = tableRow(columns, fields.map((field) => field.cell(worker, view)));
    if (barWidth < 8) return cells;
    return [...cells, seg("  "), ...progress(worker.rate / highest, barWidth, view.glyphs, shade)];
  });
  return [tableHead(columns), ...rows];
}

/** Milliseconds in at most five cells. */
function roughMillis(micros: number): string {
  const millis = micros / 1000;
  return millis < 0.95
    ? "<1ms"
    : millis < 999.5
    ? `${millis.toFixed(0)}ms`
    : `${(millis / 1000).toFixed(0)}s`;
}

interface Measure {
  readonly head: string;
  readonly brief: string;
  readonly of: (worker: WorkerSnapshot) => number;
  readonly text: (value: number) => string;
}

const SPREADS: readonly Measure[] = [
  { head: "msg/s", brief: "msg/s", of: (w) => w.rate, text: short },
  { head: "loop lag", brief: "lag", of: (w) => w.loopLagMicros, text: roughMillis },
  { head: "in flight", brief: "flight", of: (w) => w.inFlight, text: short },
];

/** A row for each measure with its least, middle and greatest value over the workers. */
function workerSpread(view: View, width: number): Line[] {
  const { workers } = view.snapshot;
  const brief = width < 34;
  const labelWidth = brief ? 6 : 10;
  const cell = Math.max(5, Math.min(10, Math.floor((width - labelWidth) / 3) - 1));
  const heads = brief ? ["min", "med", "max"] : ["min", "median", "max"];
  const columns: Column[] = [
    { head: "", width: labelWidth, left: true },
    ...heads.map((head) => ({ head, width: cell })),
  ];
  const rows = SPREADS.map((measure) => {
    const sorted = workers.map(measure.of).sort((a, b) => a - b);
    const values = [sorted[0] ?? NaN, median(sorted), sorted.at(-1) ?? NaN];
    const label = seg(brief ? measure.brief : measure.head, "dim");
    return tableRow(columns, [label, ...values.map((value) => seg(measure.text(value)))]);
  });
  return [tableHead(columns), ...rows];
}

/** `8 running`, or `7 running  1 crashed`. */
function states(view: View): Line {
  const counts = new Map<WorkerSnapshot["state"], number>();
  for (const worker of view.snapshot.workers) counts.set(worker.state, (counts.get(worker.state) ?? 0) + 1);
  return [...counts].flatMap(([state, n], i) => [
    ...(i > 0 ? [seg("  ")] : []),
    seg(`${n} ${state}`, STATE_STYLE[state]),
  ]);
}

export function workersPanel(view: View, width: number, height: number, number?: number): Line[] {
  const inner = innerWidth(width);
  const { workers } = view.snapshot;
  const fits = workers.length + 1 <= height - 2;
  const body = fits ? workerRows(view, inner) : workerSpread(view, inner);
  const options = { title: "Workers", note: states(view), glyphs: view.glyphs };
  return frame({ ...options, number }, body, width, height);
}
