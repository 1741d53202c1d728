import assert from "node:assert/strict";
import { MessageId } from "./message_id.ts";

Deno.test("ids print as Java prints them", () => {
  assert.equal(String(new MessageId(5, 7)), "5:7:-1");
  assert.equal(String(new MessageId(5, 7, 2, 0, 3)), "5:7:2:0");
  assert.equal(String(MessageId.earliest), "-1:-1:-1");
});

Deno.test("ids on the wire hold what is known, and messages of a batch share the key of their entry", () => {
  const id = new MessageId(5, 7, 2, 1, 3);
  assert.deepEqual(id.toData(), { ledgerId: 5, entryId: 7, partition: 2, batchIndex: 1, batchSize: 3 });
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
