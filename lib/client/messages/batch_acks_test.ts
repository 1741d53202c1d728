import assert from "node:assert/strict";
import fc from "fast-check";
import { BatchAcks, fullWords } from "./batch_acks.ts";
import { MessageId } from "../entry/message_id.ts";

const id = (index: number, size: number, entry = 1): MessageId => new MessageId(1, entry, -1, index, size);

Deno.test("a batch is done when its last message is acknowledged, in any order and with repeats", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 200 }).chain((size) =>
      fc.tuple(fc.constant(size), fc.array(fc.nat(size - 1), { maxLength: 400 }))
    ),
    ([size, order]) => {
      const acks = new BatchAcks();
      const left = new Set(Array.from({ length: size }, (_, index) => index));
      for (const index of order) {
        if (left.size === 0) break;
        const answer = acks.ack(id(index, size));
        left.delete(index);
        if (left.size === 0) assert.equal(answer, "done");
        else {
          const words = answer as readonly bigint[];
          assert.equal(words.length, Math.ceil(size / 64));
          for (let at = 0; at < size; at++) {
            assert.equal(((words[at >>> 6]! >> BigInt(at & 63)) & 1n) === 1n, left.has(at));
          }
        }
      }
      assert.equal(acks.size, left.size === 0 || left.size === size ? 0 : 1);
    },
  ));
});

Deno.test("a cumulative acknowledgement takes all before it", () => {
  const acks = new BatchAcks();
  assert.deepEqual(acks.ack(id(65, 70), true), [0n, 0b111100n]);
  assert.equal(acks.ack(id(69, 70), true), "done");
});

Deno.test("messages that were not delivered are not waited for", () => {
  const acks = new BatchAcks();
  acks.begin(new MessageId(1, 1), [0b101n]);
  assert.deepEqual(acks.ack(id(0, 3)), [0b100n]);
  assert.equal(acks.ack(id(2, 3)), "done");
});

Deno.test("what comes again or is done otherwise is forgotten", () => {
  const acks = new BatchAcks();
  for (const entry of [1, 2, 3]) acks.ack(id(0, 2, entry));
  acks.forget(id(0, 2, 2).entryKey);
  assert.equal(acks.size, 2);
  acks.forgetBefore(id(0, 2, 3));
  assert.equal(acks.size, 1);
  acks.clear();
  assert.equal(acks.size, 0);
});

Deno.test("full words have exactly the bits of the batch", () => {
  assert.deepEqual(fullWords(3), [0b111n]);
  assert.deepEqual(fullWords(64), [2n ** 64n - 1n]);
  assert.deepEqual(fullWords(65), [2n ** 64n - 1n, 1n]);
});
