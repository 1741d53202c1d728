import assert from "node:assert/strict";
import { ProbeBarrier } from "./probe_barrier.ts";

const never = new AbortController().signal;

Deno.test("a consumer waits for a probe through every topic, in whatever order they come", async () => {
  const barrier = new ProbeBarrier();
  barrier.add("b");
  const seen = barrier.seen(["a", "b", "c"], 60_000, never);
  barrier.add("c");
  barrier.add("c");
  barrier.add("a");
  assert.deepEqual(await seen, []);
  assert.deepEqual(await barrier.seen(["a"], 60_000, never), [], "and need not wait a second time");
});

Deno.test("topics without a probe are named after the time", async () => {
  const barrier = new ProbeBarrier();
  barrier.add("b");
  assert.deepEqual(await barrier.seen(["a", "b", "c"], 5, never), ["a", "c"]);
});

Deno.test("a producer waits until its probes are stored", async () => {
  const barrier = new ProbeBarrier();
  const sent = barrier.sent(never);
  barrier.setSent();
  await sent;
});

Deno.test("the end of the run ends both waits with its reason", async () => {
  const ending = new AbortController();
  const barrier = new ProbeBarrier();
  const waits = [barrier.sent(ending.signal), barrier.seen(["a"], 60_000, ending.signal)];
  const reason = new Error("ended");
  ending.abort(reason);
  for (const wait of [...waits, barrier.sent(ending.signal), barrier.seen(["a"], 60_000, ending.signal)]) {
    await assert.rejects(wait, reason);
  }
});
