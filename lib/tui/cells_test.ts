import assert from "node:assert/strict";
import { CellBuffer } from "./cells.ts";
import { seg, STYLE_ID } from "./line.ts";

Deno.test("text is cut at the right edge and outside rows are ignored", () => {
  const buffer = new CellBuffer(5, 2);
  assert.equal(buffer.write(3, 0, "abc", 0), 5);
  buffer.write(0, 2, "below", 0);
  buffer.write(0, -1, "above", 0);
  assert.equal(buffer.text(), "   ab\n");
});

Deno.test("lines carry their styles into the cells", () => {
  const buffer = new CellBuffer(6, 1);
  buffer.blit(1, 0, [[seg("ab", "good"), seg("c", "bad")]]);
  assert.deepEqual([...buffer.styles], [0, STYLE_ID.good, STYLE_ID.good, STYLE_ID.bad, 0, 0]);
});

Deno.test("half a wide character never stays behind", () => {
  const buffer = new CellBuffer(6, 1);
  buffer.write(0, 0, "日本語", 0);
  buffer.write(1, 0, "x", 0);
  assert.equal(buffer.row(0), " x本語");
  buffer.write(2, 0, "y", 0);
  assert.equal(buffer.row(0), " xy 語");
  buffer.write(3, 0, "日", 0);
  assert.equal(buffer.row(0), " xy日 ");
});

Deno.test("a wide character that does not fit at the edge is left out", () => {
  const buffer = new CellBuffer(3, 1);
  buffer.write(0, 0, "日本", 0);
  assert.equal(buffer.row(0), "日 ");
});

Deno.test("control characters and combining marks take no cell", () => {
  const buffer = new CellBuffer(4, 1);
  buffer.write(0, 0, "a\x1b\nb\u0301c", 0);
  assert.equal(buffer.row(0), "abc ");
});

Deno.test("an ASCII buffer holds nothing but ASCII", () => {
  const buffer = new CellBuffer(12, 1, true);
  buffer.write(0, 0, "12 µs – 日…🚀", 0);
  assert.equal(buffer.row(0), "12 us - ?~? ");
});
