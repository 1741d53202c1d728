import assert from "node:assert/strict";
import type { SingleMessageMetadata } from "../../wire/messages.ts";
import { writeBatchEntry } from "../../wire/batch.ts";
import { serverErrorCode } from "../../wire/enums.ts";
import type { Consumer, ConsumerOptions, Message } from "./consumer.ts";
import { ClosedError } from "../errors.ts";
import { MessageId } from "../entry/message_id.ts";
import {
  bytes,
  eventually,
  messageFrame,
  type MessageOptions,
  type Peer,
  ScriptedBroker,
  text,
} from "../client_test_support.ts";

interface Stage {
  readonly consumer: Consumer;
  readonly peer: Peer;
  readonly corrupt: string[];
  close(): Promise<void>;
}

async function open(
  options: Partial<ConsumerOptions> = {},
  broker: ScriptedBroker = new ScriptedBroker(),
): Promise<Stage> {
  const client = broker.client();
  const corrupt: string[] = [];
  const consumer = await client.subscribe({
    topic: "t",
    subscription: "s",
    ackGroupMs: 0,
    receiverQueue: 10,
    onCorrupt: (reason, id) => corrupt.push(`${reason} ${id.entryId}`),
    ...options,
  });
  return { consumer, peer: broker.peers[0]!, corrupt, close: () => client.close() };
}

function batchBody(
  messages: readonly Partial<SingleMessageMetadata>[],
  payloads: readonly string[],
): Uint8Array {
  const buffer = new Uint8Array(10_000);
  let at = 0;
  for (const [index, payload] of payloads.entries()) {
    at = writeBatchEntry(buffer, at, { payloadSize: payload.length, ...messages[index] }, bytes(payload));
  }
  return buffer.subarray(0, at);
}

function deliverBatch(
  peer: Peer,
  entryId: number,
  payloads: readonly string[],
  extra: Partial<MessageOptions> = {},
  metadata: readonly Partial<SingleMessageMetadata>[] = [],
): void {
  peer.sendBytes(messageFrame({
    consumerId: 0,
    id: { ledgerId: 1, entryId },
    body: batchBody(metadata, payloads),
    header: { batchCount: payloads.length, sequenceId: 100 },
    ...extra,
  }));
}

function deliver(peer: Peer, entryId: number, body: string, extra: Partial<MessageOptions> = {}): void {
  peer.sendBytes(messageFrame({ consumerId: 0, id: { ledgerId: 1, entryId }, body, ...extra }));
}

const acked = (peer: Peer): unknown[] => peer.all("ack").flatMap(({ messageId }) => messageId!);

async function take(consumer: Consumer, count: number): Promise<Message[]> {
  const messages: Message[] = [];
  while (messages.length < count) messages.push(await consumer.receive());
  return messages;
}

const texts = (messages: readonly Message[]): string[] => messages.map(({ payload }) => text(payload));

Deno.test("a single message has all that its producer gave it", async () => {
  const s = await open();
  deliver(s.peer, 3, "hello", {
    redeliveryCount: 2,
    header: {
      partitionKey: bytes("k"),
      sequenceId: 9,
      eventTime: 77,
      encodedProperties: new Uint8Array([0x22, 6, 0x0a, 1, 97, 0x12, 1, 98]),
    },
  });
  const message = await s.consumer.receive();
  assert.deepEqual({ ...message, id: String(message.id), payload: text(message.payload) }, {
    id: "1:3:-1",
    topic: "persistent://public/default/t",
    payload: "hello",
    key: "k",
    properties: { a: "b" },
    publishTime: 1_700_000_000_000,
    eventTime: 77,
    producerName: "p",
    sequenceId: 9,
    redeliveryCount: 2,
  });
  await s.close();
});

Deno.test("a batch becomes messages, and is acknowledged with its last one", async () => {
  const s = await open();
  deliverBatch(s.peer, 1, ["a", "b", "c"], {}, [{ partitionKey: "k" }, { sequenceId: 555 }]);
  const [a, b, c] = await take(s.consumer, 3);
  assert.deepEqual(texts([a!, b!, c!]), ["a", "b", "c"]);
  assert.deepEqual([a!.sequenceId, b!.sequenceId, c!.sequenceId], [100, 555, 102]);
  assert.equal(a!.key, "k");
  s.consumer.ack(b!);
  s.consumer.ack(a!);
  s.consumer.ack(a!);
  s.peer.send("ping", {});
  await s.peer.command("pong");
  assert.equal(s.peer.count("ack"), 0);
  s.consumer.ack(c!);
  await s.peer.command("ack");
  assert.deepEqual(acked(s.peer), [{ ledgerId: 1, entryId: 1 }]);
  await s.close();
});

