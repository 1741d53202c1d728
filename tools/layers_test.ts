import assert from "node:assert/strict";
import { importsOf, violations } from "./layers.ts";

Deno.test("an upward import is named with both layers", () => {
  const files = new Map([["lib/wire/a.ts", `import { b } from "../client/b.ts";`], ["lib/client/b.ts", ""]]);
  assert.deepEqual(violations(files), [
    "lib/wire/a.ts: lib/wire may not import lib/client (lib/client/b.ts)",
  ]);
});

Deno.test("a downward import passes, and a test may look sideways", () => {
  const files = new Map([
    ["lib/client/b.ts", `import { a } from "../wire/a.ts";`],
    ["lib/client/b_test.ts", `import { x } from "../broker/x.ts";`],
    ["lib/wire/a.ts", ""],
    ["lib/broker/x.ts", ""],
  ]);
  assert.deepEqual(violations(files), []);
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
