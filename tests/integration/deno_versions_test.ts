/** When the two versions of tools/deno_versions.json can be one again. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { DENO_VERSIONS } from "../../tools/deno_versions.ts";
import { run } from "../support/process.ts";
import { testUnless } from "../support/shared_broker.ts";

const script = new URL("../../tools/denort.sh", import.meta.url).pathname;
const pinned = /package=(@[\w./-]+linux-x64)@(\S+)/.exec(await Deno.readTextFile(script));

/** Whether a program made by `deno compile`, or Deno itself, presents itself to hosts as this version. */
async function holdsDeno(program: string, version: string): Promise<boolean> {
  return Buffer.from(await Deno.readFile(program)).includes(`Deno/${version}`);
}

/** The newest version on npm, or why it cannot be known. */
async function newest(name: string): Promise<{ version?: string; reason?: string }> {
  const { code, output } = await run("npm", ["view", name, "version"]).catch((error) => ({
    code: 1,
    output: String(error),
  }));
  if (code === 0) return { version: output.trim().split("\n")[0]! };
  if (Deno.env.get("CI") === "true") throw new Error(`npm does not answer: ${output}`);
  return { reason: "npm does not answer" };
}

Deno.test("the source of the older runtime is pinned, and a program's bytes say which Deno it holds", async () => {
  assert.ok(pinned, `no pinned package in '${script}'`);
  assert.ok(await holdsDeno(Deno.execPath(), Deno.version.deno));
  assert.ok(!await holdsDeno(Deno.execPath(), "1.2.3"));
});

const [, name = "", version = ""] = pinned ?? [];
const { version: offered, reason } = await newest(name);

testUnless(reason)("an older Deno compiles only as long as npm has no newer runtime", async () => {
  if (offered === version) return;
  const folder = await Deno.makeTempDir({ prefix: "pll-denort-" });
  try {
    const source = `${name}@${offered}`;
    const packed = await run("npm", ["pack", "--silent", "--pack-destination", folder, source]);
    assert.equal(packed.code, 0, packed.output);
    const unpacked = await run("tar", ["-xzf", packed.output.trim().split("\n").at(-1)!], { cwd: folder });
    assert.equal(unpacked.code, 0, unpacked.output);
    assert.ok(
      await holdsDeno(join(folder, "package", "bin", "steady"), DENO_VERSIONS.compile),
      `${source} holds a newer runtime: pin it in tools/denort.sh, and its version in tools/deno_versions.json. ` +
        `If it is Deno ${DENO_VERSIONS.run}, one version is enough again`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
