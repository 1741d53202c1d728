import assert from "node:assert/strict";
import { InvalidNameError } from "./errors.ts";
import { parseTopic, partitionIndex, partitionName } from "./topic.ts";

Deno.test("topic names are completed", () => {
  assert.equal(parseTopic("t").full, "persistent://public/default/t");
  assert.equal(parseTopic("a/b/t").full, "persistent://a/b/t");
  assert.deepEqual(parseTopic("non-persistent://a/b/t"), {
    domain: "non-persistent",
    tenant: "a",
    namespace: "b",
    local: "t",
    full: "non-persistent://a/b/t",
  });
});

Deno.test("names that cannot be are refused with the reason", () => {
  for (
    const [name, reason] of [
      ["a/b", /has 2 parts/],
      ["a/b/c/d", /has 4 parts/],
      ["http://a/b/c", /has domain 'http'/],
      ["", /empty part/],
      ["a//t", /empty part/],
      ["a b/c/t", /a character that topic names cannot hold/],
      ["two words", /a character/],
    ] as const
  ) {
    assert.throws(() => parseTopic(name), (error) => {
      assert.ok(error instanceof InvalidNameError && reason.test(error.message), `${name}: ${error}`);
      return true;
    });
  }
});

Deno.test("partitions are named and recognised", () => {
  assert.equal(partitionName("t", 12), "t-partition-12");
  assert.equal(partitionIndex("persistent://a/b/t-partition-12"), 12);
  assert.equal(partitionIndex("persistent://a/b/t-partition-x"), -1);
});
