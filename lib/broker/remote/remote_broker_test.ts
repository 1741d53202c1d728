import assert from "node:assert/strict";
import { Refusal, startBrokerInWorker } from "../mod.ts";
import { TestClient } from "../broker_test_support.ts";

Deno.test("a broker in a worker serves, reports, fails on request and stops", async () => {
  const broker = await startBrokerInWorker({ mode: "memory" });
  try {
    await broker.createPartitionedTopic("p", 2);
    const client = await TestClient.connect(broker.serviceUrl);
    await client.producer("p-partition-0");
    await client.subscribe("p-partition-0", "s");
    await client.publishAll(["a", "b"]);
    client.ack(await client.deliveries(2));
    await client.settle();
    const stats = await broker.partitionedStats("p");
    assert.equal(stats.msgInCounter, 2);
    assert.equal(stats.subscriptions["s"]!.msgBacklog, 0);
    assert.equal(stats.metadata.partitions, 2);
    const answer = await fetch(`${broker.adminUrl}/admin/v2/brokers/health`);
    assert.equal(await answer.text(), "ok");
    await assert.rejects(broker.stats("nothing"), (error: unknown) => {
      assert.ok(error instanceof Refusal);
      assert.equal(error.code, "TopicNotFound");
      return true;
    });
    await broker.hooks.sendCommand("success", { requestId: 0xffff_ffff_ffff_ffffn });
    assert.equal((await client.take("success")).requestId, 0xffff_ffff_ffff_ffffn);
    assert.equal(await broker.hooks.dropConnections(), 1);
    await client.closed();
    await client.close();
  } finally {
    await broker.stop();
  }
  await broker.stop();
  await assert.rejects(broker.brokerStats(), /was stopped/);
});

Deno.test("a broker in a worker that cannot start says why, with the kind of error", async () => {
  await assert.rejects(startBrokerInWorker({ maxMessageSize: 1 }), (error: unknown) => {
    assert.ok(error instanceof RangeError);
    assert.match(error.message, /maxMessageSize: '1'/);
    return true;
  });
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await assert.rejects(startBrokerInWorker({ port: taken.addr.port }), {
    name: "TransportError",
    code: "AddressInUse",
  });
});

Deno.test("an admin's actions reach a broker in a worker, and their errors come back", async () => {
  const broker = await startBrokerInWorker();
  try {
    await broker.createNamespace("public/n", { deduplicationEnabled: true });
    const client = await TestClient.connect(broker.serviceUrl);
    const topic = "persistent://public/n/t";
    await client.producer(topic);
    await client.subscribe(topic, "s", {}, 0);
    client.publish({ texts: ["a"], sequenceId: 0, publishTime: Date.now() - 60_000 });
    await client.take("sendReceipt");
    assert.deepEqual(await broker.listTopics("public/n"), [topic]);
    assert.equal((await broker.stats(topic)).deduplicationStatus, "Enabled");
    await broker.setPolicies("public/n", { deduplicationEnabled: undefined });
    assert.equal((await broker.stats(topic)).deduplicationStatus, "Disabled");
    await assert.rejects(broker.setPolicies("public/n", { message_ttl_in_seconds: 0.5 }), RangeError);
    assert.equal(await broker.expireMessages(topic, 10), 1);
    await assert.rejects(broker.expireMessages(topic, 10, "s"), { name: "Refusal", code: "NotAllowedError" });
    await assert.rejects(broker.deleteSubscription(topic, "s"), { code: "ConsumerBusy" });
    await broker.unload(topic);
    await client.take("closeProducer");
    await client.take("closeConsumer");
    await broker.deleteSubscription(topic, "s");
    await client.producer(topic, { producerId: 2 });
    await broker.unloadNamespace("public/n");
    await client.take("closeProducer");
    await client.close();
  } finally {
    await broker.stop();
  }
});
