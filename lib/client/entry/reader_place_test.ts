import assert from "node:assert/strict";
import { SubType } from "../../wire/enums.ts";
import { MessageId } from "./message_id.ts";
import { ReaderPlace } from "./reader_place.ts";

Deno.test("a reader begins after the last entry that has passed, which it does not read again", () => {
  const place = new ReaderPlace({ ledgerId: 3, entryId: 7 }, true);
  place.attaching();
  assert.deepEqual([place.hasRead(3, 7), place.hasRead(3, 8), place.hasRead(4, 7)], [true, false, false]);
  place.pass(4, 1);
  assert.equal(place.hasRead(4, 1), false, "it may be asked for again while the connection stands");
  assert.deepEqual(place.start, { ledgerId: 4, entryId: 1 });
  place.attaching();
  assert.equal(place.hasRead(4, 1), true);
  place.moved();
  assert.deepEqual([place.hasRead(4, 1), place.isKnown, place.start], [false, false, undefined]);
});

Deno.test("marks name no entry that was read, and where they lead is not known", () => {
  for (const mark of [undefined, MessageId.earliest.toData(), MessageId.latest.toData()]) {
    const place = new ReaderPlace(mark, true);
    place.attaching();
    assert.deepEqual([place.isKnown, place.hasRead(0, 0)], [false, false]);
    assert.deepEqual(place.start, mark);
  }
  const first = new ReaderPlace({ ledgerId: 5, entryId: 2n ** 64n - 1n }, true);
  first.attaching();
  assert.deepEqual([first.isKnown, first.hasRead(5, 0)], [true, false], "before the first of a ledger");
});

Deno.test("a batch that may be read in part is read again, and so is what other consumers may wait for", () => {
  const within = new ReaderPlace({ ledgerId: 3, entryId: 7, batchIndex: 2 }, true);
  within.attaching();
  const shared = new ReaderPlace({ ledgerId: 3, entryId: 7 }, false);
  shared.attaching();
  assert.deepEqual([within.hasRead(3, 7), shared.hasRead(3, 7)], [false, false]);
});

Deno.test("durable subscriptions, and topics that store nothing, have no place to remember", () => {
  const topic = "persistent://public/default/t";
  const type = SubType.exclusive;
  assert.ok(ReaderPlace.of({ topic, type, durable: false }) !== undefined);
  assert.equal(ReaderPlace.of({ topic, type }), undefined);
  assert.equal(ReaderPlace.of({ topic: `non-${topic}`, type, durable: false }), undefined);
});
