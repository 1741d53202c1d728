/** How a consumer ends while messages still come: exact numbers, and no false alarm. */
import assert from "node:assert/strict";
import { beginBoth, Lab, LONG, messagesOf, until } from "./load_run_test_support.ts";
import type { RunOutcome } from "./types.ts";

/** What a later consumer of the same subscription gets: all that the first one has left. */
async function rest(lab: Lab, subscription: string, messages: number): Promise<RunOutcome> {
  const consumer = lab.consumer({ subscription, workers: "1" });
  await consumer.connect();
  consumer.begin();
  await until(() => consumer.reader.total().counters.messages >= messages, LONG, consumer);
  return await consumer.finish("quit");
}

for (const subscriptionType of ["shared", "key-shared", "failover"] as const) {
  Deno.test(`a consumer that ends before its producer has lost and reordered nothing: ${subscriptionType}`, async () => {
    await using lab = await Lab.open();
    for (let round = 0; round < 3; round++) {
      const topic = `going-on-${round}`;
      const producer = lab.producer({ topic, rate: "20000", batchMessages: "20", keys: "random" });
      const consumer = lab.consumer({ topic, subscriptionType, workers: "5", receiverQueue: "200" });
      await beginBoth(producer, consumer);
      await until(() => consumer.reader.total().counters.messages > 2000, LONG, consumer);
      const { snapshot } = await consumer.finish("duration");
      const { lost, duplicates, outOfOrder, corrupt } = snapshot.integrity!;
      assert.deepEqual({ lost, duplicates, outOfOrder, corrupt }, {
        lost: 0,
        duplicates: 0,
        outOfOrder: 0,
        corrupt: 0,
      });
      assert.equal(producer.phase, "running", "messages still came");
      assert.equal(
        snapshot.total.counters.sent,
        snapshot.total.counters.messages,
        "what was taken is acknowledged",
      );
      await producer.finish("quit");
    }
  });
}

Deno.test("a consumer with a planned number takes and acknowledges exactly that, all workers together", async () => {
  await using lab = await Lab.open();
  const cases = [
    { workers: "1", subscriptionType: "exclusive", batchMessages: "300" },
    { workers: "5", subscriptionType: "shared", batchMessages: "300" },
    { workers: "2", subscriptionType: "shared", batching: "false" },
    { workers: "1", subscriptionType: "exclusive", batchMessages: "300", ack: "cumulative" },
  ];
  for (const [index, { batchMessages = "1", batching = "true", ...settings }] of cases.entries()) {
    const topic = `counted-${index}`;
    const producer = lab.producer({ topic, count: "20000", batchMessages, batching, workers: "1" });
    // The subscription is there before the first message.
    const first = lab.consumer({ topic, subscription: "s", workers: "1" });
    await first.connect();
    await first.finish("quit");
    await producer.connect();
    producer.begin();
    const sent = await producer.done;
    const consumer = lab.consumer({ topic, count: "3001", subscription: "s", ...settings });
    await consumer.connect();
    consumer.begin();
    const { snapshot, reason } = await consumer.done;
    assert.equal(reason, "count");
    const { messages, sent: acknowledged } = snapshot.total.counters;
    assert.deepEqual([messages, acknowledged], [3001, 3001], JSON.stringify(settings));
    assert.equal(snapshot.integrity!.lost, 0);
    // A broker that knows single messages of a batch delivers each of the others, and none of these.
    const left = messagesOf(sent) - 3001;
    const next = lab.consumer({ topic, subscription: "s", workers: "1" });
    await next.connect();
    next.begin();
    await until(() => next.reader.total().counters.messages >= left, LONG, next);
    const { snapshot: second } = await next.finish("quit");
    assert.equal(second.total.counters.messages, left, "what was sent ahead went back to the subscription");
  }
});

Deno.test("the planned number counts from the measured part on", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "5000", batchMessages: "50" });
  const consumer = lab.consumer({ warmupMs: "500ms", count: "2000", workers: "3" });
  await beginBoth(producer, consumer);
  const { snapshot } = await consumer.done;
  assert.equal(snapshot.total.counters.messages, 2000);
  await producer.finish("quit");
});

Deno.test("what a consumer leaves is delivered to the next one, and then nothing is missing", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "10000", count: "20000", batchMessages: "25" });
  const consumer = lab.consumer({ workers: "4", subscription: "s" });
  await beginBoth(producer, consumer);
  await until(() => consumer.reader.total().counters.messages > 5000, LONG, consumer);
  const first = await consumer.finish("quit");
  await producer.done;
  const taken = first.snapshot.total.counters.messages;
  const second = await rest(lab, "s", 20_000 - taken);
  assert.equal(taken + second.snapshot.total.counters.messages, 20_000);
  assert.equal(first.snapshot.integrity!.lost, 0);
});

Deno.test("a message that the broker keeps back from all workers is still found lost", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ workers: "1", rate: "5000", batchMessages: "10" });
  const consumer = lab.consumer({ workers: "3" });
  await beginBoth(producer, consumer);
  await until(() => consumer.reader.total().counters.messages > 500, LONG, consumer);
  await lab.broker.hooks.corruptDeliveries({ times: 2 });
  const seen = consumer.reader.total().counters.messages;
  await until(() => consumer.reader.total().counters.messages > seen + 1000, LONG, consumer);
  const { snapshot } = await consumer.finish("quit");
  const { corrupt, lost, lostOrDamaged } = snapshot.integrity!;
  assert.ok(corrupt >= 2 && corrupt <= 20, `${corrupt} messages of two entries`);
  assert.deepEqual(
    [lost, lostOrDamaged],
    [corrupt, corrupt],
    "without the producer nobody knows which they were",
  );
  assert.equal(snapshot.total.counters.failed, corrupt);
  await producer.finish("quit");
});

Deno.test("a consumer that joins a running flow has not measured for longer than it lasted", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "5000", batchMessages: "10" });
  await producer.connect();
  producer.begin();
  await until(() => producer.reader.total().counters.messages > 500, LONG, producer);
  const consumer = lab.consumer({ workers: "3" });
  await consumer.connect();
  // What comes while nobody measures yet is part of what it consumes.
  await until(() => consumer.reader.total().counters.messages > 0, LONG, consumer);
  consumer.begin();
  await until(() => consumer.reader.total().counters.messages > 3000, LONG, consumer);
  const { startedAt, endedAt, snapshot } = await consumer.finish("quit");
  assert.ok(
    endedAt - startedAt >= snapshot.total.seconds * 1e6,
    `${snapshot.total.seconds} s measured of ${(endedAt - startedAt) / 1e6} s`,
  );
  await producer.finish("quit");
});
