import assert from "node:assert/strict";
import { compress } from "../../wire/compression.ts";
import { CompressionKind } from "../../wire/enums.ts";
import { SubType, ValidationError } from "../../wire/enums.ts";
import type { EntryConsumer } from "./entry_consumer.ts";
import { MessageId } from "./message_id.ts";
import { deliver, frame, permits, stage } from "./entry_consumer_test_support.ts";
import { bytes, eventually, ScriptedBroker } from "../client_test_support.ts";

Deno.test("a subscription is made as asked and the receiver queue granted", async () => {
  const broker = new ScriptedBroker();
  const s = await stage(broker, { initialPosition: 1, name: "me", type: SubType.shared });
  const asked = await s.peer.command("subscribe");
  assert.equal(asked.topic, "persistent://public/default/t");
  assert.equal(asked.subscription, "s");
  assert.equal(asked.subType, SubType.shared);
  assert.equal(asked.initialPosition, 1);
  assert.equal(asked.consumerName, "me");
  assert.equal(asked.durable, true);
  assert.equal(asked.consumerEpoch, undefined, "only kept for those with an order");
  assert.equal(await permits(s.peer, 1), 10);
  await s.client.close();
});

Deno.test("permits go back when half of the queue was handled, by messages and not entries", async () => {
  const s = await stage();
  deliver(s.peer, 1, "abcd", { header: { batchCount: 4 } });
  deliver(s.peer, 2, "x");
  assert.equal(await permits(s.peer, 2), 5);
  // Of this batch the broker counted two messages only.
  deliver(s.peer, 3, "abcdefgh", { header: { batchCount: 8 }, ackSet: [0b10001000n] });
  deliver(s.peer, 4, "abc", { header: { batchCount: 3 } });
  assert.equal(await permits(s.peer, 3), 5);
  assert.deepEqual(s.got, ["1:abcd", "2:x", "3:abcdefgh", "4:abc"]);
  await s.client.close();
});

Deno.test("the caller returns permits, pauses and resumes", async () => {
  let entries = 0;
  const s = await stage(undefined, { onEntry: () => entries++ });
  for (let id = 0; id < 6; id++) deliver(s.peer, id, "x");
  await eventually(() => entries === 6);
  s.consumer.pause();
  s.consumer.returnPermits(6);
  s.peer.send("ping", {});
  await s.peer.command("pong");
  assert.equal(s.peer.count("flow"), 1);
  s.consumer.resume();
  s.consumer.resume();
  assert.equal(await permits(s.peer, 2), 6);
  await s.client.close();
});

Deno.test("compressed bodies are handed over decompressed", async () => {
  const s = await stage();
  const body = "hello hello hello hello";
  for (const [index, name] of (["lz4", "zlib", "zstd", "snappy"] as const).entries()) {
    const compression = CompressionKind[name];
    const packed = compress(compression, bytes(body)).slice();
    deliver(s.peer, index, packed, { header: { compression, uncompressedSize: body.length } });
  }
  await eventually(() => s.got.length === 4);
  assert.deepEqual(s.got, [0, 1, 2, 3].map((id) => `${id}:${body}`));
  await s.client.close();
});

Deno.test("what is corrupt is acknowledged with the reason and costs no permits", async () => {
  const s = await stage();
  const lz4 = { compression: CompressionKind.lz4, uncompressedSize: 100, batchCount: 2 };
  deliver(s.peer, 1, "abcd", { isDamaged: true, header: { batchCount: 2 } });
  deliver(s.peer, 2, "not lz4", { header: lz4 });
  deliver(s.peer, 3, "x", { header: { compression: CompressionKind.zlib, uncompressedSize: 2 ** 31 } });
  const noMagic = frame(4, "x");
  noMagic[8 + new DataView(noMagic.buffer).getUint32(4)] = 0;
  s.peer.sendBytes(noMagic);
  assert.equal(await permits(s.peer, 2), 5);
  await s.peer.command("ack", 4);
  assert.deepEqual(s.corrupt, [
    "ChecksumMismatch 1 of 2",
    "Decompression 2 of 2",
    "Decompression 3",
    "Metadata 4",
  ]);
  assert.deepEqual(s.peer.all("ack").map(({ validationError }) => validationError), [
    ValidationError.checksumMismatch,
    ValidationError.decompressionError,
    ValidationError.uncompressedSizeCorruption,
    ValidationError.batchDeserializeError,
  ]);
  deliver(s.peer, 5, "good");
  await eventually(() => s.got.length === 1);
  await s.client.close();
});

