import assert from "node:assert/strict";
import { join } from "node:path";
import { loadPayloads, splitPayloads } from "./payload_source.ts";

const encode = (value: string): Uint8Array => new TextEncoder().encode(value);
const decode = (value: Uint8Array): string => new TextDecoder().decode(value);

Deno.test("a text file is one payload a line, whatever its line ends, without the empty ones", () => {
  assert.deepEqual(splitPayloads(encode("one\r\ntwo\n\n\r\nthree ü")).map(decode), ["one", "two", "three ü"]);
  assert.deepEqual(splitPayloads(encode("\n\n")), []);
});

Deno.test("a binary file is one payload", () => {
  for (const content of [[1, 10, 0, 10, 2], [0xff, 10, 0xfe]]) {
    assert.deepEqual(splitPayloads(Uint8Array.from(content)), [Uint8Array.from(content)]);
  }
});

Deno.test("a directory gives each of its files in name order; missing and empty sources are named", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await assert.rejects(loadPayloads(directory), {
      code: "file-invalid",
      message: new RegExp(`'${directory}' holds no`),
    });
    await Deno.writeTextFile(join(directory, "b.txt"), "two\nlines");
    await Deno.writeFile(join(directory, "a.bin"), Uint8Array.from([0, 1]));
    await Deno.writeTextFile(join(directory, "c.txt"), "");
    await Deno.mkdir(join(directory, "d"));
    assert.deepEqual((await loadPayloads(directory)).map(decode), ["\0\x01", "two\nlines"]);
    assert.deepEqual((await loadPayloads(join(directory, "b.txt"))).map(decode), ["two", "lines"]);
    const missing = join(directory, "nothing");
    await assert.rejects(loadPayloads(missing), {
      code: "file-invalid",
      message: new RegExp(`'${missing}' cannot be read`),
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
