import assert from "node:assert/strict";
import { hint, nearest } from "./suggest.ts";

const WORDS = ["rate", "run-id", "batch-messages", "compression", "topic"];

Deno.test("the nearest word is found through typos, swapped letters, and other spellings", () => {
  assert.equal(nearest("rat", WORDS), "rate");
  assert.equal(nearest("tpoic", WORDS), "topic");
  assert.equal(nearest("batchMessages", WORDS), "batch-messages");
  assert.equal(nearest("batch_mesages", WORDS), "batch-messages");
  assert.equal(nearest("COMPRESION", WORDS), "compression");
});

Deno.test("nothing is suggested when nothing is near", () => {
  assert.equal(nearest("xylophone", WORDS), undefined);
  assert.equal(nearest("", []), undefined);
  assert.equal(hint("xylophone", WORDS), "");
  assert.equal(hint("rat", WORDS), " (did you mean 'rate'?)");
});

Deno.test("a word as long as a file is near to nothing, and is compared with nothing letter by letter", () => {
  // A million letters against five words: it would not end within the time of a test.
  assert.equal(nearest("compression".repeat(100_000), WORDS), undefined);
});
