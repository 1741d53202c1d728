import assert from "node:assert/strict";
import { displayWidth } from "../format.ts";
import { scenarioSample, sweepSample } from "../scenario_test_support.ts";
import { scenarioSummaryText, sweepSummaryText } from "./scenario_summary.ts";

const { record, results } = scenarioSample();
const plain = (width?: number): string =>
  scenarioSummaryText(record, results, { color: false, ...(width === undefined ? {} : { width }) });

Deno.test("the summary of a scenario tells groups, steps, thresholds and the verdict", () => {
  const text = plain();
  assert.match(text, /^scenario {2}rolling-unload\nTopics move/);
  assert.match(text, /✗ {2}orders +producer +100 +100 +19,\d{3} msg\/s +98\.\d% .* 4 +1 /);
  assert.match(text, /✓ {2}billing +consumer +100 +300 .* 40 {2}✓ 2,\d{3},\d00 intact\n/);
  assert.match(text, /✓ 0:30 +unload +unloaded 100 topics; recovered in 1\.21 s, first error after 42\.0 ms/);
  assert.match(text, /325,000 messages drained in 36\.0 s \(34,028 msg\/s\)/);
  assert.match(text, /unload +orders +8,000 msg\/s .* 1\.18 s\n/);
  assert.match(text, /✗ {2}'unload' +recovery<1s +1\.21 s/);
  assert.match(
    text,
    /✗ failure +step 'kill a broker' failed[^]*orders: threshold 'response\.p99<50ms' failed/,
  );
});

Deno.test("what a subscription could not have received is told, and is no loss", () => {
  const found = results.map((result) => {
    const { integrity } = result;
    return integrity === undefined
      ? result
      : { ...result, integrity: { ...integrity, beforeSubscription: 1239 } };
  });
  const text = scenarioSummaryText(record, found, { color: false });
  assert.match(
    text,
    /no loss +billing: 1,239 from before the subscription, which the broker may have dropped\n/,
  );
  assert.match(text, /billing .* intact\n/);
  assert.doesNotMatch(plain(), /no loss/);
});

Deno.test("what a narrow terminal has no room for is left out, and no table is broken", () => {
  for (const width of [120, 100, 80]) {
    const text = plain(width);
    for (const line of text.split("\n")) assert.ok(displayWidth(line) <= width, `${width}: ${line}`);
    assert.match(text, /P99 outside/);
    assert.match(text, /intact\n/);
  }
  assert.doesNotMatch(plain(80), /topics {2}p\/c/);
});

Deno.test("many steps do not flood the terminal", () => {
  const steps = Array.from({ length: 30 }, () => record.steps[1]!);
  const text = scenarioSummaryText({ ...record, steps }, results, { color: false });
  assert.match(text, /80 more lines, all in the result/);
});

Deno.test("names and texts of others lose their controls, and colours come only when asked for", () => {
  const evil = "\x1b]0;x\x07\x1b[31m";
  const bad = {
    ...record,
    name: evil,
    description: evil,
    notes: [evil],
    groups: record.groups.map((group) => ({ ...group, name: evil + group.name })),
    steps: record.steps.map((step) => ({ ...step, name: evil, text: evil })),
    verdict: { ...record.verdict, reasons: [evil] },
  };
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(scenarioSummaryText(bad, results, { color: false }), /[\x00-\x09\x0b-\x1f\x7f]/);
  assert.ok(scenarioSummaryText(record, results, { color: true }).includes("\x1b[32m✓"));
});

Deno.test("a sweep has a line for each combination and group", () => {
  const sweep = sweepSample();
  const text = sweepSummaryText(sweep.record, sweep.results, { color: false, width: 100 });
  assert.match(text, /^sweep {2}rate-by-size\n15 combinations\n/);
  assert.match(text, /✓ +10KiB +60k +load +25,\d{3} msg\/s +43\.\d% /);
  assert.equal(text.match(/ sink /g)!.length, 15);
  assert.match(text, /✓ ok\n$/);
});
