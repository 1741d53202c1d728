import assert from "node:assert/strict";
import { memoryPair } from "../transport/memory.ts";
import { encodeCommand } from "../wire/command.ts";
import { EmbeddedBroker } from "./embedded_broker.ts";
import { errorOf, sendFrame, TestClient, withBroker } from "./broker_test_support.ts";

const MIB = 1024 * 1024;
const LIMIT = 8 * MIB;
const PAYLOAD = "x".repeat(100_000);
const small = (): EmbeddedBroker => new EmbeddedBroker({ maxBacklogBytes: LIMIT, retentionBytes: 0 });

/** Lets the broker go on until it has nothing left to do: each round trip of another client is a chance. */
async function untilStalled(broker: EmbeddedBroker, onlooker: TestClient): Promise<void> {
  for (let before = -1;;) {
    for (let round = 0; round < 20; round++) await onlooker.settle();
    const { stalls } = await broker.brokerStats();
    const { entriesAddedCounter } = await broker.internalStats("t");
    if (stalls > 0 && entriesAddedCounter === before) return;
    before = entriesAddedCounter;
  }
}

Deno.test(
  "a full backlog holds the producer back within the limit, and acknowledgements let it go on",
  withBroker(small, async (broker) => {
    const producer = await TestClient.connect(broker);
    const consumer = await TestClient.connect(broker);
    await consumer.subscribe("t", "s", {}, 0);
    await producer.producer("t");
    const count = 300;
    for (let index = 0; index < count; index++) producer.publish({ texts: [PAYLOAD], sequenceId: index });
    await untilStalled(broker, consumer);
    const full = await broker.brokerStats();
    assert.ok(full.peakBacklogBytes <= LIMIT, `${full.peakBacklogBytes} bytes were held`);
    const { numberOfEntries } = await broker.internalStats("t");
    assert.ok(numberOfEntries > 40 && numberOfEntries < count);

    consumer.send("flow", { consumerId: 1, messagePermits: count });
    for (let index = 0; index < count; index++) {
      const delivery = await consumer.delivery();
      assert.equal(delivery.entryId, index);
      assert.ok(delivery.isIntact);
      consumer.ack([delivery]);
    }
    for (let index = 0; index < count; index++) {
      assert.equal((await producer.take("sendReceipt")).sequenceId, index);
    }
    assert.ok((await broker.brokerStats()).peakBacklogBytes <= LIMIT);
    await Promise.all([producer.close(), consumer.close()]);
  }),
);

Deno.test(
  "a producer that is held back for long is pinged, and not hung up on though it cannot answer",
  withBroker(() => new EmbeddedBroker({ maxBacklogBytes: LIMIT, keepAliveMs: 50 }), async (broker) => {
    const producer = await TestClient.connect(broker);
    await producer.subscribe("t", "s", {}, 0);
    await producer.request("closeConsumer", { consumerId: 1 });
    await producer.producer("t");
    for (let index = 0; index < 150; index++) producer.publish({ texts: [PAYLOAD], sequenceId: index });
    for (let count = 0; count < 5; count++) await producer.take("ping");
    assert.equal(await broker.deleteTopic("t"), true);
    await producer.take("closeProducer");
    await producer.settle();
    await producer.close();
  }),
);

Deno.test(
  "tiny entries are bounded too: their index counts",
  withBroker(
    () => new EmbeddedBroker({ maxBacklogBytes: MIB, maxMessageSize: 64 * 1024 }),
    async (broker) => {
      const producer = await TestClient.connect(broker);
      const consumer = await TestClient.connect(broker);
      await consumer.subscribe("t", "s", {}, 0);
      await producer.producer("t");
      const frames = new Uint8Array(64 * 1024);
      let sequenceId = 0;
      // More than the limit holds: an entry takes some 30 bytes, and its place in the index 20.
      for (let round = 0; round < 40; round++) {
        let used = 0;
        for (;;) {
          const frame = sendFrame({ texts: ["x"], sequenceId });
          if (used + frame.length > frames.length) break;
          frames.set(frame, used);
          used += frame.length;
          sequenceId++;
        }
        producer.write(frames.slice(0, used));
      }
      await untilStalled(broker, consumer);
      const { numberOfEntries } = await broker.internalStats("t");
      assert.ok(numberOfEntries > 10_000 && numberOfEntries < sequenceId);
      // The index doubles after the check for room: that much may be over.
      assert.ok((await broker.brokerStats()).peakBacklogBytes <= MIB * 1.5);
      producer.transport.close();
      await consumer.close();
    },
  ),
);

