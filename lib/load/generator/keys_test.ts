import assert from "node:assert/strict";
import fc from "fast-check";
import { AliasTable, KeyPicker, zipfWeights } from "./keys.ts";
import { Random } from "./random.ts";

function draw(kind: "round-robin" | "random" | "zipf", count: number, draws: number): number[] {
  const picker = new KeyPicker(kind, count, new Random(3), 0);
  return Array.from({ length: draws }, () => {
    const key = picker.peek();
    picker.take();
    return key;
  });
}

Deno.test("round-robin goes through all keys in turn", () => {
  assert.deepEqual(draw("round-robin", 3, 7), [0, 1, 2, 0, 1, 2, 0]);
  assert.deepEqual(draw("round-robin", 1, 3), [0, 0, 0]);
});

Deno.test("random keys all come, about equally often", () => {
  const counts = new Array<number>(50).fill(0);
  for (const key of draw("random", 50, 50_000)) counts[key]!++;
  for (const count of counts) assert.ok(count > 800 && count < 1200, `${count} of 1,000`);
});

Deno.test("Zipf keys follow the law: frequencies match their weights within sampling error", () => {
  const draws = 200_000;
  const counts = new Float64Array(1000);
  for (const key of draw("zipf", 1000, draws)) counts[key]!++;
  const weights = zipfWeights(1000);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  for (let key = 0; key < 1000; key++) {
    const expected = draws * weights[key]! / sum;
    assert.ok(
      Math.abs(counts[key]! - expected) < 5 * Math.sqrt(expected) + 1,
      `key ${key}: ${counts[key]} of ${expected}`,
    );
  }
  assert.ok(counts[0]! / draws > 0.12 && counts[0]! / draws < 0.14);
});

Deno.test("an alias table gives every outcome the share of its weight, exactly", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 }), (weights) => {
      const table = new AliasTable(Float64Array.from(weights));
      // A regular grid of `unit` values measures the table's areas instead of sampling them.
      const steps = 2000 * weights.length;
      let step = 0;
      const grid = { unit: () => (step++ + 0.5) / steps } as unknown as Random;
      const counts = new Array<number>(weights.length).fill(0);
      for (let index = 0; index < steps; index++) counts[table.pick(grid)]!++;
      const sum = weights.reduce((total, weight) => total + weight, 0);
      weights.forEach((weight, index) => {
        assert.ok(Math.abs(counts[index]! - steps * weight / sum) <= weights.length + 1);
      });
    }),
  );
});
