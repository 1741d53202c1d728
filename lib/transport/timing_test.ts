import assert from "node:assert/strict";
import { sleep, within } from "./timing.ts";

const LONG = 20_000;

Deno.test("sleep ends after its time, or when the signal fires, and leaves no timer", async () => {
  await sleep(0);
  await sleep(LONG, AbortSignal.abort());
  const abort = new AbortController();
  const sleeping = sleep(LONG, abort.signal);
  abort.abort();
  await sleeping;
});

Deno.test("a time longer than a timer can take does not end at once", async () => {
  const abort = new AbortController();
  let isAwake = false;
  const sleeping = sleep(Infinity, abort.signal).then(() => isAwake = true);
  const never = Promise.withResolvers<void>();
  const waiting = within(2 ** 40, never.promise);
  await sleep(0);
  assert.equal(isAwake, false);
  abort.abort();
  await sleeping;
  never.resolve();
  assert.equal(await waiting, true);
});

Deno.test("within tells work that has ended, in success or failure, from work that is too late", async () => {
  assert.equal(await within(LONG, Promise.resolve(7)), true);
  assert.equal(await within(LONG, Promise.reject(new Error("refused"))), true);
  const never = Promise.withResolvers<void>();
  assert.equal(await within(0, never.promise), false);
  const unlimited = within(Infinity, never.promise);
  never.reject(new Error("late"));
  assert.equal(await unlimited, true);
});
