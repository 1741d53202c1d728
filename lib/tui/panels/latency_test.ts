import assert from "node:assert/strict";
import { distribution, histogramPanel, latencyPanel } from "./latency.ts";
import { lineText } from "../line.ts";
import { sampleSnapshot, sampleView } from "../sample_run_test_support.ts";
import { summarize } from "../stats.ts";
import { Histogram } from "../../load/histogram/histogram.ts";

Deno.test("the table has service and response, for the last window and for the whole run", () => {
  assert.deepEqual(latencyPanel(sampleView("producer"), 60, 7, 2).map(lineText), [
    "╭─ 2 Latency ───────────────────────────── now = last 1 s ─╮",
    "│                  P50     P95     P99   P99.9     max     │",
    "│ service  now 1.90 ms 3.47 ms 5.28 ms 10.4 ms 19.8 ms     │",
    "│          run 1.92 ms 3.53 ms 5.59 ms 12.0 ms 13.8 ms     │",
    "│ response now 2.61 ms 4.74 ms 7.16 ms 17.3 ms 21.8 ms     │",
    "│          run 2.60 ms 4.75 ms 7.22 ms 14.2 ms 27.1 ms     │",
    "╰──────────────────────────────────────────────────────────╯",
  ]);
});

Deno.test("a narrow table drops P95 first and never P50, P99 or the maximum", () => {
  const heads = (width: number) =>
    lineText(latencyPanel(sampleView("producer"), width, 7)[1] ?? []).match(/\S+/g);
  assert.deepEqual(heads(50), ["│", "P50", "P99", "P99.9", "max", "│"]);
  assert.deepEqual(heads(40), ["│", "P50", "P99", "max", "│"]);
});

Deno.test("end-to-end times tell of the clocks that they depend on", () => {
  const snapshot = sampleSnapshot("consumer", 72, { clockUncertaintyMicros: 350 });
  const head = lineText(latencyPanel(sampleView("consumer", { snapshot }), 60, 5)[0] ?? []);
  assert.equal(head, "╭─ Latency ─────────────── clocks ±350 µs  now = last 1 s ─╮");
});

Deno.test("with rows to spare the course of P50 and P99 is drawn", () => {
  const lines = latencyPanel(sampleView("producer"), 80, 16).map(lineText);
  assert.match(lines[7] ?? "", /response over time {2}⣿ P50 {2}⠤⠤ P99/);
  assert.match(lines[8] ?? "", /30 ms ┤/);
});

Deno.test("the distribution shows a bar and a share for each range", () => {
  assert.deepEqual(histogramPanel(sampleView("producer"), 50, 8, 3).map(lineText), [
    "╭─ 3 Distribution ──────────────────── response ─╮",
    "│ ≤ 1.02 ms │ ▏                             0.5% │",
    "│ ≤ 2.05 ms │ █████████▋                   23.6% │",
    "│ ≤ 4.10 ms │ ███████████████████████████  65.9% │",
    "│ ≤ 8.19 ms │ ███▊                          9.2% │",
    "│ ≤ 16.4 ms │ ▍                             0.8% │",
    "│ ≤ 32.8 ms │ ▏                            <0.1% │",
    "╰────────────────────────────────────────────────╯",
  ]);
});

Deno.test("bars are coloured by the percentile that they reach", () => {
  const styles = histogramPanel(sampleView("producer"), 50, 12).map((line) => line[3]?.style).slice(1, -1)
    .filter((style) => style !== undefined);
  assert.equal(styles[0], "send3");
  assert.equal(styles.at(-1), "bad");
  assert.equal(styles.includes("warn"), true);
});

Deno.test("every value is in exactly one range, whatever the height", () => {
  const histogram = new Histogram();
  for (const value of [0, 1, 2, 3, 500, 500, 80_000, 3_600_000_000]) histogram.record(value);
  const stats = summarize(histogram);
  for (const height of [1, 2, 5, 13, 40, 400]) {
    const rows = distribution(stats, height);
    assert.ok(rows.length <= height);
    assert.equal(rows.reduce((sum, row) => sum + row.count, 0), 8);
    rows.forEach((row, i) => assert.equal(i === 0 || row.from === rows[i - 1]?.to, true));
  }
  assert.deepEqual(distribution(summarize(new Histogram()), 5), []);
});
