import assert from "node:assert/strict";
import { MessageId, type OutgoingMessage, type Producer } from "../../lib/client/mod.ts";
import {
  bytes,
  drain,
  eventually,
  newTopic,
  numbered,
  take,
  textOf,
  withClient,
} from "../support/client_stage.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

const reason = await brokerUnavailable();
const test = testUnless(reason);
const shared = reason === undefined ? await sharedBroker() : undefined;

const sendAll = async (
  producer: Producer,
  payloads: readonly string[],
  rest: Partial<OutgoingMessage> = {},
) =>
  (await Promise.all(
    payloads.map((payload) => producer.send({ payload: bytes(payload), ...rest })),
  )) as MessageId[];

test("a refused message comes again, counted, while the others stay done", async () => {
  for (const type of ["shared", "key-shared", "exclusive", "failover"] as const) {
    const topic = newTopic(`nack-${type}`);
    await withClient(shared!.serviceUrl, async (client) => {
      const consumer = await client.subscribe({ topic, subscription: "s", type, nackDelayMs: 50 });
      const producer = await client.createProducer({ topic, batching: false });
      await sendAll(producer, numbered(5));
      await take(consumer, 5, (message) => {
        if (textOf(message) === "2") consumer.nack(message);
        else consumer.ack(message);
      });
      const again = (await consumer.receive(20_000))!;
      assert.equal(textOf(again), "2", type);
      assert.ok(again.redeliveryCount >= 1 || type === "exclusive" || type === "failover", type);
      consumer.ack(again);
      assert.deepEqual((await drain(consumer, 300)).map(textOf), [], type);
    });
  }
});

test("a message that nobody acknowledges comes again after the timeout", async () => {
  const topic = newTopic("unacked");
  await withClient(shared!.serviceUrl, async (client) => {
    const consumer = await client.subscribe({
      topic,
      subscription: "s",
      type: "shared",
      unackedTimeoutMs: 200,
    });
    const producer = await client.createProducer({ topic, batching: false });
    await sendAll(producer, ["forgotten", "done"]);
    await take(consumer, 2, (message) => {
      if (textOf(message) === "done") consumer.ack(message);
    });
    const again = (await consumer.receive(20_000))!;
    assert.equal(textOf(again), "forgotten");
    assert.equal(again.redeliveryCount, 1);
  });
});

test("what a consumer leaves unacknowledged goes to the next", async () => {
  const topic = newTopic("leave");
  await withClient(shared!.serviceUrl, async (client) => {
    const options = { topic, subscription: "s" };
    const consumer = await client.subscribe(options);
    const producer = await client.createProducer({ topic, batching: { messages: 5, delayMs: 1000 } });
    await sendAll(producer, numbered(10));
    let acked = 0;
    await take(consumer, 10, (message) => {
      if (acked++ < 7) consumer.ack(message);
    });
    await consumer.close();
    const next = await client.subscribe(options);
    // The second batch is not done, and comes as a whole.
    assert.deepEqual(await take(next, 5), numbered(5, 5));
    assert.deepEqual(await drain(next, 300), []);
  });
});

test("cumulative acknowledgements take everything before with them", async () => {
  const { admin, serviceUrl } = shared!;
  const topic = newTopic("cumulative");
  await withClient(serviceUrl, async (client) => {
    const consumer = await client.subscribe({ topic, subscription: "s" });
    const producer = await client.createProducer({ topic, batching: false });
    await sendAll(producer, numbered(10));
    await take(consumer, 8, (message) => {
      if (textOf(message) === "7") consumer.ackCumulative(message);
    });
    consumer.flushAcks();
    await eventually(
      async () => (await admin.stats(topic)).subscriptions["s"]!.msgBacklog,
      (backlog) => backlog === 2,
    );
  });
});

