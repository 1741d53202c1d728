import assert from "node:assert/strict";
import { serverErrorCode, SubType } from "../../wire/enums.ts";
import { ClosedError, PulsarError } from "../errors.ts";
import { MessageId } from "./message_id.ts";
import { deliver, permits, stage } from "./entry_consumer_test_support.ts";
import { eventually, ScriptedBroker } from "../client_test_support.ts";

Deno.test("a consumer that is paused is not granted anything on return either", async () => {
  const broker = new ScriptedBroker();
  const s = await stage(broker);
  s.consumer.pause();
  s.peer.close();
  const second = await broker.peer(2);
  await second.command("subscribe");
  await eventually(() => s.consumer.isConnected);
  s.consumer.resume();
  assert.equal(await permits(second, 1), 10);
  await s.client.close();
});

Deno.test("a consumer that lost its connection subscribes again and asks for the whole queue", async () => {
  const broker = new ScriptedBroker();
  const s = await stage(broker);
  for (let id = 0; id < 3; id++) deliver(s.peer, id, "x");
  await eventually(() => s.got.length === 3);
  s.peer.close();
  const second = await broker.peer(2);
  assert.equal(await permits(second, 1), 10);
  await eventually(() => s.reconnects === 1);
  assert.equal(s.resets, 1);
  assert.match(s.troubles[0]!, /closed the connection/);
  deliver(second, 0, "x", { redeliveryCount: 1 });
  await eventually(() => s.got.length === 4);
  await s.client.close();
});

Deno.test("ConsumerBusy is told at once, and outlived by a consumer that was there before", async () => {
  let busy = 1;
  const broker = new ScriptedBroker().on("subscribe", ({ requestId }, peer) => {
    if (busy-- > 0) {
      peer.send("error", { requestId, error: serverErrorCode("ConsumerBusy"), message: "taken" });
    } else peer.send("success", { requestId });
  });
  const client = broker.client();
  const options = { topic: "t", subscription: "s", type: SubType.exclusive, onEntry() {} };
  await assert.rejects(client.createEntryConsumer(options), /subscribe 's' to '.*t': ConsumerBusy: taken/);
  const consumer = await client.createEntryConsumer(options);
  busy = 2;
  broker.peers[0]!.close();
  const second = await broker.peer(2);
  await second.command("subscribe", 3);
  await eventually(() => consumer.isConnected);
  await client.close();
});

Deno.test("a consumer whose topic moves to another cluster follows it", async () => {
  const broker = new ScriptedBroker();
  const s = await stage(broker);
  await new Promise((resolve) => setTimeout(resolve, 5)); // longer than the first wait: the attachment is stable
  s.peer.send("topicMigrated", { resourceId: 0, resourceType: 1, brokerServiceUrl: "pulsar://far:6650" });
  const far = await broker.peer(2);
  assert.equal(far.target.host, "far");
  assert.equal(await permits(far, 1), 10);
  assert.match(s.troubles[0]!, /moved to another cluster/);
  assert.equal(s.resets, 1);
  await s.client.close();
});

Deno.test("a consumer that cannot return fails", async () => {
  const failures: Error[] = [];
  const broker = new ScriptedBroker();
  const s = await stage(broker, { onFailed: (error) => failures.push(error) });
  broker.on(
    "subscribe",
    ({ requestId }, peer) =>
      peer.send("error", { requestId, error: serverErrorCode("TopicNotFound"), message: "deleted" }),
  );
  s.peer.send("closeConsumer", { consumerId: 0, requestId: 2n ** 64n - 1n });
  await eventually(() => failures.length === 1);
  assert.ok(s.consumer.failure instanceof PulsarError);
  await assert.rejects(s.consumer.seek(MessageId.earliest), /TopicNotFound/);
  await s.consumer.close();
  await s.client.close();
});

