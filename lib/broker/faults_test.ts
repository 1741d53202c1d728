import assert from "node:assert/strict";
import { serverErrorName } from "../wire/enums.ts";
import { U64_MAX } from "../wire/protobuf.ts";
import { errorOf, plain, TestClient, withBroker } from "./broker_test_support.ts";

Deno.test(
  "dropConnections cuts all connections, or those with a producer or consumer of a topic",
  withBroker(plain, async (broker) => {
    const clients = await Promise.all([0, 1, 2].map(() => TestClient.connect(broker)));
    const [a, b, c] = clients as [TestClient, TestClient, TestClient];
    await a.producer("t");
    await b.subscribe("t", "s");
    assert.equal(await broker.hooks.dropConnections({ topic: "t", of: "producers" }), 1);
    await a.closed();
    assert.equal(await broker.hooks.dropConnections({ topic: "t" }), 1);
    await b.closed();
    await c.settle();
    assert.equal(await broker.hooks.dropConnections(), 1);
    await c.closed();
    const stats = await broker.stats("t");
    assert.deepEqual([stats.publishers.length, stats.subscriptions["s"]!.consumers.length], [0, 0]);
  }),
);

Deno.test(
  "failNext answers that many requests of a kind with the chosen error",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await broker.hooks.failNext("producer", "ServiceNotReady", { times: 2, message: "not yet" });
    for (let attempt = 0; attempt < 2; attempt++) {
      const refused = await client.producer("t");
      assert.equal(errorOf(refused), "ServiceNotReady");
      assert.equal((refused.body as { message: string }).message, "not yet");
    }
    assert.equal((await client.producer("t")).name, "producerSuccess");

    await broker.hooks.failNext("lookup", "TooManyRequests");
    assert.equal(errorOf(await client.request("lookup", { topic: "t" })), "TooManyRequests");
    await broker.hooks.failNext("partitionMetadata", "MetadataError");
    assert.equal(errorOf(await client.request("partitionMetadata", { topic: "t" })), "MetadataError");
    await broker.hooks.failNext("subscribe", "AuthorizationError");
    assert.equal(errorOf(await client.subscribe("t", "s", {}, 0)), "AuthorizationError");
    await client.subscribe("t", "s");
    for (const request of ["seek", "unsubscribe", "getLastMessageId"] as const) {
      await broker.hooks.failNext(request, "UnknownError");
      assert.equal(errorOf(await client.request(request, { consumerId: 1 })), "UnknownError");
    }
    await broker.hooks.failNext("ack", "UnknownError");
    assert.equal(errorOf(await client.request("ack", { consumerId: 1, ackType: 0 })), "UnknownError");

    await broker.hooks.failNext("send", "PersistenceError");
    client.publish({ texts: ["a"], sequenceId: 0 });
    assert.equal(errorOf({ name: "sendError", body: await client.take("sendError") }), "PersistenceError");
    await client.take("closeProducer");
    await client.producer("t");
    client.publish({ texts: ["b"], sequenceId: 1 });
    assert.deepEqual(await client.texts(1), ["b"]);

    await broker.hooks.failNext("connect", "ServiceNotReady");
    const refused = await TestClient.open(broker);
    refused.send("connect", { clientVersion: "x" });
    assert.equal(serverErrorName((await refused.take("error")).error), "ServiceNotReady");
    await refused.closed();
    await client.close();
  }),
);

Deno.test(
  "a fault for one topic leaves others alone, and applies to its partitions; clear ends it",
  withBroker(plain, async (broker) => {
    await broker.createPartitionedTopic("p", 1);
    const client = await TestClient.connect(broker);
    await broker.hooks.failNext("producer", "ServiceNotReady", { topic: "p", times: 5 });
    assert.equal((await client.producer("other", { producerId: 1 })).name, "producerSuccess");
    assert.equal(errorOf(await client.producer("p-partition-0", { producerId: 2 })), "ServiceNotReady");
    await broker.hooks.clear();
    assert.equal((await client.producer("p-partition-0", { producerId: 2 })).name, "producerSuccess");
    await client.close();
  }),
);

Deno.test(
  "a forgotten receipt never comes, though the entry is stored and delivered",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s");
    await broker.hooks.forgetReceipts({ times: 2 });
    for (let index = 0; index < 3; index++) client.publish({ texts: [`${index}`], sequenceId: index });
    assert.equal((await client.take("sendReceipt")).sequenceId, 2);
    assert.deepEqual(await client.texts(3), ["0", "1", "2"]);
    assert.ok(!client.waiting.includes("sendReceipt"));
    await client.close();
  }),
);

