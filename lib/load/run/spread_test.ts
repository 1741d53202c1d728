/** Many topics, each with its own number of producers and consumers, spread over the workers. */
import assert from "node:assert/strict";
import { assertIntact, beginBoth, Lab, LONG, messagesOf, until } from "./load_run_test_support.ts";

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
});

Deno.test("another number of workers shares out all topics anew: nothing is lost, sent twice or left out of the plan", async () => {
  await using lab = await Lab.open();
  const spread = { names: names(12), perTopic: 3 };
  const producer = lab.producer({ rate: "5000", count: "15000" }, spread);
  const consumer = lab.consumer({ subscriptionType: "shared", workers: "1", unsubscribe: "true" }, spread);
  await beginBoth(producer, consumer);
  const more = async (): Promise<void> => {
    const before = producer.reader.total().counters.messages;
    await until(() => producer.reader.total().counters.messages > before + 500, LONG, producer);
  };
  await more();
  // Both at once: they happen one after another.
  await Promise.all([producer.resize(5), consumer.resize(3), producer.resize(4)]);
  assert.deepEqual([producer.workers, consumer.workers], [4, 3]);
  assert.deepEqual(producer.view().snapshot().workers.length, 4);
  await more();
  await Promise.all([producer.resize(1), consumer.resize(2)]);
  assert.deepEqual([producer.workers, consumer.workers, producer.counts.lanes], [1, 2, 36]);
  await more();
  const stats = await lab.broker.stats(spread.names[5]!);
  assert.deepEqual([stats.publishers.length, stats.subscriptions["pulsar-local-lab"]?.consumers.length], [
    3,
    3,
  ]);
  const { sent, received } = await lab.finish(producer, consumer);
  assert.equal(sent.reason, "count");
  assert.deepEqual([messagesOf(sent), sent.snapshot.total.counters.messages], [15_000, 15_000]);
  const ids = sent.streams.map(({ stream }) => stream);
  assert.equal(new Set(ids).size, ids.length, "no two producers have the same stream");
  // Two, five, four and one worker, with 36 producers each time.
  assert.equal(ids.length, 4 * 36);
  assertIntact(received, 15_000, { outOfOrder: "any" });
});

Deno.test("ordered subscriptions stay in order when their consumers change workers, none beside another of its topic", async () => {
  await using lab = await Lab.open();
  for (const [subscriptionType, perTopic, least] of [["failover", 2, 2], ["exclusive", 1, 1]] as const) {
    const spread = { names: names(6).map((name) => `${name}-${subscriptionType}`), perTopic };
    const producer = lab.producer({ rate: "4000", count: "8000" }, { ...spread, perTopic: 1 });
    const consumer = lab.consumer({ subscriptionType, workers: String(perTopic) }, spread);
    await beginBoth(producer, consumer);
    for (const [wanted, got] of [[4, 4], [1, least]] as const) {
      const before = consumer.reader.total().counters.messages;
      await until(() => consumer.reader.total().counters.messages > before + 200, LONG, consumer);
      await consumer.resize(wanted);
      assert.equal(consumer.workers, got);
    }
    const { received } = await lab.finish(producer, consumer);
    assertIntact(received, 8000);
  }
});
