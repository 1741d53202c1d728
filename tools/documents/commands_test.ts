import assert from "node:assert/strict";
import { parse } from "yaml";
import { commandBlocks, documents, shortened } from "./commands.ts";

const TARGET = { serviceUrl: "pulsar://127.0.0.1:1", adminUrl: "http://127.0.0.1:2" };

Deno.test("a comment above a block says how it is run, and counts for that block only", () => {
  const text = "# A\n\n<!-- not run: needs a cluster -->\n\n```sh\na\nb\n```\n\n```sh\nc\n```\n\n" +
    "<!-- until: ready -->\n<!-- may exit 99: slow machines -->\n```sh\nd\n```\n";
  assert.deepEqual(commandBlocks("x.md", text).map(({ line: _line, document: _document, ...rest }) => rest), [
    { text: "a\nb", notRun: "needs a cluster" },
    { text: "c" },
    { text: "d", until: "ready", mayExit: 99 },
  ]);
  assert.equal(commandBlocks("x.md", text)[0]!.line, 6);
});

Deno.test("one comment can stand for all blocks below it", () => {
  const text =
    "```sh\na\n```\n\n<!-- not run below: measurements -->\n\nwords\n\n```sh\nb\n```\n\n```sh\nc\n```\n";
  assert.deepEqual(commandBlocks("x.md", text).map(({ notRun }) => notRun), [
    undefined,
    "measurements",
    "measurements",
  ]);
});

Deno.test("other languages are no commands, and commands have one name", () => {
  assert.deepEqual(commandBlocks("x.md", "```yaml\na: 1\n```\n```\nplain\n```\n"), []);
  assert.throws(
    () => commandBlocks("x.md", "```bash\na\n```\n"),
    /^Error: x\.md:1: commands are marked ```sh/,
  );
});

Deno.test("a comment without a reason, unknown, or without a block is refused with its place", () => {
  assert.throws(
    () => commandBlocks("x.md", "<!-- not run: -->\n```sh\na\n```"),
    /x\.md:1: 'not run:' is none of/,
  );
  assert.throws(
    () => commandBlocks("x.md", "\n<!-- run twice -->\n```sh\na\n```"),
    /x\.md:2: 'run twice' is none of/,
  );
  assert.throws(
    () => commandBlocks("x.md", "<!-- until: x -->\nwords\n"),
    /x\.md:2: no block of commands follows/,
  );
});

Deno.test("commands go to the test's broker and end within seconds", () => {
  assert.equal(
    shortened("producer -u pulsar://localhost:6650 -d 5m --stage burst:1m:80k:2s/8s --stage 30s:1k", TARGET),
    "producer -u pulsar://127.0.0.1:1 -d 1s --stage burst:300ms:80k:100ms/100ms --stage 300ms:1k",
  );
  assert.equal(
    shortened("consumer --idle 10s -n 1m --admin-url http://localhost:8080 --warmup 5s", TARGET),
    "consumer --idle 4s -n 10k --admin-url http://127.0.0.1:2 --warmup 500ms",
  );
  assert.equal(
    shortened("lab broker --json --address 0.0.0.0", TARGET),
    "lab broker --port 0 --web-port 0 --json --address 127.0.0.1",
  );
});

Deno.test("every block of commands in the documents is marked rightly, and those for users are run", async () => {
  const blocks = (await Promise.all(
    (await documents()).map(async (path) => commandBlocks(path, await Deno.readTextFile(path))),
  )).flat();
  const run = blocks.filter(({ notRun }) => notRun === undefined);
  assert.ok(run.length >= 15, `${run.length} of ${blocks.length} blocks are run`);
});

Deno.test("every block of YAML or JSON in README and docs can be read", async () => {
  let blocks = 0;
  for (const path of await documents()) {
    const text = await Deno.readTextFile(path);
    for (const [, language, block] of text.matchAll(/^```(yaml|json)\n([\s\S]*?)^```$/gm)) {
      blocks++;
      assert.doesNotThrow(
        () => language === "json" ? JSON.parse(block!) : parse(block!),
        `${path}: ${block}`,
      );
    }
  }
  assert.ok(blocks >= 3, `${blocks} blocks`);
});
