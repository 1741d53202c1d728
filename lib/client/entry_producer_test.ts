import assert from "node:assert/strict";
import { serverErrorCode, type ServerErrorName } from "../wire/enums.ts";
import { ProtocolError } from "../wire/errors.ts";
import type { PulsarClient } from "./client.ts";
import { EntryProducer, type EntryProducerOptions } from "./entry_producer.ts";
import { ClosedError, MessageTooLargeError, PulsarError } from "./errors.ts";
import { bytes, eventually, type Peer, ScriptedBroker } from "./test_support.ts";

interface Stage {
  readonly client: PulsarClient;
  readonly producer: EntryProducer;
  readonly acknowledged: string[];
  readonly lost: string[];
  readonly troubles: string[];
  reconnects: number;
}

async function stage(broker: ScriptedBroker, options: Partial<EntryProducerOptions> = {}): Promise<Stage> {
  const client = broker.client();
  const acknowledged: string[] = [];
  const lost: string[] = [];
  const troubles: string[] = [];
  const producer = await client.createEntryProducer({
    topic: "t",
    bodyCapacity: 1000,
    onReceipt: (entry) => acknowledged.push(entry.context as string),
    onFailed: (_, entries) => lost.push(...entries.map((entry) => entry.context as string)),
    onTrouble: (error) => troubles.push(error.message),
    onReconnected: () => self.reconnects++,
    ...options,
  });
  const self: Stage = { client, producer, acknowledged, lost, troubles, reconnects: 0 };
  return self;
}

function send(producer: EntryProducer, text: string, count = 1, isBatch = false): void {
  const entry = producer.take();
  assert.ok(entry !== undefined, "the window is full");
  entry.body.buffer.set(bytes(text), entry.body.start);
  entry.context = text;
  producer.send(entry, entry.body.start + text.length, count, isBatch);
}

const bodies = (peer: Peer): string[] => peer.sends.map(({ body }) => body);

/** A broker that leaves receipts to the test. */
const silent = (): ScriptedBroker => new ScriptedBroker().on("send", () => {});

function receipt(peer: Peer, sequenceId: number): void {
  peer.send("sendReceipt", { producerId: 0, sequenceId, messageId: { ledgerId: 1, entryId: sequenceId } });
}

function refuse(peer: Peer, sequenceId: number, error: ServerErrorName): void {
  peer.send("sendError", { producerId: 0, sequenceId, error: serverErrorCode(error), message: "injected" });
}

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
    assert.equal(body.topicEpoch, 7);
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

