import assert from "node:assert/strict";
import { measuredEnd } from "./measured_end.ts";

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
