import assert from "node:assert/strict";
import { U64_MAX } from "../../wire/protobuf.ts";
import { serverErrorName } from "../../wire/enums.ts";
import { EmbeddedBroker } from "../embedded_broker.ts";
import { memoryPair } from "../../transport/memory.ts";
import { concat, errorOf, plain, sendFrame, TestClient, withBroker } from "../broker_test_support.ts";

Deno.test(
  "each stored entry gets a receipt with its producer, sequence id and place",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    const created = await client.producer("t", { producerName: "mine" });
    assert.deepEqual(created.name, "producerSuccess");
    assert.equal((created.body as { producerName: string }).producerName, "mine");
    client.publish({ texts: ["a"], sequenceId: 0 });
    client.publish({ texts: ["b", "c"], sequenceId: 1 });
    const first = await client.take("sendReceipt");
    const second = await client.take("sendReceipt");
    assert.equal(first.sequenceId, 0);
    assert.equal(first.messageId?.entryId, 0);
    assert.equal(second.sequenceId, 1);
    assert.equal(second.highestSequenceId, 2);
    assert.equal(second.messageId?.entryId, 1);
    const stats = await broker.stats("t");
    assert.equal(stats.msgInCounter, 3);
    await client.close();
  }),
);

Deno.test(
  "a producer without a name gets one, and two get different ones",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    const one = (await client.producer("t", { producerId: 1 })).body as { producerName: string };
    const two = (await client.producer("t", { producerId: 2 })).body as { producerName: string };
    assert.ok(one.producerName.length > 0);
    assert.notEqual(one.producerName, two.producerName);
    await client.close();
  }),
);

Deno.test(
  "a name in use is refused with ProducerBusy until its producer is gone",
  withBroker(plain, async (broker) => {
    const holder = await TestClient.connect(broker);
    const other = await TestClient.connect(broker);
    await holder.producer("t", { producerName: "n" });
    assert.equal(errorOf(await other.producer("t", { producerName: "n", producerId: 7 })), "ProducerBusy");
    assert.equal((await holder.request("closeProducer", { producerId: 1 })).name, "success");
    assert.equal((await other.producer("t", { producerName: "n", producerId: 7 })).name, "producerSuccess");
    await Promise.all([holder.close(), other.close()]);
  }),
);

Deno.test(
  "a producer that reconnects with a higher epoch takes its own old place",
  withBroker(plain, async (broker) => {
    const before = await TestClient.connect(broker);
    const after = await TestClient.connect(broker);
    await before.producer("t", { producerName: "n", epoch: 0 });
    assert.equal((await after.producer("t", { producerName: "n", epoch: 1 })).name, "producerSuccess");
    assert.equal((await before.take("closeProducer")).requestId, U64_MAX);
    await Promise.all([before.close(), after.close()]);
  }),
);

Deno.test(
  "an exclusive producer keeps others out, and is refused where others are",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    const exclusive = await client.producer("t", { producerId: 1, producerAccessMode: 1 });
    assert.equal((exclusive.body as { topicEpoch?: number }).topicEpoch, 0);
    assert.equal(errorOf(await client.producer("t", { producerId: 2 })), "ProducerBusy");
    assert.equal(
      errorOf(await client.producer("t", { producerId: 3, producerAccessMode: 1 })),
      "ProducerFenced",
    );
    await client.producer("shared", { producerId: 4 });
    assert.equal(
      errorOf(await client.producer("shared", { producerId: 5, producerAccessMode: 1 })),
      "ProducerFenced",
    );
    await client.close();
  }),
);

Deno.test(
  "a producer that waits for exclusive access is answered twice: not ready, then ready",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t", { producerId: 1 });
    const waiting = await client.producer("t", { producerId: 2, producerAccessMode: 2 });
    assert.equal((waiting.body as { producerReady?: boolean }).producerReady, false);
    await client.request("closeProducer", { producerId: 1 });
    const ready = await client.take("producerSuccess");
    assert.equal(ready.producerReady, true);
    assert.equal(ready.requestId, (waiting.body as { requestId: number }).requestId);
    client.publish({ texts: ["x"], sequenceId: 0, producerId: 2 });
    assert.equal((await client.take("sendReceipt")).producerId, 2);
    await client.close();
  }),
);

Deno.test(
  "exclusive access with fencing sends the producers before away",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t", { producerId: 1, producerAccessMode: 1 });
    const fencing = await client.producer("t", { producerId: 2, producerAccessMode: 3 });
    assert.equal((fencing.body as { topicEpoch?: number }).topicEpoch, 1);
    assert.equal((await client.take("closeProducer")).producerId, 1);
    const returning = await client.producer("t", { producerId: 1, producerAccessMode: 3, topicEpoch: 0 });
    assert.equal(errorOf(returning), "ProducerFenced");
    await client.close();
  }),
);

Deno.test(
  "with deduplication a resent entry is acknowledged as -1 and stored once",
  withBroker(() => new EmbeddedBroker({ deduplication: true }), async (broker) => {
    const client = await TestClient.connect(broker);
    const created = await client.producer("t", { producerName: "n" });
    assert.equal((created.body as { lastSequenceId?: number }).lastSequenceId, -1);
    client.publish({ texts: ["a", "b"], sequenceId: 0 });
    client.publish({ texts: ["c"], sequenceId: 1 });
    client.publish({ texts: ["d"], sequenceId: 2 });
    assert.equal((await client.take("sendReceipt")).messageId?.entryId, 0);
    assert.deepEqual((await client.take("sendReceipt")).messageId, { ledgerId: U64_MAX, entryId: U64_MAX });
    assert.equal((await client.take("sendReceipt")).messageId?.entryId, 1);
    await client.close();
    const again = await TestClient.connect(broker);
    const back = await again.producer("t", { producerName: "n" });
    assert.equal((back.body as { lastSequenceId?: number }).lastSequenceId, 2);
    await again.close();
  }),
);

