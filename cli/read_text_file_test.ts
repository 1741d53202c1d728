import assert from "node:assert/strict";
import { join } from "node:path";
import { loadConfig } from "./load_config.ts";
import { readTextFile } from "./read_text_file.ts";

async function inFolder(action: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What the command line says to a configuration file of these bytes. */
function refusal(folder: string, bytes: string | Uint8Array<ArrayBuffer>): string {
  const path = join(folder, "c.yaml");
  Deno.writeFileSync(path, typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  const loaded = loadConfig("producer", ["--config", path], {}, readTextFile);
  if (loaded.kind !== "error") return loaded.kind;
  assert.equal(loaded.exitCode, 104, loaded.text);
  return loaded.text;
}

Deno.test("a file of any size is refused with 104 before it is in memory", () =>
  inFolder((folder) => {
    const path = join(folder, "huge.yaml");
    // A hole: it takes no room on the disk, and would take 8 GB of memory.
    const file = Deno.openSync(path, { create: true, write: true });
    file.truncateSync(8 * 1024 ** 3);
    file.close();
    const loaded = loadConfig("producer", ["--config", path], {}, readTextFile);
    assert.ok(loaded.kind === "error" && loaded.exitCode === 104, JSON.stringify(loaded));
    assert.match(loaded.text, /^producer: cannot read '.*huge\.yaml': it is larger than 1 MiB/);
  }));

Deno.test("text that is not UTF-8 is refused, with a byte order mark it is read", () =>
  inFolder((folder) => {
    assert.match(refusal(folder, new Uint8Array([0x72, 0xff, 0xfe])), /it is not UTF-8 text\n$/);
    assert.equal(refusal(folder, "\ufeffworkers: 3\r\n"), "run");
  }));

Deno.test("settings nested without end are refused in one sentence, however they are nested", () =>
  inFolder((folder) => {
    for (
      const text of [
        "[".repeat(5000) + "]".repeat(5000),
        "{a: ".repeat(5000) + "}".repeat(5000),
        `${"- ".repeat(5000)}x`,
        `${"? ".repeat(5000)}x`,
        Array.from({ length: 500 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
      ]
    ) {
      assert.match(
        refusal(folder, text),
        /c\.yaml:1:1: settings are nested (?:over )?\d+ deep, expected 8 at most\n$/,
      );
    }
  }));

Deno.test("a folder and a missing file are named", () =>
  inFolder((folder) => {
    for (const path of [folder, join(folder, "none.yaml")]) {
      const loaded = loadConfig("producer", ["--config", path], {}, readTextFile);
      assert.ok(loaded.kind === "error" && loaded.exitCode === 104, JSON.stringify(loaded));
      assert.match(loaded.text, /^producer: cannot read '/);
    }
  }));
