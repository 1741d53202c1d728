/** What a run puts into its entries, what it makes of others' entries, and how both count their bytes. */
import assert from "node:assert/strict";
import { encodeProperties, type PulsarClient, type ReceivedEntry } from "../../client/mod.ts";
import { LoadRun } from "./load_run.ts";
import { configOf, Lab, LONG, messagesOf, until } from "./load_run_test_support.ts";
import { connectClient } from "../worker/connect_client.ts";

const connect = (lab: Lab): Promise<PulsarClient> =>
  connectClient({ ...configOf("producer", {}), serviceUrl: lab.broker.serviceUrl }, undefined);

/** A subscription that is there before the first message. */
async function subscribe(lab: Lab, subscription: string): Promise<void> {
  const consumer = lab.consumer({ subscription, workers: "1" });
  await consumer.connect();
  await consumer.finish("quit");
}

Deno.test("every message of a batch has its own sequence id, as other clients read it", async () => {
  await using lab = await Lab.open();
  await subscribe(lab, "reader");
  const producer = lab.producer({
    count: "500",
    rate: "5000",
    batchDelayMs: "5ms",
    workers: "1",
    properties: "a=b",
  });
  await producer.connect();
  await producer.probe();
  producer.begin();
  await producer.done;
  const client = await connect(lab);
  const ids: number[] = [];
  let batches = 0;
  const onEntry = ({ isBatch, cursor, view }: ReceivedEntry): void => {
    if (!isBatch) return;
    batches++;
    for (let index = 0; cursor.next(); index++) {
      const id = Number(cursor.metadata().sequenceId);
      assert.equal(id, view.sequenceId + index);
      ids.push(id);
    }
  };
  await client.createEntryConsumer({ topic: "tested", subscription: "reader", type: 0, onEntry });
  await until(() => ids.length >= 500);
  assert.ok(batches < 500, "some batches hold more than one");
  // The probe has the first id.
  assert.deepEqual(ids, Array.from({ length: 500 }, (_, index) => index + 1));
  await client.close();
});

Deno.test("bytes on the wire are the broker's count of them, for producer and consumer, batched or not", async () => {
  await using lab = await Lab.open();
  for (const settings of [{ batchMessages: "50", compression: "lz4" }, { batching: "false" }]) {
    const topic = `bytes-${settings.batching ?? "batched"}`;
    const producer = lab.producer({ topic, count: "1000", ...settings });
    const consumer = lab.consumer({ topic });
    await consumer.connect();
    await producer.connect();
    consumer.begin();
    producer.begin();
    const { sent, received } = await lab.finish(producer, consumer);
    const { wireBytes } = sent.snapshot.total.counters;
    assert.ok(wireBytes > 0);
    assert.equal(received.snapshot.total.counters.wireBytes, wireBytes);
    assert.equal((await lab.broker.stats(topic)).bytesInCounter, wireBytes);
  }
});

Deno.test("messages of others are foreign from the first one on, in figures and in the report", async () => {
  await using lab = await Lab.open();
  const run = (subscription: string): LoadRun => {
    const settings = { topic: "tested", workers: "2", subscription, initialPosition: "earliest" };
    const { serviceUrl, adminUrl } = lab.broker;
    return new LoadRun({
      config: { ...configOf("consumer", settings), serviceUrl, adminUrl },
      followFirstRun: true,
    });
  };
  const [strange, mixed] = [run("strange"), run("mixed")];
  await strange.connect();
  await mixed.connect();
  strange.begin();
  mixed.begin();
  const client = await connect(lab);
  const other = await client.createProducer({ topic: "tested" });
  const payload = new TextEncoder().encode("nobody's message");
  await Promise.all(Array.from({ length: 83 }, () => other.send({ payload })));
  await until(() => strange.reader.total().counters.messages >= 83, LONG, strange);
  const { snapshot } = await strange.finish("quit");
  assert.deepEqual([snapshot.integrity!.verified, snapshot.integrity!.foreign], [0, 83]);
  const producer = lab.producer({ count: "100" });
  await producer.connect();
  producer.begin();
  const sent = messagesOf(await producer.done);
  await until(() => mixed.reader.total().counters.messages >= 83 + sent, LONG, mixed);
  const outcome = await mixed.finish("quit");
  const { verified, foreign, lost } = outcome.snapshot.integrity!;
  assert.deepEqual({ verified, foreign, lost }, { verified: sent, foreign: 83, lost: 0 });
  assert.equal(outcome.received!.counts.foreign, 83);
  await client.close();
});

Deno.test("encrypted entries have a name of their own, and count with all their messages", async () => {
  await using lab = await Lab.open();
  const consumer = lab.consumer({ workers: "1" });
  await consumer.connect();
  consumer.begin();
  const client = await connect(lab);
  const producer = await client.createEntryProducer({
    topic: "tested",
    bodyCapacity: 1000,
    onReceipt: () => {},
  });
  // Field 13, the encryption keys, is not written by this client: it is put into the properties' place.
  producer.header.encodedProperties = new Uint8Array([0x6a, 0]);
  for (const count of [1, 5]) {
    const entry = producer.take()!;
    producer.send(entry, entry.body.start + 40, count, count > 1);
  }
  producer.header.encodedProperties = encodeProperties({});
  await until(() => consumer.reader.total().counters.failed >= 6, LONG, consumer);
  const { snapshot, notes } = await consumer.finish("quit");
  assert.deepEqual([...snapshot.total.errors], [["Encrypted", 2]]);
  assert.equal(snapshot.total.counters.failed, 6);
  assert.equal(snapshot.integrity!.corrupt, 0, "they are whole");
  assert.match(notes[0]!, /^6 messages in 2 entries could not be read \(2 Encrypted\)/);
  await client.close();
});
