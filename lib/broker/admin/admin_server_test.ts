import assert from "node:assert/strict";
import { EmbeddedBroker } from "../embedded_broker.ts";
import { TestClient } from "../broker_test_support.ts";
import { withAdmin } from "./admin_test_support.ts";
import type { PartitionedTopicStats, TopicStats } from "./statistics.ts";

const T = "persistent/public/default/t";

Deno.test("health, tenants and namespaces are there", () =>
  withAdmin(async (call, broker) => {
    assert.deepEqual(await call("GET", "brokers/health"), { status: 200, text: "ok" });
    await broker.createTopic("public/other/x");
    const { text } = await call("GET", "namespaces/public");
    assert.deepEqual(JSON.parse(text), ["public/default", "public/other"]);
  }));

Deno.test("topics are created once, listed and deleted", () =>
  withAdmin(async (call) => {
    assert.equal((await call("PUT", T)).status, 204);
    assert.equal((await call("PUT", T)).status, 409);
    const listed = JSON.parse((await call("GET", "persistent/public/default")).text);
    assert.deepEqual(listed, ["persistent://public/default/t"]);
    assert.equal((await call("DELETE", `${T}?force=true`)).status, 204);
    const missing = await call("DELETE", T);
    assert.equal(missing.status, 404);
    assert.match(JSON.parse(missing.text).reason, /persistent:\/\/public\/default\/t not found/);
  }));

Deno.test("partitions are created, enlarged, never reduced, and deleted with their topic", () =>
  withAdmin(async (call) => {
    assert.equal((await call("GET", `${T}/partitions`)).status, 404);
    assert.equal((await call("PUT", `${T}/partitions`, 2)).status, 204);
    assert.equal((await call("PUT", `${T}/partitions`, 2)).status, 409);
    assert.equal((await call("POST", `${T}/partitions`, 3)).status, 204);
    assert.equal((await call("POST", `${T}/partitions`, 1)).status, 422);
    assert.equal((await call("PUT", `persistent/public/default/u/partitions`, 0)).status, 406);
    assert.deepEqual(JSON.parse((await call("GET", `${T}/partitions`)).text), {
      partitions: 3,
      deleted: false,
    });
    const partitioned = JSON.parse((await call("GET", "persistent/public/default/partitioned")).text);
    assert.deepEqual(partitioned, ["persistent://public/default/t"]);
    assert.equal((await call("DELETE", `${T}/partitions?force=true`)).status, 204);
    assert.deepEqual(JSON.parse((await call("GET", "persistent/public/default")).text), []);
  }));

Deno.test("statistics name publishers, subscriptions and consumers, and add up over partitions", () =>
  withAdmin(async (call, broker) => {
    await call("PUT", `${T}/partitions`, 2);
    const client = await TestClient.connect(broker.serviceUrl);
    for (const partition of [0, 1]) {
      const producerId = partition + 1;
      const topic = `t-partition-${partition}`;
      await client.producer(topic, { producerId, producerName: `p${partition}` });
      await client.subscribe(topic, "s", { consumerId: producerId, consumerName: `c${partition}` }, 10);
      client.publish({ texts: ["a", "b"], sequenceId: 0, producerId });
      await client.take("sendReceipt");
    }
    const got = await client.deliveries(2);
    client.ack(got.slice(0, 1), Number(got[0]!.body.consumerId));
    await client.settle();
    const one = JSON.parse((await call("GET", `${T}-partition-0/stats`)).text) as TopicStats;
    assert.equal(one.msgInCounter, 2);
    assert.equal(one.publishers[0]!.producerName, "p0");
    assert.equal(one.subscriptions["s"]!.consumers[0]!.availablePermits, 8);
    const all = JSON.parse((await call("GET", `${T}/partitioned-stats`)).text) as PartitionedTopicStats;
    assert.deepEqual(
      [all.msgInCounter, all.msgOutCounter, all.subscriptions["s"]!.msgBacklog, all.metadata.partitions],
      [4, 4, 1, 2],
    );
    assert.deepEqual(Object.keys(all.partitions), [
      "persistent://public/default/t-partition-0",
      "persistent://public/default/t-partition-1",
    ]);
    assert.equal(all.subscriptions["s"]!.unackedMessages, 2);
    const internal = JSON.parse((await call("GET", `${T}-partition-0/internalStats`)).text);
    assert.equal(internal.entriesAddedCounter, 1);
    assert.equal((await call("GET", `${T}/stats`)).status, 404);
    await client.close();
  }));

