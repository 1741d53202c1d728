import assert from "node:assert/strict";
import fc from "fast-check";
import { clean, cleanLines, cleanStrings, printableJson } from "./foreign_text.ts";

const UNSAFE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;

Deno.test("titles, colours, moves of the cursor and breaks of the line are gone, and what was said stays", () => {
  assert.equal(clean("no\x1b]0;pwned\x07 disk\x1b[2J\x1b[31m left"), "no disk left");
  assert.equal(clean("a\r\nFAKE ✓ ok\x9b31m\u202eb"), "a FAKE ✓ ok 31m b");
  assert.equal(cleanLines("one\x07\ntwo\x1b[1m"), "one\ntwo");
  assert.equal(clean("µs · 日本 ✓ 🚀"), "µs · 日本 ✓ 🚀");
});

Deno.test("no text at all gets through with a control in it", () => {
  const hostile = fc.string({
    unit: fc.constantFrom("\x1b", "[", "]", "0", ";", "m", "\x07", "\n", "\x9b", "a"),
  });
  fc.assert(fc.property(hostile, (text) => {
    assert.doesNotMatch(clean(text), UNSAFE);
    const printed = printableJson(JSON.stringify({ [text]: text }));
    assert.doesNotMatch(printed, UNSAFE);
    assert.deepEqual(JSON.parse(printed), { [text]: text });
  }));
});

Deno.test("of data every text is clean, names of fields too, and numbers stay what they are", () => {
  assert.deepEqual(
    cleanStrings({ notes: ["a\x1b[2Jb"], errors: { "x\ny": 3 }, none: null, yes: true, absent: undefined }),
    { notes: ["ab"], errors: { "x y": 3 }, none: null, yes: true, absent: undefined },
  );
});
