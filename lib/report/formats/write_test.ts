import assert from "node:assert/strict";
import { join } from "node:path";
import { openLineOutput, OutputError, prepareOutput } from "./write.ts";

async function inFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string): string[] => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("a result replaces the old file whole and leaves nothing beside it", () =>
  inFolder(async (folder) => {
    const path = join(folder, "r.json");
    await Deno.writeTextFile(path, "old");
    const output = await prepareOutput(path);
    assert.equal(await Deno.readTextFile(path), "old", "preparing must not touch the old result");
    assert.equal(await output.commit("new"), undefined);
    assert.equal(await Deno.readTextFile(path), "new");
    assert.deepEqual(names(folder), ["r.json"]);
  }));

Deno.test("a link is written through, not replaced", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "real.json"), "old");
    await Deno.symlink(join(folder, "real.json"), join(folder, "link.json"));
    assert.equal(await (await prepareOutput(join(folder, "link.json"))).commit("new"), undefined);
    assert.equal(await Deno.readTextFile(join(folder, "real.json")), "new");
    assert.ok((await Deno.lstat(join(folder, "link.json"))).isSymlink);
  }));

Deno.test("a link that leads nowhere is refused before the run, also for lines", () =>
  inFolder(async (folder) => {
    const link = join(folder, "r.json");
    await Deno.symlink(join(folder, "nowhere", "x"), link);
    const message = `cannot write '${link}': it is a link to '${
      join(folder, "nowhere", "x")
    }', which is not there`;
    await assert.rejects(prepareOutput(link), { message });
    await assert.rejects(openLineOutput(link), { message });
    assert.deepEqual(names(folder), ["r.json"]);
  }));

Deno.test("what cannot be written is refused before the run, with the reason", () =>
  inFolder(async (folder) => {
    await assert.rejects(prepareOutput(join(folder, "none", "r.json")), (error) => {
      assert.ok(error instanceof OutputError);
      assert.equal(
        error.message,
        `cannot write '${join(folder, "none", "r.json")}': its folder does not exist`,
      );
      return true;
    });
    await assert.rejects(prepareOutput(folder), { message: /it is a folder; name a file in it$/ });
    await assert.rejects(openLineOutput(join(folder, "none", "e.ndjson")), OutputError);
  }));

Deno.test("a folder that vanished during the run is an error returned, not thrown", () =>
  inFolder(async (folder) => {
    const sub = join(folder, "sub");
    await Deno.mkdir(sub);
    const output = await prepareOutput(join(sub, "r.json"));
    await Deno.remove(sub);
    assert.match((await output.commit("new"))?.message ?? "", /its folder does not exist$/);
  }));

Deno.test("lines appear in order and replace what an older run left", () =>
  inFolder(async (folder) => {
    const path = join(folder, "e.ndjson");
    await Deno.writeTextFile(path, "a much longer old content\n");
    const lines = await openLineOutput(path);
    for (let i = 0; i < 100; i++) lines.write(`${i}\n`);
    assert.equal(await lines.close(), undefined);
    assert.equal(await Deno.readTextFile(path), Array.from({ length: 100 }, (_, i) => `${i}\n`).join(""));
  }));

Deno.test({
  name: "a folder that is there and takes no files is not called missing",
  ignore: Deno.build.os !== "linux",
  fn: () => assert.rejects(prepareOutput("/proc/r.json"), /cannot write '\/proc\/r\.json': (?!its folder)/),
});