Deno.test(
  "an entry whose checksum does not match is refused with ChecksumError and not stored",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    client.publish({ texts: ["bad"], sequenceId: 0, damage: true });
    const refused = await client.take("sendError");
    assert.equal(serverErrorName(refused.error), "ChecksumError");
    assert.equal(refused.sequenceId, 0);
    assert.equal((await broker.internalStats("t")).entriesAddedCounter, 0);
    await client.close();
  }),
);

Deno.test(
  "an entry with a wrong checksum is stored when checksums are not verified",
  withBroker(() => new EmbeddedBroker({ verifyChecksums: false }), async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    client.publish({ texts: ["bad"], sequenceId: 0, damage: true });
    assert.equal((await client.take("sendReceipt")).sequenceId, 0);
    await client.close();
  }),
);

Deno.test(
  "a message over maxMessageSize is refused, one of exactly that size is not",
  withBroker(() => new EmbeddedBroker({ maxMessageSize: 2048 }), async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    // Metadata: name 3, sequence id 2, publish time 7 bytes.
    client.publish({ texts: ["x".repeat(2048 - 12)], sequenceId: 0 });
    assert.equal((await client.take("sendReceipt")).sequenceId, 0);
    client.publish({ texts: ["x".repeat(2048 - 11)], sequenceId: 1 });
    assert.equal(serverErrorName((await client.take("sendError")).error), "NotAllowedError");
    await client.close();
  }),
);

Deno.test(
  "a chunk may be longer than maxMessageSize by its metadata; a frame more than 10 KiB longer ends the connection",
  withBroker(() => new EmbeddedBroker({ maxMessageSize: 2048 }), async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    const metadata = { uuid: "p-0", numChunksFromMsg: 2, totalChunkMsgSize: 4096 };
    for (const chunkId of [0, 1]) {
      client.publish({
        texts: ["x".repeat(2048)],
        sequenceId: 0,
        isChunk: true,
        metadata: { ...metadata, chunkId },
      });
      assert.equal((await client.take("sendReceipt")).messageId?.entryId, chunkId);
    }
    client.publish({ texts: ["x".repeat(2048 + 10 * 1024)], sequenceId: 1, isChunk: true, metadata });
    await client.closed();
    client.transport.close();
  }),
);

for (const deduplication of [false, true]) {
  Deno.test(
    `behind a failed send nothing is taken until the producer is back${
      deduplication ? ", so that deduplication loses nothing" : ""
    }`,
    withBroker(() => new EmbeddedBroker({ deduplication }), async (broker) => {
      const client = await TestClient.connect(broker);
      await client.subscribe("t", "s");
      await client.producer("t", { producerName: "n" });
      await broker.hooks.failNext("send", "PersistenceError");
      const texts = ["0", "1", "2", "3", "4"];
      texts.forEach((text, sequenceId) => client.publish({ texts: [text], sequenceId, producerName: "n" }));
      assert.equal((await client.take("sendError")).sequenceId, 0);
      assert.equal((await client.take("closeProducer")).producerId, 1);
      await client.settle();
      assert.equal((await broker.stats("t")).msgInCounter, 0);

      const back = await client.producer("t", { producerName: "n", epoch: 1 });
      assert.equal((back.body as { lastSequenceId?: number }).lastSequenceId, -1);
      texts.forEach((text, sequenceId) => client.publish({ texts: [text], sequenceId, producerName: "n" }));
      assert.deepEqual(await client.texts(5), texts);
      for (const [index] of texts.entries()) {
        assert.equal((await client.take("sendReceipt")).messageId?.entryId, index);
      }
      await client.close();
    }),
  );
}

Deno.test(
  "with deduplication a damaged entry ends its producer too, since what is sent again would be taken for a duplicate",
  withBroker(() => new EmbeddedBroker({ deduplication: true }), async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t", { producerName: "n" });
    client.publish({ texts: ["0"], sequenceId: 0, damage: true });
    client.publish({ texts: ["1"], sequenceId: 1 });
    assert.equal(serverErrorName((await client.take("sendError")).error), "ChecksumError");
    await client.take("closeProducer");
    await client.producer("t", { producerName: "n", epoch: 1 });
    await client.publishAll(["0", "1"]);
    assert.equal((await broker.stats("t")).msgInCounter, 2);
    await client.close();
  }),
);

Deno.test(
  "a terminated topic sends its producers away and refuses new ones",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.publishAll(["a"]);
    await broker.terminate("t");
    await client.take("closeProducer");
    assert.equal(errorOf(await client.producer("t", { producerId: 2 })), "TopicTerminatedError");
    await client.close();
  }),
);

Deno.test(
  "receipts of one read leave in one write",
  withBroker(plain, async (broker) => {
    const [near, far] = memoryPair();
    const writes: number[] = [];
    const write = far.write.bind(far);
    far.write = (bytes) => {
      writes.push(bytes.length);
      return write(bytes);
    };
    broker.accept(far);
    const client = new TestClient(near);
    await client.handshake();
    await client.producer("t");
    const frames = Array.from({ length: 20 }, (_, index) => sendFrame({ texts: ["x"], sequenceId: index }));
    writes.length = 0;
    client.write(concat(frames));
    for (let index = 0; index < 20; index++) {
      assert.equal((await client.take("sendReceipt")).sequenceId, index);
    }
    assert.equal(writes.length, 1);
    await client.close();
  }),
);