Deno.test("with batch-index acknowledgements the broker hears of each", async () => {
  const s = await open({ batchIndexAck: true });
  deliverBatch(s.peer, 1, ["a", "b", "c"]);
  const [a, b] = await take(s.consumer, 3);
  s.consumer.ack(a!);
  s.consumer.ackCumulative(b!);
  await s.peer.command("ack", 2);
  assert.deepEqual(acked(s.peer), [
    { ledgerId: 1, entryId: 1, ackSet: [0b110], batchSize: 3 },
    { ledgerId: 1, entryId: 1, ackSet: [0b100], batchSize: 3 },
  ]);
  assert.deepEqual(s.peer.all("ack").map(({ ackType }) => ackType), [0, 1]);
  await s.close();
});

Deno.test("messages that are done or compacted away are skipped and not waited for", async () => {
  const s = await open();
  deliverBatch(s.peer, 1, ["done", "b", "compacted", "d"], { ackSet: [0b1110n] }, [{}, {}, {
    compactedOut: true,
  }]);
  const [b, d] = await take(s.consumer, 2);
  assert.deepEqual(texts([b!, d!]), ["b", "d"]);
  s.consumer.ack(b!);
  s.consumer.ack(d!);
  await s.peer.command("ack");
  assert.deepEqual(acked(s.peer), [{ ledgerId: 1, entryId: 1 }]);
  deliverBatch(s.peer, 2, ["x", "y"], {}, [{ compactedOut: true }, { compactedOut: true }]);
  await s.peer.command("ack", 2);
  // The broker counted three of the first batch and two of the second.
  assert.equal((await s.peer.command("flow", 2)).messagePermits, 5);
  await s.close();
});

Deno.test("a batch that breaks off is refused, what came before is kept", async () => {
  const s = await open();
  const whole = batchBody([], ["a", "b", "c"]);
  s.peer.sendBytes(messageFrame({
    consumerId: 0,
    id: { ledgerId: 1, entryId: 1 },
    body: whole.subarray(0, whole.length - 1),
    header: { batchCount: 3 },
  }));
  assert.deepEqual(texts(await take(s.consumer, 2)), ["a", "b"]);
  assert.equal((await s.peer.command("ack")).validationError, 3);
  assert.deepEqual(s.corrupt, ["Batch 1"]);
  deliver(s.peer, 2, "next");
  deliver(s.peer, 3, "next");
  await take(s.consumer, 2);
  assert.equal((await s.peer.command("flow", 2)).messagePermits, 5);
  await s.close();
});

Deno.test("permits go back as the application takes messages, not as they arrive", async () => {
  const s = await open();
  for (let id = 0; id < 10; id++) deliver(s.peer, id, `${id}`);
  await take(s.consumer, 4);
  s.peer.send("ping", {});
  await s.peer.command("pong");
  assert.equal(s.peer.count("flow"), 1);
  await take(s.consumer, 1);
  assert.equal((await s.peer.command("flow", 2)).messagePermits, 5);
  await s.close();
});

Deno.test("waiting for a message ends with one, with the time, or with the consumer", async () => {
  const s = await open();
  assert.equal(await s.consumer.receive(1), undefined);
  const waiting = [s.consumer.receive(60_000), s.consumer.receive(60_000), s.consumer.receive()];
  deliver(s.peer, 1, "a");
  assert.equal(text((await waiting[0]!)!.payload), "a");
  await Promise.all([
    assert.rejects(waiting[1]!, ClosedError),
    assert.rejects(waiting[2]!, ClosedError),
    s.consumer.close(),
  ]);
  await assert.rejects(s.consumer.receive(), ClosedError);
  await s.close();
});

Deno.test("a loop over the messages ends when the consumer is closed", async () => {
  const s = await open();
  deliver(s.peer, 1, "a");
  deliver(s.peer, 2, "b");
  const seen: string[] = [];
  for await (const message of s.consumer) {
    seen.push(text(message.payload));
    if (seen.length === 2) void s.consumer.close();
  }
  assert.deepEqual(seen, ["a", "b"]);
  await s.close();
});

