import assert from "node:assert/strict";
import { FakeStream } from "./session_test_support.ts";
import { writeText } from "./io.ts";

Deno.test("a text reaches the stream whole, wherever a write ends within a sign", async () => {
  for (let length = 90; length <= 110; length++) {
    const text = `${"x".repeat(length)}✓ ok · 79.0 µs – 🌊\n`;
    const stream = new FakeStream();
    await writeText(stream, text);
    assert.equal(stream.text, text);
  }
});

Deno.test("a stream that takes nothing is an error, not an endless loop", async () => {
  const stream = { write: () => Promise.resolve(0), isTerminal: () => false };
  await assert.rejects(writeText(stream, "text"), /takes no more bytes/);
  await writeText(stream, "");
});