Deno.test("entries sent before everything was asked for again are dropped", async () => {
  const s = await stage();
  assert.equal((await s.peer.command("subscribe")).consumerEpoch, 1);
  s.consumer.redeliver();
  const asked = await s.peer.command("redeliver");
  assert.equal(asked.consumerEpoch, 2);
  assert.equal(asked.messageIds?.length ?? 0, 0);
  deliver(s.peer, 1, "old", { consumerEpoch: 1 });
  deliver(s.peer, 1, "new", { consumerEpoch: 2 });
  deliver(s.peer, 2, "from an old broker");
  await eventually(() => s.got.length === 2);
  assert.deepEqual(s.got, ["1:new", "2:from an old broker"]);
  await s.client.close();
});

for (const closesFirst of [true, false]) {
  Deno.test(`a seek drops what was under way, CLOSE_CONSUMER ${closesFirst ? "before" : "after"} SUCCESS`, async () => {
    const broker = new ScriptedBroker().on("seek", ({ requestId, messagePublishTime }, peer) => {
      assert.equal(messagePublishTime, 1234);
      deliver(peer, 7, "old position");
      const close = (): void => peer.send("closeConsumer", { consumerId: 0, requestId: 2n ** 64n - 1n });
      if (closesFirst) close();
      peer.send("success", { requestId });
      if (!closesFirst) close();
    });
    const s = await stage(broker);
    s.consumer.ack(1, 1);
    await s.consumer.seek({ publishTimeMs: 1234 });
    await s.peer.command("subscribe", 2);
    deliver(s.peer, 0, "new position");
    await eventually(() => s.got.length > 0);
    assert.deepEqual(s.got, ["0:new position"]);
    const names = s.peer.received.map(({ name }) => name);
    assert.ok(names.indexOf("ack") < names.indexOf("seek"), "acknowledgements of before go before");
    assert.deepEqual(s.troubles, []);
    assert.equal(s.reconnects, 0, "a seek is no reconnect");
    await s.client.close();
  });
}

Deno.test("a seek that keeps the consumer attached asks for what was dropped", async () => {
  const s = await stage(
    new ScriptedBroker().on("seek", ({ requestId }, peer) => {
      for (let id = 0; id < 6; id++) deliver(peer, id, "dropped");
      peer.send("success", { requestId });
    }),
  );
  await s.consumer.seek(MessageId.earliest);
  const { messageId } = await s.peer.command("seek");
  assert.equal(messageId?.ledgerId, 2n ** 64n - 1n);
  await s.peer.command("redeliver");
  assert.equal(await permits(s.peer, 2), 6);
  assert.deepEqual(s.got, []);
  await s.client.close();
});

Deno.test("a refused seek leaves the consumer as it was", async () => {
  const s = await stage(
    new ScriptedBroker().on(
      "seek",
      ({ requestId }, peer) =>
        peer.send("error", { requestId, error: serverErrorCode("NotAllowedError"), message: "no" }),
    ),
  );
  await assert.rejects(s.consumer.seek(MessageId.latest), /seek on '.*': NotAllowedError: no/);
  await s.peer.command("redeliver");
  deliver(s.peer, 1, "x", { consumerEpoch: 2 });
  await eventually(() => s.got.length === 1);
  await s.client.close();
});

Deno.test("a seek whose connection is lost is asked for again", async () => {
  let asked = 0;
  const broker = new ScriptedBroker().on("seek", ({ requestId }, peer) => {
    if (++asked === 1) return peer.close();
    peer.send("success", { requestId });
    peer.send("closeConsumer", { consumerId: 0, requestId: 2n ** 64n - 1n });
  });
  const s = await stage(broker);
  await s.consumer.seek(MessageId.earliest);
  assert.equal(asked, 2);
  assert.ok(s.consumer.isConnected);
  await s.client.close();
});

Deno.test("a reader without a durable subscription goes on where it was", async () => {
  const broker = new ScriptedBroker();
  const s = await stage(broker, { durable: false, startMessageId: { ledgerId: 1, entryId: 4 } });
  const first = await s.peer.command("subscribe");
  assert.equal(first.durable, false);
  assert.deepEqual(first.startMessageId, { ledgerId: 1, entryId: 4 });
  deliver(s.peer, 5, "x");
  await eventually(() => s.got.length === 1);
  s.peer.close();
  const second = await (await broker.peer(2)).command("subscribe");
  assert.deepEqual(second.startMessageId, { ledgerId: 1, entryId: 5 });
  await s.client.close();
});

