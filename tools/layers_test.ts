import assert from "node:assert/strict";
import { emptyRooms, importsOf, tooLong, violations, withoutHead } from "./layers.ts";

Deno.test("an upward import is named with both layers", () => {
  const files = new Map([["lib/wire/a.ts", `import { b } from "../client/entry/b.ts";`]]);
  assert.deepEqual(violations(files), [
    "lib/wire/a.ts: lib/wire may not import lib/client (lib/client/entry/b.ts)",
  ]);
});

Deno.test("the engine knows nothing of the embedded broker, its test support does", () => {
  const broker = `import { b } from "../../broker/embedded_broker.ts";`;
  const files = new Map([["lib/load/run/a.ts", broker], ["lib/load/run/a_test_support.ts", broker]]);
  assert.deepEqual(violations(files), [
    "lib/load/run/a.ts: lib/load may not import lib/broker (lib/broker/embedded_broker.ts)",
  ]);
});

Deno.test("rooms of a layer import downward, and not sideways on their floor", () => {
  const files = new Map([
    ["lib/load/metrics/a.ts", `import { b } from "../run/c.ts";\nimport { h } from "../histogram/h.ts";`],
    ["lib/load/verify/c.ts", `import { a } from "../metrics/a.ts";`],
    ["lib/load/run/b.ts", `import { a } from "../metrics/a.ts";\nimport { d } from "./d.ts";`],
  ]);
  assert.deepEqual(violations(files), [
    "lib/load/metrics/a.ts: metrics may not import run (lib/load/run/c.ts)",
    "lib/load/verify/c.ts: verify may not import metrics (lib/load/metrics/a.ts)",
  ]);
});

Deno.test("a new room, or a file beside the rooms, needs a floor, and a floor needs its rooms", () => {
  const files = new Map([["lib/load/attic/a.ts", ""], ["lib/load/b.ts", ""]]);
  assert.deepEqual(violations(files), [
    "lib/load/attic/a.ts: attic has no floor in tools/layers.ts",
    "lib/load/b.ts: b.ts has no floor in tools/layers.ts",
  ]);
  assert(emptyRooms(files).includes("tools/layers.ts: lib/load has no histogram"));
});

Deno.test("test code looks sideways, but not at the command line, and the product never at test code", () => {
  const files = new Map([
    [
      "lib/client/entry/b_test.ts",
      `import { x } from "../../broker/x.ts";\nimport { y } from "../../../cli/y.ts";`,
    ],
    ["lib/client/entry/c.ts", `import { s } from "./c_test_support.ts";`],
    ["grafana/src/d.ts", `import { t } from "../../tests/support/t.ts";`],
  ]);
  assert.deepEqual(violations(files), [
    "lib/client/entry/b_test.ts: lib/client may not import cli (cli/y.ts)",
    "lib/client/entry/c.ts: the product may not import test code (lib/client/entry/c_test_support.ts)",
    "grafana/src/d.ts: the product may not import test code (tests/support/t.ts)",
  ]);
});

Deno.test("a cycle is reported once with its path", () => {
  const files = new Map([
    ["lib/wire/a.ts", `import "./b.ts";`],
    ["lib/wire/b.ts", `export { a } from "./a.ts";`],
  ]);
  assert.deepEqual(violations(files), ["cycle: lib/wire/a.ts → lib/wire/b.ts → lib/wire/a.ts"]);
});

Deno.test("static, re-exported, side-effect and dynamic imports are all seen", () => {
  const source = [
    `import { a, type B } from "./a.ts";`,
    `export * from "./b.ts";`,
    `import "./c.ts";`,
    `const d = await import("./d.ts");`,
    `import fs from "node:fs";`,
  ].join("\n");
  assert.deepEqual(importsOf(source).sort(), ["./a.ts", "./b.ts", "./c.ts", "./d.ts"]);
});

Deno.test("a product file begins with what it is, and has at most 400 lines; a test needs no such line", () => {
  const files = new Map([
    ["lib/a.ts", "export const a = 1;\n"],
    ["lib/a_test.ts", "import './a.ts';\n"],
    ["lib/b.ts", "/** One constant. */\nexport const b = 1;\n"],
    ["cli/c.ts", "/** Long. */\n" + "\n".repeat(400)],
  ]);
  assert.deepEqual(withoutHead(files), ["lib/a.ts: begins without a comment on what it is"]);
  assert.deepEqual(tooLong(files), ["cli/c.ts: 401 lines, at most 400"]);
});
