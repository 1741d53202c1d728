import assert from "node:assert/strict";
import { frame, tableHead, tableRow } from "./frame.ts";
import { lineText, lineWidth, seg } from "../line.ts";
import { GLYPHS } from "../theme.ts";

Deno.test("a frame has exactly its size, whatever is in it", () => {
  const body = [[seg("日本語の長い文字列で箱からはみ出る")], [seg("short")], [], [seg("below the box")]];
  for (const [width, height] of [[20, 5], [9, 3], [40, 4]] as const) {
    const lines = frame(
      { title: "A title that is long", number: 3, glyphs: GLYPHS.braille },
      body,
      width,
      height,
    );
    assert.equal(lines.length, height);
    for (const line of lines) assert.equal(lineWidth(line), width, lineText(line));
  }
});

Deno.test("the note in the border is dropped when the title needs the room", () => {
  const options = { title: "Latency", number: 2, note: [seg("now = last 1 s")], glyphs: GLYPHS.braille };
  assert.equal(lineText(frame(options, [], 36, 3)[0] ?? []), "╭─ 2 Latency ───── now = last 1 s ─╮");
  assert.equal(lineText(frame(options, [], 26, 3)[0] ?? []), "╭─ 2 Latency ────────────╮");
});

Deno.test("tables align text at the left, numbers at the right, and cut what is too long", () => {
  const columns = [{ head: "name", width: 6, left: true }, { head: "n", width: 5 }] as const;
  assert.equal(lineText(tableHead(columns)), "name       n");
  assert.equal(lineText(tableRow(columns, [seg("worker-12"), seg("42")])), "worke…    42");
});
