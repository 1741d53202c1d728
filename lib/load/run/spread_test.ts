/** Many topics, each with its own number of producers and consumers, spread over the workers. */
import assert from "node:assert/strict";
import { assertIntact, beginBoth, Lab, messagesOf } from "./load_run_test_support.ts";

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `persistent://public/default/spread-${index}`);

Deno.test("producers of many topics share one exact rate evenly, and every message of every topic arrives", async () => {
  await using lab = await Lab.open();
  const topics = names(150);
  const producer = lab.producer({ rate: "3000", durationMs: "2s" }, { names: topics, perTopic: 2 });
  const consumer = lab.consumer({ subscriptionType: "shared" }, { names: topics, perTopic: 1 });
  await beginBoth(producer, consumer);
  const { sent, received } = await lab.finish(producer, consumer);
  assert.equal(messagesOf(sent), 6000);
  assert.equal(sent.streams.length, 300, "a stream for each producer");
  const counts = sent.streams.map(({ next }) => next);
  assert.ok(
    Math.min(...counts) >= 15 && Math.max(...counts) <= 25,
    `${Math.min(...counts)}–${Math.max(...counts)}`,
  );
  assertIntact(received, 6000, { outOfOrder: "any" });
  // Each of 300 producers has 10 messages a second: none has two of them in a batch delay.
  assert.equal(producer.reader.total().counters.entries, 6000);
});

Deno.test("an exclusive subscription on many topics has one consumer on each", async () => {
  await using lab = await Lab.open();
  const topics = names(20);
  const producer = lab.producer({ rate: "2000", count: "2000" }, { names: topics, perTopic: 1 });
  const consumer = lab.consumer({ subscriptionType: "exclusive", workers: "1" }, {
    names: topics,
    perTopic: 1,
  });
  await beginBoth(producer, consumer);
  const { received } = await lab.finish(producer, consumer);
  assertIntact(received, 2000);
  const stats = await lab.broker.stats(topics[7]!);
  assert.equal(Object.keys(stats.subscriptions).length, 1);
});

Deno.test("partitions of many topics are opened too, and no more workers than there are producers", async () => {
  await using lab = await Lab.open();
  await lab.broker.createPartitionedTopic(names(1)[0]!, 3);
  const producer = lab.producer({ workers: "8", rate: "1000", count: "400" }, {
    names: names(2),
    perTopic: 1,
  });
  const consumer = lab.consumer({ subscriptionType: "shared" }, { names: names(2), perTopic: 1 });
  await beginBoth(producer, consumer);
  assert.deepEqual([producer.topics.length, producer.workers], [4, 4]);
  const { sent, received } = await lab.finish(producer, consumer);
  assert.deepEqual(sent.streams.map(({ next }) => next > 0), [true, true, true, true]);
  assertIntact(received, 400, { outOfOrder: "any" });
  await assert.rejects(producer.resize(2), /fixed/);
});