Deno.test("what a reader has read comes again after a reconnect, and is dropped and acknowledged", async () => {
  const broker = new ScriptedBroker();
  const s = await stage(broker, { durable: false, startMessageId: { ledgerId: 1, entryId: 4 } });
  for (const entryId of [4, 5]) deliver(s.peer, entryId, "x");
  await eventually(() => s.got.length === 1);
  s.peer.close();
  const second = await broker.peer(2);
  await second.command("flow");
  for (const entryId of [5, 6]) deliver(second, entryId, "y");
  await eventually(() => s.got.length === 2);
  assert.deepEqual(s.got, ["5:x", "6:y"]);
  const { messageId } = await second.command("ack");
  assert.deepEqual(messageId?.map(({ entryId }) => entryId), [5]);
  await s.client.close();
});

Deno.test("a reader that has read nothing yet begins again where it began, not at a later end", async () => {
  const begun = { ledgerId: 7, entryId: 2 };
  const broker = new ScriptedBroker().on(
    "getLastMessageId",
    ({ requestId }, peer) =>
      peer.send("getLastMessageIdResponse", {
        requestId,
        lastMessageId: { ledgerId: 7, entryId: 9 },
        consumerMarkDeletePosition: begun,
      }),
  );
  const s = await stage(broker, { durable: false });
  assert.equal((await s.peer.command("subscribe")).startMessageId, undefined);
  s.peer.close();
  const second = await broker.peer(2);
  assert.deepEqual((await second.command("subscribe")).startMessageId, begun);
  await second.command("flow");
  assert.equal(second.count("getLastMessageId"), 0, "its place is known");
  await s.client.close();
});

Deno.test("a broker that does not tell where a reader begins has subscribed it all the same", async () => {
  const refused = { error: serverErrorCode("NotAllowedError"), message: "no" };
  const broker = new ScriptedBroker().on("getLastMessageId", ({ requestId }, peer) => {
    peer.send("error", { requestId, ...refused });
  });
  const s = await stage(broker, { durable: false });
  deliver(s.peer, 3, "x");
  await eventually(() => s.got.length === 1);
  await s.client.close();
});

Deno.test("after a seek a reader drops nothing of what comes, although it has read it before", async () => {
  const broker = new ScriptedBroker().on("seek", ({ requestId }, peer) => {
    peer.send("success", { requestId });
    peer.send("closeConsumer", { consumerId: 0, requestId: 2n ** 64n - 1n });
  }).on("getLastMessageId", ({ requestId }, peer) =>
    peer.send("getLastMessageIdResponse", {
      requestId,
      lastMessageId: { ledgerId: 1, entryId: 5 },
      consumerMarkDeletePosition: { ledgerId: 1, entryId: 1 },
    }));
  const s = await stage(broker, { durable: false, startMessageId: { ledgerId: 1, entryId: 4 } });
  deliver(s.peer, 5, "x");
  await eventually(() => s.got.length === 1);
  await s.consumer.seek(new MessageId(1, 2));
  for (const entryId of [2, 3]) deliver(s.peer, entryId, "y");
  await eventually(() => s.got.length === 3);
  assert.deepEqual(s.got, ["5:x", "2:y", "3:y"]);
  await s.client.close();
});

Deno.test("a reader that was cut off within a chunked message begins again with its first chunk", async () => {
  const broker = new ScriptedBroker();
  const s = await stage(broker, { durable: false, startMessageId: { ledgerId: 1, entryId: 4 } });
  const uuid = new TextEncoder().encode("u");
  const header = { uuid, chunkId: 0, chunkCount: 2, chunkTotalSize: 2 };
  deliver(s.peer, 5, "w");
  deliver(s.peer, 6, "x", { header });
  s.peer.send("ping", {});
  await s.peer.command("pong");
  s.peer.close();
  const second = await (await broker.peer(2)).command("subscribe");
  assert.deepEqual(second.startMessageId, { ledgerId: 1, entryId: 5 });
  await s.client.close();
});

