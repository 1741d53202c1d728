import assert from "node:assert/strict";
import { javaStringHash, murmur3 } from "../../wire/hash.ts";
import { BatchCursor } from "../../wire/batch.ts";
import { serverErrorCode } from "../../wire/enums.ts";
import { ClosedError, MessageTooLargeError } from "../errors.ts";
import type { Producer, ProducerOptions } from "./producer.ts";
import { encodeProperties } from "./producer.ts";
import {
  bytes,
  eventually,
  type Peer,
  type ReceivedSend,
  ScriptedBroker,
  text,
} from "../client_test_support.ts";

const PARTITIONS = 3;

function partitioned(): ScriptedBroker {
  return new ScriptedBroker().on(
    "partitionMetadata",
    ({ requestId }, peer) => peer.send("partitionMetadataResponse", { requestId, partitions: PARTITIONS }),
  );
}

async function open(broker: ScriptedBroker, options: Partial<ProducerOptions> = {}): Promise<{
  producer: Producer;
  peer: Peer;
  close: () => Promise<void>;
}> {
  const client = broker.client();
  const producer = await client.createProducer({ topic: "t", random: () => 0, ...options });
  return { producer, peer: broker.peers[0]!, close: () => client.close() };
}

/** Payloads of a batch as it was sent. */
function messages({ body, count }: ReceivedSend): string[] {
  const buffer = bytes(body);
  const cursor = new BatchCursor().reset(buffer, 0, buffer.length, count);
  const found: string[] = [];
  while (cursor.next()) found.push(text(buffer.subarray(cursor.payloadStart, cursor.payloadEnd)));
  return found;
}

const sendAll = (producer: Producer, payloads: readonly string[], key?: (payload: string) => string) =>
  payloads.map((payload) =>
    producer.send({ payload: bytes(payload), ...(key === undefined ? {} : { key: key(payload) }) })
  );

Deno.test("messages given together leave as one batch, with their places in it", async () => {
  const s = await open(new ScriptedBroker());
  const ids = await Promise.all(sendAll(s.producer, ["a", "b", "c"]));
  assert.deepEqual(ids.map(String), ["1:0:-1:0", "1:0:-1:1", "1:0:-1:2"]);
  assert.deepEqual(messages(s.peer.sends[0]!), ["a", "b", "c"]);
  assert.equal(s.producer.name, "named-0");
  await s.close();
});

Deno.test("a batch closes at its number of messages and at its bytes", async () => {
  const s = await open(new ScriptedBroker(), { batching: { messages: 2, bytes: 100, delayMs: 60_000 } });
  await Promise.all(sendAll(s.producer, ["a", "b"]));
  const long = "x".repeat(60);
  const sent = sendAll(s.producer, [long, long, "y".repeat(200)]);
  await s.producer.flush();
  await Promise.all(sent);
  assert.deepEqual(s.peer.sends.map(({ count }) => count), [2, 1, 1, 1]);
  await s.close();
});

