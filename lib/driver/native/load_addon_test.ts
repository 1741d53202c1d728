import assert from "node:assert/strict";
import { join } from "node:path";
import { NativeAddonError } from "./addon_error.ts";
import { loadAddon } from "./load_addon.ts";

const here = (name: string): { kind: "module"; path: string } => ({
  kind: "module",
  path: join(import.meta.dirname!, name),
});

Deno.test("a module that stands in for the addon is loaded as it is", async () => {
  const { Client } = await loadAddon(here("stand_in_test_support.ts"));
  assert.equal(typeof Client, "function");
});

Deno.test("a module that is no such thing, or none at all, is named", async () => {
  await assert.rejects(loadAddon(here("addon.ts")), (error) => {
    return error instanceof NativeAddonError && /addon\.ts' does not export the 'Client'/.test(error.message);
  });
  await assert.rejects(loadAddon(here("no_such_file.ts")), /no_such_file\.ts' cannot be loaded/);
});

Deno.test("a package is loaded with the library that was found, without asking its own finder", async () => {
  const folder = await Deno.makeTempDir();
  const finder = join(folder, "node_modules", "@mapbox", "node-pre-gyp");
  try {
    await Deno.mkdir(finder, { recursive: true });
    await Deno.writeTextFile(join(finder, "package.json"), '{ "main": "finder.js" }');
    await Deno.writeTextFile(join(finder, "finder.js"), "throw new Error('reads the environment');");
    await Deno.writeTextFile(join(folder, "package.json"), '{ "type": "commonjs" }');
    await Deno.writeTextFile(
      join(folder, "index.js"),
      "const found = require('@mapbox/node-pre-gyp').find('package.json');\n" +
        "module.exports = { Client: class { constructor() { this.found = found; } } };\n",
    );
    const { Client } = await loadAddon({ kind: "package", folder, library: "the/library.node" });
    const client = new Client({ serviceUrl: "pulsar://h" }) as unknown as { found: string };
    assert.equal(client.found, "the/library.node");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
