import assert from "node:assert/strict";
import { copyLiterals, copyMatch, viewOf } from "./byte_copy.ts";

const source = Uint8Array.from({ length: 600 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);

Deno.test("copyMatch repeats byte by byte for every distance and length, and touches nothing else", () => {
  for (let distance = 1; distance <= 130; distance++) {
    for (let length = 1; length <= 140; length++) {
      const actual = source.slice();
      const expected = source.slice();
      for (let i = 0; i < length; i++) expected[200 + i] = expected[200 + i - distance]!;
      copyMatch(viewOf(actual), 200, distance, length);
      assert.deepEqual(actual, expected, `distance ${distance}, length ${length}`);
    }
  }
});

Deno.test("copyLiterals copies every length between views with offsets, and touches nothing else", () => {
  for (let length = 0; length <= 140; length++) {
    const actual = new Uint8Array(300).fill(0xee);
    const expected = actual.slice();
    expected.set(source.subarray(50, 50 + length), 30);
    copyLiterals(viewOf(source, 40), 10, viewOf(actual, 25), 5, length);
    assert.deepEqual(actual, expected, `length ${length}`);
  }
});
