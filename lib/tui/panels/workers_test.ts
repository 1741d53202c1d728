import assert from "node:assert/strict";
import { workersPanel } from "./workers.ts";
import { lineText } from "../line.ts";
import { sampleSnapshot, sampleView, sampleWorkers } from "../sample_run_test_support.ts";

const SNAPSHOT = sampleSnapshot("producer");

Deno.test("workers have a row each while they fit", () => {
  assert.deepEqual(workersPanel(sampleView("producer"), 60, 7, 5).map(lineText), [
    "╭─ 5 Workers ────────────────────────────────── 4 running ─╮",
    "│   # state        msg/s errors in flight loop lag         │",
    "│   0 running     12,088      0       248  2.22 ms         │",
    "│   1 running     12,469      0       197  1.02 ms         │",
    "│   2 running     12,493      0       176   805 µs         │",
    "│   3 running     12,650      0       170  1.36 ms         │",
    "╰──────────────────────────────────────────────────────────╯",
  ]);
});

Deno.test("more workers than rows are summed up as minimum, median and maximum", () => {
  const workers = sampleWorkers(12, 48_000).map((one, i) =>
    i === 3 ? { ...one, state: "crashed" as const } : one
  );
  const view = sampleView("producer", { snapshot: { ...SNAPSHOT, workers } });
  assert.deepEqual(workersPanel(view, 60, 6, 5).map(lineText), [
    "╭─ 5 Workers ────────────────────── 11 running  1 crashed ─╮",
    "│                   min     median        max              │",
    "│ msg/s           3.88k      3.98k      4.08k              │",
    "│ loop lag         <1ms        2ms        3ms              │",
    "│ in flight         159        189        248              │",
    "╰──────────────────────────────────────────────────────────╯",
  ]);
  assert.deepEqual(workersPanel(view, 28, 5).map(lineText), [
    "╭─ Workers ────────────────╮",
    "│          min   med   max │",
    "│ msg/s  3.88k 3.98k 4.08k │",
    "│ lag     <1ms   2ms   3ms │",
    "╰──────────────────────────╯",
  ]);
});

Deno.test("a crashed worker and its errors are red", () => {
  const workers = [{
    ...(sampleWorkers(1, 100)[0] as typeof SNAPSHOT.workers[0]),
    state: "crashed" as const,
    errors: 3,
  }];
  const row = workersPanel(sampleView("producer", { snapshot: { ...SNAPSHOT, workers } }), 60, 5)[2] ?? [];
  const red = row.filter((part) => part.style === "bad").map((part) => part.text.trim());
  assert.deepEqual(red, ["crashed", "3"]);
});
