import assert from "node:assert/strict";
import { keyLine, settingsPanel, settingsStrip } from "./controls.ts";
import { lineText } from "../line.ts";
import { sampleSnapshot, sampleView } from "../sample_run_test_support.ts";
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
    " q quit  p pause  ↑↓←→ adjust  ? help  1–9 enlarge  +− time  L logs  r reset",
  );
});

Deno.test("the question whether a long run shall end stands where the keys do", () => {
  const view = sampleView("producer", { ui: { ...INITIAL_UI, asksToQuit: true } });
  assert.equal(lineText(keyLine(view, 80)).trimEnd(), " q again ends the run, any other key goes on");
});

Deno.test("while paused the key says that it resumes", () => {
  const snapshot = sampleSnapshot("producer", 72, { phase: "paused" });
  assert.match(lineText(keyLine(sampleView("producer", { snapshot }), 80)), /p resume/);
});

Deno.test("however narrow the line, the chosen setting is in it, and marks tell that there are more", () => {
  for (const width of [30, 40, 60, 79]) {
    for (let selected = 0; selected < 5; selected++) {
      const line = lineText(
        settingsStrip(sampleView("producer", { ui: { ...INITIAL_UI, selected } }), width),
      );
      assert.equal(line.length, width);
      assert.match(line, /▸ \w+ \w/, `${width} cells, setting ${selected}: ${line}`);
    }
  }
  const first = lineText(settingsStrip(sampleView("producer"), 60));
  const last = lineText(settingsStrip(sampleView("producer", { ui: { ...INITIAL_UI, selected: 4 } }), 60));
  assert.match(first, /^ ▸ workers .*›$/);
  assert.match(last, /^‹ .*▸ compression lz4 *$/);
});
