import assert from "node:assert/strict";
import { print } from "./console.ts";

Deno.test("a text is printed whole, however little the stream takes at a time", () => {
  let written = "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const stream = {
    writeSync(bytes: Uint8Array): number {
      const some = bytes.subarray(0, 7);
      written += decoder.decode(some, { stream: true });
      return some.length;
    },
  };
  print("one line ✓\nand another ·\n", stream);
  assert.equal(written, "one line ✓\nand another ·\n");
});

Deno.test("a reader that has seen enough is no failure, a full disk is one", () => {
  const failing = (error: Error) => ({
    writeSync(): number {
      throw error;
    },
  });
  print("text", failing(new Deno.errors.BrokenPipe()));
  assert.throws(() => print("text", failing(new Error("no space left"))), /no space left/);
});
