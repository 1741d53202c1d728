import assert from "node:assert/strict";
import { watchLoopLag } from "./loop_lag.ts";

Deno.test("a tick 3 ms late is recorded as 3,000 µs, and lateness is not carried on to the next tick", () => {
  let now = 1000;
  let tick = (): void => assert.fail("no timer was set");
  let stopped = false;
  const lags: number[] = [];
  const stop = watchLoopLag((micros) => lags.push(micros), {
    now: () => now,
    every(ms, call) {
      assert.equal(ms, 50);
      tick = call;
      return () => stopped = true;
    },
  });
  for (const step of [50, 53, 50, 49, 250]) {
    now += step;
    tick();
  }
  assert.deepEqual(lags, [0, 3000, 0, 0, 200_000]);
  assert.equal(stopped, false);
  stop();
  assert.equal(stopped, true);
});