Deno.test("subscriptions are created at either end, listed, skipped and deleted", () =>
  withAdmin(async (call, broker) => {
    const client = await TestClient.connect(broker.serviceUrl);
    await client.producer("t");
    await client.publishAll(["a", "b"]);
    const latest = {
      ledgerId: Number.MAX_SAFE_INTEGER,
      entryId: Number.MAX_SAFE_INTEGER,
      partitionIndex: -1,
    };
    assert.equal((await call("PUT", `${T}/subscription/late`, latest)).status, 204);
    assert.equal((await call("PUT", `${T}/subscription/early`, { ledgerId: -1, entryId: -1 })).status, 204);
    assert.equal((await call("PUT", `${T}/subscription/early`, latest)).status, 409);
    const backlogs = async (): Promise<unknown> => {
      const stats = JSON.parse((await call("GET", `${T}/stats`)).text) as TopicStats;
      return Object.entries(stats.subscriptions).map(([name, each]) => [name, each.msgBacklog]);
    };
    assert.deepEqual(await backlogs(), [["late", 0], ["early", 2]]);
    assert.equal((await call("POST", `${T}/subscription/early/skip_all`)).status, 204);
    assert.deepEqual(await backlogs(), [["late", 0], ["early", 0]]);
    assert.equal((await call("DELETE", `${T}/subscription/late`)).status, 204);
    assert.equal((await call("DELETE", `${T}/subscription/late`)).status, 404);
    assert.deepEqual(JSON.parse((await call("GET", `${T}/subscriptions`)).text), ["early"]);
    await client.close();
  }));

Deno.test("terminating names the last entry and seals the topic", () =>
  withAdmin(async (call, broker) => {
    const client = await TestClient.connect(broker.serviceUrl);
    await client.producer("t");
    await client.publishAll(["a", "b"]);
    assert.equal(JSON.parse((await call("POST", `${T}/terminate`)).text).entryId, 1);
    await client.take("closeProducer");
    assert.equal((await broker.internalStats("t")).state, "Terminated");
    await client.close();
  }));

Deno.test("what is not there is 404 with a reason, a body that is no number 400", () =>
  withAdmin(async (call) => {
    for (const path of ["sinks", `${T}/stats`, `${T}/unknown`, `${T}/partitioned-stats`]) {
      const { status, text } = await call("GET", path);
      assert.equal(status, 404);
      assert.equal(typeof JSON.parse(text).reason, "string");
    }
    assert.equal((await call("PUT", `${T}/partitions`, "many")).status, 400);
  }));

Deno.test("with tokens the interface asks for one", async () => {
  const broker = await EmbeddedBroker.start({ tokens: ["right"] });
  const status = async (headers: Record<string, string>): Promise<number> => {
    const response = await fetch(`${broker.adminUrl}/admin/v2/brokers/health`, { headers });
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await status({}), 401);
  assert.equal(await status({ authorization: "Bearer wrong" }), 401);
  assert.equal(await status({ authorization: "Bearer right" }), 200);
  await broker.stop();
});

Deno.test("whoever sends half a request, too much or what is no request is kept within bounds", async () => {
  const broker = await EmbeddedBroker.start();
  const { hostname, port } = new URL(broker.adminUrl);
  const say = async (text: string): Promise<string> => {
    using connection = await Deno.connect({ hostname, port: Number(port) });
    await connection.write(new TextEncoder().encode(text));
    return await new Response(connection.readable).text();
  };
  try {
    assert.match(await say("GET /admin/v2/clusters HTTP/1.1\r\nHost: a b\r\n\r\n"), /^HTTP\/1\.1 400 /);
    const large = `PUT /admin/v2/${T}/partitions HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999\r\n\r\n1`;
    assert.match(await say(large), /^HTTP\/1\.1 413 /);
    const half: Deno.Conn[] = [];
    for (let count = 0; count < 100; count++) {
      const connection = await Deno.connect({ hostname, port: Number(port) });
      await connection.write(new TextEncoder().encode("PUT /admin"));
      half.push(connection);
    }
    const first = await half[0]!.read(new Uint8Array(1)).catch(() => null);
    assert.equal(first, null, "the oldest of 100 was hung up on");
    const health = await fetch(`${broker.adminUrl}/admin/v2/brokers/health`);
    assert.equal(await health.text(), "ok");
    for (const connection of half) connection.close();
  } finally {
    await broker.stop();
  }
});
