import assert from "node:assert/strict";
import { makeAssets } from "./embed.ts";

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