test("messages of a batch are acknowledged one by one, permits and all", async () => {
  const { admin, serviceUrl } = shared!;
  const topic = newTopic("batch-index");
  await withClient(serviceUrl, async (client) => {
    const options = {
      topic,
      subscription: "s",
      type: "shared",
      batchIndexAck: true,
      receiverQueue: 100,
    } as const;
    const producer = await client.createProducer({ topic, batching: { messages: 100, delayMs: 1000 } });
    const consumer = await client.subscribe(options);
    await sendAll(producer, numbered(100));
    await take(consumer, 100, (message) => {
      if (Number(textOf(message)) % 4 !== 1) consumer.ack(message);
    });
    await consumer.close();
    const next = await client.subscribe(options);
    const left = numbered(100).filter((payload) => Number(payload) % 4 === 1);
    assert.deepEqual(await take(next, left.length, () => {}), left);
    const stats = async () => (await admin.stats(topic)).subscriptions["s"]!;
    // The broker has counted the messages that were left, and no others.
    assert.equal((await stats()).consumers[0]!.availablePermits, 100 - left.length);
    await next.close();
    const last = await client.subscribe(options);
    await take(last, left.length);
    last.flushAcks();
    await eventually(async () => (await stats()).msgBacklog, (backlog) => backlog === 0);
  });
});

test("a cumulative acknowledgement may end inside a batch", async () => {
  const topic = newTopic("batch-cumulative");
  await withClient(shared!.serviceUrl, async (client) => {
    const options = { topic, subscription: "s", batchIndexAck: true };
    const consumer = await client.subscribe(options);
    const producer = await client.createProducer({ topic, batching: { messages: 10, delayMs: 1000 } });
    await sendAll(producer, numbered(20));
    await take(consumer, 20, (message) => {
      if (textOf(message) === "13") consumer.ackCumulative(message);
    });
    await consumer.close();
    const next = await client.subscribe(options);
    assert.deepEqual(await take(next, 6), numbered(6, 14));
  });
});

test("a subscription moves to a message, into a batch, to either end and to a time", async () => {
  const topic = newTopic("seek");
  await withClient(shared!.serviceUrl, async (client) => {
    const troubles: string[] = [];
    const consumer = await client.subscribe({
      topic,
      subscription: "s",
      onTrouble: (error) => troubles.push(error.message),
    });
    const single = await client.createProducer({ topic, batching: false });
    const ids = await sendAll(single, numbered(10));
    await single.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const between = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const batched = await client.createProducer({ topic, batching: { messages: 10, delayMs: 1000 } });
    const more = await sendAll(batched, numbered(10, 10));
    assert.deepEqual(await take(consumer, 20), numbered(20));

    await consumer.seek(ids[4]!);
    assert.deepEqual(await take(consumer, 16), numbered(16, 4));
    await consumer.seek(MessageId.earliest);
    assert.deepEqual(await take(consumer, 3), numbered(3));
    await consumer.seek({ publishTimeMs: between });
    assert.deepEqual(await take(consumer, 10), numbered(10, 10));
    await consumer.seek(more[6]!);
    assert.deepEqual(await take(consumer, 4), numbered(4, 16));
    await consumer.seek(MessageId.latest);
    await sendAll(batched, ["new"]);
    assert.deepEqual(await take(consumer, 1), ["new"]);
    await consumer.seek({ publishTimeMs: 0 });
    assert.deepEqual(await take(consumer, 21), [...numbered(20), "new"]);
    assert.deepEqual(troubles, []);
  });
});

test("a delayed message of a shared subscription waits for its time", async () => {
  const topic = newTopic("delayed");
  await withClient(shared!.serviceUrl, async (client) => {
    const consumer = await client.subscribe({ topic, subscription: "s", type: "shared" });
    const producer = await client.createProducer({ topic });
    const sentAt = Date.now();
    const due = sentAt + 2500;
    await sendAll(producer, ["later"], { deliverAt: due });
    await sendAll(producer, ["now"]);
    assert.deepEqual(await take(consumer, 1), ["now"]);
    assert.deepEqual(await take(consumer, 1), ["later"]);
    // By default the broker looks once a second, and hands out what is due by its next look.
    assert.ok(Date.now() >= due - 1100, `${Date.now() - sentAt} ms after it was sent`);
  });
});
