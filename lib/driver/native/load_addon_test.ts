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
