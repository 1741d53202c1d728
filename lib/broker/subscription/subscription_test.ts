import assert from "node:assert/strict";
import { serverErrorName } from "../../wire/enums.ts";
import { EmbeddedBroker } from "../embedded_broker.ts";
import { errorOf, numbers, plain, TestClient, withBroker } from "../broker_test_support.ts";

const EARLIEST = 1;
const [EXCLUSIVE, SHARED, FAILOVER] = [0, 1, 2];

Deno.test(
  "what was stored before and after subscribing arrives in order, with its ids",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.publishAll(["a", "b"]);
    await client.subscribe("t", "s", { initialPosition: EARLIEST });
    await client.publishAll(["c"], 2);
    const got = await client.deliveries(3);
    assert.deepEqual(got.map(({ entryId, texts }) => [entryId, texts]), [[0, ["a"]], [1, ["b"]], [2, ["c"]]]);
    assert.equal(got[0]!.body.redeliveryCount ?? 0, 0);
    await client.close();
  }),
);

Deno.test(
  "a new subscription at latest gets only what comes afterwards",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.publishAll(["old"]);
    await client.subscribe("t", "s");
    await client.publishAll(["new"], 1);
    assert.deepEqual(await client.texts(1), ["new"]);
    await client.close();
  }),
);

Deno.test(
  "nothing is delivered beyond the permits, and a batch uses as many as it has messages",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s", {}, 0);
    client.publish({ texts: ["a", "b", "c"], sequenceId: 0 });
    client.publish({ texts: ["d"], sequenceId: 3 });
    await client.settle();
    assert.ok(!client.waiting.includes("message"));
    client.send("flow", { consumerId: 1, messagePermits: 2 });
    assert.deepEqual(await client.texts(1), ["a", "b", "c"]);
    // 2 − 3 = −1: one permit more brings it to 0, which is not enough.
    client.send("flow", { consumerId: 1, messagePermits: 1 });
    await client.settle();
    assert.ok(!client.waiting.includes("message"));
    client.send("flow", { consumerId: 1, messagePermits: 1 });
    assert.deepEqual(await client.texts(1), ["d"]);
    await client.close();
  }),
);

Deno.test(
  "a second Exclusive consumer is refused with ConsumerBusy, and one of another type too",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.subscribe("t", "s");
    assert.equal(errorOf(await client.subscribe("t", "s", { consumerId: 2 }, 0)), "ConsumerBusy");
    assert.equal(
      errorOf(await client.subscribe("t", "s", { consumerId: 3, subType: SHARED }, 0)),
      "ConsumerBusy",
    );
    await client.request("closeConsumer", { consumerId: 1 });
    assert.equal((await client.subscribe("t", "s", { consumerId: 3, subType: SHARED }, 0)).name, "success");
    await client.close();
  }),
);

Deno.test(
  "Shared deals entries round among consumers with permits",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s", { consumerId: 1, subType: SHARED });
    await client.subscribe("t", "s", { consumerId: 2, subType: SHARED });
    await client.subscribe("t", "s", { consumerId: 3, subType: SHARED }, 0);
    await client.publishAll(numbers(10));
    const got = await client.deliveries(10);
    const of = (id: number): number => got.filter(({ body }) => body.consumerId === id).length;
    assert.deepEqual([of(1), of(2), of(3)], [5, 5, 0]);
    await client.close();
  }),
);

Deno.test(
  "Shared consumers of a lower priority number are served first",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s", { consumerId: 1, subType: SHARED, priorityLevel: 1 });
    await client.subscribe("t", "s", { consumerId: 2, subType: SHARED, priorityLevel: 0 }, 3);
    await client.publishAll(numbers(5));
    const got = await client.deliveries(5);
    assert.deepEqual(got.map(({ body }) => body.consumerId), [2, 2, 2, 1, 1]);
    await client.close();
  }),
);

Deno.test(
  "a Shared consumer that holds too many unacknowledged messages waits until it acknowledges",
  withBroker(() => new EmbeddedBroker({ maxUnackedMessages: 2 }), async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s", { subType: SHARED });
    await client.publishAll(numbers(4));
    const got = await client.deliveries(2);
    await client.settle();
    assert.ok(!client.waiting.includes("message"));
    const stats = await client.request("consumerStats", { consumerId: 1 });
    assert.equal(
      (stats.body as { blockedConsumerOnUnackedMsgs?: boolean }).blockedConsumerOnUnackedMsgs,
      true,
    );
    client.ack(got);
    assert.deepEqual(await client.texts(2), ["2", "3"]);
    await client.close();
  }),
);

