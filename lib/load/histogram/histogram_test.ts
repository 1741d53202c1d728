import assert from "node:assert/strict";
import fc from "fast-check";
import * as hdr from "hdr-histogram-js";
import { Histogram } from "./histogram.ts";
import { bucketIndex, CELLS, highestOf, lowestOf, MAX_VALUE, spreadInto } from "./layout.ts";

const AT = 100;
const PERCENTS = [0, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100];

/** Values over the whole range, as many small ones as large ones. */
const anyValue = fc.tuple(fc.integer({ min: 0, max: 31 }), fc.double({ min: 0, max: 1, noNaN: true })).map((
  [bits, part],
) => Math.min(MAX_VALUE, Math.floor(2 ** bits * (1 + part))));
const weighted = fc.array(fc.tuple(anyValue, fc.integer({ min: 1, max: 1000 })), {
  minLength: 1,
  maxLength: 200,
});

function oracle(): hdr.Histogram {
  return hdr.build({
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: MAX_VALUE,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
}

function of(values: readonly (readonly [number, number])[]): Histogram {
  const histogram = new Histogram();
  for (const [value, count] of values) histogram.record(value, count);
  return histogram;
}

function same(a: Histogram, b: Histogram): void {
  assert.deepEqual([...a.buckets()], [...b.buckets()]);
  assert.deepEqual([a.saturated, a.negatives], [b.saturated, b.negatives]);
}

Deno.test("every cell borders on the next one and holds its own lowest and highest value", () => {
  for (let i = 0; i < CELLS; i++) {
    assert.equal(bucketIndex(lowestOf(i)), i);
    assert.equal(bucketIndex(highestOf(i)), i);
    if (i > 0) assert.equal(lowestOf(i), highestOf(i - 1) + 1);
  }
});

Deno.test("percentiles, mean, deviation, extremes and totals agree with hdr-histogram-js", () => {
  fc.assert(fc.property(weighted, (values) => {
    const ours = of(values);
    const theirs = oracle();
    for (const [value, count] of values) theirs.recordValueWithCount(value, count);
    assert.equal(ours.total, theirs.totalCount);
    for (const percent of PERCENTS.slice(1)) {
      assert.equal(ours.percentile(percent), theirs.getValueAtPercentile(percent), `p${percent}`);
    }
    assert.ok(Math.abs(ours.mean - theirs.mean) <= 1e-9 * theirs.mean + 1e-9);
    assert.ok(Math.abs(ours.stdDev - theirs.stdDeviation) <= 1e-6 * theirs.mean + 1e-6);
    // Theirs is the exact extreme, ours the cell it lies in.
    assert.equal(bucketIndex(ours.max), bucketIndex(theirs.maxValue));
  }));
});

Deno.test("several percentiles asked for at once are those asked for one by one", () => {
  assert.deepEqual(new Histogram().percentiles(PERCENTS), PERCENTS.map(() => 0));
  fc.assert(
    fc.property(weighted, (values) => {
      const histogram = new Histogram();
      for (const [value, count] of values) histogram.record(value, count);
      assert.deepEqual(
        histogram.percentiles(PERCENTS),
        PERCENTS.map((percent) => histogram.percentile(percent)),
      );
    }),
    { numRuns: 50 },
  );
});

Deno.test("percentiles are at most 0.1 % above the exact order statistic and never below it", () => {
  fc.assert(fc.property(fc.array(anyValue, { minLength: 1, maxLength: 300 }), (values) => {
    const histogram = new Histogram();
    for (const value of values) histogram.record(value);
    const sorted = values.toSorted((a, b) => a - b);
    for (const percent of PERCENTS.slice(1)) {
      const exact = sorted[Math.max(0, Math.ceil(percent / 100 * sorted.length - 1e-9) - 1)]!;
      const got = histogram.percentile(percent);
      assert.ok(got >= exact && got <= exact * 1.001, `p${percent}: ${got} for ${exact}`);
    }
  }));
});

Deno.test("a spread equals recording each value on its own to within one cell and loses none", () => {
  const bound = fc.tuple(anyValue, anyValue).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  fc.assert(
    fc.property(bound, fc.integer({ min: 2, max: 3000 }), ([lowest, highest], count) => {
      fc.pre(highest > lowest);
      // As in shared memory: the histogram begins somewhere in it, and a last value may be rounded over an edge.
      const spread = new Uint32Array(AT + CELLS + 1);
      spreadInto(spread, AT, lowest, highest, count);
      const cells: number[] = [];
      for (let i = 0; i < CELLS; i++) for (let n = spread[AT + i]!; n > 0; n--) cells.push(i);
      assert.equal(cells.length, count);
      assert.equal(spread.reduce((sum, n) => sum + n, 0), count);
      for (let i = 0; i < count; i++) {
        const value = lowest + (highest - lowest) * i / (count - 1);
        const wanted = bucketIndex(value + 0.5);
        assert.ok(
          Math.abs(cells[i]! - wanted) <= 1,
          `value ${i} of ${count}: cell ${cells[i]} for ${wanted}`,
        );
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("adding and subtracting are exact and a clone is independent", () => {
  fc.assert(fc.property(weighted, weighted, (a, b) => {
    const sum = of(a);
    sum.add(of(b));
    same(sum, of([...a, ...b]));
    const copy = sum.clone();
    sum.subtract(of(b));
    same(sum, of(a));
    same(copy, of([...a, ...b]));
  }));
});

Deno.test("values outside the range are counted and never throw", () => {
  const histogram = new Histogram();
  histogram.record(-5, 2);
  histogram.record(NaN);
  histogram.record(MAX_VALUE + 1, 3);
  histogram.record(Infinity);
  assert.deepEqual([histogram.negatives, histogram.saturated, histogram.total], [3, 4, 4]);
  assert.ok(histogram.max >= MAX_VALUE && histogram.max <= MAX_VALUE * 1.001);
});

Deno.test("a histogram that was reset is as good as a new one", () => {
  const histogram = of([[1, 1], [5_000_000, 7]]);
  histogram.record(-1);
  histogram.reset();
  same(histogram, new Histogram());
  assert.deepEqual(
    [histogram.total, histogram.min, histogram.max, histogram.mean, histogram.percentile(50)],
    [0, 0, 0, 0, 0],
  );
  histogram.record(42);
  assert.deepEqual([...histogram.buckets()], [{ from: 42, to: 42, count: 1 }]);
});

Deno.test("counts pass 2^32 without loss", () => {
  const histogram = of([[10, 2 ** 40]]);
  histogram.record(10);
  assert.equal(histogram.total, 2 ** 40 + 1);
});
