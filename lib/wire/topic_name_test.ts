import assert from "node:assert/strict";
import fc from "fast-check";
import { parseTopicName, partitionIndex, partitionName, type TopicName } from "./topic_name.ts";

/** Full names that Pulsar 4.2.4 (`TopicName.get`) gave for these, with partition index and partitioned topic. */
const VALID: readonly (readonly [given: string, full: string, partition?: number, base?: string])[] = [
  ["t", "persistent://public/default/t"],
  ["a/b/t", "persistent://a/b/t"],
  ["persistent://a/b/c", "persistent://a/b/c"],
  ["non-persistent://a/b/c", "non-persistent://a/b/c"],
  ["a:b/c=d/e.f", "persistent://a:b/c=d/e.f"],
  ["a_b/c-d/e", "persistent://a_b/c-d/e"],
  ["two words", "persistent://public/default/two words"],
  ["a/b/ä", "persistent://a/b/ä"],
  ["a/b/%2F", "persistent://a/b/%2F"],
  ["t?x#y", "persistent://public/default/t?x#y"],
  ["t-partition-3", "persistent://public/default/t-partition-3", 3, "persistent://public/default/t"],
  ["t-partition-0", "persistent://public/default/t-partition-0", 0, "persistent://public/default/t"],
  [
    "t-partition-1-partition-2",
    "persistent://public/default/t-partition-1-partition-2",
    2,
    "persistent://public/default/t-partition-1",
  ],
  [
    "t-partition-2147483647",
    "persistent://public/default/t-partition-2147483647",
    2_147_483_647,
    "persistent://public/default/t",
  ],
  ...["03", "-1", "x", "", "+3", "2147483648"].map((index) =>
    [`t-partition-${index}`, `persistent://public/default/t-partition-${index}`] as const
  ),
];

Deno.test("names are completed and taken apart as Pulsar does it", () => {
  for (const [given, full, partition = -1, base = full] of VALID) {
    const name = parseTopicName(given) as TopicName;
    assert.deepEqual([name.full, name.partition, name.base], [full, partition, base], given);
    assert.equal(`${name.domain}://${name.namespace}/${name.local}`, full);
  }
});

Deno.test("names that Pulsar refuses are refused with the reason", () => {
  for (
    const [given, problem] of [
      ["a/b", /^has 2 parts, expected NAME or TENANT\/NAMESPACE\/NAME$/],
      ["a/b/c/d", /^has 4 parts/],
      ["persistent://", /^has 1 part, expected persistent:\/\/TENANT\/NAMESPACE\/NAME$/],
      ["persistent://t", /^has 1 part,/],
      ["persistent://a/b", /^has 2 parts,/],
      ["persistent://a/b/c/d", /^has 4 parts,/],
      ["http://a/b/c", /^has domain 'http', expected persistent or non-persistent$/],
      ["topic://a/b/c", /^has domain 'topic'/],
      ["a/b/x://y", /^has domain 'a\/b\/x'/],
      ["persistent://a/b/x://y", /^has 5 parts/],
      ["", /^has an empty part$/],
      ["   ", /^has an empty part$/],
      ["a//t", /^has an empty part$/],
      ["/a/t", /^has an empty part$/],
      ["persistent://a/b/ ", /^has an empty part$/],
      ["a b/c/t", /^has 'a b' as tenant or namespace/],
      ["a/ten%ant/t", /^has 'ten%ant' as tenant or namespace/],
      ["tänant/n/t", /^has 'tänant' as tenant or namespace/],
    ] as const
  ) {
    const found = parseTopicName(given);
    assert.ok(typeof found === "string" && problem.test(found), `'${given}': ${JSON.stringify(found)}`);
  }
});

Deno.test("a full name reads as itself, and any text is a name or a problem", () => {
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom("a", "/", ":", "//", "persistent", "-")).map((all) => all.join("")),
  );
  fc.assert(fc.property(text, (given) => {
    const name = parseTopicName(given);
    if (typeof name === "string") assert.ok(name.length > 0);
    else assert.deepEqual(parseTopicName(name.full), name);
  }));
});

Deno.test("partitions are named and recognised", () => {
  assert.equal(partitionName("t", 12), "t-partition-12");
  fc.assert(fc.property(fc.nat(), (index) => {
    const name = parseTopicName(partitionName("a/b/t", index)) as TopicName;
    assert.deepEqual([name.partition, name.base], [index, "persistent://a/b/t"]);
    assert.equal(partitionIndex(name.full), index);
  }));
  for (const other of ["t", "t-partition-x", "t-partition-01", "t-partition-1 "]) {
    assert.equal(partitionIndex(other), -1, other);
  }
});
