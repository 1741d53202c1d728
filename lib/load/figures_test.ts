import assert from "node:assert/strict";
import { backPressureShare, errorShare, errorTotal, median, perSecond } from "./figures.ts";

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

Deno.test("the median of an even number is the mean of the middle two", () => {
  assert.equal(median([1, 2, 3]), 2);
  assert.equal(median([1, 2, 4, 9]), 3);
  assert.equal(median([]), NaN);
});

Deno.test("a rate needs time, and a share of errors something that was tried", () => {
  assert.equal(perSecond(10, 4), 2.5);
  assert.equal(perSecond(10, 0), undefined);
  assert.equal(errorShare({ Timeout: 1, ServiceNotReady: 1 }, 6), 0.25);
  assert.equal(errorShare(new Map(), 0), undefined);
});
