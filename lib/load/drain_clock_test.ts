import assert from "node:assert/strict";
import { DrainClock } from "./drain_clock.ts";

Deno.test("draining and closing share one limit, of which closing keeps its part", () => {
  let now = 5000;
  const drain = new DrainClock(() => now);
  assert.equal(drain.left(), 0);
  assert.equal(drain.state, undefined);
  drain.begin(10_000);
  assert.equal(drain.left(3000), 7000);
  now += 8000;
  assert.equal(drain.left(3000), 0);
  assert.equal(drain.left(), 2000);
  assert.deepEqual(drain.state, { seconds: 8, limit: 10 });
});
