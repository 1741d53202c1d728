import assert from "node:assert/strict";
import { Admin, MessageId } from "../../lib/client/mod.ts";
import { bytes, newTopic, numbered, take, withClient } from "../support/client_stage.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

const reason = await brokerUnavailable();
const test = testUnless(reason);
const shared = reason === undefined ? await sharedBroker() : undefined;
const admin = (): Admin => new Admin({ url: shared!.adminUrl });

test("topics are made with partitions, enlarged, never made smaller, and deleted", async () => {
  const topic = newTopic("admin");
  assert.equal(await admin().partitions(topic), 0, "a topic that does not exist has none");
  await admin().deleteTopic(topic);
  await admin().ensurePartitions(topic, 2);
  await admin().ensurePartitions(topic, 2);
  await admin().ensurePartitions(topic, 5);
  assert.equal(await admin().partitions(topic), 5);
  await assert.rejects(admin().ensurePartitions(topic, 3), /has 5 partitions, '3' were asked for/);
  await assert.rejects(admin().createTopic(topic, 5), /HTTP 409: This topic already exists/);
  await admin().createSubscription(topic, "first/second", "earliest");
  await admin().createSubscription(topic, "end", "latest");
  assert.deepEqual((await admin().subscriptions(topic)).sort(), ["end", "first/second"]);
  const stats = await admin().stats(topic);
  assert.equal(stats.msgInCounter, 0);
  assert.deepEqual(Object.keys(stats.subscriptions).sort(), ["end", "first/second"]);
  await admin().deleteTopic(topic);
  assert.equal(await admin().partitions(topic), 0);
});

test("a subscription made at either end reads from there", async () => {
  const topic = newTopic("ends");
  await withClient(shared!.serviceUrl, async (client) => {
    const producer = await client.createProducer({ topic });
    await producer.send({ payload: bytes("old") });
    await admin().createSubscription(topic, "early", "earliest");
    await admin().createSubscription(topic, "late", "latest");
    await producer.send({ payload: bytes("new") });
    const early = await client.subscribe({ topic, subscription: "early" });
    const late = await client.subscribe({ topic, subscription: "late" });
    assert.deepEqual(await take(early, 2), ["old", "new"]);
    assert.deepEqual(await take(late, 1), ["new"]);
  });
  await admin().deleteTopic(topic);
});

test("messages without key go round all partitions, and all are read", async () => {
  const topic = newTopic("round");
  await admin().createTopic(topic, 4);
  await withClient(shared!.serviceUrl, async (client) => {
    assert.equal(await client.partitions(topic), 4);
    const consumer = await client.subscribe({ topic, subscription: "s" });
    const producer = await client.createProducer({ topic, batching: false });
    const ids = await Promise.all(numbered(40).map((payload) => producer.send({ payload: bytes(payload) })));
    const counts = new Map<number, number>();
    for (const id of ids) counts.set(id!.partition, (counts.get(id!.partition) ?? 0) + 1);
    assert.deepEqual([...counts].sort((a, b) => a[0] - b[0]), [[0, 10], [1, 10], [2, 10], [3, 10]]);
    const got = await take(consumer, 40);
    assert.deepEqual(got.map(Number).sort((a, b) => a - b), numbered(40).map(Number));
    assert.equal((await admin().stats(topic)).msgInCounter, 40);
    await consumer.seek(MessageId.earliest);
    assert.equal((await take(consumer, 40)).length, 40);
  });
  await admin().deleteTopic(topic);
});

test("keys go to the partitions to which Java sends them", async () => {
  const topic = newTopic("keys");
  await admin().createTopic(topic, 7);
  await withClient(shared!.serviceUrl, async (client) => {
    // String.hashCode and Murmur3_32Hash of these keys, as Java computes them.
    const vectors = [
      ["hello", 99_162_322, 613_153_351],
      ["key-1", 101_943_363, 414_258_592],
      ["order-12345", 478_832_884, 1_785_094_598],
    ] as const;
    for (const [index, hash] of (["java", "murmur3"] as const).entries()) {
      const producer = await client.createProducer({ topic, hash, routing: "key-hash" });
      for (const vector of vectors) {
        const id = await producer.send({ payload: bytes("x"), key: vector[0] });
        assert.equal(id!.partition, (vector[index + 1] as number) % 7, `${hash} of ${vector[0]}`);
      }
      await producer.close();
    }
  });
  await admin().deleteTopic(topic);
});

test("a client that was made before goes on with its partitions when a topic grows", async () => {
  const topic = newTopic("grow");
  await admin().createTopic(topic, 1);
  await withClient(shared!.serviceUrl, async (client) => {
    const producer = await client.createProducer({ topic });
    const consumer = await client.subscribe({ topic, subscription: "s" });
    await admin().ensurePartitions(topic, 3);
    const id = await producer.send({ payload: bytes("a") });
    assert.equal(id!.partition, 0);
    assert.deepEqual(await take(consumer, 1), ["a"]);
    assert.equal(await client.partitions(topic), 3);
  });
  await admin().deleteTopic(topic);
});
