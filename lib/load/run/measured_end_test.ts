import assert from "node:assert/strict";
import { lastSlotEnd, measuredEnd } from "./measured_end.ts";

Deno.test("waiting for receipts is no part of what was measured at a rate, but it is without one", () => {
  const end = { endedAt: 10e6, settledAt: 12e6, isByCount: false, isUnlimited: false };
  assert.equal(measuredEnd(end), 10e6);
  assert.equal(measuredEnd({ ...end, isUnlimited: true }), 12e6);
  assert.equal(measuredEnd({ ...end, isUnlimited: true, settledAt: 4e6 }), 10e6, "the broker was gone");
});

Deno.test("a planned number ends with its last receipt, however late that is noticed", () => {
  const end = { endedAt: 10e6, settledAt: 3e6, isByCount: true, isUnlimited: false };
  assert.equal(measuredEnd(end), 3e6);
  assert.equal(measuredEnd({ ...end, settledAt: 0 }), 10e6);
});

Deno.test("a planned number lasts as long as its slots, the last one included, and not longer", () => {
  // 50 messages at 100/s: the last is due after 490 ms, and its receipt comes 5 ms later.
  const last = { settledAt: 10e6 + 495_000, slots: 50, asked: 49.5, rate: 100 };
  assert.equal(lastSlotEnd(last), 10.5e6);
  assert.equal(lastSlotEnd({ ...last, settledAt: 11e6, asked: 100 }), 11e6, "it took longer than planned");
  assert.equal(
    lastSlotEnd({ ...last, asked: Infinity, rate: Infinity }),
    last.settledAt,
    "there was no rate",
  );
  assert.equal(lastSlotEnd({ ...last, settledAt: 0 }), 0, "nothing was acknowledged");
  assert.equal(lastSlotEnd({ ...last, rate: 0.05 }), last.settledAt, "nobody waits for 20 s");
  assert.equal(lastSlotEnd({ ...last, rate: 0 }), last.settledAt, "paused");
  // After a reset only what was in flight is in the figures and not in the plan.
  assert.equal(lastSlotEnd({ ...last, slots: 80 }), last.settledAt + 10_000);
});
