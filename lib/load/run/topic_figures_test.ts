import assert from "node:assert/strict";
import { assertIntact, beginBoth, Lab } from "./load_run_test_support.ts";

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `persistent://public/default/each-${index}`);

Deno.test("a run of several topics knows how many messages each of them had, over all workers", async () => {
  await using lab = await Lab.open();
  const topics = { names: names(5), perTopic: 2 };
  const producer = lab.producer({ workers: "2", rate: "1000", count: "500" }, topics);
  const consumer = lab.consumer({ workers: "2", subscriptionType: "shared" }, topics);
  await beginBoth(producer, consumer);
  const { sent, received } = await lab.finish(producer, consumer);
  assertIntact(received, 500, { outOfOrder: "any" });
  const [out, back] = [sent.snapshot.topics!, received.snapshot.topics!];
  assert.deepEqual([out.count, out.together, out.nameOf(4)], [5, 1, names(5)[4]]);
  assert.equal(out.messages.reduce((sum, count) => sum + count), 500);
  assert.deepEqual([...back.messages], [...out.messages]);
  assert.ok(out.messages.every((count) => count > 0));
});

Deno.test("a run of one topic tells no topics apart", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "1000", count: "10" });
  await producer.connect();
  producer.begin();
  assert.equal((await producer.done).snapshot.topics, undefined);
});