Deno.test(
  "delayed receipts come after what is not delayed, and in order",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await broker.hooks.delayReceipts(30, { topic: "t" });
    client.publish({ texts: ["a"], sequenceId: 0 });
    await client.settle();
    assert.ok(!client.waiting.includes("sendReceipt"));
    await broker.hooks.delayReceipts(0, { topic: "t" });
    client.publish({ texts: ["b"], sequenceId: 1 });
    assert.equal((await client.take("sendReceipt")).sequenceId, 0);
    assert.equal((await client.take("sendReceipt")).sequenceId, 1);
    await client.close();
  }),
);

Deno.test(
  "stalled reads go on after their time, and nothing is lost",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    const other = await TestClient.connect(broker);
    await client.producer("t");
    assert.equal(await broker.hooks.stallReads(50, { topic: "t" }), 1);
    client.publish({ texts: ["a"], sequenceId: 0 });
    await other.settle();
    assert.ok(!client.waiting.includes("sendReceipt"));
    assert.equal((await client.take("sendReceipt")).sequenceId, 0);
    await Promise.all([client.close(), other.close()]);
  }),
);

Deno.test(
  "a corrupted delivery fails its checksum once; delivered again it is whole",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s", { subType: 1 });
    await broker.hooks.corruptDeliveries();
    await client.publishAll(["a", "b"]);
    const [bad, good] = await client.deliveries(2);
    assert.deepEqual([bad!.isIntact, good!.isIntact], [false, true]);
    client.send("redeliver", { consumerId: 1, messageIds: [bad!.body.messageId] });
    assert.deepEqual((await client.delivery()).texts, ["a"]);
    await client.close();
  }),
);

Deno.test(
  "closeProducers and closeConsumers send the clients away, with an address if one is given",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t", { producerName: "n" });
    await client.subscribe("t", "s");
    assert.equal(await broker.hooks.closeProducers({ topic: "t", assignedUrl: "pulsar://else:1" }), 1);
    const closed = await client.take("closeProducer");
    assert.deepEqual(closed, {
      producerId: 1,
      requestId: U64_MAX,
      assignedBrokerServiceUrl: "pulsar://else:1",
    });
    assert.equal(await broker.hooks.closeConsumers({ topic: "other" }), 0);
    assert.equal(await broker.hooks.closeConsumers(), 1);
    assert.equal((await client.take("closeConsumer")).consumerId, 1);
    assert.equal((await client.producer("t", { producerName: "n" })).name, "producerSuccess");
    assert.equal((await client.subscribe("t", "s")).name, "success");
    await client.close();
  }),
);

Deno.test(
  "lookups can be made to redirect or to name a proxied broker",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await broker.hooks.answerLookup("redirect", "pulsar://b:6650", { authoritative: true });
    await broker.hooks.answerLookup("connect", "pulsar://c:6650", { proxy: true });
    const first = (await client.request("lookup", { topic: "t" })).body as Record<string, unknown>;
    assert.deepEqual([first["response"], first["brokerServiceUrl"], first["authoritative"]], [
      0,
      "pulsar://b:6650",
      true,
    ]);
    const second = (await client.request("lookup", { topic: "t" })).body as Record<string, unknown>;
    assert.deepEqual([second["response"], second["brokerServiceUrl"], second["proxyThroughServiceUrl"]], [
      1,
      "pulsar://c:6650",
      true,
    ]);
    await client.close();
  }),
);

Deno.test(
  "a command nobody asked for, and bytes that are no command, can be sent",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    assert.equal(await broker.hooks.sendCommand("success", { requestId: 777 }), 1);
    assert.equal((await client.take("success")).requestId, 777);
    await broker.hooks.sendBytes(Uint8Array.of(0, 0, 0, 2, 1, 2));
    // The test client gives up on such bytes.
    await client.closed();
    client.transport.close();
  }),
);

Deno.test(
  "faults that make no sense are refused",
  withBroker(plain, async (broker) => {
    await assert.rejects(broker.hooks.forgetReceipts({ times: 0 }), /'0' times/);
    await assert.rejects(broker.hooks.delayReceipts(-1), /delay of '-1' ms/);
    await assert.rejects(broker.hooks.corruptDeliveries({ topic: "persistent://x" }), /not a topic name/);
  }),
);
