import assert from "node:assert/strict";
import { MessageTooLargeError, PulsarError } from "../../lib/client/mod.ts";
import { bytes, newTopic, numbered, take, withClient } from "../support/client_stage.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

const reason = await brokerUnavailable();
const test = testUnless(reason);
const shared = reason === undefined ? await sharedBroker() : undefined;

test("a payload over the broker's limit is refused here, one just under it is stored", async () => {
  const { admin, serviceUrl } = shared!;
  const topic = newTopic("limit");
  await withClient(serviceUrl, async (client) => {
    const producer = await client.createProducer({ topic, maxMessageBytes: 6_000_000, maxInFlight: 2 });
    const limit = client.maxMessageSize;
    assert.equal(limit, 5 * 1024 * 1024);
    await assert.rejects(producer.send({ payload: new Uint8Array(limit) }), (error) => {
      assert.ok(error instanceof MessageTooLargeError);
      assert.match(error.message, /an entry of \d+ bytes is over the broker's maximum of 5242880/);
      return true;
    });
    assert.ok(await producer.send({ payload: new Uint8Array(limit - 200) }));
  });
  assert.equal((await admin.stats(topic)).msgInCounter, 1);
  await admin.deleteTopic(topic);
});

test("a local name may hold blanks, signs and other letters, and a partition's index has no leading zero", async () => {
  const { admin, serviceUrl } = shared!;
  for (const name of ["two words", "t?x#y%2F", "ä", "t-partition-01"]) {
    const topic = `${newTopic("names")}-${name}`;
    await withClient(serviceUrl, async (client) => {
      const consumer = await client.subscribe({ topic, subscription: "s" });
      const producer = await client.createProducer({ topic });
      await producer.send({ payload: bytes("m") });
      assert.deepEqual(await take(consumer, 1), ["m"], name);
    });
    assert.equal((await admin.stats(topic)).msgInCounter, 1, name);
    await admin.deleteTopic(topic);
  }
});

test("with deduplication a producer of the same name goes on where the last one ended", async () => {
  const { admin, serviceUrl } = shared!;
  const namespace = `public/${newTopic("dedup")}`;
  await admin.createNamespace(namespace);
  await admin.setDeduplication(namespace, true);
  const topic = `persistent://${namespace}/t`;
  await withClient(serviceUrl, async (client) => {
    const open = () =>
      client.createEntryProducer({ topic, name: "stable", bodyCapacity: 100, onReceipt() {} });
    const send = (producer: Awaited<ReturnType<typeof open>>, text: string): void => {
      const entry = producer.take()!;
      entry.body.buffer.set(bytes(text), entry.body.start);
      producer.send(entry, entry.body.start + text.length, 1, false);
    };
    const first = await open();
    for (const text of numbered(5)) send(first, text);
    await first.flush();
    await first.close();
    const second = await open();
    assert.equal(second.name, "stable");
    assert.equal(second.nextSequenceId, 5);
    await assert.rejects(open(), (error) => {
      assert.ok(error instanceof PulsarError && error.code === "ProducerBusy", `${error}`);
      return true;
    });
    for (const text of numbered(5, 5)) send(second, text);
    await second.flush();
    const consumer = await client.subscribe({ topic, subscription: "s", initialPosition: "earliest" });
    assert.deepEqual(await take(consumer, 10), numbered(10));
  });
  assert.equal((await admin.internalStats(topic)).entriesAddedCounter, 10);
});

test("the web port is told apart from the broker's", async () => {
  const { port } = new URL(shared!.adminUrl);
  await withClient(`pulsar://127.0.0.1:${port}`, async (client) => {
    await assert.rejects(client.createProducer({ topic: "t" }), (error) => {
      const { message } = error as Error;
      assert.match(
        message,
        /^127\.0\.0\.1:\d+ (answers with HTTP|closed the connection during the handshake)/,
      );
      assert.doesNotMatch(message, /\n/);
      return true;
    });
  });
});

test("a topic that may not be made, and a name that cannot be, are told by the broker", async () => {
  await withClient(shared!.serviceUrl, async (client) => {
    await assert.rejects(client.createProducer({ topic: "nobody/nowhere/t" }), (error) => {
      assert.ok(error instanceof PulsarError && !error.isRetryable, `${error}`);
      return true;
    });
  });
});

test("producers that come and go in one process leave nothing behind at the broker", async () => {
  const { admin, serviceUrl } = shared!;
  const topic = newTopic("cycle");
  await withClient(serviceUrl, async (client) => {
    for (let round = 0; round < 30; round++) {
      const producer = await client.createProducer({ topic, name: "same" });
      await producer.send({ payload: bytes(`${round}`) });
      await producer.close();
    }
    const stats = await admin.stats(topic);
    assert.equal(stats.publishers.length, 0);
    assert.equal(stats.msgInCounter, 30);
  });
});