Deno.test(
  "a connection that also consumes is still served when the backlog is full, and drains itself",
  withBroker(small, async (broker) => {
    const client = await TestClient.connect(broker);
    const onlooker = await TestClient.connect(broker);
    await client.subscribe("t", "s", {}, 0);
    await client.producer("t");
    const count = 130;
    for (let index = 0; index < count; index++) client.publish({ texts: [PAYLOAD], sequenceId: index });
    await untilStalled(broker, onlooker);
    await client.settle();
    client.send("flow", { consumerId: 1, messagePermits: count });
    for (let index = 0; index < count; index++) {
      const delivery = await client.delivery();
      assert.equal(delivery.entryId, index);
      client.ack([delivery]);
    }
    for (let index = 0; index < count; index++) {
      assert.equal((await client.take("sendReceipt")).sequenceId, index);
    }
    await Promise.all([client.close(), onlooker.close()]);
  }),
);

Deno.test(
  "a connection that consumes and sends far beyond the limit has its producers sent away, in order and without loss",
  withBroker(small, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.subscribe("t", "s", {}, 0);
    await client.producer("t");
    for (let index = 0; index < 300; index++) client.publish({ texts: [PAYLOAD], sequenceId: index });
    assert.equal((await client.take("closeProducer")).producerId, 1);
    await client.settle();
    const { entriesAddedCounter } = await broker.internalStats("t");
    for (let index = 0; index < entriesAddedCounter; index++) {
      assert.equal((await client.take("sendReceipt")).sequenceId, index);
    }
    assert.ok(!client.waiting.includes("sendReceipt"));
    await client.close();
  }),
);

Deno.test(
  "entries nobody subscribes to are dropped, except what is retained for late readers",
  withBroker(() => new EmbeddedBroker({ maxBacklogBytes: LIMIT, retentionBytes: MIB }), async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    for (let index = 0; index < 200; index++) client.publish({ texts: [PAYLOAD], sequenceId: index });
    for (let index = 0; index < 200; index++) await client.take("sendReceipt");
    const { numberOfEntries, totalSize } = await broker.internalStats("t");
    assert.ok(totalSize <= MIB && totalSize > MIB - 110_000);
    await client.subscribe("t", "late", { initialPosition: 1 });
    const got = await client.deliveries(numberOfEntries);
    assert.equal(got.at(-1)!.entryId, 199);
    await client.close();
  }),
);

Deno.test(
  "what topics retain gives way before a producer is held back",
  withBroker(
    () => new EmbeddedBroker({ maxBacklogBytes: LIMIT, retentionBytes: 6 * MIB }),
    async (broker) => {
      const client = await TestClient.connect(broker);
      for (let topic = 0; topic < 4; topic++) {
        await client.producer(`t${topic}`, { producerId: topic });
        for (let index = 0; index < 50; index++) {
          client.publish({ texts: [PAYLOAD], sequenceId: index, producerId: topic });
        }
        for (let index = 0; index < 50; index++) await client.take("sendReceipt");
      }
      const stats = await broker.brokerStats();
      assert.equal(stats.stalls, 0);
      assert.ok(stats.peakBacklogBytes <= LIMIT);
      await client.close();
    },
  ),
);

Deno.test(
  "a reader that acknowledges nothing does not hold producers back with what it was given",
  withBroker(small, async (broker) => {
    const producer = await TestClient.connect(broker);
    const reader = await TestClient.connect(broker);
    await reader.subscribe("t", "r", { durable: false }, 1_000_000);
    await producer.producer("t");
    for (let index = 0; index < 200; index++) producer.publish({ texts: [PAYLOAD], sequenceId: index });
    for (let index = 0; index < 200; index++) assert.equal((await reader.delivery()).entryId, index);
    for (let index = 0; index < 200; index++) await producer.take("sendReceipt");
    await Promise.all([producer.close(), reader.close()]);
  }),
);

