import assert from "node:assert/strict";
import { keyLine, settingsPanel, settingsStrip } from "./controls.ts";
import { lineText } from "../line.ts";
import { sampleSnapshot, sampleView } from "../sample_run.ts";
import { INITIAL_UI } from "../view.ts";

Deno.test("the chosen setting is marked, and that its change restarts workers", () => {
  assert.deepEqual(settingsPanel(sampleView("producer"), 44, 7, 9).map(lineText), [
    "╭─ 9 Settings ───────────────────── ↑↓ ←→ ─╮",
    "│ ▸ workers     ◂ 4 ▸  restarts            │",
    "│   rate          50,000/s                 │",
    "│   size          1 KiB                    │",
    "│   batch         500 msg                  │",
    "│   compression   lz4                      │",
    "╰──────────────────────────────────────────╯",
  ]);
  const rate = settingsPanel(sampleView("producer", { ui: { ...INITIAL_UI, selected: 1 } }), 44, 7);
  assert.equal(lineText(rate[2] ?? []), "│ ▸ rate        ◂ 50,000/s ▸               │");
});

Deno.test("in a low panel the chosen setting stays in sight", () => {
  const lines = settingsPanel(sampleView("producer", { ui: { ...INITIAL_UI, selected: 4 } }), 44, 4).map(
    lineText,
  );
  assert.match(lines[1] ?? "", /batch/);
  assert.match(lines[2] ?? "", /▸ compression/);
});

Deno.test("settings and keys fit one line each at 80 columns", () => {
  assert.equal(
    lineText(settingsStrip(sampleView("producer"), 80)).trimEnd(),
    " ▸ workers 4    rate 50,000/s    size 1 KiB    batch 500 msg    compression lz4",
  );
  assert.equal(
    lineText(keyLine(sampleView("producer"), 80)).trimEnd(),
    " q quit  p pause  ↑↓←→ adjust  1–9 enlarge  +− time  L logs  r reset  ? help",
  );
});

Deno.test("while paused the key says that it resumes", () => {
  const snapshot = sampleSnapshot("producer", 72, { phase: "paused" });
  assert.match(lineText(keyLine(sampleView("producer", { snapshot }), 80)), /p resume/);
});
