import assert from "node:assert/strict";
import { backPressure, flowPanel } from "./flow.ts";
import { lineText } from "../line.ts";
import { sampleSnapshot, sampleView } from "../sample_run_test_support.ts";
import { createTheme } from "../theme.ts";
import type { View } from "../view.ts";

const { glyphs } = createTheme("none", "braille");
const SNAPSHOT = sampleSnapshot("producer");

function producer(replace: Partial<typeof SNAPSHOT> = {}): View {
  return { ...sampleView("producer", { snapshot: { ...SNAPSHOT, ...replace } }), glyphs };
}

Deno.test("a producer shows its window, back-pressure and batches", () => {
  assert.deepEqual(flowPanel(producer(), 48, 9, 4).map(lineText), [
    "╭─ 4 In flight ────────────────────────────────╮",
    "│ in flight     812 of 2k    ■■■■■■□□□□□□□□□□□ │",
    "│ back-pressure 18.0%        ■■■□□□□□□□□□□□□□□ │",
    "│ loop lag      2.90 ms                        │",
    "│ batch         412 msg                        │",
    "│ payload/wire  1.90                           │",
    "│ missed slots  0                              │",
    "│ reconnects    0                              │",
    "╰──────────────────────────────────────────────╯",
  ]);
});

Deno.test("a narrow panel shows numbers without gauges", () => {
  assert.deepEqual(flowPanel(producer(), 26, 5, 4).map(lineText), [
    "╭─ 4 In flight ──────────╮",
    "│ in flight     812/2k   │",
    "│ back-pressure 18.0%    │",
    "│ loop lag      2.90 ms  │",
    "╰────────────────────────╯",
  ]);
});

Deno.test("a late event loop says that the client is the bottleneck", () => {
  const row = flowPanel(producer({ loopLagMicros: 240_000 }), 48, 5)[3] ?? [];
  assert.equal(lineText(row), "│ loop lag      240 ms  client busy            │");
  assert.deepEqual(row.filter((part) => part.style === "bad").map((part) => part.text), [
    "240 ms",
    "client busy",
  ]);
});

Deno.test("back-pressure is the share of all workers' time, and no more than all of it", () => {
  assert.equal(backPressure(producer()), 0.18);
  const { window } = SNAPSHOT;
  const blocked = { ...window, counters: { ...window.counters, blockedMicros: 9e9 } };
  assert.equal(backPressure(producer({ window: blocked })), 1);
  assert.equal(backPressure(producer({ window: { ...window, seconds: 0 } })), 0);
});

Deno.test("a consumer shows acknowledgements, backlog and redeliveries", () => {
  assert.deepEqual(flowPanel(sampleView("consumer"), 40, 9, 4).map(lineText), [
    "╭─ 4 Delivery ─────────────────────────╮",
    "│ acknowledged  49,392/s               │",
    "│ backlog       1,240                  │",
    "│ redelivered   14                     │",
    "│ loop lag      2.90 ms                │",
    "│ batch         398 msg                │",
    "│ unacked       420                    │",
    "│ reconnects    0                      │",
    "╰──────────────────────────────────────╯",
  ]);
});

Deno.test("a backlog that nobody could ask for is unknown and not zero; one that grows says so", () => {
  const { backlog: _, ...without } = sampleSnapshot("consumer");
  assert.match(
    lineText(flowPanel(sampleView("consumer", { snapshot: without }), 40, 5)[2] ?? []),
    /backlog +unknown/,
  );
  const view = sampleView("consumer");
  const grown = { ...view, snapshot: { ...view.snapshot, backlog: 90_000 } };
  assert.match(lineText(flowPanel(grown, 40, 5)[2] ?? []), /backlog +90,000 {2}growing/);
  const flowing = { ...view, snapshot: { ...view.snapshot, backlog: 1500 } };
  assert.match(
    lineText(flowPanel(flowing, 40, 5)[2] ?? []),
    /backlog +1,500 +│/,
    "less than the flow of a moment",
  );
});
