import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { DENO_VERSIONS } from "./deno_versions.ts";

const ROOT = join(import.meta.dirname!, "..");
const SKIPPED = new Set([".git", "dist", "coverage", "node_modules"]);

/** Every text of the project in which a version of Deno may be printed for somebody to run. */
async function* texts(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    if (SKIPPED.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* texts(path);
    else if (/\.(md|json|sh|ts|ya?ml)$|^run$/.test(entry.name)) yield path;
  }
}

Deno.test("every command that is printed anywhere names the pinned Deno", async () => {
  const found: string[] = [];
  for await (const path of texts(ROOT)) {
    for (const [, version] of (await Deno.readTextFile(path)).matchAll(/\bdeno@(\d+\.\d+\.\d+)/g)) {
      found.push(relative(ROOT, path));
      assert.equal(version, DENO_VERSIONS.run, `${relative(ROOT, path)} names another Deno`);
    }
  }
  assert.ok(found.includes("README.md") && found.includes("CONTRIBUTING.md"), found.join());
});

Deno.test("the version that compiles is not newer than the one that runs, and both are whole versions", () => {
  const [run, compile] = [DENO_VERSIONS.run, DENO_VERSIONS.compile].map((version) => {
    assert.match(version, /^\d+\.\d+\.\d+$/);
    return version.split(".").map(Number);
  });
  const difference = run!.map((part, index) => part - compile![index]!).find((part) => part !== 0) ?? 0;
  assert.ok(difference >= 0, `${DENO_VERSIONS.compile} is newer than ${DENO_VERSIONS.run}`);
});

Deno.test("the tests run with the pinned Deno or a later one", () => {
  const [major, minor] = DENO_VERSIONS.run.split(".").map(Number);
  const [ownMajor, ownMinor] = Deno.version.deno.split(".").map(Number);
  assert.ok(
    ownMajor! > major! || (ownMajor === major && ownMinor! >= minor!),
    `this is Deno ${Deno.version.deno}; the project needs ${DENO_VERSIONS.run} or later`,
  );
});
