import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { NativeAddonError } from "./addon_error.ts";
import { type AddonHost, type AddonPlace, findAddon } from "./find_addon.ts";

const HOME = resolve("somewhere");
const FOLDER = join(HOME, "node_modules", "pulsar-client");
const LIBRARY = join(FOLDER, "lib", "binding", "pulsar.node");

function find(
  given: Partial<AddonHost>,
  files: readonly string[] = [],
  folders: readonly string[] = [],
): AddonPlace {
  return findAddon({
    named: undefined,
    home: HOME,
    mayLoad: true,
    kindOf: (path) => files.includes(path) ? "file" : folders.includes(path) ? "folder" : undefined,
    ...given,
  });
}

const refuses = (pattern: RegExp, ...args: Parameters<typeof find>): void =>
  assert.throws(
    () => find(...args),
    (error) => error instanceof NativeAddonError && pattern.test(error.message),
  );

Deno.test("without the addon the error says what to run, and where", () => {
  const command = /run 'deno install --allow-scripts=npm:pulsar-client' in the folder 'native'/;
  refuses(/npm:pulsar-client@1\.18\.0 is not installed/, {});
  refuses(command, {});
  refuses(/has no library/, {}, [join(FOLDER, "package.json")]);
  refuses(command, {}, [join(FOLDER, "package.json")]);
});

Deno.test("an installed addon is found with its library", () => {
  assert.deepEqual(find({}, [LIBRARY]), { kind: "package", folder: FOLDER, library: LIBRARY });
});

Deno.test("a library is not loaded without the permission, and the error names the task that has it", () => {
  refuses(/--allow-ffi.*deno task producer:native/, { mayLoad: false }, [LIBRARY]);
});

Deno.test("an executable has no folder to install it in", () => {
  refuses(/executables.*from source/, { home: undefined });
});

Deno.test("a variable names another folder of the package, or a module in its place, which is no library", () => {
  const named = { named: FOLDER, home: undefined };
  assert.equal(find(named, [LIBRARY], [FOLDER]).kind, "package");
  const module = resolve("stand_in.ts");
  assert.deepEqual(find({ named: "stand_in.ts", mayLoad: false }, [module]), {
    kind: "module",
    path: module,
  });
  refuses(/PLL_NATIVE_ADDON='nowhere' is neither/, { named: "nowhere" });
  refuses(/PLL_NATIVE_ADDON='.*pulsar-client' is not installed/, named, [], [FOLDER]);
});