Deno.test(
  "deleting a topic frees its memory for producers that wait",
  withBroker(small, async (broker) => {
    const hoarder = await TestClient.connect(broker);
    const producer = await TestClient.connect(broker);
    await hoarder.subscribe("t", "s", {}, 0);
    await hoarder.request("closeConsumer", { consumerId: 1 });
    await hoarder.producer("t");
    for (let index = 0; index < 100; index++) hoarder.publish({ texts: [PAYLOAD], sequenceId: index });
    await untilStalled(broker, producer);
    await producer.producer("other");
    producer.publish({ texts: ["y".repeat(3 * MIB)], sequenceId: 0 });
    assert.equal(await broker.deleteTopic("t"), true);
    assert.equal((await producer.take("sendReceipt")).sequenceId, 0);
    hoarder.transport.close();
    await producer.close();
  }),
);

/** Fills what the memory has for a topic, which nobody empties. */
async function fill(broker: EmbeddedBroker, onlooker: TestClient, topic = "t"): Promise<TestClient> {
  const hoarder = await TestClient.connect(broker);
  await hoarder.subscribe(topic, "s", {}, 0);
  await hoarder.request("closeConsumer", { consumerId: 1 });
  await hoarder.producer(topic);
  for (let index = 0; index < 100; index++) hoarder.publish({ texts: [PAYLOAD], sequenceId: index });
  if (topic === "t") await untilStalled(broker, onlooker);
  return hoarder;
}

Deno.test(
  "a client that fills the memory waits, and others are served at once",
  withBroker(
    () => new EmbeddedBroker({ maxBacklogBytes: LIMIT, maxMessageSize: MIB, retentionBytes: 0 }),
    async (broker) => {
      const other = await TestClient.connect(broker);
      const hoarder = await fill(broker, other);
      await other.subscribe("other", "s");
      await other.producer("other");
      for (let index = 0; index < 10; index++) {
        other.publish({ texts: ["y".repeat(MIB / 2)], sequenceId: index });
        assert.equal((await other.take("sendReceipt")).sequenceId, index);
        other.ack([await other.delivery()]);
      }
      // Another producer of the full topic waits like the first one.
      const late = await TestClient.connect(broker);
      await late.producer("t", { producerId: 3 });
      late.publish({ texts: [PAYLOAD], sequenceId: 0, producerId: 3 });
      await other.settle();
      assert.deepEqual(late.waiting, []);
      assert.ok((await broker.brokerStats()).peakBacklogBytes <= LIMIT);
      for (const client of [hoarder, late]) client.transport.close();
      await other.close();
    },
  ),
);

Deno.test(
  "whoever fills the memory has an answer to each ping and request on the same connection while its messages wait",
  withBroker(
    () => new EmbeddedBroker({ maxBacklogBytes: LIMIT, maxMessageSize: MIB, retentionBytes: 0 }),
    async (broker) => {
      const onlooker = await TestClient.connect(broker);
      const client = await TestClient.connect(broker);
      await onlooker.subscribe("t", "s", {}, 0);
      await client.producer("t");
      const count = 75;
      for (let index = 0; index < count; index++) client.publish({ texts: [PAYLOAD], sequenceId: index });
      await untilStalled(broker, onlooker);
      const { numberOfEntries } = await broker.internalStats("t");
      assert.ok(numberOfEntries < count, "nothing waits");

      await client.settle(); // a ping and its answer
      const topic = "persistent://public/default/t";
      assert.equal((await client.request("partitionMetadata", { topic })).name, "partitionMetadataResponse");
      assert.equal((await client.request("lookup", { topic })).name, "lookupResponse");
      assert.equal((await client.producer("u", { producerId: 2 })).name, "producerSuccess");
      assert.equal((await client.request("closeProducer", { producerId: 2 })).name, "success");
      await onlooker.close();

      // Memory that becomes free is for what has waited, in its order; with a consumer of its own it goes on to the end.
      assert.equal((await client.subscribe("t", "s", { consumerId: 9 }, count)).name, "success");
      for (let index = 0; index < count; index++) {
        const delivery = await client.delivery();
        assert.equal(delivery.entryId, index);
        client.ack([delivery], 9);
      }
      assert.equal((await client.request("closeProducer", { producerId: 1 })).name, "success");
      await client.close();
    },
  ),
);

