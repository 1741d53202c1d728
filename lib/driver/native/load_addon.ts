/**
 * Loads the addon into this thread.
 *
 * It keeps its constructors in variables of the whole process: a second thread that loads it ends the process. Only one
 * thread of a process may call this, and no other one after it.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Addon } from "./addon.ts";
import { NativeAddonError } from "./addon_error.ts";
import { type AddonPlace, findAddon } from "./find_addon.ts";

/** @throws {NativeAddonError} */
export async function loadAddon(place: AddonPlace = findAddon()): Promise<Addon> {
  const path = place.kind === "module" ? place.path : place.folder;
  try {
    const loaded = place.kind === "module" ? await loadModule(place.path) : loadPackage(place);
    if (typeof loaded?.Client === "function") return loaded;
  } catch (cause) {
    throw new NativeAddonError(`'${path}' cannot be loaded: ${(cause as Error).message}`, { cause });
  }
  throw new NativeAddonError(`'${path}' does not export the 'Client' of npm:pulsar-client`);
}

async function loadModule(path: string): Promise<Addon> {
  return await import(pathToFileURL(path).href);
}

function loadPackage({ folder, library }: AddonPlace & { kind: "package" }): Addon {
  const require = createRequire(join(Deno.realPathSync(folder), "index.js"));
  // It only works out the library's path, and would read dozens of environment variables for that.
  const finder = require.resolve("@mapbox/node-pre-gyp");
  require.cache[finder] = finderOf(finder, library);
  return require("./index.js");
}

/** A loaded module whose `find` names the library, as Node keeps modules. */
function finderOf(id: string, library: string): NodeJS.Module {
  return { id, filename: id, loaded: true, exports: { find: () => library } } as NodeJS.Module;
}
