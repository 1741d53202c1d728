/** Runs of the engine through what a real broker does to its clients: topics that move, consumers that take over. */
import assert from "node:assert/strict";
import {
  assertIntact,
  beginBoth,
  LONG,
  runAt,
  type Settings,
  until,
} from "../../lib/load/run/load_run_test_support.ts";
import { streamParts } from "../../lib/load/header/header_test_support.ts";
import type { LoadRun } from "../../lib/load/run/load_run.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

const NAMESPACE = `public/faults-${crypto.randomUUID().slice(0, 8)}`;

const unavailable = await brokerUnavailable();
const test = testUnless(unavailable);
const real = unavailable === undefined ? await sharedBroker() : undefined;
if (real !== undefined) {
  await real.admin.createNamespace(NAMESPACE);
  // Otherwise what producers send again is stored twice, and has to be reported as such.
  await real.admin.setDeduplication(NAMESPACE, true);
}

const runOf = (role: "producer" | "consumer", settings: Settings): LoadRun => runAt(real!, role, settings);

for (const subscriptionType of ["exclusive", "failover", "shared", "key-shared"] as const) {
  test(`a topic that moves twice loses and doubles nothing: ${subscriptionType}`, async () => {
    const { admin } = real!;
    const topic = `persistent://${NAMESPACE}/moving-${subscriptionType}`;
    const runId = crypto.randomUUID().slice(0, 8);
    const producer = runOf("producer", {
      topic,
      runId,
      workers: "2",
      rate: "10000",
      count: "60000",
      batchMessages: "100",
      size: "200B",
      keys: "random",
    });
    const consumer = runOf("consumer", {
      topic,
      runId,
      workers: subscriptionType === "exclusive" ? "1" : "3",
      subscriptionType,
      initialPosition: "earliest",
      // Late acknowledgements: much comes again.
      ackGroupMs: "1s",
      ackGroupMax: "10000",
    });
    try {
      await beginBoth(producer, consumer);
      for (const reached of [10_000, 30_000]) {
        await until(() => consumer.reader.total().counters.messages > reached, LONG, consumer);
        await admin.unload(topic);
      }
      const sent = await producer.done;
      assert.equal(sent.snapshot.total.counters.messages, 60_000);
      assert.ok(sent.snapshot.total.counters.reconnects >= 2);
      consumer.integrity.expect(sent.streams);
      await until(() => consumer.integrity.current(false)!.lost === 0, LONG, consumer);
      const received = await consumer.finish("quit");
      assert.ok(received.snapshot.total.counters.reconnects >= 2);
      const isOrdered = subscriptionType === "exclusive" || subscriptionType === "failover";
      assertIntact(received, 60_000, isOrdered ? {} : { outOfOrder: "any" });
    } finally {
      await Promise.all([producer.finish("quit"), consumer.finish("quit")]);
      await admin.deleteTopic(topic);
    }
  });
}

test("sixty-four workers of each role share a topic", async () => {
  const topic = `persistent://${NAMESPACE}/many`;
  const runId = crypto.randomUUID().slice(0, 8);
  const producer = runOf("producer", {
    topic,
    runId,
    workers: "64",
    rate: "6400",
    count: "12800",
    size: "200B",
  });
  const consumer = runOf("consumer", { topic, runId, workers: "64", initialPosition: "earliest" });
  try {
    await consumer.connect();
    await producer.connect();
    assert.equal((await real!.admin.stats(topic)).publishers.length, 64);
    consumer.begin();
    producer.begin();
    const sent = await producer.done;
    assert.equal(sent.streams.length, 64);
    consumer.integrity.expect(sent.streams);
    await until(() => consumer.integrity.current(false)!.lost === 0, LONG, consumer);
    assertIntact(await consumer.finish("quit"), 12_800);
  } finally {
    await Promise.all([producer.finish("quit"), consumer.finish("quit")]);
    await real!.admin.deleteTopic(topic);
  }
});

test("partitions added under load are used by the producer and read by the consumer", async () => {
  const { admin } = real!;
  const topic = `persistent://${NAMESPACE}/growing`;
  await admin.createPartitionedTopic(topic, 2);
  const settings = { topic, runId: "growing", workers: "2", partitionDiscoveryMs: "300ms" };
  const producer = runOf("producer", { ...settings, rate: "2000", batchMessages: "10", size: "200B" });
  // Nobody knows when the consumer sees them: what was sent before is read all the same.
  const consumer = runOf("consumer", { ...settings, subscriptionType: "shared", initialPosition: "latest" });
  try {
    await beginBoth(producer, consumer);
    const messages = (): number => producer.reader.total().counters.messages;
    await until(() => messages() > 500, LONG, producer);
    await admin.setPartitions(topic, 4);
    await until(() => producer.topics.length === 4 && consumer.topics.length === 4, LONG);
    const before = messages();
    await until(() => messages() > before + 2000, LONG, producer);
    const sent = await producer.finish("quit");
    const used = sent.streams.filter(({ next }) => next > 0).map(({ stream }) =>
      streamParts(stream).partition
    );
    assert.deepEqual([...new Set(used)].sort(), [0, 1, 2, 3]);
    consumer.integrity.expect(sent.streams);
    await until(() => consumer.integrity.current(false)!.lost === 0, LONG, consumer);
    assertIntact(await consumer.finish("quit"), sent.snapshot.total.counters.messages, { outOfOrder: "any" });
  } finally {
    await producer.finish("quit");
    await consumer.finish("quit");
  }
});

// Without de-duplication the broker answers in another way.
for (const namespace of [NAMESPACE, "public/default"]) {
  test(`a terminated topic ends a producer's run at once, with that reason: ${namespace.split("-")[0]}`, async () => {
    const topic = `persistent://${namespace}/terminated-${crypto.randomUUID()}`;
    const producer = runOf("producer", { topic, workers: "5", rate: "50", durationMs: "1m" });
    try {
      await producer.connect();
      producer.begin();
      await until(() => producer.reader.total().counters.messages > 20, LONG, producer);
      await real!.admin.terminate(topic);
      const { reason, failure, snapshot } = await producer.done;
      assert.equal(reason, "failure");
      assert.match(failure!.message, /TopicTerminated/);
      assert.ok(snapshot.elapsed < 50, "long before its planned end");
    } finally {
      await producer.finish("quit");
    }
  });
}
