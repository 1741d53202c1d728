import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeCommand, encodeCommand } from "./command.ts";
import { AckFrame, MessageView, SendReceiptView, writeSendReceipt } from "./hot_commands.ts";
import { ProtoWriter, toU64, type U64, U64_MAX } from "./protobuf.ts";
import { plain } from "./wire_test_support.ts";

const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }).map((value): U64 => toU64(value));

Deno.test("a receipt reads through the fast path as through the table", () => {
  const view = new SendReceiptView();
  fc.assert(fc.property(fc.nat(), fc.maxSafeNat(), u64, u64, (producerId, sequenceId, ledgerId, entryId) => {
    const frame = encodeCommand("sendReceipt", { producerId, sequenceId, messageId: { ledgerId, entryId } });
    view.read(frame, 8, frame.length);
    assert.deepEqual(
      [view.producerId, view.sequenceId, view.ledgerId, view.entryId],
      [producerId, sequenceId, ledgerId, entryId],
    );
  }));
});

Deno.test("a receipt written by the fast path reads through the table", () => {
  const out = new ProtoWriter();
  fc.assert(fc.property(fc.nat(), fc.maxSafeNat(), u64, u64, (producerId, sequenceId, ledgerId, entryId) => {
    const frame = writeSendReceipt(out, producerId, sequenceId, 0, ledgerId, entryId);
    assert.deepEqual(decodeCommand(frame, 8), {
      name: "sendReceipt",
      body: { producerId, sequenceId, messageId: { ledgerId, entryId } },
    });
  }));
});

Deno.test("a message header reads through the fast path as through the table", () => {
  const view = new MessageView();
  const arbitrary = plain({
    consumerId: fc.nat(),
    messageId: plain({ ledgerId: u64, entryId: u64, partition: fc.integer({ min: -1, max: 100 }) }),
    redeliveryCount: fc.nat(),
    ackSet: fc.array(u64, { minLength: 1 }),
    consumerEpoch: fc.maxSafeNat(),
  });
  fc.assert(fc.property(arbitrary, (body) => {
    const frame = encodeCommand("message", body);
    view.read(frame, 8, frame.length);
    const { consumerId, ledgerId, entryId, partition, redeliveryCount, ackSet, consumerEpoch } = view;
    assert.deepEqual(
      { consumerId, messageId: { ledgerId, entryId, partition }, redeliveryCount, ackSet, consumerEpoch },
      body,
    );
  }));
  const bare = encodeCommand("message", { consumerId: 1, messageId: { ledgerId: 2, entryId: 3 } });
  view.read(bare, 8, bare.length);
  assert.deepEqual([view.ackSet.length, view.redeliveryCount, view.partition], [0, 0, -1]);
});

Deno.test("the bitmap of a message says which of its batch are still to be delivered", () => {
  const view = new MessageView();
  const frame = encodeCommand("message", {
    consumerId: 1,
    messageId: { ledgerId: 2, entryId: 3 },
    ackSet: [0x8000_0000_0000_0001n, 2],
  });
  view.read(frame, 8, frame.length);
  const pending = [...Array(130).keys()].filter((index) => view.isPending(index));
  assert.deepEqual(pending, [0, 63, 65]);
});

Deno.test("grouped acknowledgements read through the table, and the next group starts empty", () => {
  const acks = new AckFrame();
  const ids = fc.array(plain({ ledgerId: u64, entryId: u64 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(
      fc.nat(),
      ids,
      fc.option(fc.nat(), { nil: undefined }),
      (consumerId, messageId, requestId) => {
        for (const { ledgerId, entryId } of messageId) acks.add(ledgerId, entryId);
        assert.equal(acks.count, messageId.length);
        const frame = acks.take(consumerId, false, requestId);
        assert.equal(acks.count, 0);
        const body = { consumerId, ackType: 0, messageId, ...(requestId === undefined ? {} : { requestId }) };
        assert.deepEqual(decodeCommand(frame, 8), { name: "ack", body });
        assert.equal(new DataView(frame.buffer, frame.byteOffset).getUint32(0), frame.length - 4);
      },
    ),
  );
});

Deno.test("cumulative, batch-index and validation acknowledgements carry their fields", () => {
  const acks = new AckFrame();
  acks.add(1, 2, 3);
  assert.deepEqual(decodeCommand(acks.take(9, true), 8).body, {
    consumerId: 9,
    ackType: 1,
    messageId: [{ ledgerId: 1, entryId: 2, partition: 3 }],
  });
  acks.addBatchIndex(1, 2, [0xffff_ffff_ffff_fffen], 64);
  assert.deepEqual(decodeCommand(acks.take(9, false, undefined, 2), 8).body, {
    consumerId: 9,
    ackType: 0,
    messageId: [{ ledgerId: 1, entryId: 2, ackSet: [BigInt(U64_MAX) - 1n], batchSize: 64 }],
    validationError: 2,
  });
});
