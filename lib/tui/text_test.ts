import assert from "node:assert/strict";
import { clean, clip, clipStart, codePointWidth, padEnd, padStart, textWidth } from "./text.ts";

Deno.test("wide characters take two cells, marks and controls none", () => {
  assert.equal(textWidth("abc"), 3);
  assert.equal(textWidth("日本"), 4);
  assert.equal(textWidth("🚀"), 2);
  assert.equal(textWidth("e\u0301"), 1);
  assert.equal(codePointWidth(0x1b), 0);
  assert.equal(codePointWidth("⣿".codePointAt(0) as number), 1);
});

Deno.test("clipping keeps whole characters and says that something is missing", () => {
  assert.equal(clip("abcdef", 6), "abcdef");
  assert.equal(clip("abcdef", 4), "abc…");
  assert.equal(clip("日本語", 4), "日…");
  assert.equal(clip("abc", 0), "");
  assert.equal(clipStart("persistent://public/default/load", 14), "…/default/load");
  assert.equal(clipStart("ab", 2), "ab");
});

Deno.test("padding counts cells and not characters", () => {
  assert.equal(padEnd("日", 4), "日  ");
  assert.equal(padStart("日", 4), "  日");
  assert.equal(padEnd("abc", 2), "abc");
});

Deno.test("text of others loses every escape sequence and every control", () => {
  assert.equal(clean("\x1b[31mred\x1b[0m"), "red");
  assert.equal(clean("a\x1b]0;title\x07b"), "ab");
  assert.equal(clean("a\x1b]0;title\x1b\\b"), "ab");
  assert.equal(clean("a\x1bPq#0\x1b\\b"), "ab");
  assert.equal(clean("one\r\ntwo\tthree\n"), "one two three");
  assert.equal(clean("end\x1b"), "end");
  assert.equal(clean("c1 \x9b31m"), "c1  31m");
});
