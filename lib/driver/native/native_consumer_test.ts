import assert from "node:assert/strict";
import fc from "fast-check";
import { messageNumber } from "./native_consumer.ts";

const entry = fc.oneof(fc.nat(2), fc.integer({ min: 0, max: 2 ** 35 }));
const batch = fc.oneof(fc.nat(2), fc.integer({ min: 0, max: 2 ** 17 - 1 }));

Deno.test("every message of a ledger has a number of its own, which another delivery does not change", () => {
  fc.assert(
    fc.property(entry, batch, entry, batch, fc.boolean(), (entryA, batchA, entryB, batchB, isOrdered) => {
      const [a, b] = [messageNumber(entryA, batchA, isOrdered), messageNumber(entryB, batchB, isOrdered)];
      assert.equal(a === b, entryA === entryB && batchA === batchB);
      assert.ok(Number.isSafeInteger(a + 1));
    }),
  );
});

Deno.test("where one consumer gets all in order, later messages have higher numbers", () => {
  fc.assert(fc.property(entry, batch, entry, batch, (entryA, batchA, entryB, batchB) => {
    const isBefore = entryA < entryB || (entryA === entryB && batchA < batchB);
    assert.equal(messageNumber(entryA, batchA, true) < messageNumber(entryB, batchB, true), isBefore);
  }));
});

Deno.test("elsewhere the messages of a batch have places far from each other", () => {
  const places = new Set(
    Array.from({ length: 1000 }, (_, index) => messageNumber(5, index, false) % 2 ** 16),
  );
  assert.ok(places.size > 950, `${places.size} places for 1000 messages`);
});
