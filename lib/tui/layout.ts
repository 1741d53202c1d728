/** Which panel goes where, by size; pure. */
import { errorCount } from "./panels/outcome.ts";
import type { PanelName, Size, View } from "./view.ts";

export interface Place {
  readonly name: PanelName;
  /** Key that enlarges it. */
  readonly number: number;
  readonly role: "producer" | "consumer";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Below this there are single lines instead of panels; half a laptop's screen still has them. */
export const MINIMUM: Size = { columns: 60, rows: 20 };
/** From here on panels stand side by side, and the demo has room for both roles. */
export const ROOMY: Size = { columns: 80, rows: 24 };

export function fitsPanels(size: Size, minimum = MINIMUM): boolean {
  return size.columns >= minimum.columns && size.rows >= minimum.rows;
}

/** The panels of a role by key 1–9; a panel without anything to show keeps its key. */
export function numbering(role: "producer" | "consumer"): readonly PanelName[] {
  const common: PanelName[] = [
    "rate",
    "latency",
    "histogram",
    "flow",
    "workers",
    "thresholds",
    "errors",
    "log",
  ];
  return [...common, role === "producer" ? "settings" : "integrity"];
}

/** In the demo both roles share nine keys. */
export const DEMO_PANELS: readonly { name: PanelName; role: "producer" | "consumer" }[] = [
  { name: "rate", role: "producer" },
  { name: "latency", role: "producer" },
  { name: "flow", role: "producer" },
  { name: "histogram", role: "producer" },
  { name: "rate", role: "consumer" },
  { name: "latency", role: "consumer" },
  { name: "integrity", role: "consumer" },
  { name: "flow", role: "consumer" },
  { name: "log", role: "producer" },
];

/** Header, settings and keys that surround the body. */
export interface Frame {
  readonly places: readonly Place[];
  /** Row of the settings in one line; undefined when they have a panel. */
  readonly strip?: number;
}

const HEADER = 2;

/** A row of panels with shares of the width. */
interface Row {
  readonly height: number;
  readonly cells: readonly {
    readonly name: PanelName;
    readonly share: number;
    readonly above?: { name: PanelName; height: number };
  }[];
}

function place(view: View, rows: readonly Row[], x: number, y: number, width: number): Place[] {
  const { role } = view.snapshot;
  const numbers = numbering(role);
  const places: Place[] = [];
  for (const row of rows) {
    const shares = row.cells.reduce((sum, cell) => sum + cell.share, 0);
    let used = 0;
    let taken = 0;
    for (const cell of row.cells) {
      taken += cell.share;
      const right = Math.round((width * taken) / shares);
      const box = { role, x: x + used, width: right - used };
      let top = y;
      if (cell.above !== undefined) {
        const { name, height } = cell.above;
        places.push({ ...box, name, number: numbers.indexOf(name) + 1, y: top, height });
        top += height;
      }
      places.push({
        ...box,
        name: cell.name,
        number: numbers.indexOf(cell.name) + 1,
        y: top,
        height: row.height - (top - y),
      });
      used = right;
    }
    y += row.height;
  }
  return places;
}

/** The panels of one run. */
export function layout(view: View, size: Size): Frame {
  if (!fitsPanels(size, ROOMY)) return compactLayout(view, size);
  const large = size.columns >= 110 && size.rows >= 34;
  return large ? largeLayout(view, size) : smallLayout(view, size);
}

/** Panels that exist only when there is something in them, most urgent first. */
function verdicts(view: View): PanelName[] {
  const names: PanelName[] = [];
  if (errorCount(view) > 0) names.push("errors");
  if (view.thresholds.length > 0) names.push("thresholds");
  return names;
}

function smallLayout(view: View, size: Size): Frame {
  const consumer = view.snapshot.role === "consumer";
  const body = size.rows - HEADER - 2;
  const latency = consumer ? 5 : 7;
  const integrity = consumer ? 3 : 0;
  const spare = body - latency - integrity - 5;
  // Rows beyond the minimum go to the chart first, then to the lower panels, where workers wait for them.
  const rate = Math.min(spare, Math.max(consumer ? 7 : 8, Math.round(spare * 0.75)));
  const bottom = body - latency - integrity - rate;
  const names: PanelName[] = ["flow", ...verdicts(view)];
  if (names.length < 3) names.push("workers");
  const rows: Row[] = [
    { height: rate, cells: [{ name: "rate", share: 1 }] },
    {
      height: latency,
      cells: [{ name: "latency", share: consumer ? 60 : 56 }, {
        name: "histogram",
        share: consumer ? 40 : 24,
      }],
    },
    ...(consumer ? [{ height: integrity, cells: [{ name: "integrity", share: 1 }] } as Row] : []),
    view.ui.logs === true ? { height: bottom, cells: [{ name: "log", share: 1 }] } : {
      height: bottom,
      cells: names.map((name) => ({ name, share: name === "workers" ? 1.2 : 1.1 })),
    },
  ];
  return { places: place(view, rows, 0, HEADER, size.columns), strip: size.rows - 2 };
}

/** Half a screen: rate and latency over the whole width, and what there is room for below. */
function compactLayout(view: View, size: Size): Frame {
  const consumer = view.snapshot.role === "consumer";
  const body = size.rows - HEADER - 2;
  const latency = consumer ? 5 : 7;
  const integrity = consumer ? 3 : 0;
  const spare = body - latency - integrity;
  // A chart of fewer than three rows tells nothing, so it comes before what stands below.
  const least = 6;
  const logs = view.ui.logs === true;
  const forBottom = Math.min(logs ? spare - 3 : spare - least, Math.max(3, Math.round(spare * 0.3)));
  const bottom = forBottom >= 3 ? forBottom : logs ? 3 : 0;
  const names: PanelName[] = logs ? ["log"] : ["flow", ...verdicts(view).slice(0, 1)];
  const rows: Row[] = [
    { height: spare - bottom, cells: [{ name: "rate", share: 1 }] },
    { height: latency, cells: [{ name: "latency", share: 1 }] },
    ...(consumer ? [{ height: integrity, cells: [{ name: "integrity", share: 1 }] } as Row] : []),
    ...(bottom > 0 ? [{ height: bottom, cells: names.map((name) => ({ name, share: 1 })) }] : []),
  ];
  return { places: place(view, rows, 0, HEADER, size.columns), strip: size.rows - 2 };
}

function largeLayout(view: View, size: Size): Frame {
  const { role, workers } = view.snapshot;
  const consumer = role === "consumer";
  const body = size.rows - HEADER - 1 - (consumer ? 1 : 0);
  const log = view.ui.logs === false ? 0 : Math.max(5, Math.round(body * 0.14));
  const lower: PanelName[] = ["workers", ...verdicts(view)];
  // Lower panels get what they need and no more; charts profit from the rest.
  const most = Math.max(7, Math.round((body - log) * 0.35));
  // Workers too many for rows of their own are summed up, which takes few lines.
  const forWorkers = workers.length + 3 <= most ? workers.length + 3 : 7;
  const wanted = Math.max(forWorkers, view.thresholds.length + 2, view.snapshot.total.errors.size + 2);
  const bottom = Math.min(Math.max(7, wanted), most);
  const rest = body - log - bottom;
  const top = Math.max(13, Math.round(rest * 0.52));
  const side: PanelName = consumer ? "integrity" : "settings";
  const sideHeight = Math.min(consumer ? 9 : 7, top - 6);
  const rows: Row[] = [
    {
      height: top,
      cells: [
        { name: "rate", share: 70 },
        {
          name: side,
          share: size.columns >= 160 ? 28 : 34,
          above: { name: "flow", height: top - sideHeight },
        },
      ],
    },
    { height: rest - top, cells: [{ name: "latency", share: 58 }, { name: "histogram", share: 46 }] },
    { height: bottom, cells: lower.map((name) => ({ name, share: name === "workers" ? 1.5 : 1 })) },
  ];
  if (log > 0) rows.push({ height: log, cells: [{ name: "log", share: 1 }] });
  return { places: place(view, rows, 0, HEADER, size.columns), ...(consumer && { strip: size.rows - 2 }) };
}

/** Producer at the left, consumer at the right; header and key line are shared. */
export function demoLayout(producer: View, size: Size): Frame {
  const large = size.rows >= 34;
  const body = size.rows - HEADER - 2;
  const log = producer.ui.logs ?? large ? Math.max(4, Math.round(body * 0.1)) : 0;
  const rest = body - log;
  const latency = rest >= 42 ? Math.round(rest * 0.26) : 7;
  const flow = large ? Math.max(8, Math.min(9, Math.round(rest * 0.2))) : 5;
  const histogram = large ? Math.max(7, Math.round(rest * 0.2)) : 0;
  const rate = rest - latency - flow - histogram;
  const left = Math.ceil(size.columns / 2);
  const places: Place[] = [];
  const add = (
    name: PanelName,
    role: Place["role"],
    x: number,
    y: number,
    width: number,
    height: number,
  ): void => {
    if (height < 3) return;
    const number = DEMO_PANELS.findIndex((one) => one.name === name && one.role === role) + 1;
    places.push({ name, role, number, x, y, width, height });
  };
  const right = size.columns - left;
  let y = HEADER;
  add("rate", "producer", 0, y, left, rate);
  add("rate", "consumer", left, y, right, rate);
  y += rate;
  add("latency", "producer", 0, y, left, latency);
  const consumerLatency = large ? latency : 5;
  add("latency", "consumer", left, y, right, consumerLatency);
  add("flow", "producer", 0, y + latency, left, flow);
  const integrity = large ? flow : latency + flow - consumerLatency;
  add("integrity", "consumer", left, y + consumerLatency, right, integrity);
  y += latency + flow;
  add("histogram", "producer", 0, y, left, histogram);
  add("flow", "consumer", left, y, right, histogram);
  add("log", "producer", 0, y + histogram, size.columns, log);
  return { places, strip: size.rows - 2 };
}
