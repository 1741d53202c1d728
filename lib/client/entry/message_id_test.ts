import assert from "node:assert/strict";
import { MessageId } from "./message_id.ts";

Deno.test("ids print as Java prints them", () => {
  assert.equal(String(new MessageId(5, 7)), "5:7:-1");
  assert.equal(String(new MessageId(5, 7, 2, 0, 3)), "5:7:2:0");
  assert.equal(String(MessageId.earliest), "-1:-1:-1");
});

Deno.test("ids survive the way to the wire and back", () => {
  const id = new MessageId(5, 7, 2, 1, 3);
  assert.ok(MessageId.from(id.toData()).equals(id));
  assert.deepEqual(new MessageId(5, 7).toData(), { ledgerId: 5, entryId: 7 });
  assert.equal(id.entryKey, new MessageId(5, 7, 2).entryKey);
  assert.ok(!MessageId.earliest.equals(MessageId.latest));
});

Deno.test("a seek into a batch asks for the rest of it", () => {
  assert.deepEqual(new MessageId(5, 7, -1, 0, 3).toSeekData(), { ledgerId: 5, entryId: 7 });
  assert.deepEqual(new MessageId(5, 7, -1, 2, 3).toSeekData().ackSet, [0b100n]);
  const words = new MessageId(5, 7, -1, 65, 70).toSeekData().ackSet;
  assert.deepEqual(words, [0n, 0b111110n]);
});
