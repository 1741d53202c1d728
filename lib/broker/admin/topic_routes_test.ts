import assert from "node:assert/strict";
import { TestClient } from "../broker_test_support.ts";
import type { EmbeddedBroker } from "../embedded_broker.ts";
import { type Call, withAdmin } from "./admin_test_support.ts";
import type { TopicStats } from "./statistics.ts";

const T = "persistent/public/default/t";
const P = "persistent/public/default/p";

/** A client with a producer on `t` that has stored as many entries, the first `old` of them long ago. */
async function stored(broker: EmbeddedBroker, count: number, old = 0): Promise<TestClient> {
  const client = await TestClient.connect(broker.serviceUrl);
  await client.producer("t", { producerName: "p" });
  for (let index = 0; index < count; index++) {
    const age = index < old ? 3_600_000 : 0;
    client.publish({ texts: [`${index}`], sequenceId: index, publishTime: Date.now() - age });
    await client.take("sendReceipt");
  }
  return client;
}

async function backlogOf(call: Call, subscription: string, topic = T): Promise<number> {
  const stats = JSON.parse((await call("GET", `${topic}/stats`)).text) as TopicStats;
  return stats.subscriptions[subscription]!.msgBacklog;
}

Deno.test("unloading sends producers and consumers away, keeps messages and subscriptions, and ends readers", () =>
  withAdmin(async (call, broker) => {
    const client = await stored(broker, 2);
    await client.subscribe("t", "s", { initialPosition: 1 });
    await client.subscribe("t", "reader", { durable: false, consumerId: 2 });
    assert.deepEqual(await client.texts(2), ["0", "1"]);
    assert.equal((await call("PUT", "persistent/public/default/none/unload")).status, 404);
    assert.equal((await call("PUT", `${T}/unload`)).status, 204);
    assert.equal((await client.take("closeProducer")).producerId, 1);
    const closed = [
      (await client.take("closeConsumer")).consumerId,
      (await client.take("closeConsumer")).consumerId,
    ];
    assert.deepEqual(closed.sort(), [1, 2]);
    assert.deepEqual(JSON.parse((await call("GET", `${T}/subscriptions`)).text), ["s"]);
    assert.equal((await client.producer("t", { producerName: "p" })).name, "producerSuccess");
    await client.subscribe("t", "s");
    assert.deepEqual(await client.texts(2), ["0", "1"]);
    await client.close();
  }));

Deno.test("unloading a partitioned topic unloads all its partitions", () =>
  withAdmin(async (call, broker) => {
    await call("PUT", `${P}/partitions`, 2);
    const client = await TestClient.connect(broker.serviceUrl);
    for (const id of [0, 1]) await client.producer(`p-partition-${id}`, { producerId: id });
    assert.equal((await call("PUT", `${P}/unload`)).status, 204);
    const closed = [
      (await client.take("closeProducer")).producerId,
      (await client.take("closeProducer")).producerId,
    ];
    assert.deepEqual(closed.sort(), [0, 1]);
    await client.close();
  }));

Deno.test("a producer that waits for exclusive access is sent away with the others, and not promoted", () =>
  withAdmin(async (call, broker) => {
    const client = await TestClient.connect(broker.serviceUrl);
    await client.producer("t", { producerAccessMode: 1 });
    await client.producer("t", { producerAccessMode: 3, producerId: 2 });
    await call("PUT", `${T}/unload`);
    const closed = [
      (await client.take("closeProducer")).producerId,
      (await client.take("closeProducer")).producerId,
    ];
    assert.deepEqual(closed.sort(), [1, 2]);
    await client.settle();
    assert.deepEqual(client.waiting, []);
    assert.deepEqual((await broker.stats("t")).publishers, []);
    await client.close();
  }));

Deno.test("messages older than asked expire, with those that a consumer holds", () =>
  withAdmin(async (call, broker) => {
    for (const id of ["s", "s2"]) await call("PUT", `${T}/subscription/${id}`, "earliest");
    const client = await stored(broker, 6, 3);
    await client.subscribe("t", "s", {}, 2);
    await client.deliveries(2);
    assert.equal((await call("POST", `${T}/subscription/none/expireMessages/100`)).status, 404);
    assert.equal((await call("POST", `${T}/subscription/s/expireMessages/100`)).status, 204);
    assert.deepEqual([await backlogOf(call, "s"), await backlogOf(call, "s2")], [3, 6]);
    const { s } = (await broker.stats("t")).subscriptions;
    assert.deepEqual([s!.unackedMessages, s!.totalMsgExpired], [0, 3]);
    assert.ok(s!.lastExpireTimestamp > 0);
    const again = await call("POST", `${T}/all_subscription/expireMessages/100`);
    assert.equal(again.status, 409, "there is nothing to expire for one of them");
    assert.match(again.text, /not issued on topic persistent:\/\/public\/default\/t for subscription s/);
    assert.equal(await backlogOf(call, "s2"), 3, "and the other was served");
    client.send("flow", { consumerId: 1, messagePermits: 10 });
    assert.deepEqual(await client.texts(3), ["3", "4", "5"]);
    await client.close();
  }));

