import assert from "node:assert/strict";
import fc from "fast-check";
import { IntervalSet } from "./interval_set.ts";

const SPACE = 60;
const ranges = fc.array(fc.tuple(fc.nat(SPACE), fc.integer({ min: 1, max: 8 })), { maxLength: 30 });

Deno.test("an interval set behaves as a set of numbers: overlap, freshness, members, gaps", () => {
  fc.assert(fc.property(ranges, fc.nat(SPACE), fc.nat(SPACE), (adds, low, span) => {
    const set = new IntervalSet(1000);
    const model = new Set<number>();
    for (const [from, length] of adds) {
      const fresh = new IntervalSet(1000);
      const wanted = Array.from({ length }, (_, index) => from + index);
      const overlap = wanted.filter((value) => model.has(value)).length;
      assert.equal(set.add(from, from + length, fresh), overlap);
      for (let value = 0; value < SPACE + 10; value++) {
        assert.equal(fresh.has(value), wanted.includes(value) && !model.has(value));
      }
      for (const value of wanted) model.add(value);
    }
    for (let value = 0; value < SPACE + 10; value++) assert.equal(set.has(value), model.has(value));
    assert.equal(set.next, model.size === 0 ? 0 : Math.max(...model) + 1);
    assert.equal(set.first, model.size === 0 ? undefined : Math.min(...model));
    const gaps: number[] = [];
    set.forEachGap(low, low + span, (from, to) => {
      assert.ok(to > from);
      for (let value = from; value < to; value++) gaps.push(value);
    });
    assert.deepEqual(
      gaps,
      Array.from({ length: span }, (_, index) => low + index).filter((value) => !model.has(value)),
    );
    let end = -1;
    set.forEach((from, to) => {
      assert.ok(from > end && to > from, "sorted, disjoint, not touching");
      end = to;
    });
    const copy = new IntervalSet(1000);
    assert.equal(copy.addRuns(JSON.parse(JSON.stringify(set.toRuns()))), 0);
    assert.deepEqual(copy.toRuns(), set.toRuns());
  }));
});

Deno.test("beyond its limit the set closes its oldest gaps and counts what it assumed", () => {
  fc.assert(fc.property(ranges, (adds) => {
    const set = new IntervalSet(4);
    const model = new Set<number>();
    let overlap = 0;
    let repeated = 0;
    for (const [from, length] of adds) {
      overlap += set.add(from, from + length);
      for (let value = from; value < from + length; value++) {
        if (model.has(value)) repeated++;
        model.add(value);
      }
      assert.ok(set.length <= 4);
    }
    let members = 0;
    for (let value = 0; value < SPACE + 10; value++) {
      if (model.has(value)) assert.ok(set.has(value), "what was added stays a member");
      if (value >= set.floor) assert.equal(set.has(value), model.has(value), "exact from the floor on");
      if (set.has(value)) members++;
    }
    // Assumed members that came later are among the undecided: together they bound the truth from both sides.
    const assumedStill = members - model.size;
    assert.ok(assumedStill <= set.assumed && set.assumed - assumedStill <= set.undecided);
    assert.ok(overlap <= repeated && repeated <= overlap + set.undecided);
  }));
});
