import assert from "node:assert/strict";
import { parseResult, resultLine, type RunResult } from "../result/result.ts";
import { groupResult, MEASURED_AT } from "../scenario_test_support.ts";
import type { TopicsRecord } from "../result/topics_record.ts";
import { reportHtml } from "./html.ts";
import { topicsSection } from "./topics_section.ts";

/** Ten seconds of four rows of topics, of which the third is silent for half of the time. */
const TOPICS: TopicsRecord = {
  count: 7,
  together: 2,
  minPerSecond: 5,
  medianPerSecond: 10,
  maxPerSecond: 10,
  silent: 0,
  slowest: [{ topic: "persistent://a/b/<slow>", messagesPerSecond: 5 }],
  intervals: Array.from({ length: 10 }, (_, second) => ({
    atUs: MEASURED_AT + (second + 1) * 1e6,
    fromSeconds: second,
    seconds: 1,
    messages: [20, 20, second < 5 ? 20 : 0, 10],
  })),
};

function resultWith(byTopic: TopicsRecord): RunResult {
  const base = groupResult({ role: "producer", rate: 70, seconds: 10 });
  return { ...base, run: { ...base.run, topics: 7 }, byTopic };
}

Deno.test("rows of topics are shaded by their share of what is usual, neighbours in time as one piece", () => {
  const page = topicsSection([{ name: "orders", result: resultWith(TOPICS) }])!.text;
  assert.match(page, /class="heat-4" d="M0 0h10v1h-10zM0 1h10v1h-10zM0 2h5v1h-5zM0 3h10v1h-10z"/);
  assert.match(page, /class="heat-0" d="M5 2h5v1h-5z"/);
  assert.match(page, /A row is 2 neighbouring topics/);
  assert.match(page, /persistent:\/\/a\/b\/&#60;slow&#62;/);
  assert.equal(
    topicsSection([{ name: "one", result: groupResult({ role: "producer", rate: 70, seconds: 2 }) }]),
    undefined,
  );
});

Deno.test("the result keeps them, and an older one without them is read as well", () => {
  const result = resultWith(TOPICS);
  assert.deepEqual(parseResult(resultLine(result), "test").byTopic, TOPICS);
  const { byTopic: _, ...older } = result;
  assert.equal(parseResult(resultLine(older), "test").byTopic, undefined);
  assert.throws(
    () => parseResult(resultLine({ ...result, byTopic: { ...TOPICS, silent: -1 } }), "test"),
    /byTopic/,
  );
});

Deno.test("the page of a run of many topics says so instead of naming one", () => {
  const page = reportHtml([{ name: "a", result: resultWith(TOPICS) }]);
  assert.match(page, /<title>Load report: 7 topics, first /);
  assert.match(page, /producer · 7 topics, first /);
  assert.match(page, /<h2>Topics<\/h2>/);
});
