import assert from "node:assert/strict";
import { compareSides } from "./compare.ts";
import { comparisonJson, comparisonMarkdown } from "./formats.ts";
import { checkRules, parseCompareRule } from "./rules.ts";
import { comparisonText } from "./text.ts";
import { producerResult } from "../report_test_support.ts";

const NAMES = { a: ["a.json"], b: ["b|`c.json"] };
const comparison = compareSides([producerResult({ centerUs: 2000 })], [
  producerResult({ centerUs: 400_000 }),
]);
const checks = checkRules(comparison, ["service.p99>+10%", "rate<-5%", "e2e.p50>0%"].map(parseCompareRule));

Deno.test("the JSON of a comparison has raw figures with their units, the rules, and whether one failed", () => {
  const json = JSON.parse(comparisonJson(comparison, NAMES, checks));
  assert.equal(json.kind, "pulsar-local-lab/comparison");
  assert.deepEqual(json.sides, NAMES);
  const p99 = json.figures.find(({ key }: { key: string }) => key === "service.p99");
  assert.equal(p99.unit, "us");
  assert.ok(p99.b.median > p99.a.median && Math.abs(p99.change - (p99.b.median / p99.a.median - 1)) < 1e-9);
  assert.deepEqual(json.rules.map(({ state }: { state: string }) => state), ["violated", "holds", "missing"]);
  assert.equal(json.failed, true);
  assert.equal(JSON.parse(comparisonJson(comparison, NAMES, [])).failed, false);
});

Deno.test("the Markdown of a comparison says what failed first, and no name can break its table", () => {
  const text = comparisonMarkdown(comparison, NAMES, checks);
  assert.match(text, /^\*\*A\*\* `a\.json` {2}\n\*\*B\*\* `b c\.json`\n\n- ❌ `service\.p99>\+10%`: /);
  assert.match(
    text,
    /\n\| {2}\| A \| B \| change \| {2}\|\n\| --- \| ---: \| ---: \| ---: \| --- \|\n\| rate \| /,
  );
  assert.match(text, /\n\| service P99 \| [\d.]+ ms \| \d+ ms \| ×\d+ \| spread unknown \|\n/);
  for (const line of text.split("\n").filter((line) => line.startsWith("| "))) {
    assert.ok([5, 7].includes(line.replaceAll("\\|", "").split("|").length), line);
  }
});

Deno.test("the text of a comparison names each rule with what was found", () => {
  const text = comparisonText(comparison, { a: "a", b: "b" }, { color: false }, checks);
  assert.match(text, /\n {2}✗ service\.p99>\+10%: service P99 went from .* to .* \(×\d+\)\n/);
  assert.match(text, /\n {2}✓ not rate<-5%: rate went from 1,000 msg\/s to 1,000 msg\/s \(±0\.0%\)\n/);
});
