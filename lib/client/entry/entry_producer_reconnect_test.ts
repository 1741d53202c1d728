import assert from "node:assert/strict";
import { serverErrorCode } from "../../wire/enums.ts";
import { bodies, receipt, refuse, send, silent, stage } from "./entry_producer_test_support.ts";
import { ClosedError } from "../errors.ts";
import { eventually, ScriptedBroker } from "../client_test_support.ts";
import { soon } from "../../transport/transport_test_support.ts";

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

Deno.test("an entry that stays corrupt is not sent for ever", async () => {
  const broker = new ScriptedBroker().on(
    "send",
    (body, peer) => refuse(peer, Number(body.sequenceId), "ChecksumError"),
  );
  const s = await stage(broker);
  send(s.producer, "a");
  await assert.rejects(soon("the entry to be given up", s.producer.flush()), /ChecksumError/);
  assert.deepEqual(bodies(broker.peers[0]!), ["a", "a", "a"]);
  assert.equal(broker.peers.length, 1, "the connection itself is fine");
  await s.client.close();
});

Deno.test("an entry that was damaged on its way is sent again as the last, with an id of its own", async () => {
  const broker = silent();
  const refused: string[] = [];
  const s = await stage(broker, { onRefused: ({ context }) => refused.push(context.text) });
  for (const text of ["a", "b", "c"]) send(s.producer, text, 2, true);
  let isFlushed = false;
  const flushed = s.producer.flush().then(() => isFlushed = true);
  const peer = broker.peers[0]!;
  await peer.until(() => peer.sends.length === 3);
  refuse(peer, 3, "ChecksumError"); // Pulsar names the last message of a batch
  await peer.until(() => peer.sends.length === 4);
  assert.deepEqual(refused, ["b"]);
  // The broker may have "c", whose id is higher: with its old one, a broker that deduplicates would have "b" already.
  const ids = peer.sends.map(({ body, sequenceId }) => [body, sequenceId]);
  assert.deepEqual(ids, [["a", 0], ["b", 2], ["c", 4], ["b", 6]]);
  assert.ok(peer.sends.every(({ intact }) => intact));
  for (const sequenceId of [0, 4]) receipt(peer, sequenceId);
  await eventually(() => s.acknowledged.length === 2);
  assert.equal(isFlushed, false, "what was sent before is not all there");
  send(s.producer, "d");
  receipt(peer, 6);
  await soon("the flush", flushed);
  receipt(peer, 8);
  await eventually(() => s.acknowledged.length === 4);
  assert.deepEqual(s.acknowledged, ["a", "c", "b", "d"]);
  assert.equal(broker.peers.length, 1);
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
