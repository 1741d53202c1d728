import assert from "node:assert/strict";
import { logPanel } from "./log.ts";
import { lineText } from "../line.ts";
import { sampleSnapshot, sampleView } from "../sample_run_test_support.ts";
import type { LogLine } from "../../load/snapshot.ts";

function lines(log: LogLine[], height: number): string[] {
  const snapshot = sampleSnapshot("producer", 72, { log });
  return logPanel(sampleView("producer", { snapshot }), 44, height, 8).map(lineText);
}

Deno.test("the newest lines are shown, the last one at the bottom", () => {
  const at = new Date(2026, 2, 1, 14, 3, 59).getTime() * 1000;
  const log = ["one", "two", "three"].map((text): LogLine => ({ at, level: "info", text }));
  assert.deepEqual(lines(log, 4), [
    "╭─ 8 Log ──────────────────────────────────╮",
    "│ 14:03:59 two                             │",
    "│ 14:03:59 three                           │",
    "╰──────────────────────────────────────────╯",
  ]);
});

Deno.test("long lines are cut and line ends do not break the box", () => {
  const text = "worker 3 crashed:\nConnectionClosed while sending a batch";
  assert.match(
    lines([{ at: 0, level: "error", text }], 3)[1] ?? "",
    /^│ \d\d:\d\d:\d\d worker 3 crashed: ConnectionCl… │$/,
  );
});

Deno.test("an empty log says so", () => {
  assert.match(lines([], 3)[1] ?? "", /nothing to report/);
});