Deno.test("a batch that the caller finds broken is acknowledged with the reason", async () => {
  const self: { consumer?: EntryConsumer } = {};
  const s = await stage(undefined, { onEntry: (entry) => self.consumer!.refuseBatch(entry) });
  self.consumer = s.consumer;
  deliver(s.peer, 1, "abcd", { header: { batchCount: 2 } });
  const ack = await s.peer.command("ack");
  assert.equal(ack.validationError, ValidationError.batchDeserializeError);
  assert.deepEqual(s.corrupt, ["Batch 1 of 2"]);
  await s.client.close();
});

Deno.test("acknowledgements reach the broker, those given while disconnected too", async () => {
  const broker = new ScriptedBroker();
  const s = await stage(broker, { ackGroupMs: 1 });
  s.consumer.ack(1, 1);
  s.consumer.ack(1, 2);
  const first = await s.peer.command("ack");
  assert.deepEqual(first.messageId?.map(({ entryId }) => entryId), [1, 2]);
  s.peer.close();
  await eventually(() => !s.consumer.isConnected);
  s.consumer.ackCumulative(1, 9);
  s.consumer.ackBatchIndex(2, 1, [0b10n], 2);
  const second = await broker.peer(2);
  await second.command("ack", 2);
  assert.deepEqual(second.all("ack").map(({ ackType }) => ackType), [0, 1]);
  await s.client.close();
});

Deno.test("chosen entries are asked for again, and an empty choice asks for nothing", async () => {
  const s = await stage(undefined, { type: SubType.shared });
  s.consumer.redeliver([]);
  s.consumer.redeliver([new MessageId(1, 5), new MessageId(1, 6)]);
  const asked = await s.peer.command("redeliver");
  assert.deepEqual(asked.messageIds, [{ ledgerId: 1, entryId: 5 }, { ledgerId: 1, entryId: 6 }]);
  assert.equal(s.peer.count("redeliver"), 1);
  await s.client.close();
});

Deno.test("chunks are handed over as one message and acknowledged and asked for together", async () => {
  const s = await stage(undefined, { type: SubType.shared });
  const chunk = (entryId: number, chunkId: number, body: string): void =>
    deliver(s.peer, entryId, body, {
      header: { chunkId, chunkCount: 3, chunkTotalSize: 6, uuid: bytes("u") },
    });
  chunk(1, 0, "ab");
  chunk(2, 1, "cd");
  chunk(3, 2, "ef");
  await eventually(() => s.got.length === 1);
  assert.deepEqual(s.got, ["3:abcdef"]);
  s.consumer.ack(1, 3);
  await s.peer.command("ack", 3);
  assert.deepEqual(s.peer.all("ack").map(({ messageId }) => messageId![0]!.entryId), [1, 2, 3]);
  for (const id of [0, 1, 2]) chunk(4 + id, id, "xx");
  await eventually(() => s.got.length === 2);
  s.consumer.redeliver([new MessageId(1, 6)]);
  const asked = await s.peer.command("redeliver");
  assert.deepEqual(asked.messageIds?.map(({ entryId }) => entryId), [4, 5, 6]);
  chunk(9, 1, "zz");
  await eventually(() => s.corrupt.length === 1);
  assert.deepEqual(s.corrupt, ["Chunk 9"]);
  assert.equal(await permits(s.peer, 2), 5);
  s.consumer.ackCumulative(1, 6);
  await s.client.close();
});

