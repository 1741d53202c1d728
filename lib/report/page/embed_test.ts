import assert from "node:assert/strict";
import { joinModules, makeAssets } from "./embed.ts";

Deno.test("the embedded assets are what their sources and the pinned chart library make", async () => {
  const committed = await Deno.readTextFile(new URL("./assets.json", import.meta.url));
  assert.ok(
    committed === await makeAssets(),
    "assets.json is stale: run 'deno run --allow-read --allow-env --allow-write=lib/report/page lib/report/page/embed.ts'",
  );
});

Deno.test("the chart library travels with its licence", async () => {
  const assets = JSON.parse(await makeAssets());
  assert.match(assets.uplotLicense, /MIT License[\s\S]*Copyright/);
});

Deno.test("modules become one script, which refuses what it cannot join", () => {
  const a = { name: "a.js", source: 'export const one = 1;\nglobalThis.joined = "a";\n' };
  const b = { name: "b.js", source: 'import { one } from "./a.js";\n\nglobalThis.joined = one;\n' };
  const target = globalThis as { joined?: unknown };
  try {
    new Function(joinModules([a, b]))();
    assert.equal(target.joined, 1);
  } finally {
    delete target.joined;
  }
  assert.throws(() => joinModules([b, a]), /b\.js imports \{ one \} from a\.js: only from modules before it/);
  assert.throws(
    () => joinModules([a, { name: "c.js", source: 'import { one as two } from "./a.js";\n' }]),
    RangeError,
  );
  assert.throws(() => joinModules([a, { name: "d.js", source: "const one = 2;\n" }]), SyntaxError);
});
