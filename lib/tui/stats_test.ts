import assert from "node:assert/strict";
import fc from "fast-check";
import { binFrom, binOf, summarize } from "./stats.ts";
import { Histogram } from "../load/histogram/histogram.ts";

Deno.test("one pass finds the percentiles that the histogram finds", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 4_000_000_000 }), { minLength: 1, maxLength: 300 }),
      (values) => {
        const histogram = new Histogram();
        for (const value of values) histogram.record(value);
        const stats = summarize(histogram);
        assert.deepEqual([stats.p50, stats.p95, stats.p99, stats.p999, stats.max], [
          ...[50, 95, 99, 99.9].map((percent) => histogram.percentile(percent)),
          histogram.max,
        ]);
        assert.equal(stats.bins.reduce((sum, n) => sum + n, 0), stats.count);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("an empty histogram gives zeros", () => {
  const stats = summarize(new Histogram());
  assert.deepEqual([stats.count, stats.p50, stats.max], [0, 0, 0]);
});

Deno.test("bins begin where the one before ends", () => {
  for (const bin of [1, 8, 40, 100, 200]) {
    assert.equal(binOf(binFrom(bin) * 1.000001), bin);
    assert.equal(binOf(binFrom(bin) * 0.999999), bin - 1);
  }
  assert.equal(binOf(0), 0);
});