Deno.test("the bytes of a chunked message are those of all its chunks, without what a broker adds", async () => {
  const sizes: number[] = [];
  const s = await stage(undefined, {
    type: SubType.shared,
    onEntry: ({ wireBytes }) => sizes.push(wireBytes),
  });
  const header = { chunkCount: 3, chunkTotalSize: 6, uuid: bytes("u") };
  const chunks = ["ab", "cd", "ef"].map((body, chunkId) =>
    frame(chunkId, body, { header: { ...header, chunkId } })
  );
  for (const chunk of chunks) s.peer.sendBytes(chunk);
  deliver(s.peer, 3, "alone");
  await eventually(() => sizes.length === 2);
  // The magic number begins the entry.
  const entryBytes = (of: Uint8Array): number =>
    of.length - of.findIndex((byte, at) => byte === 0x0e && of[at + 1] === 0x01);
  assert.deepEqual(sizes, [
    chunks.reduce((sum, chunk) => sum + entryBytes(chunk), 0),
    entryBytes(frame(3, "alone")),
  ]);
  await s.client.close();
});

Deno.test("a halted consumer asks for nothing more, and sees what comes before the answer to its farewell", async () => {
  const broker = new ScriptedBroker();
  let farewell: (() => void) | undefined;
  broker.on("closeConsumer", ({ requestId }, peer) => {
    deliver(peer, 9, "late");
    farewell = () => peer.send("success", { requestId });
  });
  const s = await stage(broker);
  await s.peer.command("flow");
  s.consumer.halt();
  for (let id = 0; id < 8; id++) deliver(s.peer, id, "ahead");
  await eventually(() => s.got.length === 8);
  s.consumer.resume();
  s.consumer.returnPermits(10);
  const closing = s.consumer.close();
  await eventually(() => s.got.at(-1) === "9:late" && farewell !== undefined);
  farewell!();
  assert.equal(await closing, true);
  assert.equal(s.peer.all("flow").length, 1);
  assert.equal(s.peer.all("ack").length, 0);
  await s.client.close();
});

Deno.test("a consumer that closes without a connection does not know whether it has seen everything", async () => {
  const s = await stage();
  s.consumer.halt();
  s.peer.close();
  await eventually(() => !s.consumer.isConnected);
  assert.equal(await s.consumer.close(), false);
  await s.client.close();
});

Deno.test("markers of the broker are acknowledged and not handed over, encrypted entries refused", async () => {
  const s = await stage();
  // Fields 20 (marker) and 13 (encryption) are not written by this client: they are put into properties' place.
  deliver(s.peer, 1, "m", { header: { encodedProperties: new Uint8Array([0xa0, 0x01, 1]) } });
  deliver(s.peer, 2, "e", { header: { encodedProperties: new Uint8Array([0x6a, 0]), batchCount: 5 } });
  await s.peer.command("ack", 2);
  assert.deepEqual(s.peer.all("ack").map(({ validationError }) => validationError), [
    undefined,
    ValidationError.decryptionError,
  ]);
  assert.deepEqual(s.corrupt, ["Encrypted 2 of 5"]);
  assert.deepEqual(s.got, []);
  await s.client.close();
});

Deno.test("changes of the active consumer and the end of a topic are told", async () => {
  const told: unknown[] = [];
  const s = await stage(undefined, {
    onActiveChange: (isActive) => told.push(isActive),
    onEndOfTopic: () => told.push("end"),
  });
  s.peer.send("activeConsumerChange", { consumerId: 0, isActive: true });
  s.peer.send("activeConsumerChange", { consumerId: 0 });
  s.peer.send("reachedEndOfTopic", { consumerId: 0 });
  await eventually(() => told.length === 3);
  assert.deepEqual(told, [true, false, "end"]);
  await s.client.close();
});

Deno.test("a receiver queue that cannot be is named", async () => {
  const client = new ScriptedBroker().client();
  const options = { topic: "t", subscription: "s", type: 0, receiverQueue: 0, onEntry() {} };
  await assert.rejects(client.createEntryConsumer(options), /receiverQueue '0' is not possible/);
  await client.close();
});
