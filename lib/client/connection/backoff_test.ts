import assert from "node:assert/strict";
import { Backoff } from "./backoff.ts";

Deno.test("waits double up to the longest, and begin anew after a reset", () => {
  const backoff = new Backoff({ initialMs: 10, maxMs: 45, random: () => 1 });
  assert.deepEqual([1, 2, 3, 4, 5].map(() => backoff.next()), [10, 20, 40, 45, 45]);
  assert.equal(backoff.step, 45);
  backoff.reset();
  assert.equal(backoff.next(), 10);
});

Deno.test("jitter takes up to a fifth off", () => {
  assert.equal(new Backoff({ initialMs: 100, random: () => 0 }).next(), 80);
  assert.equal(new Backoff({ initialMs: 100, random: () => 0.5 }).next(), 90);
  const usual = new Backoff().next();
  assert.ok(usual >= 80 && usual <= 100, `${usual}`);
});
