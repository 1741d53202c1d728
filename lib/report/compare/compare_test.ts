import assert from "node:assert/strict";
import { chanceOfSeparation, compareSides } from "./compare.ts";
import { comparisonText } from "./text.ts";
import { producerResult } from "../report_test_support.ts";

const NAMES = { a: "a.json", b: "b.json" };
const runs = (centerUs: number, ...seeds: number[]) =>
  seeds.map((seed) => producerResult({ centerUs, seed }));

Deno.test("one run a side is compared without claiming significance", () => {
  const comparison = compareSides(runs(2000, 1), runs(4000, 1));
  const p99 = comparison.figures.find(({ name }) => name === "service P99")!;
  assert.ok(Math.abs(p99.change - 1) < 0.01, String(p99.change));
  assert.equal(p99.finding, "single");
  assert.equal(comparison.luck, undefined);
  assert.match(comparison.cautions[0]!, /one run on each side: no spread is known/);
  assert.ok(!comparison.figures.some(({ finding }) => finding === "better" || finding === "worse"));
});

Deno.test("a difference is clear only when the ranges of both sides are apart", () => {
  const apart = compareSides(runs(2000, 1, 2, 3), runs(4000, 4, 5, 6));
  assert.equal(apart.figures.find(({ name }) => name === "service P50")!.finding, "worse");
  assert.equal(
    compareSides(runs(4000, 1, 2, 3), runs(2000, 4, 5, 6)).figures.find(({ name }) => name === "service P50")!
      .finding,
    "better",
  );
  const mixed = compareSides([...runs(2000, 1, 2), ...runs(4000, 3)], runs(2100, 4, 5, 6));
  assert.equal(mixed.figures.find(({ name }) => name === "service P50")!.finding, "overlap");
  assert.equal(apart.figures.find(({ name }) => name === "rate")!.finding, "equal");
});

Deno.test("the median stands for a side", () => {
  const [low, middle, high] = [runs(1000, 1)[0]!, runs(2000, 1)[0]!, runs(9000, 1)[0]!];
  const { a } = compareSides([high, low, middle], [low]).figures.find(({ name }) => name === "service P50")!;
  assert.equal(a.median, middle.totals.latency.service!.percentilesUs["50"]);
  assert.equal(a.runs, 3);
});

Deno.test("the chance of disjoint ranges is counted from the orders of all runs", () => {
  assert.equal(chanceOfSeparation(1, 1), 1);
  assert.ok(Math.abs(chanceOfSeparation(3, 3) - 0.1) < 1e-12);
  assert.ok(Math.abs(chanceOfSeparation(5, 5) - 2 / 252) < 1e-12);
});

Deno.test("what differs in configuration is listed, and what only names or shows a run is not", () => {
  const base = producerResult();
  const other = {
    ...base,
    config: {
      ...base.config,
      compression: { value: "lz4", source: "flag" },
      runId: { value: "x", source: "flag" },
      ui: { value: "full", source: "flag" },
    },
  };
  assert.deepEqual(compareSides([base], [other]).config, [{ name: "compression", a: "none", b: "lz4" }]);
});

Deno.test("unequal lengths, embedded brokers and bad ends are pointed out", () => {
  const base = producerResult();
  const other = {
    ...base,
    totals: { ...base.totals, seconds: 60 },
    run: { ...base.run, embedded: true },
    verdict: { status: "thresholds", exitCode: 99, reasons: ["x"] } as const,
  };
  const cautions = compareSides([base], [other]).cautions.join("\n");
  assert.match(cautions, /differ in length/);
  assert.match(cautions, /only some of the runs used the embedded broker/);
  assert.match(cautions, /1 of 2 runs did not end well/);
});

Deno.test("an empty side is refused", () => {
  assert.throws(() => compareSides([], runs(2000, 1)), RangeError);
});

Deno.test("the table lines up and shows medians, ranges, change and finding", () => {
  const single = comparisonText(compareSides(runs(2000, 1), runs(4000, 1)), NAMES, { color: false });
  assert.match(single, /^A {2}a\.json\nB {2}b\.json\n\n/);
  assert.match(single, /\n {2}service P50 +1\.76 ms +3\.5\d ms +\+100% {2}spread unknown\n/);
  assert.match(single, /\n {2}rate +1,000 msg\/s +1,000 msg\/s +±0\.0% {2}equal\n/);
  assert.match(single, /same configuration, host and versions/);
  const several = comparisonText(compareSides(runs(2000, 1, 2, 3), runs(4000, 4, 5, 6)), NAMES, {
    color: false,
  });
  assert.match(several, /A min … max/);
  assert.match(several, /service P50 .* … .* … .* worse, ranges apart\n/);
  assert.match(several, /3 and 3 runs would show disjoint ranges by luck in 10\.0% of cases/);
});
