import assert from "node:assert/strict";
import fc from "fast-check";
import { MultiSet } from "./multi_set.ts";

const SPACE = 30;
const ranges = fc.array(fc.tuple(fc.nat(SPACE), fc.integer({ min: 1, max: 8 })), { maxLength: 6 });

function modelOf(adds: readonly (readonly [number, number])[]): number[] {
  const times = new Array<number>(SPACE + 10).fill(0);
  for (const [from, length] of adds) for (let at = from; at < from + length; at++) times[at]!++;
  return times;
}

function setOf(adds: readonly (readonly [number, number])[]): MultiSet {
  const set = new MultiSet(Infinity);
  for (const [from, length] of adds) set.add(from, from + length);
  return set;
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

Deno.test("a multi-set counts how often each sequence was added, joins with others, and knows what they share", () => {
  fc.assert(fc.property(ranges, ranges, (left, right) => {
    const [ofLeft, ofRight] = [modelOf(left), modelOf(right)];
    const shared = sum(ofLeft.map((times, at) => Math.min(times, ofRight[at]!)));
    assert.equal(setOf(left).shared(setOf(right)), shared);
    const joined = setOf(left);
    joined.addAll(JSON.parse(JSON.stringify(setOf(right).toRuns())));
    const both = modelOf([...left, ...right]);
    const most = both.map((times) => Math.min(times, 8));
    assert.equal(joined.shared(joined), sum(most));
    assert.equal(joined.levels.length, Math.max(0, ...most));
  }));
});
