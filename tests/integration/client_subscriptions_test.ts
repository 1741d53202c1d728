import assert from "node:assert/strict";
import { type Consumer, PulsarError } from "../../lib/client/mod.ts";
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

/** What each consumer gets, acknowledged, until all `count` messages are there. */
async function share(consumers: readonly Consumer[], count: number): Promise<string[][]> {
  const got: string[][] = consumers.map(() => []);
  let total = 0;
  await Promise.all(consumers.map(async (consumer, index) => {
    while (total < count) {
      const message = await consumer.receive(300);
      if (message === undefined) continue;
      consumer.ack(message);
      got[index]!.push(`${message.key ?? ""}|${textOf(message)}`);
      total++;
    }
  }));
  return got;
}

test("an exclusive subscription refuses a second consumer and frees itself when the first leaves", async () => {
  const topic = newTopic("exclusive");
  await withClient(shared!.serviceUrl, async (client) => {
    const options = { topic, subscription: "s" };
    const first = await client.subscribe(options);
    await assert.rejects(client.subscribe(options), (error) => {
      assert.ok(error instanceof PulsarError && error.code === "ConsumerBusy");
      assert.match(error.message, /^subscribe 's' to 'persistent:\/\/public\/default\/exclusive-/);
      return true;
    });
    await first.close();
    await (await client.subscribe(options)).close();
  });
});

test("a shared subscription spreads messages over its consumers, each to one", async () => {
  const topic = newTopic("shared");
  await withClient(shared!.serviceUrl, async (client) => {
    const options = { topic, subscription: "s", type: "shared", receiverQueue: 10 } as const;
    const consumers = [await client.subscribe(options), await client.subscribe(options)];
    const producer = await client.createProducer({ topic, batching: false });
    const payloads = numbered(200);
    await Promise.all(payloads.map((payload) => producer.send({ payload: bytes(payload) })));
    const got = await share(consumers, payloads.length);
    assert.ok(got.every((each) => each.length > 0), `${got.map((each) => each.length)}`);
    assert.deepEqual(
      got.flat().map((text) => Number(text.slice(1))).sort((a, b) => a - b),
      payloads.map(Number),
    );
  });
});

test("a failover subscription keeps to one consumer, and goes on with the other where it left", async () => {
  const topic = newTopic("failover");
  await withClient(shared!.serviceUrl, async (client) => {
    const active = new Map<string, boolean>();
    const open = (name: string): Promise<Consumer> =>
      client.subscribe({
        topic,
        subscription: "s",
        type: "failover",
        name,
        onActiveChange: (_, isActive) => active.set(name, isActive),
      });
    const consumers = new Map([["a", await open("a")], ["b", await open("b")]]);
    const settled = async (): Promise<string[]> =>
      await eventually(
        () => Promise.resolve([...active].filter(([, isActive]) => isActive).map(([name]) => name)),
        (names) => names.length === 1 && active.size === consumers.size,
      );
    // The broker chooses by a hash of the names, a moment after the second has come.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const [name] = await settled();
    const other = name === "a" ? "b" : "a";
    const producer = await client.createProducer({ topic, batching: false });
    await Promise.all(numbered(20).map((payload) => producer.send({ payload: bytes(payload) })));
    assert.deepEqual(await take(consumers.get(name!)!, 10), numbered(10));
    assert.equal(await consumers.get(other)!.receive(300), undefined);
    await consumers.get(name!)!.close();
    assert.deepEqual(await take(consumers.get(other)!, 10), numbered(10, 10));
    assert.equal(active.get(other), true);
  });
});

test("a key-shared subscription keeps each key with one consumer, in order, also in batches by key", async () => {
  for (const batching of [false, { delayMs: 5 }] as const) {
    const topic = newTopic("key-shared");
    await withClient(shared!.serviceUrl, async (client) => {
      const options = { topic, subscription: "s", type: "key-shared" } as const;
      const consumers = [await client.subscribe(options), await client.subscribe(options)];
      const producer = await client.createProducer({ topic, batching, batchByKey: true });
      const keys = numbered(16).map((number) => `key-${number}`);
      const sent: Promise<unknown>[] = [];
      for (const key of keys) {
        for (const payload of numbered(10)) sent.push(producer.send({ payload: bytes(payload), key }));
      }
      await Promise.all(sent);
      const got = await share(consumers, sent.length);
      const owners = new Map<string, number>();
      for (const [index, texts] of got.entries()) {
        assert.ok(texts.length > 0, "both have keys");
        for (const key of keys) {
          const mine = texts.filter((text) => text.startsWith(`${key}|`)).map((text) => text.split("|")[1]!);
          if (mine.length === 0) continue;
          assert.deepEqual(mine, numbered(10), `${key} is complete and in order`);
          assert.ok(!owners.has(key), `${key} has one consumer`);
          owners.set(key, index);
        }
      }
      assert.equal(owners.size, keys.length);
    });
  }
});

test("an unsubscribed subscription is gone, a closed one keeps its place", async () => {
  const { admin, serviceUrl } = shared!;
  const topic = newTopic("unsubscribe");
  await withClient(serviceUrl, async (client) => {
    const kept = await client.subscribe({ topic, subscription: "kept" });
    const gone = await client.subscribe({ topic, subscription: "gone" });
    const producer = await client.createProducer({ topic, batching: false });
    await Promise.all(numbered(5).map((payload) => producer.send({ payload: bytes(payload) })));
    assert.deepEqual(await take(kept, 2), ["0", "1"]);
    await kept.close();
    await gone.unsubscribe();
    assert.deepEqual(Object.keys((await admin.stats(topic)).subscriptions), ["kept"]);
    const again = await client.subscribe({ topic, subscription: "kept" });
    assert.deepEqual(await take(again, 3), ["2", "3", "4"]);
  });
});

test("a new subscription starts at the end or at the beginning", async () => {
  const topic = newTopic("initial");
  await withClient(shared!.serviceUrl, async (client) => {
    const producer = await client.createProducer({ topic });
    await producer.send({ payload: bytes("old") });
    const late = await client.subscribe({ topic, subscription: "late", initialPosition: "latest" });
    const early = await client.subscribe({ topic, subscription: "early", initialPosition: "earliest" });
    await producer.send({ payload: bytes("new") });
    assert.deepEqual(await take(late, 1), ["new"]);
    assert.deepEqual(await take(early, 2), ["old", "new"]);
  });
});

test("the broker counts permits as the client does", async () => {
  const { admin, serviceUrl } = shared!;
  const topic = newTopic("permits");
  await withClient(serviceUrl, async (client) => {
    const consumer = await client.subscribe({ topic, subscription: "s", receiverQueue: 100, type: "shared" });
    const producer = await client.createProducer({ topic, batching: { messages: 20, delayMs: 1000 } });
    await Promise.all(numbered(1000).map((payload) => producer.send({ payload: bytes(payload) })));
    await take(consumer, 1000);
    const permits = async (): Promise<number> =>
      (await admin.stats(topic)).subscriptions["s"]!.consumers[0]!.availablePermits;
    // All were taken: what the broker lacks of the whole queue is less than one FLOW.
    await eventually(permits, (left) => left > 50 && left <= 100);
  });
});

test("a topic that is sealed ends its producers and tells its consumers", async () => {
  const { admin, serviceUrl } = shared!;
  const topic = newTopic("sealed");
  await withClient(serviceUrl, async (client) => {
    const consumer = await client.subscribe({ topic, subscription: "s" });
    const producer = await client.createProducer({ topic });
    await Promise.all(numbered(3).map((payload) => producer.send({ payload: bytes(payload) })));
    await admin.terminate(topic);
    await assert.rejects(producer.send({ payload: bytes("late") }), (error) => {
      assert.ok(error instanceof PulsarError && error.code === "TopicTerminatedError", `${error}`);
      return true;
    });
    await assert.rejects(client.createProducer({ topic }), /TopicTerminatedError/);
    assert.deepEqual(await take(consumer, 3), numbered(3));
    consumer.flushAcks();
    await eventually(() => Promise.resolve(consumer.isAtEnd), (isAtEnd) => isAtEnd);
    assert.deepEqual(await drain(consumer, 100), []);
  });
});
