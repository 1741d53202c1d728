import assert from "node:assert/strict";
import { RunLog } from "./log.ts";

Deno.test("repeated lines are counted instead of kept, and heard once", () => {
  const heard: string[] = [];
  const log = new RunLog((line) => heard.push(line.text));
  log.add("warn", "gone");
  log.add("warn", "gone");
  log.add("warn", "gone");
  log.add("info", "gone");
  log.add("info", "back");
  assert.deepEqual(log.lines.map(({ text }) => text), ["gone (×3)", "gone", "back"]);
  assert.deepEqual(heard, ["gone", "gone", "back"]);
});

Deno.test("only the latest lines are kept", () => {
  const log = new RunLog();
  for (let line = 0; line < 1000; line++) log.add("info", `line ${line}`);
  assert.equal(log.lines.length, 200);
  assert.equal(log.lines[0]!.text, "line 800");
});