Deno.test("cumulative acknowledgements of a batch's middle stop before it", async () => {
  const s = await open();
  deliver(s.peer, 5, "x");
  deliverBatch(s.peer, 6, ["a", "b"]);
  const [x, a, b] = await take(s.consumer, 3);
  s.consumer.ackCumulative(x!);
  s.consumer.ackCumulative(a!);
  s.consumer.ackCumulative(b!);
  await s.peer.command("ack", 3);
  assert.deepEqual(acked(s.peer), [
    { ledgerId: 1, entryId: 5 },
    { ledgerId: 1, entryId: 5 },
    { ledgerId: 1, entryId: 6 },
  ]);
  await s.close();
});

Deno.test("a refused message of a shared subscription is asked for again after its delay", async () => {
  const s = await open({ type: "shared", nackDelayMs: 20 });
  deliverBatch(s.peer, 1, ["a", "b"]);
  deliver(s.peer, 2, "c");
  const [a] = await take(s.consumer, 1);
  s.consumer.ack(a!);
  s.consumer.nack(a!);
  const asked = await s.peer.command("redeliver");
  assert.deepEqual(asked.messageIds, [{ ledgerId: 1, entryId: 1 }]);
  // "b" waited to be taken: it comes again with its entry.
  deliverBatch(s.peer, 1, ["a", "b"], { redeliveryCount: 1 });
  assert.deepEqual(texts(await take(s.consumer, 3)), ["c", "a", "b"]);
  await s.close();
});

Deno.test("a refused message of an exclusive subscription brings everything again, in order", async () => {
  const s = await open({ nackDelayMs: 10, ackGroupMs: 60_000 });
  for (const [id, body] of ["a", "b", "c"].entries()) deliver(s.peer, id, body);
  const [a, b] = await take(s.consumer, 2);
  s.consumer.ack(a!);
  s.consumer.nack(b!);
  const asked = await s.peer.command("redeliver");
  assert.equal(asked.messageIds?.length ?? 0, 0);
  const names = s.peer.received.map(({ name }) => name);
  assert.ok(names.indexOf("ack") < names.indexOf("redeliver"), "what is done must not come again");
  deliver(s.peer, 2, "c", { consumerEpoch: 1 });
  deliver(s.peer, 1, "b", { consumerEpoch: 2 });
  deliver(s.peer, 2, "c", { consumerEpoch: 2 });
  assert.deepEqual(texts(await take(s.consumer, 2)), ["b", "c"]);
  await s.close();
});

Deno.test("a message that is taken and forgotten is asked for again, one that waits or is done is not", async () => {
  const s = await open({ type: "shared", unackedTimeoutMs: 40 });
  for (const [id, body] of ["forgotten", "done", "waiting"].entries()) deliver(s.peer, id, body);
  const [, done] = await take(s.consumer, 2);
  s.consumer.ack(done!);
  const asked = await s.peer.command("redeliver");
  assert.deepEqual(asked.messageIds, [{ ledgerId: 1, entryId: 0 }]);
  assert.deepEqual(texts(await take(s.consumer, 1)), ["waiting"]);
  await s.close();
});

Deno.test("after a reconnect nothing of before waits, and old acknowledgements of batches do not count", async () => {
  const broker = new ScriptedBroker();
  const s = await open({}, broker);
  deliverBatch(s.peer, 1, ["a", "b"]);
  deliver(s.peer, 2, "c");
  const [a] = await take(s.consumer, 1);
  s.consumer.ack(a!);
  s.peer.close();
  const second = await broker.peer(2);
  await second.command("flow");
  deliverBatch(second, 1, ["a", "b"], { redeliveryCount: 1 });
  const again = await take(s.consumer, 2);
  assert.deepEqual(texts(again), ["a", "b"]);
  s.consumer.ack(again[1]!);
  second.send("ping", {});
  await second.command("pong");
  assert.equal(second.count("ack"), 0);
  await s.close();
});

