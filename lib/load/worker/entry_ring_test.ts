import assert from "node:assert/strict";
import { createEntryRing, EntryRing, RING_ENTRIES } from "./entry_ring.ts";

Deno.test("a message is found in all entries that hold it, by another thread's view of the memory, the latest ones only", () => {
  const memory = createEntryRing();
  const worker = new EntryRing(memory);
  const reader = new EntryRing(memory);
  assert.deepEqual(reader.find(0, 0), [], "nothing was written");
  worker.write(2, 0xfff00007, 100, 50, 7, 3, 1.7e15, false);
  worker.write(2, 0xfff00008, 100, 50, 7, 4, 1.7e15 + 1, false);
  worker.write(3, 0xfff00007, 60, 20, 2n ** 40n, 9, 1.7e15 + 2, true);
  const first = { lane: 2, ledgerId: 7, entryId: 3, at: 1.7e15, isRepeat: false };
  const second = { lane: 3, ledgerId: 2 ** 40, entryId: 9, at: 1.7e15 + 2, isRepeat: true };
  assert.deepEqual(reader.find(0xfff00007, 50), [first, second]);
  assert.deepEqual(reader.find(0xfff00007, 99), [first]);
  assert.deepEqual(reader.find(0xfff00007, 60), [first]);
  assert.deepEqual(reader.find(0xfff00007, 100), []);
  for (let entry = 3; entry < RING_ENTRIES; entry++) worker.write(0, 1, entry + 1, 1, 8, entry, 0, false);
  assert.deepEqual(reader.find(0xfff00007, 99), [], "the next write may be under way over the oldest one");
  assert.equal(reader.find(1, RING_ENTRIES - 1)[0]?.entryId, RING_ENTRIES - 1);
  worker.write(0, 1, 3, 1, 2n ** 64n - 1n, 2n ** 64n - 1n, 0, false);
  assert.deepEqual(reader.find(1, 2)[0]?.ledgerId, -1, "the broker had it already");
  worker.write(0, 1, 5, 1, 9, 9, 0, false);
  assert.deepEqual(reader.find(1, 4).map(({ ledgerId }) => ledgerId), [8, 9]);
});

Deno.test("the messages of a place are those of the latest entry there, of the lanes of its topic", () => {
  const ring = new EntryRing(createEntryRing());
  ring.write(0, 7, 10, 10, 3, 4, 1, false);
  ring.write(1, 8, 20, 5, 3, 4, 2, false);
  assert.deepEqual(ring.messagesAt(3, 4, (lane) => lane === 0), { stream: 7, from: 0, to: 10 });
  assert.deepEqual(ring.messagesAt(3, 4, (lane) => lane === 1), { stream: 8, from: 15, to: 20 });
  assert.equal(ring.messagesAt(3, 5, () => true), undefined);
});
