import assert from "node:assert/strict";
import fc from "fast-check";
import { Random } from "./random.ts";

Deno.test("numbers below a bound are uniform", () => {
  const random = new Random(1);
  const counts = new Array<number>(10).fill(0);
  for (let index = 0; index < 100_000; index++) counts[random.below(10)]!++;
  // Chi-square with 9 degrees of freedom: 27.9 is passed once in 1,000 seeds.
  const chi = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  assert.ok(chi < 27.9, `chi-square ${chi}`);
});

Deno.test("numbers stay below their bound, and each bit of a word is set half of the time", () => {
  const random = new Random(2);
  const bits = new Array<number>(32).fill(0);
  for (let index = 0; index < 20_000; index++) {
    const word = random.next();
    for (let bit = 0; bit < 32; bit++) bits[bit]! += (word >>> bit) & 1;
  }
  for (const count of bits) assert.ok(Math.abs(count - 10_000) < 400, `${count} of 20,000`);
  fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 32 }), (bound) => {
    const value = random.below(bound);
    assert.ok(Number.isInteger(value) && value >= 0 && value < bound);
  }));
});

Deno.test("a seed gives the same numbers again, another seed or stream gives others", () => {
  const take = (seed: number, stream?: number): number[] => {
    const random = new Random(seed, stream);
    return Array.from({ length: 4 }, () => random.next());
  };
  assert.deepEqual(take(5, 1), take(5, 1));
  const seen = new Set([take(5, 0), take(5, 1), take(6, 0), take(5 + 2 ** 40, 0), take(0, 0)].map(String));
  assert.equal(seen.size, 5);
});