Deno.test("late receipts are ignored, a hole brings a new connection", async () => {
  const broker = silent();
  const s = await stage(broker);
  send(s.producer, "a", 2, true);
  send(s.producer, "b");
  send(s.producer, "c");
  const first = broker.peers[0]!;
  await first.until(() => first.sends.length === 3);
  receipt(first, 1); // the last of the batch is as good as the first
  receipt(first, 0); // late
  receipt(first, 3); // before 2
  const second = await broker.peer(2);
  await second.until(() => second.sends.length === 2);
  assert.deepEqual(bodies(second), ["b", "c"]);
  assert.match(s.troubles[0]!, /receipt 3 came before receipt 2/);
  assert.deepEqual(s.acknowledged, ["a"]);
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

Deno.test("an entry that stays corrupt is not sent for ever", async () => {
  const broker = new ScriptedBroker().on(
    "send",
    (body, peer) => refuse(peer, Number(body.sequenceId), "ChecksumError"),
  );
  const s = await stage(broker);
  send(s.producer, "a");
  await assert.rejects(s.producer.flush(), /ChecksumError/);
  assert.equal(broker.peers.length, 3);
  await s.client.close();
});

Deno.test("a producer that the broker sends away comes back, where it is told to", async () => {
  const broker = silent();
  const s = await stage(broker);
  send(s.producer, "a");
  const first = broker.peers[0]!;
  await first.command("send");
  first.send("closeProducer", { producerId: 0, requestId: 2n ** 64n - 1n });
  await first.command("producer", 2);
  await first.until(() => first.sends.length === 2);
  assert.equal(broker.peers.length, 1, "the connection itself is fine");
  await eventually(() => s.producer.isConnected);
  await new Promise((resolve) => setTimeout(resolve, 5)); // longer than the first wait: it was steady
  first.send("closeProducer", {
    producerId: 0,
    requestId: 2n ** 64n - 1n,
    assignedBrokerServiceUrl: "pulsar://moved:6650",
  });
  const moved = await broker.peer(2);
  assert.equal(moved.target.host, "moved");
  await moved.until(() => moved.sends.length === 1);
  moved.send("topicMigrated", { resourceId: 0, resourceType: 0, brokerServiceUrl: "pulsar://far:6650" });
  await eventually(() => s.troubles.some((text) => /moved to another cluster/.test(text)));
  await s.client.close();
});

Deno.test("a producer that waits for exclusive access waits without a time limit, and can be closed", async () => {
  const asked: number[] = [];
  const broker = new ScriptedBroker().on("producer", ({ requestId }, peer) => {
    asked.push(Number(requestId));
    peer.send("producerSuccess", { requestId, producerName: "p", producerReady: false });
  });
  const client = broker.client({ operationTimeoutMs: 20 });
  const creating = client.createEntryProducer({
    topic: "t",
    bodyCapacity: 10,
    accessMode: 2,
    onReceipt() {},
  });
  const peer = await broker.peer();
  await peer.command("producer");
  await new Promise((resolve) => setTimeout(resolve, 40));
  peer.send("producerSuccess", { requestId: asked[0]!, producerName: "p" });
  const producer = await creating;
  peer.send("closeProducer", { producerId: 0, requestId: 2n ** 64n - 1n });
  await peer.command("producer", 2);
  await producer.close();
  await peer.command("closeProducer", 1);
  await client.close();
});

Deno.test("a creation that times out is taken back at the broker", async () => {
  const broker = new ScriptedBroker().on("producer", () => {});
  const client = broker.client({ operationTimeoutMs: 10 });
  await assert.rejects(
    client.createEntryProducer({ topic: "t", bodyCapacity: 10, onReceipt() {} }),
    /create a producer on 'persistent:\/\/public\/default\/t': no answer/,
  );
  await broker.peers[0]!.command("closeProducer");
  await client.close();
});

Deno.test("a name that is taken is told at once", async () => {
  const broker = new ScriptedBroker().on(
    "producer",
    ({ requestId }, peer) =>
      peer.send("error", { requestId, error: serverErrorCode("ProducerBusy"), message: "name taken" }),
  );
  const client = broker.client();
  const creating = client.createEntryProducer({ topic: "t", bodyCapacity: 10, name: "p", onReceipt() {} });
  await assert.rejects(creating, /ProducerBusy: name taken/);
  assert.equal(broker.peers[0]!.count("producer"), 1);
  await client.close();
});

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
    entry.context = `${id}`;
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

Deno.test("closing tells what is lost, lets the broker know and may be done twice", async () => {
  const broker = silent();
  const s = await stage(broker);
  send(s.producer, "a");
  await broker.peers[0]!.command("send");
  await Promise.all([s.producer.close(), s.producer.close()]);
  assert.deepEqual(s.lost, ["a"]);
  assert.equal(broker.peers[0]!.count("closeProducer"), 1);
  assert.throws(() => s.producer.take(), ClosedError);
  await s.client.close();
});

Deno.test("closing while disconnected, or while the broker is silent, ends", async () => {
  const broker = silent();
  const s = await stage(broker);
  broker.dial = () => {
    throw new Error("no network");
  };
  broker.peers[0]!.close();
  await eventually(() => !s.producer.isConnected);
  await s.producer.close();
  await s.client.close();
  const deaf = new ScriptedBroker().on("closeProducer", () => {});
  const client = deaf.client({ operationTimeoutMs: 10 });
  const producer = await client.createEntryProducer({ topic: "t", bodyCapacity: 10, onReceipt() {} });
  await producer.close();
  await client.close();
});

Deno.test("buffers of closed producers serve the next ones", async () => {
  const broker = new ScriptedBroker();
  const client = broker.client();
  const seen = new Set<number>();
  for (let round = 0; round < 20; round++) {
    const producer = await client.createEntryProducer({ topic: "t", bodyCapacity: 700_000, onReceipt() {} });
    const [first, second] = [producer.take()!, producer.take()!];
    for (const entry of [first, second]) {
      seen.add(entry.frame.buffer.byteOffset);
      producer.send(entry, entry.body.start + 1, 1, false);
    }
    await producer.flush();
    await producer.close();
  }
  assert.ok(seen.size <= 2, `${seen.size} buffers for 2 at a time`);
  await client.close();
});

Deno.test("a duplicate that the broker dropped has no message id", () => {
  const receipt = (ledgerId: number | bigint, entryId: number | bigint) => ({ ledgerId, entryId }) as never;
  assert.equal(EntryProducer.messageId(receipt(2n ** 64n - 1n, 2n ** 64n - 1n), -1), undefined);
  assert.equal(String(EntryProducer.messageId(receipt(3, 4), 2)), "3:4:2");
});
