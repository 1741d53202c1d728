import assert from "node:assert/strict";
import { ProtocolError } from "../../wire/errors.ts";
import { EntryProducer } from "./entry_producer.ts";
import { receipt, refuse, send, silent, stage } from "./entry_producer_test_support.ts";
import { MessageTooLargeError, PulsarError } from "../errors.ts";
import { eventually, ScriptedBroker } from "../client_test_support.ts";

Deno.test("entries are numbered after the last one the broker has, batches by their messages", async () => {
  const broker = new ScriptedBroker().on("producer", (body, peer) => {
    assert.equal(body.topic, "persistent://public/default/t");
    assert.equal(body.producerName, "mine");
    assert.equal(body.userProvidedProducerName, true);
    peer.send("producerSuccess", { requestId: body.requestId, producerName: "mine", lastSequenceId: 41 });
  });
  const s = await stage(broker, { name: "mine" });
  assert.equal(s.producer.nextSequenceId, 42);
  send(s.producer, "a", 3, true);
  send(s.producer, "b");
  await s.producer.flush();
  assert.deepEqual(s.acknowledged, ["a", "b"]);
  assert.deepEqual(broker.peers[0]!.sends.map(({ sequenceId, count }) => [sequenceId, count]), [[42, 3], [
    45,
    1,
  ]]);
  assert.ok(broker.peers[0]!.sends.every(({ intact }) => intact));
  await s.client.close();
});

Deno.test("a lost connection is made anew and what was not acknowledged sent again, in order, once", async () => {
  const broker = silent();
  const s = await stage(broker);
  for (const text of ["a", "b", "c"]) send(s.producer, text);
  const first = broker.peers[0]!;
  await first.until(() => first.sends.length === 3);
  receipt(first, 0);
  await eventually(() => s.acknowledged.length === 1);
  broker.on("producer", (body, peer) => {
    assert.equal(body.epoch, 1);
    assert.equal(body.producerName, "named-0");
    assert.equal(body.userProvidedProducerName, false);
    peer.send("producerSuccess", { requestId: body.requestId, producerName: "named-0" });
  });
  first.close();
  const second = await broker.peer(2);
  send(s.producer, "d");
  await second.until(() => second.sends.length === 3);
  assert.deepEqual(second.sends.map(({ body, sequenceId }) => [body, sequenceId]), [["b", 1], ["c", 2], [
    "d",
    3,
  ]]);
  for (const id of [1, 2, 3]) receipt(second, id);
  await s.producer.flush();
  assert.deepEqual(s.acknowledged, ["a", "b", "c", "d"]);
  assert.equal(s.reconnects, 1);
  await s.client.close();
});

