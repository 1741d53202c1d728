import assert from "node:assert/strict";
import { MatchFinder, SEQUENCE } from "./match_finder.ts";

const viewOf = (text: string): DataView<ArrayBuffer> => new DataView(new TextEncoder().encode(text).buffer);

function find(finder: MatchFinder, text: string): number[][] {
  finder.start(viewOf(text), text.length - 3, text.length);
  const found: number[][] = [];
  for (let count = finder.next(); count > 0; count = finder.next()) {
    for (let i = 0; i < count; i++) {
      found.push([...finder.sequences.subarray(i * SEQUENCE, (i + 1) * SEQUENCE)]);
    }
  }
  return found;
}

Deno.test("a repeat is found with its position, distance and full length", () => {
  const finder = new MatchFinder();
  assert.deepEqual(find(finder, "abcdefgh--abcdefgh"), [[10, 10, 8]]);
  assert.deepEqual(find(finder, "aaaaaaaaaaaa"), [[1, 1, 11]]);
  assert.deepEqual(find(finder, "abcdefghijklmnop"), []);
  assert.deepEqual(find(finder, "abc"), []);
});

Deno.test("nothing is matched against an input before, finished or given up", () => {
  const finder = new MatchFinder();
  find(finder, "abcdefghijklmnop");
  assert.deepEqual(find(finder, "abcdefghijklmnop"), []);
  finder.start(viewOf("abcdabcdabcdabcd"), 13, 16);
  finder.next();
  assert.deepEqual(find(finder, "abcdefghijklmnop"), []);
});

Deno.test("more sequences than one call can hold come in several calls", () => {
  const text = Array.from({ length: 3000 }, (_, i) => `the same words ${String(i).padStart(6, "x")}!`).join(
    "",
  );
  const found = find(new MatchFinder(), text);
  assert.ok(found.length > 2048, `${found.length} sequences`);
  let end = 0;
  for (const [at, distance, length] of found as [number, number, number][]) {
    assert.ok(at >= end && distance <= at);
    assert.equal(text.slice(at, at + length), sliceRepeating(text, at - distance, length, distance));
    end = at + length;
  }
});

Deno.test("repeats are still found after more bytes than a 32-bit position can count", () => {
  const finder = new MatchFinder();
  const large = new DataView(new ArrayBuffer(2 ** 29));
  for (let i = 0; i < 9; i++) {
    finder.start(large, 0, 0);
    assert.equal(finder.next(), 0);
    assert.deepEqual(find(finder, "abcdefgh--abcdefgh"), [[10, 10, 8]], `after ${i + 1} inputs`);
  }
});

function sliceRepeating(text: string, from: number, length: number, distance: number): string {
  return Array.from({ length }, (_, i) => text[from + i % distance]).join("");
}
