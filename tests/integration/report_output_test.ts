/** Outputs that are no files: full disks and pipes. Processes of their own, because devices need every permission. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { prepareOutput } from "../../lib/report/formats/write.ts";

const MODULE = new URL("../../lib/report/formats/write.ts", import.meta.url).href;

async function evaluate(code: string): Promise<unknown> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", `import { openLineOutput, prepareOutput } from "${MODULE}";\n${code}`],
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.notEqual(text, "", new TextDecoder().decode(stderr));
  return JSON.parse(text);
}

const ignore = Deno.build.os !== "linux";

Deno.test({
  name: "a result that meets a full disk is an error returned, which names the disk",
  ignore,
  async fn() {
    const message = await evaluate(`
      const output = await prepareOutput("/dev/full");
      console.log(JSON.stringify((await output.commit("text"))?.message));`);
    assert.equal(message, "cannot write '/dev/full': the disk is full");
  },
});

Deno.test({
  name: "lines that meet a full disk end the output, not the run, and the first failure is kept",
  ignore,
  async fn() {
    const message = await evaluate(`
      const lines = await openLineOutput("/dev/full");
      lines.write("one\\n");
      lines.write("two\\n");
      console.log(JSON.stringify((await lines.close())?.message));`);
    assert.equal(message, "cannot write '/dev/full': the disk is full");
  },
});

Deno.test({
  name: "a pipe is written into and stays a pipe",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const pipe = join(folder, "pipe");
      assert.ok((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
      const output = await prepareOutput(pipe);
      const reader = new Deno.Command("cat", { args: [pipe], stdout: "piped" }).output();
      assert.equal(await output.commit("the result"), undefined);
      assert.equal(new TextDecoder().decode((await reader).stdout), "the result");
      assert.ok((await Deno.lstat(pipe)).isFifo);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
