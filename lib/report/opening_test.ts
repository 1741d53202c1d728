import assert from "node:assert/strict";
import { OpeningTimes } from "../load/metrics/opening_times.ts";
import { scenarioSummaryText } from "./formats/scenario_summary.ts";
import { summaryText } from "./formats/summary.ts";
import { mergeRun } from "./merge/merge.ts";
import { reportHtml } from "./page/html.ts";
import { producerResult } from "./report_test_support.ts";
import { scenarioSample } from "./scenario_test_support.ts";
import { openingRecord } from "./result/opening_record.ts";
import { parseResult, resultLine, type RunResult } from "./result/result.ts";

/** A producer group of two, of which one has reconnected. */
function opened(): RunResult {
  const times = new OpeningTimes();
  for (const micros of [1000, 2000, 9000]) times.record("connect", micros);
  for (const micros of [100, 300]) times.record("create", micros);
  for (const micros of [1100, 2300]) times.record("ready", micros);
  times.begun(80_000);
  const { histograms, late, latestMicros } = times;
  const refusals = new Map([["TooManyRequests", 4], ["ConnectionRefused", 1]]);
  const opened = { histograms, late, latestMicros, refusals, wanted: 3, unopened: 1 };
  return { ...producerResult(), opening: openingRecord(opened) };
}

Deno.test("what opening took goes through a file, and a count that its histogram contradicts is refused", () => {
  const result = opened();
  assert.deepEqual(parseResult(resultLine(result), "a.json").opening, result.opening);
  assert.deepEqual([result.opening!.connect.count, result.opening!.lookup.count], [3, 0]);
  const opening = { ...result.opening!, create: { ...result.opening!.create, count: 3 } };
  assert.throws(
    () => parseResult(resultLine({ ...result, opening }), "a.json"),
    /damaged histogram in 'opening': 'create' holds 2 values, not the stated 3/,
  );
});

Deno.test("summaries and the page have a line for each step that has happened", () => {
  const result = opened();
  const lines =
    /opening +count +P50 +P99 +max\n +connect +3 +2\.00 ms .* 9\.\d\d ms\n +create +2 .*\n +ready +2 .*\n +late +1 opening began later than due, by up to 80\.0 ms: [^]*\n +refused +opened 2 of 3; 5 attempts refused: TooManyRequests 4,\s+ConnectionRefused 1\n/;
  assert.match(summaryText(result, { color: false }), lines);
  assert.doesNotMatch(summaryText(producerResult(), { color: false }), /opening/);
  const { record, results } = scenarioSample();
  const text = scenarioSummaryText(record, [
    { ...results[0]!, opening: result.opening! },
    ...results.slice(1),
  ], {
    color: false,
  });
  assert.match(
    text,
    /opening .*\n +orders +producer +connect +3 +2\.00 ms [^]*late +orders: 1 opening began later/,
  );
  assert.match(reportHtml([{ name: "a", result }]), /<h2>Opening<\/h2>[^]*1 opening began later/);
  assert.doesNotMatch(reportHtml([{ name: "a", result: producerResult() }]), /<h2>Opening<\/h2>/);
});

Deno.test("the times of several processes add up, and thresholds are judged again on them", () => {
  const rule = { text: "refused<=5", state: "pass", value: "5", measured: 5 } as const;
  const judged = (): RunResult => ({ ...opened(), thresholds: [rule] });
  const [first, second] = [judged(), judged()];
  const at = ({ instances: [one] }: RunResult, index: number): RunResult["instances"] => [
    { ...one!, name: `pod-${index}`, index, expected: 2 },
  ];
  const [{ result }] = mergeRun([
    { ...first, instances: at(first, 0) },
    { ...second, instances: at(second, 1) },
  ]) as [ReturnType<typeof mergeRun>[number]];
  const { connect, lookup, ready, late } = result.opening!;
  assert.deepEqual([connect.count, lookup.count, ready.count, late, connect.maxUs], [
    6,
    0,
    4,
    2,
    first.opening!.connect.maxUs,
  ]);
  assert.deepEqual(result.thresholds, [{ ...rule, state: "fail", value: "10", measured: 10 }]);
  const { wanted, unopened, refused } = result.opening!;
  assert.deepEqual({ wanted, unopened, refused }, {
    wanted: 6,
    unopened: 2,
    refused: { TooManyRequests: 8, ConnectionRefused: 2 },
  });
});