Deno.test(
  "the partitions of a full topic are not served as if they were somebody else",
  withBroker(
    () => new EmbeddedBroker({ maxBacklogBytes: LIMIT, maxMessageSize: MIB, retentionBytes: 0 }),
    async (broker) => {
      await broker.createPartitionedTopic("p", 2);
      const other = await TestClient.connect(broker);
      const hoarder = await fill(broker, other, "p-partition-0");
      while ((await broker.brokerStats()).stalls === 0) await other.settle();
      const held = (await broker.brokerStats()).backlogBytes;
      await other.subscribe("p-partition-1", "s", {}, 0);
      await other.producer("p-partition-1");
      other.publish({ texts: [PAYLOAD], sequenceId: 0 });
      const onlooker = await TestClient.connect(broker);
      for (let round = 0; round < 20; round++) await onlooker.settle();
      assert.equal((await broker.internalStats("p-partition-1")).entriesAddedCounter, 0);
      assert.ok(held <= LIMIT * 7 / 8 + 64 * 1024, `${held} bytes are held`);
      for (const client of [hoarder, other]) client.transport.close();
      await onlooker.close();
    },
  ),
);

Deno.test(
  "who holds little is refused, not kept waiting, when many of its kind have used up the rest; room lets it in again",
  withBroker(
    () =>
      new EmbeddedBroker({ maxBacklogBytes: LIMIT, maxMessageSize: MIB, retentionBytes: 0, maxHoldMs: 50 }),
    async (broker) => {
      const other = await TestClient.connect(broker);
      const hoarder = await fill(broker, other);
      const taken: string[] = [];
      let refused: Awaited<ReturnType<typeof other.takeAny>>;
      for (let index = 0;; index++) {
        assert.ok(index < 20, "the reserve has no end");
        const topic = `small-${index}`;
        await other.subscribe(topic, "s", { consumerId: index }, 0);
        const created = await other.producer(topic, { producerId: index });
        assert.equal(created.name, "producerSuccess");
        other.publish({ texts: ["z".repeat(200_000)], sequenceId: 0, producerId: index });
        refused = await other.takeAny();
        if (refused.name !== "sendReceipt") break;
        taken.push(topic);
      }
      assert.ok(taken.length > 0);
      assert.equal(refused.name, "sendError");
      assert.equal(errorOf(refused), "ProducerBlockedQuotaExceededException");
      assert.match((refused.body as { message: string }).message, /memory of 8 MiB is full/);
      await other.take("closeProducer");
      const again = await other.producer(`small-${taken.length}`, { producerId: 99 });
      assert.equal(errorOf(again), "ProducerBlockedQuotaExceededException");

      await broker.deleteTopic(taken[0]!);
      assert.equal(
        (await other.producer(`small-${taken.length}`, { producerId: 99 })).name,
        "producerSuccess",
      );
      other.publish({ texts: ["z".repeat(200_000)], sequenceId: 0, producerId: 99 });
      await other.take("sendReceipt");
      hoarder.transport.close();
      await other.close();
    },
  ),
);

Deno.test(
  "a client that asks without reading the answers is not read from beyond a limit",
  withBroker(() => new EmbeddedBroker({ maxMessageSize: 1024 }), async (broker) => {
    const [near, far] = memoryPair({ capacity: 1024 });
    broker.accept(far);
    await near.write(encodeCommand("connect", { clientVersion: "x", protocolVersion: 20 }));
    await broker.createPartitionedTopic("t", 1);
    // One short question whose answer is long: the names of many topics.
    for (let index = 0; index < 2000; index++) await broker.createTopic(`${"n".repeat(100)}-${index}`);
    const question = encodeCommand("getTopicsOfNamespace", { requestId: 1, namespace: "public/default" });
    let asked = 0;
    let isBlocked = false;
    while (!isBlocked) {
      const done = await Promise.race([
        near.write(question).then(() => true),
        // Many turns of the event loop without progress: the pipe is full and nobody reads it.
        turns(200).then(() => false),
      ]);
      isBlocked = !done;
      asked++;
      assert.ok(asked < 1000, "the broker answers without end");
    }
    near.close();
  }),
);

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}
