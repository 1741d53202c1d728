import assert from "node:assert/strict";
import { bar, chart, gauge, niceMax, plot, plotPoints, progress, sparkline } from "./chart.ts";
import { short } from "./format.ts";
import { lineText } from "./line.ts";
import { GLYPHS } from "./theme.ts";

const { braille, block, ascii } = GLYPHS;
const RAMP = [1, 2, 3, 4, 5, 6, 7, 8];

Deno.test("the top of an axis is a round number just above the data", () => {
  assert.deepEqual([0, 1, 1.01, 47, 52_500, 61_000, 99_999].map(niceMax), [
    1,
    1,
    1.5,
    50,
    60_000,
    80_000,
    100_000,
  ]);
  assert.equal(niceMax(NaN), 1);
  assert.equal(niceMax(0.03), 0.03);
});

Deno.test("an area fills from the bottom in Braille, two values to a cell", () => {
  assert.equal(plotPoints(4, braille), 8);
  const rows = plot([{ values: RAMP, kind: "area", styles: ["send1", "send4"] }], 8, 4, 2, braille);
  assert.deepEqual(rows.map(lineText), ["  ⣠⣾", "⣠⣾⣿⣿"]);
  assert.equal(rows[0]?.at(-1)?.style, "send4");
  assert.equal(rows[1]?.at(-1)?.style, "send1");
});

Deno.test("areas use eighths where there are blocks, and ASCII where there is nothing else", () => {
  const area = (values: number[]) => [{ values, kind: "area" as const, styles: ["send1" as const] }];
  assert.deepEqual(plot(area([0, 2, 4, 8]), 8, 4, 2, block).map(lineText), ["   █", " ▄██"]);
  assert.deepEqual(plot(area([0, 1, 2, 6]), 6, 4, 2, ascii).map(lineText), ["   #", " .:#"]);
});

Deno.test("a small value above zero is never drawn as nothing", () => {
  assert.equal(
    lineText(plot([{ values: [0, 0, 1, 1], kind: "area", styles: ["send1"] }], 1e6, 2, 1, braille)[0] ?? []),
    " ⣀",
  );
});

Deno.test("unknown values leave a gap", () => {
  const line = plot([{ values: [4, NaN, NaN, 4], kind: "area", styles: ["send1"] }], 4, 2, 1, braille)[0];
  assert.equal(lineText(line ?? []), "⡇⢸");
});

Deno.test("a line gives way to an area unless it is to stay on top", () => {
  const areaSeries = { values: [4, 4, 2, 2], kind: "area", styles: ["send1"] } as const;
  const lineSeries = { values: [4, 4, 4, 4], kind: "line", styles: ["target"] } as const;
  const under = plot([areaSeries, lineSeries], 4, 2, 2, braille);
  assert.deepEqual(under.map(lineText), ["⣿⠉", "⣿⣿"]);
  assert.deepEqual(under[0]?.map((part) => part.style), ["send1", "target"]);
  const over = plot([areaSeries, { ...lineSeries, over: true }], 4, 2, 2, braille);
  assert.deepEqual(over[0]?.map((part) => part.style), ["target"]);
});

Deno.test("a jump of a line is joined by an upright stroke", () => {
  const rows = plot([{ values: [1, 8], kind: "line", styles: ["warn"] }], 8, 1, 2, braille);
  assert.deepEqual(rows.map(lineText), ["⢸", "⡸"]);
});

Deno.test("a chart has labels, an axis and, with rows to spare, its times", () => {
  const options = { series: [], max: 60_000, width: 24, label: short, timeSpan: "60 s", glyphs: braille };
  assert.deepEqual(
    chart({ ...options, height: 6 }).map(lineText),
    [
      "60k ┤                  ",
      "    │                  ",
      "    │                  ",
      "    │                  ",
      "    │                  ",
      "  0 ┤                  ",
    ].map((line) => line + " "),
  );
  const tall = chart({ ...options, height: 8 }).map(lineText);
  assert.equal(tall[3], "30k ┤                   ");
  assert.equal(tall[7], "     −60 s           now");
});

Deno.test("sparklines, gauges and bars have exactly the width asked for", () => {
  assert.equal(sparkline([0, 1, 4, NaN, 8], 8, braille), " ▁▄ █");
  assert.equal(lineText(gauge(0.5, 8, ascii, "good")), "####----");
  assert.equal(lineText(gauge(2, 4, ascii, "good")), "####");
  assert.equal(lineText(gauge(0, 4, ascii, "good")), "----");
  assert.equal(lineText(gauge(1e-6, 4, ascii, "good")), "#---");
  assert.equal(lineText(progress(0.25, 8, ascii, "good")), "==------");
  assert.equal(bar(0.5, 5, braille), "██▌  ");
  assert.equal(bar(1, 5, braille), "█████");
  assert.equal(bar(0, 5, braille), "     ");
  assert.equal(bar(1e-9, 5, braille), "▏    ");
  assert.equal(bar(0.5, 4, ascii), "##  ");
});
