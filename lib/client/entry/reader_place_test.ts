import assert from "node:assert/strict";
import { MessageId } from "./message_id.ts";
import { ReaderPlace } from "./reader_place.ts";

Deno.test("a reader begins after the last entry that has passed, and all up to it is behind", () => {
  const place = new ReaderPlace({ ledgerId: 3, entryId: 7 });
  place.attaching();
  assert.deepEqual([[2, 9], [3, 7], [3, 8], [4, 0]].map(([l, e]) => place.isBehind(l!, e!)), [
    true,
    true,
    false,
    false,
  ]);
  place.pass(4, 1);
  assert.equal(place.isBehind(4, 1), false, "it may be asked for again while the connection stands");
  assert.deepEqual(place.start, { ledgerId: 4, entryId: 1 });
  place.attaching();
  assert.equal(place.isBehind(4, 1), true);
});

Deno.test("marks name no entry: nothing is behind them, and where they lead is not known", () => {
  for (const mark of [undefined, MessageId.earliest.toData(), MessageId.latest.toData()]) {
    const place = new ReaderPlace(mark);
    place.attaching();
    assert.deepEqual([place.isKnown, place.isBehind(0, 0), place.isBehind(9, 9)], [false, false, false]);
    assert.deepEqual(place.start, mark);
  }
  const first = new ReaderPlace({ ledgerId: 5, entryId: 2n ** 64n - 1n });
  first.attaching();
  assert.deepEqual([first.isKnown, first.isBehind(5, 0)], [true, false], "before the first of a ledger");
});

Deno.test("of a batch that may be read in part, nothing is behind", () => {
  const place = new ReaderPlace({ ledgerId: 3, entryId: 7, batchIndex: 2 });
  place.attaching();
  assert.equal(place.isBehind(3, 7), false);
});

Deno.test("durable subscriptions, and topics that store nothing, have no place to remember", () => {
  const topic = "persistent://public/default/t";
  assert.ok(ReaderPlace.of({ topic, durable: false }) !== undefined);
  assert.equal(ReaderPlace.of({ topic }), undefined);
  assert.equal(ReaderPlace.of({ topic: `non-${topic}`, durable: false }), undefined);
});
