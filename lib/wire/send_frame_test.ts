import assert from "node:assert/strict";
import fc from "fast-check";
import { BatchCursor, batchEntrySize, writeBatchEntry } from "./batch.ts";
import { decodeCommand } from "./command.ts";
import { EntryView } from "./entry.ts";
import { ProtocolError } from "./errors.ts";
import { FrameDecoder } from "./frame_decoder.ts";
import type { SingleMessageMetadata } from "./messages.ts";
import { HEADROOM, SendFrame, SendHeader } from "./send_frame.ts";
import { hex, plain } from "./wire_test_support.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function header(fields: Partial<SendHeader>): SendHeader {
  return Object.assign(new SendHeader(), fields);
}

/** Seals a frame whose body is `body` and reads it back as a receiver would. */
function roundTrip(
  fields: Partial<SendHeader>,
  body: Uint8Array,
): { decoder: FrameDecoder; entry: EntryView } {
  const frame = new SendFrame(body.length);
  frame.buffer.set(body, HEADROOM);
  frame.seal(header(fields), HEADROOM + body.length);
  const decoder = new FrameDecoder();
  decoder.push(frame.bytes());
  assert.ok(decoder.next());
  const entry = new EntryView();
  entry.read(decoder.buffer, decoder.payloadStart, decoder.frameEnd);
  return { decoder, entry };
}

Deno.test("the recorded single message is reproduced byte for byte", () => {
  const frame = new SendFrame(16);
  frame.buffer.set(utf8("hello"), HEADROOM);
  const fields = { producerId: 1, producerName: utf8("p"), publishTime: 1700000000000 };
  assert.equal(frame.seal(header(fields), HEADROOM + 5), 12 + 5);
  assert.deepEqual(
    frame.bytes(),
    hex(
      "00000029 0000000a 0806 3206 080110001801 0e01 cf85822f 0000000c 0a0170 1000 1880d095ffbc31 68656c6c6f",
    ),
  );
});

Deno.test("a frame that is renumbered is the one that would have been sealed with that id", () => {
  const text = fc.option(fc.string({ unit: "grapheme", maxLength: 40 }).map(utf8), { nil: undefined });
  const id = fc.nat({ max: Number.MAX_SAFE_INTEGER - 1000 });
  const fields = fc.record({
    producerId: fc.nat(),
    producerName: fc.constant(utf8("producer-1")),
    sequenceId: id,
    publishTime: fc.nat({ max: 2 ** 45 }),
    batchCount: fc.nat({ max: 500 }),
    compression: fc.nat({ max: 4 }),
    uncompressedSize: fc.nat(),
    partitionKey: text,
    orderingKey: text,
    encodedProperties: fc.option(fc.constant(hex("2206 0a0161 120162")), { nil: undefined }),
    eventTime: fc.nat(),
    deliverAtTime: fc.nat(),
  });
  fc.assert(fc.property(fields, id, fc.uint8Array({ maxLength: 50 }), (before, sequenceId, body) => {
    const sealed = (given: Partial<SendHeader>): SendFrame => {
      const frame = new SendFrame(body.length);
      frame.buffer.set(body, HEADROOM);
      frame.seal(header(given), HEADROOM + body.length);
      return frame;
    };
    const frame = sealed(before);
    assert.equal(frame.renumber(sequenceId), true);
    assert.deepEqual(frame.bytes(), sealed({ ...before, sequenceId }).bytes());
  }));
});

Deno.test("a frame whose headers have no room for a longer id stays as it was", () => {
  const frame = new SendFrame(1);
  const fields = { producerName: new Uint8Array(0), partitionKey: new Uint8Array(0) };
  frame.seal(header(fields), HEADROOM + 1);
  const room = HEADROOM - (HEADROOM - frame.frameStart);
  // The key's length takes a second byte.
  frame.seal(header({ ...fields, partitionKey: new Uint8Array(room - 1) }), HEADROOM + 1);
  assert.equal(frame.frameStart, 0);
  const before = frame.bytes().slice();
  assert.equal(frame.renumber(1000), false);
  assert.deepEqual(frame.bytes(), before);
});

Deno.test("the recorded batch is reproduced byte for byte", () => {
  const frame = new SendFrame(64);
  let end = writeBatchEntry(frame.buffer, HEADROOM, { payloadSize: 1, sequenceId: 0 }, utf8("a"));
  end = writeBatchEntry(frame.buffer, end, { payloadSize: 1, sequenceId: 1 }, utf8("b"));
  const fields = { producerId: 1, producerName: utf8("p"), publishTime: 1700000000000, batchCount: 2 };
  frame.seal(header({ ...fields, uncompressedSize: 18 }), end);
  assert.deepEqual(
    frame.bytes(),
    hex(
      "0000003f 0000000c 0806 3208 0801100018023001 0e01 a43abf9d 00000013 0a0170 1000 1880d095ffbc31 4812 5802" +
        "c00101 00000004 18014000 61 00000004 18014001 62",
    ),
  );
});

Deno.test("header fields of every size come back as they were", () => {
  const arbitrary = plain({
    producerId: fc.nat(),
    producerName: fc.string().map(utf8),
    sequenceId: fc.maxSafeNat().map((value) => Math.floor(value / 2)),
    publishTime: fc.maxSafeNat(),
    batchCount: fc.nat(100_000),
    compression: fc.nat(4),
    uncompressedSize: fc.nat(),
  });
  fc.assert(fc.property(arbitrary, fc.uint8Array({ maxLength: 200 }), (fields, body) => {
    const { decoder, entry } = roundTrip(fields, body);
    const command = decodeCommand(decoder.buffer, decoder.commandStart, decoder.commandEnd);
    assert.ok(command.name === "send");
    assert.equal(command.body.producerId, fields.producerId);
    assert.equal(command.body.sequenceId, fields.sequenceId);
    assert.equal(command.body.numMessages, Math.max(1, fields.batchCount));
    assert.ok(entry.intact);
    assert.equal(entry.batchCount, fields.batchCount);
    assert.equal(entry.compression, fields.compression);
    assert.equal(entry.uncompressedSize, fields.uncompressedSize);
    assert.equal(entry.sequenceId, fields.sequenceId);
    assert.equal(entry.publishTime, fields.publishTime);
    assert.deepEqual(entry.buffer.slice(entry.bodyStart, entry.bodyEnd), body);
    assert.equal(entry.metadata().producerName, new TextDecoder().decode(fields.producerName));
  }));
});