Deno.test("a large message does not drag small ones over the limit with it", async () => {
  const broker = new ScriptedBroker().on(
    "connect",
    (_, peer) => peer.send("connected", { serverVersion: "v", maxMessageSize: 1000 }),
  );
  const s = await open(broker, { batching: { bytes: 500 }, maxMessageBytes: 2000 });
  const [small, large, over] = sendAll(s.producer, ["a", "x".repeat(900), "y".repeat(5000)]);
  assert.ok(await small);
  assert.ok(await large);
  await assert.rejects(over!, (error) => {
    assert.ok(error instanceof MessageTooLargeError);
    assert.match(
      error.message,
      /a message of 5000 bytes with its properties is over this producer's 3024 bytes/,
    );
    return true;
  });
  const [beyond] = sendAll(s.producer, ["z".repeat(1500)]);
  await assert.rejects(beyond!, /over the broker's maximum of 1000/);
  await s.close();
});

Deno.test("without batching every message is an entry of its own, with key, properties and times", async () => {
  const s = await open(new ScriptedBroker(), { batching: false });
  const id = await s.producer.send({
    payload: bytes("a"),
    key: "k",
    properties: { p: "1" },
    eventTime: 5,
  });
  assert.equal(String(id), "1:0:-1");
  assert.equal(s.peer.sends[0]!.partitionKey, "k");
  await assert.rejects(
    s.producer.send({ payload: new Uint8Array(2 * 1024 * 1024) }),
    MessageTooLargeError,
  );
  await s.close();
});

Deno.test("a delayed message goes alone, after what was given before it, compressed or not", async () => {
  for (const compression of ["none", "lz4"] as const) {
    const s = await open(new ScriptedBroker(), { compression, batching: { delayMs: 60_000 } });
    const sent = [
      s.producer.send({ payload: bytes("before") }),
      s.producer.send({ payload: bytes("later"), deliverAt: Date.now() + 1000 }),
      s.producer.send({ payload: bytes("after") }),
    ];
    await s.producer.flush();
    await Promise.all(sent);
    assert.deepEqual(s.peer.sends.map(({ sequenceId, intact }) => [sequenceId, intact]), [
      [0, true],
      [1, true],
      [2, true],
    ]);
    if (compression === "none") assert.equal(s.peer.sends[1]!.body, "later");
    await s.close();
  }
});

Deno.test("messages stay in order when the window is full, whoever sends when", async () => {
  const s = await open(new ScriptedBroker(), { batching: false, maxInFlight: 2 });
  const order: string[] = [];
  const total = 200;
  const sent: Promise<unknown>[] = [];
  for (let index = 0; index < total; index++) {
    order.push(`${index}`);
    // Every receipt's continuation sends again at once, just when room comes to be.
    sent.push(
      s.producer.send({ payload: bytes(`${index}`) }).then(() => {
        if (order.length >= 2 * total) return;
        const next = `again ${order.length}`;
        order.push(next);
        sent.push(s.producer.send({ payload: bytes(next) }));
      }),
    );
  }
  for (let done = 0; done < sent.length; done++) await sent[done];
  assert.deepEqual(s.peer.sends.map(({ body }) => body), order);
  await s.close();
});

Deno.test("keys choose the partition by Java's hash, or by Murmur3", async () => {
  for (const [hash, of] of [["java", javaStringHash], ["murmur3", murmur3]] as const) {
    const s = await open(partitioned(), { hash, batching: false, routing: "key-hash" });
    const keys = ["hello", "key-1", "order-12345", ""];
    const ids = await Promise.all(sendAll(s.producer, keys, (payload) => payload));
    assert.deepEqual(ids.map((id) => id!.partition), keys.map((key) => of(key) % PARTITIONS));
    await s.close();
  }
  // Numbers of Java's String.hashCode, from the protocol's vectors.
  assert.deepEqual(["hello", "key-1", "order-12345"].map((key) => javaStringHash(key) % PARTITIONS), [
    99162322 % 3,
    101943363 % 3,
    478832884 % 3,
  ]);
});

Deno.test("messages without key go round, staying with a partition while its batch is open", async () => {
  const single = await open(partitioned(), { batching: false });
  const ids = await Promise.all(sendAll(single.producer, ["a", "b", "c", "d", "e", "f"]));
  assert.deepEqual(ids.map((id) => id!.partition), [1, 2, 0, 1, 2, 0]);
  await single.close();
  const batched = await open(partitioned(), { batching: { messages: 2, delayMs: 60_000 } });
  const places = await Promise.all(sendAll(batched.producer, ["a", "b", "c", "d", "e", "f"]));
  assert.deepEqual(places.map((id) => id!.partition), [1, 1, 2, 2, 0, 0]);
  await batched.close();
});

Deno.test("the single routing uses one partition, keys or not", async () => {
  const s = await open(partitioned(), { routing: "single", random: () => 0.5 });
  const ids = await Promise.all(sendAll(s.producer, ["a", "b", "c"], (payload) => payload));
  assert.deepEqual(new Set(ids.map((id) => id!.partition)), new Set([1]));
  assert.equal(s.peer.count("producer"), 1);
  await s.close();
});

Deno.test("batches by key hold one key each and bear it", async () => {
  const s = await open(new ScriptedBroker(), { batchByKey: true });
  await Promise.all(sendAll(s.producer, ["x1", "x2", "y1", "x3"], (payload) => payload[0]!));
  assert.deepEqual(s.peer.sends.map((send) => [send.partitionKey, ...messages(send)]), [
    ["x", "x1", "x2"],
    ["y", "y1"],
    ["x", "x3"],
  ]);
  await s.close();
});

Deno.test("a producer that fails rejects what is sent, gathering and waiting", async () => {
  const broker = new ScriptedBroker().on("send", () => {});
  const s = await open(broker, { batching: { messages: 1, delayMs: 60_000 }, maxInFlight: 1 });
  const sent = sendAll(s.producer, ["in flight", "waiting", "waiting too"]);
  await s.peer.command("send");
  s.peer.send("sendError", {
    producerId: 0,
    sequenceId: 0,
    error: serverErrorCode("TopicTerminatedError"),
    message: "sealed",
  });
  const results = await Promise.allSettled(sent);
  for (const result of results) {
    assert.ok(result.status === "rejected" && /TopicTerminatedError/.test(String(result.reason)));
  }
  await assert.rejects(s.producer.flush(), /TopicTerminatedError/);
  await assert.rejects(s.producer.send({ payload: bytes("late") }), /TopicTerminatedError/);
  await s.close();
});

Deno.test("closing flushes, and gives up when the broker does not answer in time", async () => {
  const s = await open(new ScriptedBroker(), { batching: { delayMs: 60_000 } });
  const sent = sendAll(s.producer, ["a", "b"]);
  await s.producer.close();
  assert.equal((await Promise.all(sent)).length, 2);
  await s.close();

  const deaf = new ScriptedBroker().on("send", () => {});
  const client = deaf.client({ operationTimeoutMs: 20 });
  const producer = await client.createProducer({ topic: "t", batching: { delayMs: 60_000 } });
  const lost = producer.send({ payload: bytes("a") });
  await Promise.all([assert.rejects(lost, ClosedError), producer.close(), producer.close()]);
  await client.close();
});

Deno.test("closing while a batch is open and the connection is gone rejects its messages", async () => {
  const broker = new ScriptedBroker();
  const s = await open(broker, { batching: { delayMs: 60_000 } });
  broker.dial = () => {
    throw new Error("no network");
  };
  s.peer.close();
  const sent = s.producer.send({ payload: bytes("a") });
  const outcome = assert.rejects(sent, ClosedError);
  await s.peer.until(() => s.peer.isClosed);
  await eventually(() => s.peer.isClosed);
  await Promise.all([outcome, s.close()]);
});

Deno.test("a producer of which one partition cannot be had is not made at all", async () => {
  const broker = partitioned();
  let made = 0;
  broker.on("producer", ({ requestId }, peer) => {
    if (++made === 3) {
      peer.send("error", { requestId, error: serverErrorCode("ProducerBusy"), message: "taken" });
    } else peer.send("producerSuccess", { requestId, producerName: "p" });
  });
  const client = broker.client();
  await assert.rejects(client.createProducer({ topic: "t", name: "p" }), /ProducerBusy/);
  assert.equal(broker.peers[0]!.count("closeProducer"), 2);
  await client.close();
});

Deno.test("properties are encoded as they stand in the metadata, none as nothing", () => {
  assert.equal(encodeProperties(undefined), undefined);
  assert.equal(encodeProperties({}), undefined);
  assert.deepEqual([...encodeProperties({ a: "b" })!], [0x22, 6, 0x0a, 1, 97, 0x12, 1, 98]);
});
