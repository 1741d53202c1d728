import assert from "node:assert/strict";
import { fit, flow, lineText, lineWidth, seg, spread } from "./line.ts";

Deno.test("a fitted line has exactly the width asked for", () => {
  assert.equal(lineText(fit([seg("ab"), seg("cd", "good")], 6)), "abcd  ");
  assert.equal(lineText(fit([seg("ab"), seg("cdef", "good")], 4)), "abc…");
  assert.equal(lineWidth(fit([seg("日本語")], 4)), 4);
  assert.equal(fit([seg("ab"), seg("cdef", "good")], 4)[1]?.style, "good");
});

Deno.test("the right side is dropped when both sides do not fit", () => {
  assert.equal(lineText(spread([seg("left")], [seg("right")], 12)), "left   right");
  assert.equal(lineText(spread([seg("left")], [seg("right")], 9)), "left     ");
});

Deno.test("groups are taken whole and in order for as long as they fit", () => {
  const groups = [[seg("one")], [], [seg("two")], [seg("three")]];
  assert.equal(lineText(flow(groups, 8, 2)), "one  two");
  assert.equal(lineText(flow(groups, 15, 2)), "one  two  three");
  assert.equal(lineText(flow(groups, 14, 2)), "one  two");
});
