import assert from "node:assert/strict";
import { runLab } from "./command.ts";

/** Runs `lab` with what it says put aside. */
async function codeOf(...argv: string[]): Promise<number> {
  const { error, log } = console;
  console.error = console.log = () => {};
  try {
    return await runLab(argv);
  } finally {
    Object.assign(console, { error, log });
  }
}

Deno.test("a wrong file for report, compare or merge ends with 104, as the table of exit codes says", async () => {
  const folder = await Deno.makeTempDir();
  const other = `${folder}/other.json`;
  await Deno.writeTextFile(other, JSON.stringify({ name: "package" }));
  try {
    for (const path of [`${folder}/missing.json`, folder, other]) {
      assert.equal(await codeOf("report", path, "-o", `${folder}/page.html`), 104, `report ${path}`);
      assert.equal(await codeOf("compare", path, path), 104, `compare ${path}`);
      assert.equal(await codeOf("merge", path), 104, `merge ${path}`);
    }
    assert.equal(await codeOf("report", other, "-o", `${folder}/none/page.html`), 104);
    assert.equal(await codeOf("compare", other), 2, "one result too few is the command line's mistake");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
