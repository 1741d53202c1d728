import assert from "node:assert/strict";
import { FileTooLargeError, readBoundedFile, readBoundedText } from "./bounded_file.ts";

async function withFile(bytes: Uint8Array, use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("a file of exactly the limit is read, one byte more is refused", async () => {
  for (const limit of [0, 1, 1000, 65_535, 65_536, 200_000]) {
    const bytes = Uint8Array.from({ length: limit }, (_, index) => index % 251);
    await withFile(bytes, async (path) => {
      assert.deepEqual(await readBoundedFile(path, limit), bytes);
      assert.deepEqual(await readBoundedFile(path, limit + 1), bytes);
    });
    await withFile(new Uint8Array(limit + 1), async (path) => {
      await assert.rejects(readBoundedFile(path, limit), FileTooLargeError);
    });
  }
});

Deno.test("text is decoded, and a missing file is the system's error", async () => {
  await withFile(new TextEncoder().encode("µs\n"), async (path) => {
    assert.equal(await readBoundedText(path, 10), "µs\n");
  });
  await assert.rejects(readBoundedText("/nonexistent", 10), Deno.errors.NotFound);
});

Deno.test({
  name: "what has no size and no end is refused too",
  ignore: Deno.build.os === "windows",
  fn: () => assert.rejects(readBoundedFile("/dev/zero", 4096), { message: "it is larger than 4 KiB" }),
});