Deno.test("a subscription or topic in use is deleted by force only", () =>
  withAdmin(async (call, broker) => {
    const client = await stored(broker, 1);
    await client.subscribe("t", "s");
    const refused = await call("DELETE", `${T}/subscription/s`);
    assert.deepEqual([refused.status, JSON.parse(refused.text).reason], [
      412,
      "Subscription has active connected consumers",
    ]);
    const inUse = await call("DELETE", T);
    assert.equal(inUse.status, 412);
    assert.match(inUse.text, /Topic has 2 clients connected Including 1 consumers, 1 producers/);
    assert.deepEqual(client.waiting, []);
    assert.equal((await call("DELETE", `${T}/subscription/s?force=true`)).status, 204);
    assert.equal((await client.take("closeConsumer")).consumerId, 1);
    assert.equal((await call("DELETE", `${T}?force=true`)).status, 204);
    assert.equal((await client.take("closeProducer")).producerId, 1);
    await client.close();
  }));

Deno.test("a subscription is created where its position says, and moved by time or message id", () =>
  withAdmin(async (call, broker) => {
    const client = await stored(broker, 4, 3);
    const { lastConfirmedEntry } = await broker.internalStats("t");
    const ledgerId = Number(lastConfirmedEntry.split(":")[0]);
    const positions: [unknown, number][] = [
      ["earliest", 4],
      ["latest", 0],
      [{ ledgerId: -1, entryId: -1, partitionIndex: -1 }, 4],
      [{ ledgerId: 9223372036854775807, entryId: 9223372036854775807, partitionIndex: -1 }, 0],
      [{ ledgerId, entryId: 1, partitionIndex: -1 }, 3],
    ];
    for (const [index, [position, backlog]] of positions.entries()) {
      assert.equal((await call("PUT", `${T}/subscription/s${index}`, position)).status, 204);
      assert.equal(await backlogOf(call, `s${index}`), backlog, JSON.stringify(position));
    }
    assert.equal((await call("PUT", `${T}/subscription/x`, "nonsense")).status, 400);
    assert.equal((await call("POST", `${T}/subscription/s1/resetcursor/${Date.now() - 60_000}`)).status, 204);
    assert.equal(await backlogOf(call, "s1"), 1);
    assert.equal(
      (await call("POST", `${T}/subscription/s1/resetcursor`, { ledgerId, entryId: 2 })).status,
      204,
    );
    assert.equal(await backlogOf(call, "s1"), 2);
    assert.equal((await call("POST", `${T}/subscription/none/resetcursor/0`)).status, 404);
    await client.close();
  }));

Deno.test("skipping everything leaves the consumer where it is, ready for what comes", () =>
  withAdmin(async (call, broker) => {
    await call("PUT", `${T}/subscription/s`, "earliest");
    const client = await stored(broker, 3);
    await client.subscribe("t", "s", {}, 1);
    await client.deliveries(1);
    assert.equal((await call("POST", `${T}/subscription/s/skip_all`)).status, 204);
    assert.equal(await backlogOf(call, "s"), 0);
    client.send("flow", { consumerId: 1, messagePermits: 10 });
    await client.publishAll(["new"], 3);
    assert.deepEqual(await client.texts(1), ["new"]);
    await client.close();
  }));

Deno.test("a partitioned topic is terminated and deleted as such only", () =>
  withAdmin(async (call, broker) => {
    await call("PUT", `${P}/partitions`, 2);
    await call("PUT", T);
    assert.equal((await call("PUT", P)).status, 409);
    assert.equal((await call("PUT", `${T}/partitions`, 2)).status, 409);
    assert.equal((await call("POST", `${T}/partitions`, 2)).status, 409);
    assert.equal((await call("POST", `${P}/terminate`)).status, 405);
    assert.equal((await call("POST", `${T}/terminate/partitions`)).status, 405);
    const ended = JSON.parse((await call("POST", `${P}/terminate/partitions`)).text);
    assert.deepEqual([ended["0"].entryId, ended["1"].entryId], [-1, -1]);
    assert.equal((await broker.internalStats("p-partition-1")).state, "Terminated");
    assert.equal((await call("DELETE", P)).status, 409);
    assert.equal((await call("DELETE", `${T}/partitions`)).status, 409);
    assert.equal((await call("DELETE", `${P}/partitions`)).status, 204);
    assert.equal((await call("DELETE", `${P}/partitions`)).status, 404);
  }));
