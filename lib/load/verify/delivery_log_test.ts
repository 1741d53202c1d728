import assert from "node:assert/strict";
import fc from "fast-check";
import type { SubscriptionType } from "../../config/run_config.ts";
import { createDeliveryLog, DeliveryLog } from "./delivery_log.ts";

/** What two workers of a process see. */
function pairOf(type: SubscriptionType, topics = 2): [DeliveryLog, DeliveryLog] {
  const memory = createDeliveryLog(type, topics);
  return [new DeliveryLog(memory, type, topics), new DeliveryLog(memory, type, topics)];
}

Deno.test("an entry that comes again is known, whichever worker it came to before", () => {
  for (const type of ["exclusive", "failover", "shared", "key-shared"] as const) {
    const [a, b] = pairOf(type);
    assert.equal(a.note(0, 5, 0), false, "the very first entry of a ledger too");
    assert.equal(a.note(0, 5, 1), false);
    assert.equal(b.note(0, 5, 1), true);
    assert.equal(a.note(1, 5, 1), false, "topics do not know of each other");
    assert.equal(a.note(0, 6, 0), false, "a new ledger begins at entry 0");
    assert.equal(b.note(0, 6, 0), true);
  }
});

Deno.test("on an ordered subscription everything up to the highest id was there before", () => {
  const [log] = pairOf("failover");
  assert.ok(log.isExact);
  log.note(0, 7, 100);
  assert.equal(log.note(0, 7, 99), true);
  assert.equal(log.note(0, 6, 5000), true);
  assert.equal(log.note(0, 7, 101), false);
  assert.equal(log.note(0, 7n, 102n), false);
});

Deno.test("on a shared subscription entries come in any order, and only repeated ids are repetitions", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ ledger: fc.integer({ min: 1, max: 3 }), entry: fc.nat(1000) })),
    (entries) => {
      const [a, b] = pairOf("shared");
      assert.equal(a.isExact, false);
      const seen = new Set<string>();
      for (const [index, { ledger, entry }] of entries.entries()) {
        const id = `${ledger}:${entry}`;
        assert.equal((index % 2 === 0 ? a : b).note(0, ledger, entry), seen.has(id));
        seen.add(id);
      }
    },
  ));
});

Deno.test("entries of the ledgers before and after a topic moved are kept side by side", () => {
  const [a, b] = pairOf("shared", 1);
  for (const ledger of [40, 41, 42]) {
    for (let entry = 0; entry < 30_000; entry++) assert.equal(a.note(0, ledger, entry), false);
  }
  for (const ledger of [40, 41, 42]) {
    for (let entry = 0; entry < 30_000; entry++) assert.equal(b.note(0, ledger, entry), true);
  }
});

Deno.test("what was long ago is forgotten, and memory stays what it is", () => {
  const [log] = pairOf("shared", 1);
  for (let entry = 0; entry < 1_000_000; entry++) log.note(0, 7, entry);
  assert.equal(log.note(0, 7, 999_999), true);
  assert.equal(log.note(0, 7, 800_000), true);
  assert.equal(log.note(0, 7, 0), false);
});

Deno.test("many topics share the memory of one", () => {
  const one = createDeliveryLog("shared", 1).byteLength;
  assert.equal(createDeliveryLog("shared", 100).byteLength <= one, true);
  assert.equal(createDeliveryLog("shared", 4).byteLength, one);
  assert.equal(createDeliveryLog("exclusive", 3).byteLength, 48);
});
