import assert from "node:assert/strict";
import { MessageId } from "../../lib/client/mod.ts";
import { compress } from "../../lib/wire/compression.ts";
import { CompressionKind, type CompressionName } from "../../lib/wire/enums.ts";
import { bytes, eventually, newTopic, numbered, take, withClient } from "../support/client_stage.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

const reason = await brokerUnavailable();
const test = testUnless(reason);
const shared = reason === undefined ? await sharedBroker() : undefined;

const CODECS: readonly CompressionName[] = ["none", "lz4", "zlib", "zstd", "snappy"];

for (const compression of CODECS) {
  for (const isBatched of [true, false]) {
    test(`messages compressed with ${compression} go through, ${isBatched ? "batched" : "alone"}`, async () => {
      const { admin, serviceUrl } = shared!;
      const topic = newTopic(`codec-${compression}`);
      const payloads = numbered(300).map((number) => `${number} ${"text that repeats ".repeat(20)}`);
      await withClient(serviceUrl, async (client) => {
        const consumer = await client.subscribe({ topic, subscription: "s" });
        const batching = isBatched ? { messages: 50, delayMs: 1000 } : false;
        const producer = await client.createProducer({ topic, compression, batching });
        const ids = await Promise.all(payloads.map((payload) => producer.send({ payload: bytes(payload) })));
        assert.ok(ids.every((id) => id instanceof MessageId));
        assert.deepEqual(await take(consumer, payloads.length), payloads);
        consumer.flushAcks();
        await eventually(
          async () => (await admin.stats(topic)).subscriptions["s"]!.msgBacklog,
          (backlog) => backlog === 0,
        );
        const { msgInCounter, bytesInCounter } = await admin.stats(topic);
        assert.equal(msgInCounter, payloads.length);
        const entries = (await admin.internalStats(topic)).entriesAddedCounter;
        assert.equal(entries, isBatched ? payloads.length / 50 : payloads.length);
        const raw = payloads.reduce((sum, payload) => sum + payload.length, 0);
        assert.equal(compression !== "none", bytesInCounter < raw, `${bytesInCounter} of ${raw} bytes`);
      });
      await admin.deleteTopic(topic);
    });
  }
}

for (const compression of CODECS.slice(1)) {
  test(`a ${compression} body that is corrupt, or of another size, is refused and stops nothing`, async () => {
    const { admin, serviceUrl } = shared!;
    const topic = newTopic(`corrupt-${compression}`);
    await withClient(serviceUrl, async (client) => {
      const corrupt: string[] = [];
      const consumer = await client.subscribe({
        topic,
        subscription: "s",
        receiverQueue: 4,
        onCorrupt: (why) => corrupt.push(why),
      });
      const producer = await client.createEntryProducer({ topic, bodyCapacity: 10_000, onReceipt() {} });
      const kind = CompressionKind[compression];
      const send = (body: Uint8Array, claimed: number): void => {
        const entry = producer.take()!;
        entry.body.buffer.set(body, entry.body.start);
        producer.header.compression = claimed;
        // The size that is stated is the size of what is sent.
        producer.send(entry, entry.body.start + body.length, 1, false);
      };
      const whole = compress(kind, bytes("text that repeats ".repeat(50))).slice();
      // More of them than there are permits, so that one that leaked would stop the rest.
      for (let round = 0; round < 5; round++) {
        send(bytes("this was never compressed"), kind);
        send(whole, kind);
      }
      send(bytes("good"), CompressionKind.none);
      await producer.flush();
      assert.deepEqual(await take(consumer, 1), ["good"]);
      assert.deepEqual(corrupt, Array(10).fill("Decompression"));
      consumer.flushAcks();
      await eventually(
        async () => (await admin.stats(topic)).subscriptions["s"]!.msgBacklog,
        (backlog) => backlog === 0,
      );
    });
    await admin.deleteTopic(topic);
  });
}

test("keys, properties, event times and large messages arrive as they were sent", async () => {
  const topic = newTopic("metadata");
  await withClient(shared!.serviceUrl, async (client) => {
    const consumer = await client.subscribe({ topic, subscription: "s" });
    const payload = Uint8Array.from({ length: 3_000_000 }, (_, index) => index * 7);
    for (const batching of [false, {}] as const) {
      const producer = await client.createProducer({ topic, batching, maxMessageBytes: 4_000_000 });
      const before = Date.now();
      await producer.send({ payload, key: "schlüssel", properties: { a: "1", ü: "ö" }, eventTime: 1234 });
      const message = (await consumer.receive(20_000))!;
      assert.deepEqual(message.payload, payload);
      assert.equal(message.key, "schlüssel");
      assert.deepEqual(message.properties, { a: "1", ü: "ö" });
      assert.equal(message.eventTime, 1234);
      assert.equal(message.producerName, producer.name);
      assert.ok(message.publishTime >= before && message.publishTime <= Date.now());
      await producer.close();
    }
  });
});
