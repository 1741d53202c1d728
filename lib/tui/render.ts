/** Draws whole screens into a cell buffer. */
import type { CellBuffer } from "./cells.ts";
import { DEMO_PANELS, demoLayout, type Frame, layout, numbering, type Place } from "./layout.ts";
import { fit, type Line, seg, spread } from "./line.ts";
import { keyLine, settingsPanel, settingsStrip } from "./panels/controls.ts";
import { flowPanel } from "./panels/flow.ts";
import { halfHeader, headerPanel, timeText } from "./panels/header.ts";
import { helpPanel } from "./panels/help.ts";
import { histogramPanel, latencyPanel } from "./panels/latency.ts";
import { logPanel } from "./panels/log.ts";
import { errorsPanel, integrityPanel, thresholdsPanel } from "./panels/outcome.ts";
import { ratePanel } from "./panels/rate.ts";
import { topicsPanel } from "./panels/topics.ts";
import { workersPanel } from "./panels/workers.ts";
import { clean, clip } from "./text.ts";
import type { PanelName, View } from "./view.ts";

type Panel = (view: View, width: number, height: number, number?: number) => Line[];

const PANEL: Readonly<Record<PanelName, Panel>> = {
  rate: ratePanel,
  latency: latencyPanel,
  histogram: histogramPanel,
  flow: flowPanel,
  workers: workersPanel,
  thresholds: thresholdsPanel,
  errors: errorsPanel,
  log: logPanel,
  settings: settingsPanel,
  integrity: integrityPanel,
};

function drawBody(buffer: CellBuffer, frame: Frame, viewOf: (role: Place["role"]) => View): void {
  for (const { name, role, x, y, width, height, number } of frame.places) {
    buffer.blit(x, y, PANEL[name](viewOf(role), width, height, number));
  }
}

function enlarged(
  frame: Frame,
  buffer: CellBuffer,
  name: PanelName,
  role: Place["role"],
  number: number,
): Frame {
  const height = buffer.rows - 2 - (frame.strip === undefined ? 1 : 2);
  return { ...frame, places: [{ name, role, number, x: 0, y: 2, width: buffer.columns, height }] };
}

function drawAround(buffer: CellBuffer, view: View, frame: Frame): void {
  if (frame.strip !== undefined) buffer.blit(0, frame.strip, [settingsStrip(view, buffer.columns)]);
  buffer.blit(0, buffer.rows - 1, [keyLine(view, buffer.columns)]);
  if (view.ui.help) {
    const { lines, x, y } = helpPanel(view, buffer.columns, buffer.rows);
    buffer.blit(x, y, lines);
  }
}

/** The screen of one run. The buffer is cleared first. */
export function renderRun(view: View, buffer: CellBuffer): void {
  buffer.clear();
  buffer.blit(0, 0, headerPanel(view, buffer.columns));
  let frame = layout(view, buffer);
  const number = view.ui.enlarged;
  const name = number === undefined ? undefined : numbering(view.snapshot.role)[number - 1];
  if (name !== undefined && number !== undefined) {
    frame = enlarged(frame, buffer, name, view.snapshot.role, number);
  }
  if (view.ui.topics) {
    const { group = "", snapshot: { role }, topics, glyphs } = view;
    const height = buffer.rows - 2 - (frame.strip === undefined ? 1 : 2);
    buffer.blit(0, 2, topicsPanel({ group, role, topics, glyphs }, buffer.columns, height));
  } else drawBody(buffer, frame, () => view);
  drawAround(buffer, view, frame);
}

/** Producer and consumer at once; settings and keys act on the producer. The buffer is cleared first. */
export function renderDemo(producer: View, consumer: View, buffer: CellBuffer): void {
  buffer.clear();
  const { columns } = buffer;
  const { info, snapshot } = producer;
  const right = [
    seg(timeText(producer), "strong"),
    ...(info.embedded ? [seg("  embedded broker", "warn")] : []),
    seg(`  ${info.version} `, "dim"),
  ];
  const left = [seg(" demo", "accent"), seg("  "), seg(clip(clean(info.target), 40), "strong")];
  left.push(seg(`  run ${clean(snapshot.runId)}`, "dim"));
  const half = Math.ceil(columns / 2);
  buffer.blit(0, 0, [fit(spread(left, right, columns), columns)]);
  buffer.blit(0, 1, [halfHeader(producer, half)]);
  buffer.blit(half, 1, [halfHeader(consumer, columns - half)]);
  let frame = demoLayout(producer, buffer);
  const number = producer.ui.enlarged;
  const chosen = number === undefined ? undefined : DEMO_PANELS[number - 1];
  if (chosen !== undefined && number !== undefined) {
    frame = enlarged(frame, buffer, chosen.name, chosen.role, number);
  }
  const logs = [...snapshot.log, ...consumer.snapshot.log].sort((a, b) => a.at - b.at);
  const sender: View = { ...producer, snapshot: { ...snapshot, log: logs } };
  drawBody(buffer, frame, (role) => role === "producer" ? sender : consumer);
  drawAround(buffer, producer, frame);
}
