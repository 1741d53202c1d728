import assert from "node:assert/strict";
import { openInTurn } from "./open_in_turn.ts";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("what is opened at the same time stands in the order of its index", async () => {
  const lanes: number[] = [];
  let [open, most] = [0, 0];
  await openInTurn(10, lanes, 4, async (index) => {
    most = Math.max(most, ++open);
    await sleep(index % 2 === 0 ? 5 : 0);
    open--;
    return index;
  }, () => false);
  assert.deepEqual(lanes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(most, 4);
});

Deno.test("after an error, what stands in front of it stays, and one at a time nothing behind it is tried", async () => {
  const lanes: number[] = [];
  const tried: number[] = [];
  const open = (index: number): Promise<number> => {
    tried.push(index);
    return index === 2 ? Promise.reject(new Error("refused")) : Promise.resolve(index);
  };
  await assert.rejects(openInTurn(5, lanes, 1, open, () => false), /refused/);
  assert.deepEqual([lanes, tried], [[0, 1], [0, 1, 2]]);
});

Deno.test("nothing new is opened once it is over", async () => {
  const lanes: number[] = [];
  await openInTurn(5, lanes, 1, (index) => Promise.resolve(index), () => lanes.length === 3);
  assert.deepEqual(lanes, [0, 1, 2]);
});
