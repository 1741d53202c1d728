import assert from "node:assert/strict";
import { producerResult } from "../report_test_support.ts";
import { meanTarget } from "./result_figures.ts";

Deno.test("target is weighted by the length of each interval and unknown when any of it was unlimited", () => {
  const result = producerResult();
  const [first, second] = result.intervals;
  const staged = [{ ...first!, seconds: 30, targetRate: 1000 }, {
    ...second!,
    seconds: 10,
    targetRate: 5000,
  }];
  assert.equal(meanTarget({ ...result, intervals: staged }), 2000);
  const { targetRate: _, ...unlimited } = second!;
  assert.equal(meanTarget({ ...result, intervals: [first!, unlimited] }), undefined);
  const known = { ...result, totals: { ...result.totals, asked: 80_000 } };
  assert.equal(meanTarget(known), 4000, "the sum is known exactly: 80,000 in 20 s");
});
