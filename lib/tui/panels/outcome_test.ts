import assert from "node:assert/strict";
import { errorCount, errorsPanel, integrityPanel, thresholdsPanel } from "./outcome.ts";
import { type Line, lineText } from "../line.ts";
import { sampleSnapshot, sampleView } from "../sample_run_test_support.ts";
import type { ThresholdState } from "../../load/snapshot.ts";
import type { View } from "../view.ts";
import type { Integrity } from "../../load/snapshot.ts";

const THRESHOLDS: ThresholdState[] = [
  { text: "a<1", state: "pass", value: "0.5" },
  { text: "response.p99<20ms", state: "fail", value: "48.1 ms" },
  { text: "errors==0", state: "pending", value: "" },
];

function texts(lines: readonly Line[]): string[] {
  return lines.map(lineText);
}

Deno.test("thresholds keep their order, with a mark, the condition and the value", () => {
  assert.deepEqual(texts(thresholdsPanel(sampleView("producer", { thresholds: THRESHOLDS }), 40, 5, 6)), [
    "╭─ 6 Thresholds ──────────── 1 failed ─╮",
    "│ ✓ a<1                0.5             │",
    "│ ✗ response.p99<20ms  48.1 ms         │",
    "│ ○ errors==0                          │",
    "╰──────────────────────────────────────╯",
  ]);
});

Deno.test("with too few rows the failed thresholds come first", () => {
  assert.deepEqual(texts(thresholdsPanel(sampleView("producer", { thresholds: THRESHOLDS }), 40, 4, 6)), [
    "╭─ 6 Thresholds ──────────── 1 failed ─╮",
    "│ ✗ response.p99<20ms  48.1 ms         │",
    "│ 2 more                               │",
    "╰──────────────────────────────────────╯",
  ]);
});

Deno.test("a narrow panel drops values and keeps conditions", () => {
  const lines = texts(thresholdsPanel(sampleView("producer", { thresholds: THRESHOLDS }), 25, 5));
  assert.deepEqual(lines.slice(1, 4), [
    "│ ✓ a<1             0.5 │",
    "│ ✗ response.p99<20ms   │",
    "│ ○ errors==0           │",
  ]);
});

function failing(): View {
  const base = sampleSnapshot("producer");
  const errors = new Map([["Timeout", 120], ["A", 1], ["ServiceNotReady", 31], ["ConnectionClosed", 2]]);
  const window = { ...base.window, errors: new Map([["Timeout", 4]]) };
  return sampleView("producer", { snapshot: { ...base, window, total: { ...base.total, errors } } });
}

Deno.test("errors are listed by code, the most frequent first, with those of the last window", () => {
  assert.equal(errorCount(failing()), 154);
  assert.deepEqual(texts(errorsPanel(failing(), 44, 5, 7)), [
    "╭─ 7 Errors ────────────────── 154  <0.1% ─╮",
    "│ Timeout                      +4 now  120 │",
    "│ ServiceNotReady                       31 │",
    "│ 2 more                                   │",
    "╰──────────────────────────────────────────╯",
  ]);
  assert.deepEqual(texts(errorsPanel(sampleView("producer"), 20, 3)), [
    "╭─ Errors ─────────╮",
    "│ none             │",
    "╰──────────────────╯",
  ]);
});

function consumer(replace: Partial<Integrity> = {}): View {
  const base = sampleSnapshot("consumer");
  return sampleView("consumer", {
    snapshot: { ...base, integrity: { ...(base.integrity as Integrity), ...replace } },
  });
}

Deno.test("integrity is one line where there is little height, a table elsewhere", () => {
  assert.deepEqual(texts(integrityPanel(consumer(), 80, 3, 9)), [
    "╭─ 9 Integrity ───────────────────────────────────────────────────── ✓ intact ─╮",
    "│ verified 3,514,204  lost 0  dup 0  out of order 0  corrupt 0  foreign 0      │",
    "╰──────────────────────────────────────────────────────────────────────────────╯",
  ]);
  assert.deepEqual(texts(integrityPanel(consumer(), 40, 6, 9)), [
    "╭─ 9 Integrity ───────────── ✓ intact ─╮",
    "│ verified     3,514,204               │",
    "│ lost           0  duplicate      0   │",
    "│ out of order   0  corrupt        0   │",
    "│ foreign        0                     │",
    "╰──────────────────────────────────────╯",
  ]);
  assert.deepEqual(texts(integrityPanel(consumer({ lost: 12, duplicates: 3 }), 60, 8, 9)), [
    "╭─ 9 Integrity ──────────────────────── ✗ lost, duplicate ─╮",
    "│ verified       3,514,204  strict, 4 streams              │",
    "│ lost                  12                                 │",
    "│ duplicate              3                                 │",
    "│ out of order           0                                 │",
    "│ corrupt                0                                 │",
    "│ foreign                0                                 │",
    "╰──────────────────────────────────────────────────────────╯",
  ]);
});

Deno.test("what is wrong is red, what is right is green, and foreign messages are no fault", () => {
  const lines = integrityPanel(consumer({ lost: 12, foreign: 5 }), 60, 8);
  const style = (row: number) =>
    lines[row]?.find((part) => /\d/.test(part.text) && part.style !== "dim")?.style;
  assert.deepEqual([style(2), style(3), style(6)], ["bad", "good", "warn"]);
  assert.match(lineText(lines[0] ?? []), /✗ lost ─╮$/);
  assert.match(lineText(integrityPanel(consumer({ foreign: 5 }), 60, 8)[0] ?? []), /✓ intact ─╮$/);
});

Deno.test("one lost message is enough for ✗, and so is one of any other fault", () => {
  const title = (changes: Partial<Integrity>): string =>
    lineText(integrityPanel(consumer(changes), 60, 8)[0]!);
  assert.match(title({ lost: 1 }), /✗ lost ─╮$/);
  assert.match(title({ duplicates: 1 }), /✗ duplicate ─╮$/);
  assert.match(title({ outOfOrder: 1 }), /✗ out of order ─╮$/);
  assert.match(title({ corrupt: 1 }), /✗ corrupt ─╮$/);
});

Deno.test("nothing is called intact before anything was verified, or when nothing is checked", () => {
  assert.match(lineText(integrityPanel(consumer({ verified: 0 }), 60, 8)[0] ?? []), /○ nothing yet ─╮$/);
  const off = texts(integrityPanel(consumer({ mode: "off" }), 80, 3));
  assert.match(off[0] ?? "", /not verified ─╮$/);
  assert.match(off[1] ?? "", /start with --verify/);
});

Deno.test("messages left to the subscription, and late ones where no order is promised, are shown where there is room", () => {
  const view = consumer({ reordered: 41, notReceived: 7 });
  const wide = lineText(integrityPanel(view, 120, 3)[1] ?? []);
  assert.match(wide, /foreign 0 +reordered 41 +not received 7 /);
  const table = texts(integrityPanel(view, 60, 10)).join("\n");
  assert.match(table, /reordered +41 +│\n│ not received +7 /);
  assert.match(table, /✓ intact/, "neither is a fault");
  assert.doesNotMatch(texts(integrityPanel(consumer(), 120, 12)).join(), /reordered|not received/);
  for (let height = 3; height < 10; height++) {
    const lines = texts(integrityPanel(view, 40, height));
    assert.equal(lines.length, height);
    for (const line of lines) assert.equal([...line].length, 40);
  }
});
