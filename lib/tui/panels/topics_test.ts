import assert from "node:assert/strict";
import { lineText, lineWidth } from "../line.ts";
import { GLYPHS } from "../theme.ts";
import type { TopicRates } from "../topic_rates.ts";
import { topicsPanel, type TopicsView } from "./topics.ts";

function ratesOf(
  count: number,
  replace: (index: number) => number | undefined = () => undefined,
): TopicRates {
  const rates = Float64Array.from({ length: count }, (_, index) => replace(index) ?? 10);
  const sorted = rates.toSorted();
  return {
    count,
    together: 1,
    seconds: 2,
    rates,
    mean: rates.reduce((sum, rate) => sum + rate) / count,
    min: sorted[0]!,
    median: sorted[count >> 1]!,
    max: sorted.at(-1)!,
    silent: rates.filter((rate) => rate === 0).length,
    slowest: `persistent://public/default/device-${rates.indexOf(sorted[0]!)}`,
  };
}

function panel(
  topics: TopicRates | undefined,
  width: number,
  height: number,
  level: "braille" | "ascii" = "braille",
) {
  const view: TopicsView = { group: "devices", role: "producer", topics, glyphs: GLYPHS[level] };
  const lines = topicsPanel(view, width, height);
  assert.equal(lines.length, height);
  for (const line of lines) assert.equal(lineWidth(line), width, lineText(line));
  return lines;
}

const ODD: Readonly<Record<number, number>> = { 3: 0, 50: 4, 60: 7, 70: 20 };

Deno.test("a topic that is silent, slow or fast stands out, without colours too", () => {
  const text = panel(ratesOf(200, (index) => ODD[index]), 80, 9).map(lineText);
  assert.match(text[0]!, /Topics of devices .* share of the mean, last 2 s/);
  assert.match(text[1]!, /200 topics {3}min 0\.0 {2}median 10\.0 {2}max 20\.0 msg\/s {3}silent 1/);
  assert.equal(text[2], `│   1 ▓▓▓·${"▓".repeat(46)}░${"▓".repeat(9)}▒${"▓".repeat(9)}█▓ │`.padEnd(80));
  assert.match(text[7]!, /· silent {2}░ up to 50 % {2}▒ up to 80 % {2}▓ near the mean {2}█ over 125 %/);
});

Deno.test("with fewer cells than topics a silent one is seen among its neighbours", () => {
  const text = panel(ratesOf(10_000, (index) => index === 4321 ? 0 : undefined), 120, 12).map(lineText);
  const cells = text.slice(2, -2).map((line) => line.slice(9, -2)).join("");
  assert.equal([...cells].filter((cell) => cell === "·").length, 1);
  assert.match(text[1]!, /slowest .*device-4321/);
  assert.match(text.at(-2)!, /a cell: the slowest of \d+, or the fastest/);
});

Deno.test("a few topics have wide cells with gaps between them", () => {
  const text = panel(ratesOf(12), 80, 8).map(lineText);
  assert.match(text[2]!, /^│ {2}1 (▓{7} ){9} *│$/);
});

Deno.test("in ASCII nothing else is left", () => {
  for (const [width, height] of [[80, 21], [120, 8], [60, 5]] as const) {
    const text = panel(ratesOf(1000, (index) => ODD[index]), width, height, "ascii").map(lineText).join("\n");
    assert.match(text, /^[\n -~]*$/);
  }
});

Deno.test("nobody is blamed while all are silent, and nothing is made up before anything is known", () => {
  const silent = panel(ratesOf(100, () => 0), 80, 8);
  assert.ok(
    silent.slice(2, 6).flat().filter(({ text }) => text.includes("·")).every(({ style }) => style === "dim"),
  );
  assert.match(panel(undefined, 80, 6).map(lineText).join(), /nothing to compare/);
});