Deno.test("unsubscribing flushes, deletes and closes", async () => {
  const s = await stage(undefined, { ackGroupMs: 60_000 });
  s.consumer.ack(1, 1);
  await s.consumer.unsubscribe();
  const names = s.peer.received.map(({ name }) => name).filter((name) => name !== "flow");
  assert.deepEqual(names.slice(-2), ["ack", "unsubscribe"]);
  assert.ok(s.consumer.failure instanceof ClosedError);
  await s.consumer.close();
  await s.client.close();
});

Deno.test("a refused unsubscribe leaves the consumer open", async () => {
  const s = await stage(
    new ScriptedBroker().on(
      "unsubscribe",
      ({ requestId }, peer) =>
        peer.send("error", { requestId, error: serverErrorCode("NotAllowedError"), message: "others" }),
    ),
  );
  await assert.rejects(s.consumer.unsubscribe(), /NotAllowedError: others/);
  assert.ok(s.consumer.isConnected);
  await s.client.close();
});

Deno.test("closing sends what has gathered, and leaves nothing behind when it interrupts a return", async () => {
  const broker = new ScriptedBroker();
  const s = await stage(broker, { ackGroupMs: 60_000 });
  s.consumer.ack(1, 1);
  await s.consumer.close();
  assert.deepEqual(s.peer.received.slice(-2).map(({ name }) => name), ["ack", "closeConsumer"]);

  await s.client.close();

  const other = new ScriptedBroker();
  const t = await stage(other);
  other.on("subscribe", () => {});
  t.peer.send("closeConsumer", { consumerId: 0, requestId: 2n ** 64n - 1n });
  await t.peer.command("subscribe", 2);
  await t.consumer.close();
  await t.peer.command("closeConsumer");
  await t.client.close();
});

Deno.test("permits of batches dropped around a seek go back whole", async () => {
  const s = await stage(
    new ScriptedBroker().on("seek", ({ requestId }, peer) => {
      deliver(peer, 1, "abcd", { header: { batchCount: 4 } });
      deliver(peer, 2, "abc", { header: { batchCount: 3 } });
      peer.send("success", { requestId });
    }),
  );
  await s.consumer.seek(MessageId.earliest);
  s.peer.send("ping", {});
  await s.peer.command("pong");
  assert.deepEqual(s.peer.all("flow").map(({ messagePermits }) => messagePermits), [10, 7]);
  await s.client.close();
});

Deno.test("after a reconnect the flows add up to the receiver queue", async () => {
  const broker = new ScriptedBroker();
  const s = await stage(broker);
  // Four handled ones are under half of the queue: their permits wait, and are void with the connection.
  for (let id = 0; id < 4; id++) deliver(s.peer, id, "x");
  await eventually(() => s.got.length === 4);
  s.peer.close();
  const second = await broker.peer(2);
  assert.equal(await permits(second, 1), 10);
  for (let id = 4; id < 8; id++) deliver(second, id, "x");
  await eventually(() => s.got.length === 8);
  second.send("ping", {});
  await second.command("pong");
  assert.equal(second.count("flow"), 1, "four of ten are handled: six are still granted");
  deliver(second, 8, "x");
  assert.equal(await permits(second, 2), 5);
  await s.client.close();
});

Deno.test("what was acknowledged while disconnected is sent within the group time after the return", async () => {
  const broker = new ScriptedBroker();
  const s = await stage(broker, { ackGroupMs: 1 });
  deliver(s.peer, 3, "x");
  await eventually(() => s.got.length === 1);
  const answers: (() => void)[] = [];
  broker.on("subscribe", ({ requestId }, peer) => answers.push(() => peer.send("success", { requestId })));
  s.peer.close();
  const second = await broker.peer(2);
  await second.command("subscribe");
  s.consumer.ack(1, 3);
  // Timers fire in the order of their times: the group time is over before anybody can be told.
  await new Promise((resolve) => setTimeout(resolve, 20));
  answers[0]!();
  const { messageId } = await second.command("ack");
  assert.deepEqual(messageId?.map(({ entryId }) => entryId), [3]);
  await s.client.close();
});