Deno.test("partitions are read together, acknowledged and sought each by itself", async () => {
  const broker = new ScriptedBroker()
    .on(
      "partitionMetadata",
      ({ requestId }, peer) => peer.send("partitionMetadataResponse", { requestId, partitions: 2 }),
    )
    .on("seek", ({ requestId, consumerId }, peer) => {
      peer.send("closeConsumer", { consumerId, requestId: 2n ** 64n - 1n });
      peer.send("success", { requestId });
    });
  const s = await open({}, broker);
  deliver(s.peer, 1, "zero");
  deliver(s.peer, 1, "one", { consumerId: 1 });
  const messages = await take(s.consumer, 2);
  assert.deepEqual(messages.map(({ id }) => id.partition).sort(), [0, 1]);
  for (const message of messages) s.consumer.ack(message);
  await s.peer.command("ack", 2);
  assert.deepEqual(s.peer.all("ack").map(({ consumerId }) => consumerId).sort(), [0, 1]);
  await s.consumer.seek(messages.find(({ id }) => id.partition === 1)!.id);
  assert.deepEqual(s.peer.all("seek").map(({ consumerId }) => consumerId), [1]);
  await s.consumer.seek(MessageId.earliest);
  assert.equal(s.peer.count("seek"), 3);
  await assert.rejects(
    s.consumer.seek(new MessageId(1, 1, 7)),
    /message 1:1:7 is not of a topic this consumer reads/,
  );
  assert.throws(() => s.consumer.ack({ id: new MessageId(1, 1) }), RangeError);
  await s.close();
});

Deno.test("the end of a topic is known when every partition has ended", async () => {
  const broker = new ScriptedBroker().on(
    "partitionMetadata",
    ({ requestId }, peer) => peer.send("partitionMetadataResponse", { requestId, partitions: 2 }),
  );
  const changes: string[] = [];
  const onActiveChange = (topic: string, isActive: boolean): void => {
    changes.push(`${topic.at(-1)} ${isActive}`);
  };
  const s = await open({ type: "failover", onActiveChange, onTrouble: () => {} }, broker);
  s.peer.send("activeConsumerChange", { consumerId: 1, isActive: true });
  s.peer.send("reachedEndOfTopic", { consumerId: 0 });
  await eventually(() => changes.length === 1);
  assert.equal(s.consumer.isAtEnd, false);
  s.peer.send("reachedEndOfTopic", { consumerId: 1 });
  await eventually(() => s.consumer.isAtEnd);
  assert.deepEqual(changes, ["1 true"]);
  await s.close();
});

Deno.test("a consumer of which one partition cannot be had is not made at all", async () => {
  let asked = 0;
  const broker = new ScriptedBroker()
    .on(
      "partitionMetadata",
      ({ requestId }, peer) => peer.send("partitionMetadataResponse", { requestId, partitions: 2 }),
    )
    .on("subscribe", ({ requestId }, peer) => {
      if (++asked === 1) return peer.send("success", { requestId });
      peer.send("error", { requestId, error: serverErrorCode("ConsumerBusy"), message: "taken" });
    });
  const client = broker.client();
  await assert.rejects(client.subscribe({ topic: "t", subscription: "s" }), /ConsumerBusy/);
  assert.equal(broker.peers[0]!.count("closeConsumer"), 1);
  await client.close();
});

Deno.test("a consumer that fails hands out what it has, then the error", async () => {
  const broker = new ScriptedBroker();
  const s = await open({}, broker);
  broker.on(
    "subscribe",
    ({ requestId }, peer) =>
      peer.send("error", { requestId, error: serverErrorCode("AuthorizationError"), message: "no more" }),
  );
  const waiting = s.consumer.receive();
  s.peer.send("closeConsumer", { consumerId: 0, requestId: 2n ** 64n - 1n });
  await assert.rejects(waiting, /AuthorizationError: no more/);
  await assert.rejects(s.consumer.receive(), /AuthorizationError/);
  await assert.rejects(async () => {
    for await (const _ of s.consumer) assert.fail("nothing comes");
  }, /AuthorizationError/);
  await s.close();
});

Deno.test("unsubscribing deletes the subscription of every partition and closes", async () => {
  const s = await open({ ackGroupMs: 60_000 });
  deliver(s.peer, 1, "a");
  s.consumer.ack(await s.consumer.receive());
  s.consumer.flushAcks();
  await s.peer.command("ack");
  await s.consumer.unsubscribe();
  await s.peer.command("unsubscribe");
  await assert.rejects(s.consumer.receive(), ClosedError);
  await s.close();
});
