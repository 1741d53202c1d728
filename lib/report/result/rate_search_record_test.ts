import assert from "node:assert/strict";
import { RateSearch } from "../../load/schedule/rate_search.ts";
import { rateSearchRecord } from "./rate_search_record.ts";
import { parseResult, resultLine } from "./result.ts";
import { producerResult } from "../report_test_support.ts";

Deno.test("a search on a cluster that takes 5,000 msg/s is recorded with the rate it found and why others failed", () => {
  const search = new RateSearch({ start: 1000 });
  let target = 1000;
  for (let interval = 0; interval < 500; interval++) {
    const decision = search.next({
      seconds: 1,
      achieved: Math.min(target, 5000),
      backlogGrowth: Math.max(0, target - 5000),
      p99Micros: target > 5000 ? 900_000 : 4_000,
      errors: 0,
    });
    if (decision.kind === "try") {
      target = decision.target;
      continue;
    }
    const record = rateSearchRecord(decision);
    assert.ok(
      record.sustainableRate > 4_000 && record.sustainableRate <= 5_000,
      String(record.sustainableRate),
    );
    assert.ok(record.steps.some((step) => !step.sustained && step.rate > 5_000 && step.reason !== ""));
    const result = producerResult({ input: { rateSearch: record } });
    assert.equal(parseResult(resultLine(result), "a").rateSearch?.steps.length, record.steps.length);
    return;
  }
  assert.fail("the search never ended");
});
