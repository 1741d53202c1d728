import assert from "node:assert/strict";
import { backPressureShare, errorTotal } from "./figures.ts";

Deno.test("blocked for 2 of 10 worker seconds is 20 %, never more than all, and nothing without time or workers", () => {
  assert.equal(backPressureShare({ blockedMicros: 2e6, seconds: 5, workers: 2 }), 0.2);
  assert.equal(backPressureShare({ blockedMicros: 20e6, seconds: 5, workers: 2 }), 1);
  assert.equal(backPressureShare({ blockedMicros: 0, seconds: 5, workers: 2 }), 0);
  assert.equal(backPressureShare({ blockedMicros: 1, seconds: 0, workers: 2 }), undefined);
  assert.equal(backPressureShare({ blockedMicros: 1, seconds: 5, workers: 0 }), undefined);
});

Deno.test("errors of all codes are added up, from a span as from a result", () => {
  assert.equal(errorTotal(new Map([["Timeout", 2], ["ServiceNotReady", 3]])), 5);
  assert.equal(errorTotal({ Timeout: 2, ServiceNotReady: 3 }), 5);
  assert.equal(errorTotal({}), 0);
});