Deno.test("nothing falls between the resends and the next send", async () => {
  const broker = silent();
  const s = await stage(broker);
  send(s.producer, "a");
  await broker.peers[0]!.command("send");
  broker.peers[0]!.close();
  await eventually(() => !s.producer.isConnected);
  // Sends in every turn of the re-attachment.
  let sent = 0;
  while (!s.producer.isConnected || sent < 10) {
    if (sent < 10) send(s.producer, `n${sent++}`);
    await Promise.resolve();
    if (sent >= 10) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const second = broker.peers[1]!;
  await second.until(() => second.sends.length === 11);
  assert.deepEqual(
    second.sends.map(({ sequenceId }) => sequenceId),
    Array.from({ length: 11 }, (_, id) => id),
  );
  await s.client.close();
});

for (const error of ["PersistenceError", "UnknownError", "ProducerBlockedQuotaExceededException"] as const) {
  Deno.test(`after ${error} everything is sent again on a new connection`, async () => {
    const broker = silent();
    const s = await stage(broker);
    send(s.producer, "a");
    await broker.peers[0]!.command("send");
    refuse(broker.peers[0]!, 0, error);
    const second = await broker.peer(2);
    await second.until(() => second.sends.length === 1);
    receipt(second, 0);
    await s.producer.flush();
    assert.match(s.troubles[0]!, new RegExp(`send: ${error}: injected`));
    await s.client.close();
  });
}

for (const error of ["TopicTerminatedError", "NotAllowedError", "AuthorizationError"] as const) {
  Deno.test(`after ${error} the producer has failed and tells what is lost`, async () => {
    const broker = silent();
    const s = await stage(broker);
    send(s.producer, "a");
    send(s.producer, "b");
    const flushed = s.producer.flush();
    await broker.peers[0]!.command("send", 2);
    refuse(broker.peers[0]!, 0, error);
    await assert.rejects(flushed, PulsarError);
    assert.deepEqual(s.lost, ["a", "b"]);
    assert.equal(s.producer.inFlight, 0);
    assert.ok(s.producer.failure instanceof PulsarError);
    assert.throws(() => s.producer.take(), PulsarError);
    await assert.rejects(s.producer.room(), PulsarError);
    await assert.rejects(s.producer.flush(), PulsarError);
    await s.producer.close();
    await broker.peers[0]!.command("closeProducer");
    await s.client.close();
  });
}

Deno.test("all who wait for room get their turn", async () => {
  const broker = silent();
  const s = await stage(broker, { maxInFlight: 2 });
  await s.producer.room();
  send(s.producer, "a");
  send(s.producer, "b");
  assert.equal(s.producer.take(), undefined);
  const order: number[] = [];
  const waiting = [0, 1, 2, 3, 4].map(async (id) => {
    let entry = s.producer.take();
    while (entry === undefined) {
      await s.producer.room();
      entry = s.producer.take();
    }
    order.push(id);
    entry.context.text = `${id}`;
    s.producer.send(entry, entry.body.start, 1, false);
  });
  const peer = broker.peers[0]!;
  for (let id = 0; id < 5; id++) {
    await peer.until(() => peer.sends.length >= id + 2);
    receipt(peer, id);
  }
  await Promise.all(waiting);
  assert.deepEqual(order, [0, 1, 2, 3, 4]);
  const entry = await (async () => {
    await peer.until(() => peer.sends.length === 7);
    receipt(peer, 5);
    await s.producer.room();
    return s.producer.take()!;
  })();
  assert.equal(s.producer.take(), undefined);
  const room = s.producer.room();
  s.producer.release(entry);
  await room;
  await s.client.close();
});

Deno.test("a flush waits for what was sent before it, not for what comes after", async () => {
  const broker = silent();
  const s = await stage(broker);
  await s.producer.flush();
  send(s.producer, "a");
  const first = s.producer.flush();
  assert.equal(s.producer.flush(), first);
  send(s.producer, "b");
  let isAllDone = false;
  const second = s.producer.flush().then(() => isAllDone = true);
  await broker.peers[0]!.command("send", 2);
  receipt(broker.peers[0]!, 0);
  await first;
  assert.equal(isAllDone, false);
  receipt(broker.peers[0]!, 1);
  await second;
  await s.client.close();
});

Deno.test("an entry over the broker's maximum is refused here, and its number used by the next", async () => {
  const broker = new ScriptedBroker().on(
    "connect",
    (_, peer) => peer.send("connected", { serverVersion: "v", maxMessageSize: 100 }),
  );
  const s = await stage(broker);
  const entry = s.producer.take()!;
  assert.throws(() => s.producer.send(entry, entry.body.start + 101, 1, false), (error) => {
    assert.ok(error instanceof MessageTooLargeError);
    assert.match(error.message, /an entry of \d+ bytes is over the broker's maximum of 100/);
    return true;
  });
  s.producer.header.partitionKey = new Uint8Array(5000);
  assert.throws(() => s.producer.send(entry, entry.body.start + 1, 1, false), ProtocolError);
  s.producer.header.partitionKey = undefined;
  s.producer.release(entry);
  send(s.producer, "fits");
  await s.producer.flush();
  assert.deepEqual(broker.peers[0]!.sends.map(({ sequenceId }) => sequenceId), [0]);
  await s.client.close();
});

Deno.test("a duplicate that the broker dropped has no message id", () => {
  const receipt = (ledgerId: number | bigint, entryId: number | bigint) => ({ ledgerId, entryId }) as never;
  assert.equal(EntryProducer.messageId(receipt(2n ** 64n - 1n, 2n ** 64n - 1n), -1), undefined);
  assert.equal(String(EntryProducer.messageId(receipt(3, 4), 2)), "3:4:2");
});

Deno.test("a second receipt for the entry before confirms nothing", async () => {
  const broker = silent();
  const s = await stage(broker);
  send(s.producer, "a");
  send(s.producer, "b");
  const peer = broker.peers[0]!;
  await peer.until(() => peer.sends.length === 2);
  receipt(peer, 0);
  receipt(peer, 0);
  peer.send("ping", {});
  await peer.command("pong");
  assert.deepEqual(s.acknowledged, ["a"]);
  assert.equal(s.producer.inFlight, 1);
  receipt(peer, 1);
  await s.producer.flush();
  assert.deepEqual(s.acknowledged, ["a", "b"]);
  await s.client.close();
});

Deno.test("the largest entry that fits is sent, one byte more is refused here", async () => {
  const sizeOf = async (maxMessageSize: number): Promise<number> => {
    const broker = new ScriptedBroker().on(
      "connect",
      (_, peer) => peer.send("connected", { serverVersion: "v", maxMessageSize }),
    );
    const s = await stage(broker);
    try {
      send(s.producer, "x".repeat(200));
      await s.producer.flush();
      return 0;
    } catch (error) {
      assert.ok(error instanceof MessageTooLargeError);
      return Number(/an entry of (\d+) bytes/.exec(error.message)![1]);
    } finally {
      await s.client.close();
    }
  };
  const size = await sizeOf(100);
  assert.ok(size > 200);
  assert.equal(await sizeOf(size), 0);
  assert.equal(await sizeOf(size - 1), size);
});