Deno.test(
  "Failover tells who is active, and the next one takes over with what was not acknowledged",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    const other = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s", { subType: FAILOVER, consumerName: "a" });
    assert.deepEqual(await client.take("activeConsumerChange"), { consumerId: 1, isActive: true });
    await other.subscribe("t", "s", { subType: FAILOVER, consumerName: "b", consumerId: 2 });
    assert.deepEqual(await other.take("activeConsumerChange"), { consumerId: 2, isActive: false });
    await client.publishAll(numbers(3));
    client.ack((await client.deliveries(3)).slice(0, 1));
    await client.settle();
    assert.equal((await broker.stats("t")).subscriptions["s"]!.activeConsumerName, "a");
    await client.request("closeConsumer", { consumerId: 1 });
    assert.deepEqual(await other.take("activeConsumerChange"), { consumerId: 2, isActive: true });
    assert.deepEqual(await other.texts(2), ["1", "2"]);
    await Promise.all([client.close(), other.close()]);
  }),
);

Deno.test(
  "a Failover consumer of a lower priority number takes over, with what the one before had not acknowledged",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s", { subType: FAILOVER, consumerId: 1, priorityLevel: 1 });
    await client.publishAll(numbers(3));
    await client.deliveries(3);
    await client.subscribe("t", "s", { subType: FAILOVER, consumerId: 2, priorityLevel: 0 });
    const again = await client.deliveries(3);
    assert.deepEqual(again.map(({ texts, body }) => [texts[0], body.consumerId]), [["0", 2], ["1", 2], [
      "2",
      2,
    ]]);
    const stats = (await broker.stats("t")).subscriptions["s"]!;
    assert.deepEqual(stats.consumers.map(({ unackedMessages }) => unackedMessages), [0, 3]);
    await client.close();
  }),
);

Deno.test(
  "Failover spreads the partitions of a topic over consumers by name",
  withBroker(plain, async (broker) => {
    await broker.createPartitionedTopic("p", 4);
    const client = await TestClient.connect(broker);
    let consumerId = 0;
    for (let partition = 0; partition < 4; partition++) {
      for (const consumerName of ["a", "b"]) {
        const topic = `p-partition-${partition}`;
        await client.subscribe(topic, "s", { subType: FAILOVER, consumerName, consumerId: consumerId++ });
      }
    }
    const active: (string | undefined)[] = [];
    for (let partition = 0; partition < 4; partition++) {
      active.push((await broker.stats(`p-partition-${partition}`)).subscriptions["s"]!.activeConsumerName);
    }
    assert.deepEqual(active, ["a", "b", "a", "b"]);
    await client.close();
  }),
);

Deno.test(
  "acknowledged entries do not come back, others do when the consumer returns",
  withBroker(plain, async (broker) => {
    const producer = await TestClient.connect(broker);
    const first = await TestClient.connect(broker);
    await first.subscribe("t", "s");
    await producer.producer("t");
    await producer.publishAll(numbers(4));
    const got = await first.deliveries(4);
    first.ack([got[1]!, got[3]!]);
    await first.settle();
    assert.equal((await broker.stats("t")).subscriptions["s"]!.msgBacklog, 2);
    await first.close();
    const second = await TestClient.connect(broker);
    await second.subscribe("t", "s");
    assert.deepEqual(await second.texts(2), ["0", "2"]);
    await Promise.all([producer.close(), second.close()]);
  }),
);

Deno.test(
  "a cumulative acknowledgement covers everything up to its id",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s");
    await client.publishAll(numbers(5));
    const got = await client.deliveries(5);
    const answer = await client.request("ack", {
      consumerId: 1,
      ackType: 1,
      messageId: [got[3]!.body.messageId],
    });
    assert.equal(answer.name, "ackResponse");
    const stats = (await broker.stats("t")).subscriptions["s"]!;
    assert.deepEqual([stats.msgBacklog, stats.unackedMessages], [1, 1]);
    await client.close();
  }),
);

Deno.test(
  "a cumulative acknowledgement on a Shared subscription is refused when an answer is asked for",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s", { subType: SHARED });
    await client.publishAll(["a"]);
    const { body } = await client.delivery();
    const answer = await client.request("ack", { consumerId: 1, ackType: 1, messageId: [body.messageId] });
    assert.equal(serverErrorName((answer.body as { error: number }).error), "NotAllowedError");
    await client.close();
  }),
);

