import assert from "node:assert/strict";
import { addressesIn, BundleError, readdressed, targetsByText } from "./bundle.ts";

const WORKER = `new Worker(new URL("../worker/main.ts", import.meta.url), { type: "module" })`;

Deno.test("a worker's address is found with the file that it means", () => {
  assert.deepEqual(addressesIn("lib/load/run/pool.ts", `const w = ${WORKER};`), [
    { from: "lib/load/run/pool.ts", text: "../worker/main.ts", target: "lib/load/worker/main.ts" },
  ]);
});

Deno.test("in a bundle a worker is where the bundle has it, minified or not, and data where it always was", () => {
  const targets = new Map([["../worker/main.ts", "lib/load/worker/main.ts"], ["../../", "./"]]);
  const rewrite = (code: string): string =>
    readdressed("dist/build/code/chunk-A.js", code, targets, "dist/build/code");
  const right = `new URL("lib/load/worker/main.js", import.meta.url)`;
  assert.equal(rewrite(WORKER), `new Worker(${right}, { type: "module" })`);
  assert.equal(rewrite("new URL(`../worker/main.ts`,import.meta.url)"), right);
  assert.equal(rewrite(`new URL("../../", import.meta.url)`), `new URL("../../../", import.meta.url)`);
});

Deno.test("an address that means two files, or none, is named", () => {
  const two = [...addressesIn("lib/a/x.ts", `new URL("./w.ts", import.meta.url)`)].concat(
    addressesIn("lib/b/x.ts", `new URL("./w.ts", import.meta.url)`),
  );
  assert.throws(
    () => targetsByText(two),
    (error) =>
      error instanceof BundleError &&
      /lib\/b\/x\.ts: '\.\/w\.ts' means 'lib\/b\/w\.ts'.*'lib\/a\/w\.ts'/.test(error.message),
  );
  assert.throws(
    () => readdressed("out/x.js", `new URL("./w.ts", import.meta.url)`, new Map(), "out"),
    /out\/x\.js: .*'\.\/w\.ts'/,
  );
});
