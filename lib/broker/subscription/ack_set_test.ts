import assert from "node:assert/strict";
import fc from "fast-check";
import { countLeft, fullSet, intersect } from "./ack_set.ts";

/** Numbers of the messages that are left. */
function left(words: readonly bigint[]): number[] {
  return words.flatMap((word, at) =>
    Array.from({ length: 64 }, (_, bit) => (word >> BigInt(bit)) & 1n ? at * 64 + bit : -1).filter((each) =>
      each >= 0
    )
  );
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

Deno.test("a full set holds exactly the messages of the batch", () => {
  for (const count of [1, 63, 64, 65, 128, 1000]) {
    assert.deepEqual(left(fullSet(count)), upTo(count));
    assert.equal(countLeft(fullSet(count)), count);
  }
});

Deno.test("intersecting keeps what both leave, and nothing where words are missing", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.array(fc.bigInt(0n, 2n ** 64n - 1n)), (count, words) => {
      const both = left(intersect(fullSet(count), words));
      const wanted = left(words).filter((index) => index < count);
      assert.deepEqual(both, wanted);
      assert.equal(countLeft(intersect(fullSet(count), words)), wanted.length);
    }),
  );
});
