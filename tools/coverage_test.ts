import assert from "node:assert/strict";
import { parseLcov, percent, uncoveredLines } from "./coverage.ts";

const REPORT = `SF:/x/lib/a.ts
FN:1,a
FNDA:0,a
DA:1,3
DA:2,0
DA:3,12
LH:2
LF:3
end_of_record
SF:/x/lib/b.ts
DA:7,0
end_of_record
`;

Deno.test("an LCOV report gives lines and covered lines of each file", () => {
  assert.deepEqual(parseLcov(REPORT), [
    { file: "/x/lib/a.ts", lines: 3, covered: 2 },
    { file: "/x/lib/b.ts", lines: 1, covered: 0 },
  ]);
  assert.deepEqual(parseLcov(""), []);
});

Deno.test("the percentage is of all lines, not a mean over files", () => {
  assert.equal(percent(parseLcov(REPORT)), 50);
  assert.equal(percent([]), 100);
});

Deno.test("a file that nothing loads counts in full, without comments and blank lines", () => {
  assert.equal(
    uncoveredLines("/** Doc.\n * more */\nimport x from 'y';\n\n// note\nexport function f() {\n}\n"),
    3,
  );
  assert.equal(uncoveredLines("self.onmessage = () => {};\n"), 1);
  assert.equal(uncoveredLines("export default class A {}\n"), 1);
});

Deno.test("a file of types only has nothing to cover", () => {
  assert.equal(
    uncoveredLines("import type { A } from './a.ts';\nexport interface B { a: A }\nexport type C = B;\n"),
    0,
  );
});
