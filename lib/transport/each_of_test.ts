import assert from "node:assert/strict";
import { eachOf } from "./each_of.ts";

Deno.test("work is done a few at a time, and answered in order", async () => {
  let running = 0;
  let most = 0;
  const answers = await eachOf([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    return item * 10;
  });
  assert.deepEqual(answers, [10, 20, 30, 40, 50]);
  assert.equal(most, 2);
});

Deno.test("work that fails ends it before the next is begun", async () => {
  const begun: number[] = [];
  const work = (item: number): Promise<void> => {
    begun.push(item);
    return item === 2 ? Promise.reject(new Error("no")) : Promise.resolve();
  };
  await assert.rejects(eachOf([1, 2, 3, 4], 2, work), /^Error: no$/);
  assert.deepEqual(begun, [1, 2]);
});