Deno.test("a batch of one is still a batch, a message without a count is not", () => {
  assert.equal(roundTrip({ batchCount: 1 }, utf8("x")).entry.batchCount, 1);
  assert.equal(roundTrip({ batchCount: 1 }, utf8("x")).entry.metadata().numMessagesInBatch, 1);
  assert.equal(roundTrip({ batchCount: 0 }, utf8("x")).entry.metadata().numMessagesInBatch, undefined);
});

Deno.test("key, ordering key, times and chunk fields are written", () => {
  const { entry } = roundTrip({
    partitionKey: utf8("k"),
    orderingKey: utf8("o"),
    eventTime: 5,
    deliverAtTime: 6,
    chunkCount: 3,
    chunkId: 2,
    chunkTotalSize: 99,
    uuid: utf8("p-1"),
  }, utf8("x"));
  const { partitionKey, orderingKey, eventTime, deliverAtTime, numChunksFromMsg, chunkId, uuid } = entry
    .metadata();
  assert.deepEqual(
    { partitionKey, orderingKey, eventTime, deliverAtTime, numChunksFromMsg, chunkId, uuid },
    {
      partitionKey: "k",
      orderingKey: utf8("o"),
      eventTime: 5,
      deliverAtTime: 6,
      numChunksFromMsg: 3,
      chunkId: 2,
      uuid: "p-1",
    },
  );
});

Deno.test("headers over the headroom are refused", () => {
  const frame = new SendFrame(1);
  const fields = header({ producerName: new Uint8Array(HEADROOM) });
  assert.throws(() => frame.seal(fields, HEADROOM + 1), { code: "frame-too-large" });
});

Deno.test("one flipped bit anywhere behind the checksum is noticed", () => {
  const frame = new SendFrame(64);
  frame.buffer.set(utf8("a payload"), HEADROOM);
  frame.seal(header({ producerName: utf8("p") }), HEADROOM + 9);
  const bytes = frame.bytes().slice();
  const start = 8 + new DataView(bytes.buffer).getUint32(4);
  const entry = new EntryView();
  for (let bit = (start + 6) * 8; bit < bytes.length * 8; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    try {
      entry.read(damaged, start, damaged.length);
      assert.equal(entry.intact, false, `bit ${bit}`);
    } catch (error) {
      assert.ok(error instanceof ProtocolError); // the damaged size reaches past the frame
    }
  }
});

Deno.test("broker entry metadata in front of an entry is skipped, and left out of the checksum", () => {
  const frame = new SendFrame(8);
  frame.buffer.set(utf8("x"), HEADROOM);
  frame.seal(header({ producerName: utf8("p") }), HEADROOM + 1);
  const bytes = frame.bytes();
  const start = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);
  const block = hex("0e02 00000004 0807 1009");
  const whole = new Uint8Array([...block, ...bytes.subarray(start)]);
  const entry = new EntryView();
  entry.read(whole, 0, whole.length);
  assert.ok(entry.intact);
  assert.equal(entry.metadata().producerName, "p");
});

Deno.test("a wrong magic number and cut entries are typed errors", () => {
  const entry = new EntryView();
  assert.throws(() => entry.read(new Uint8Array(20), 0, 20), { code: "bad-magic" });
  assert.throws(() => entry.read(hex("0e01 00"), 0, 3), { code: "truncated" });
  assert.throws(() => entry.read(hex("0e01 00000000 00000009 00"), 0, 11), { code: "truncated" });
  assert.throws(() => entry.read(hex("0e02 000000ff 0000"), 0, 8), { code: "truncated" });
});

Deno.test("a batch body is walked message by message, and a short one is refused", () => {
  const metadata = fc.record({
    partitionKey: fc.string(),
    sequenceId: fc.maxSafeNat(),
    properties: fc.array(plain({ key: fc.string(), value: fc.string() }), { minLength: 1 }),
  }, { requiredKeys: [], noNullPrototype: true });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(metadata, fc.uint8Array({ maxLength: 50 })), { minLength: 1 }),
      (messages) => {
        const entries = messages.map(([fields, payload]) => {
          return [{ ...fields, payloadSize: payload.length } as SingleMessageMetadata, payload] as const;
        });
        const size = entries.reduce((sum, [fields]) => sum + batchEntrySize(fields), 0);
        const body = new Uint8Array(size);
        let at = 0;
        for (const [fields, payload] of entries) at = writeBatchEntry(body, at, fields, payload);
        assert.equal(at, size);
        const cursor = new BatchCursor().reset(body, 0, size, entries.length);
        for (const [fields, payload] of entries) {
          assert.ok(cursor.next());
          assert.deepEqual(cursor.metadata(), fields);
          assert.deepEqual(body.slice(cursor.payloadStart, cursor.payloadEnd), payload);
        }
        assert.equal(cursor.next(), false);
        const short = new BatchCursor().reset(body, 0, size - 1, entries.length);
        assert.throws(() => {
          while (short.next());
        }, { code: "bad-batch" });
      },
    ),
  );
});