Deno.test(
  "a batch acknowledged in part comes back with what is left, and is done when the rest is",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s", { subType: SHARED });
    client.publish({ texts: ["a", "b", "c"], sequenceId: 0 });
    const { body: { messageId } } = await client.delivery();
    client.send("ack", {
      consumerId: 1,
      ackType: 0,
      messageId: [{ ...messageId, ackSet: [0b101n], batchSize: 3 }],
    });
    client.send("ack", {
      consumerId: 1,
      ackType: 0,
      messageId: [{ ...messageId, ackSet: [0b110n], batchSize: 3 }],
    });
    await client.settle();
    assert.equal((await broker.stats("t")).subscriptions["s"]!.unackedMessages, 1);
    client.send("redeliver", { consumerId: 1, messageIds: [messageId] });
    const again = await client.delivery();
    assert.deepEqual(again.body.ackSet, [0b100]);
    assert.equal(again.body.redeliveryCount, 1);
    client.send("ack", {
      consumerId: 1,
      ackType: 0,
      messageId: [{ ...messageId, ackSet: [0], batchSize: 3 }],
    });
    await client.settle();
    const stats = (await broker.stats("t")).subscriptions["s"]!;
    assert.deepEqual([stats.msgBacklog, stats.unackedMessages], [0, 0]);
    await client.close();
  }),
);

Deno.test(
  "redelivery of chosen entries counts, and others stay where they are",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s", { subType: SHARED });
    await client.publishAll(numbers(3));
    const got = await client.deliveries(3);
    for (const times of [1, 2]) {
      client.send("redeliver", { consumerId: 1, messageIds: [got[1]!.body.messageId] });
      const again = await client.delivery();
      assert.deepEqual([again.texts, again.body.redeliveryCount], [["1"], times]);
    }
    await client.settle();
    assert.ok(!client.waiting.includes("message"));
    await client.close();
  }),
);

Deno.test(
  "an Exclusive consumer that asks for redelivery gets everything again under its new epoch",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s", { consumerEpoch: 0 });
    await client.publishAll(numbers(3));
    const got = await client.deliveries(3);
    client.ack(got.slice(0, 1));
    client.send("redeliver", { consumerId: 1, consumerEpoch: 5 });
    const again = await client.deliveries(2);
    assert.deepEqual(again.map(({ texts, body }) => [texts[0], body.consumerEpoch]), [["1", 5], ["2", 5]]);
    await client.close();
  }),
);

Deno.test(
  "what a Shared consumer held goes to the others when its connection breaks",
  withBroker(plain, async (broker) => {
    const [producer, leaving, staying] = await Promise.all([0, 1, 2].map(() => TestClient.connect(broker)));
    await producer!.producer("t");
    await leaving!.subscribe("t", "s", { subType: SHARED });
    await producer!.publishAll(numbers(3));
    await leaving!.deliveries(3);
    await staying!.subscribe("t", "s", { subType: SHARED });
    await leaving!.close();
    assert.deepEqual(await staying!.texts(3), ["0", "1", "2"]);
    await Promise.all([producer!.close(), staying!.close()]);
  }),
);

Deno.test(
  "a subscription's durability cannot be changed, and unknown consumers get ConsumerNotFound",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.subscribe("t", "s");
    await client.request("closeConsumer", { consumerId: 1 });
    const answer = await client.subscribe("t", "s", { durable: false, subType: EXCLUSIVE }, 0);
    assert.equal(errorOf(answer), "NotAllowedError");
    assert.equal(errorOf(await client.request("getLastMessageId", { consumerId: 9 })), "ConsumerNotFound");
    const ack = await client.request("ack", { consumerId: 9, ackType: 0 });
    assert.equal(serverErrorName((ack.body as { error: number }).error), "ConsumerNotFound");
    await client.close();
  }),
);

Deno.test(
  "an entry of half a megabyte arrives unchanged, and so do many small ones around it",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s");
    const texts = [...numbers(50), "x".repeat(500_000), ...numbers(50, 50)];
    texts.forEach((text, index) => client.publish({ texts: [text], sequenceId: index }));
    const got = await client.deliveries(texts.length);
    assert.ok(got.every(({ isIntact }) => isIntact));
    assert.deepEqual(got.flatMap((delivery) => delivery.texts), texts);
    await client.close();
  }),
);
