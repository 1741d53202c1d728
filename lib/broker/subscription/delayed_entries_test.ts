import assert from "node:assert/strict";
import fc from "fast-check";
import { DelayedEntries } from "./delayed_entries.ts";
import { plain, TestClient, withBroker } from "../broker_test_support.ts";

const SHARED = 1;
const KEY_SHARED = 3;
/** Long enough that no test waits for it. */
const LONG = 3_600_000;

Deno.test("entries come out when they are due, earliest first, those of one time in their order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 40 }), (times) => {
      let now = 0;
      const delayed = new DelayedEntries(() => {}, () => now);
      times.forEach((time, entry) => delayed.add(entry, time));
      const taken: number[] = [];
      for (now = 0; now <= 20; now++) {
        for (let entry = delayed.takeDue(); entry >= 0; entry = delayed.takeDue()) {
          assert.ok(times[entry]! <= now);
          taken.push(entry);
        }
        assert.equal(delayed.size, times.filter((time) => time > now).length);
      }
      delayed.clear();
      assert.deepEqual(taken, times.map((_, entry) => entry).sort((a, b) => times[a]! - times[b]! || a - b));
    }),
  );
});

for (const subType of [SHARED, KEY_SHARED]) {
  Deno.test(
    `a delayed message comes to ${
      subType === SHARED ? "Shared" : "Key_Shared"
    } consumers when its time has come`,
    withBroker(plain, async (broker) => {
      const client = await TestClient.connect(broker);
      await client.subscribe("t", "s", { subType });
      await client.producer("t");
      const deliverAtTime = Date.now() + 100;
      client.publish({ texts: ["late"], sequenceId: 0, key: "k", metadata: { deliverAtTime } });
      client.publish({ texts: ["now"], sequenceId: 1, key: "k" });
      const [now] = await client.deliveries(1);
      assert.deepEqual(now!.texts, ["now"]);
      client.ack([now!]);
      const [late] = await client.deliveries(1);
      assert.ok(Date.now() >= deliverAtTime);
      assert.deepEqual(late!.texts, ["late"]);
      assert.equal(late!.body.redeliveryCount ?? 0, 0);
      client.ack([late!]);
      await client.settle();
      const { msgBacklog, msgDelayed } = (await broker.stats("t")).subscriptions["s"]!;
      assert.deepEqual([msgBacklog, msgDelayed], [0, 0]);
      await client.close();
    }),
  );
}

Deno.test(
  "types that keep the order get delayed messages at once, also when they take a subscription over",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.subscribe("t", "exclusive");
    await client.subscribe("t", "shared", { consumerId: 2, subType: SHARED });
    await client.producer("t");
    const later = { deliverAtTime: Date.now() + LONG };
    client.publish({ texts: ["a"], sequenceId: 0, metadata: later });
    client.publish({ texts: ["b"], sequenceId: 1 });
    client.publish({ texts: ["c"], sequenceId: 2, metadata: later });
    const got = await client.deliveries(4);
    const textsOf = (id: number): string[] =>
      got.filter(({ body }) => body.consumerId === id).flatMap(({ texts }) => texts);
    assert.deepEqual([textsOf(1), textsOf(2)], [["a", "b", "c"], ["b"]]);
    assert.equal((await broker.stats("t")).subscriptions["shared"]!.msgDelayed, 2);

    await client.request("closeConsumer", { consumerId: 2 });
    await client.subscribe("t", "shared", { consumerId: 3 });
    assert.deepEqual(await client.texts(3), ["a", "b", "c"]);
    await client.close();
  }),
);

Deno.test(
  "a time that has passed, or that lies before 1970, delays nothing",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.subscribe("t", "s", { subType: SHARED });
    await client.producer("t");
    for (const [sequenceId, deliverAtTime] of [Date.now() - 1, 0, -5n].entries()) {
      client.publish({ texts: [`${sequenceId}`], sequenceId, metadata: { deliverAtTime } });
    }
    assert.deepEqual(await client.texts(3), ["0", "1", "2"]);
    await client.close();
  }),
);

Deno.test(
  "what is delayed can be acknowledged, sought over and deleted, and leaves no memory behind",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    // The chunk of a topic that is gone is kept for the next one.
    await client.producer("t");
    await client.publishAll(["x"]);
    await broker.deleteTopic("t");
    await client.take("closeProducer");
    await broker.createTopic("t");
    const before = (await broker.brokerStats()).backlogBytes;
    await client.subscribe("t", "s", { subType: SHARED });
    await client.producer("t");
    const metadata = { deliverAtTime: Date.now() + LONG };
    for (let sequenceId = 0; sequenceId < 3; sequenceId++) {
      client.publish({ texts: ["x"], sequenceId, metadata });
      const { messageId } = await client.take("sendReceipt");
      if (sequenceId === 0) client.send("ack", { consumerId: 1, ackType: 0, messageId: [messageId!] });
    }
    await client.settle();
    assert.equal((await broker.stats("t")).subscriptions["s"]!.msgBacklog, 2);
    await client.request("seek", { consumerId: 1, messagePublishTime: 0 });
    await client.take("closeConsumer");
    await client.subscribe("t", "s", { subType: SHARED });
    await client.settle();
    assert.ok(!client.waiting.includes("message"));
    await broker.deleteTopic("t");
    await broker.createTopic("t");
    assert.equal((await broker.brokerStats()).backlogBytes, before);
    await client.close();
  }),
);
