import assert from "node:assert/strict";
import { openAtRate, type RateOptions } from "./open_at_rate.ts";

/** What was begun and opened; every one is due at once unless a test says otherwise. */
function opening(parts: Partial<RateOptions<number>> = {}) {
  const lanes: number[] = [];
  const begun: number[] = [];
  const late: number[] = [];
  const ready: number[] = [];
  const options: RateOptions<number> = {
    count: 5,
    lanes,
    dueMs: () => 0,
    open: (index) => Promise.resolve(index),
    onBegin: (ms) => late.push(ms),
    onReady: (ms) => ready.push(ms),
    isOver: () => false,
    ...parts,
  };
  const { open } = options;
  const done = openAtRate({ ...options, open: (index) => (begun.push(index), open(index)) });
  return { lanes, begun, late, ready, done };
}

Deno.test("each begins when it is due, never before, whether or not those before it are there", async () => {
  const first = Promise.withResolvers<number>();
  const startedAt = performance.now();
  const begunAt: number[] = [];
  const { lanes, late, ready, done } = opening({
    dueMs: (index) => index * 20,
    open: (index) => {
      begunAt.push(performance.now() - startedAt);
      // The first is there only after the last has begun.
      if (index === 4) setTimeout(() => first.resolve(0));
      return index === 0 ? first.promise : Promise.resolve(index);
    },
  });
  await done;
  assert.deepEqual(lanes, [0, 1, 2, 3, 4]);
  for (const [index, at] of begunAt.entries()) assert.ok(at >= index * 20 - 0.01, `${index} after ${at} ms`);
  assert.ok(late.every((ms) => ms >= 0));
  assert.equal(ready.length, 5);
  // From when it was due: longer than all the others took to become due.
  assert.ok(Math.max(...ready) >= 79, `${ready}`);
});

Deno.test("no more are on their way than sockets are allowed, and the wait counts from when they were due", async () => {
  let [open, most] = [0, 0];
  const { lanes, ready, done } = opening({
    atOnce: 2,
    open: async (index) => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 10));
      open--;
      return index;
    },
  });
  await done;
  assert.deepEqual([most, lanes], [2, [0, 1, 2, 3, 4]]);
  assert.ok(Math.max(...ready) >= 29, `three turns of 10 ms: ${ready}`);
});

Deno.test("the first error ends it at once, without waiting for those that are on their way", async () => {
  const never = Promise.withResolvers<number>();
  const { lanes, begun, done } = opening({
    dueMs: (index) => index === 3 ? 3_600_000 : 0,
    open: (index) =>
      index === 1
        ? never.promise
        : index === 2
        ? Promise.reject(new Error("refused"))
        : Promise.resolve(index),
  });
  await assert.rejects(done, /refused/);
  assert.deepEqual([begun, lanes], [[0, 1, 2], [0]]);
});

Deno.test("an end finds what was begun, and nothing new", async () => {
  let isOver = false;
  const { lanes, begun, done } = opening({
    dueMs: (index) => index === 2 ? 3_600_000 : 0,
    open: (index) => {
      if (index === 1) setTimeout(() => isOver = true);
      return Promise.resolve(index);
    },
    isOver: () => isOver,
  });
  await done;
  assert.deepEqual([begun, lanes], [[0, 1], [0, 1]]);
});
