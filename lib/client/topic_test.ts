import assert from "node:assert/strict";
import { InvalidNameError } from "./errors.ts";
import { parseTopic } from "./topic.ts";

Deno.test("topic names are completed", () => {
  assert.equal(parseTopic("t").full, "persistent://public/default/t");
});

Deno.test("names that cannot be are refused with the reason", () => {
  assert.throws(() => parseTopic("a/b"), (error) => {
    assert.ok(error instanceof InvalidNameError);
    assert.equal(error.message, "topic 'a/b' has 2 parts, expected NAME or TENANT/NAMESPACE/NAME");
    return true;
  });
});
