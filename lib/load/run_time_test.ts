/** What counts as measured time, when a run ends, and what it was held against. */
import assert from "node:assert/strict";
import { DRAIN_MS } from "./drain_clock.ts";
import { Lab, LONG, until } from "./run_test_support.ts";

const near = (value: number, wanted: number): void =>
  assert.ok(Math.abs(value - wanted) < 1e-3, `${value} is not ${wanted}`);

Deno.test("a planned number ends with its last message, though workers wait for slots far behind it", async () => {
  await using lab = await Lab.open();
  // Six workers share one message a second: all but two of them hold a slot that will not come.
  const producer = lab.producer({ workers: "6", rate: "1", count: "2" });
  await producer.connect();
  producer.begin();
  const { reason, snapshot } = await producer.done;
  assert.equal(reason, "count");
  assert.equal(snapshot.total.counters.messages, 2);
  assert.equal(snapshot.total.counters.missed, 0);
  assert.ok(snapshot.total.seconds >= 1);
  assert.ok(snapshot.total.seconds < 2.5, `${snapshot.total.seconds} s: the last slot of all lies 5 s ahead`);
  near(snapshot.asked! / snapshot.total.seconds, 1);
});

Deno.test("a planned time is measured to the microsecond, and held against the rate that was asked for", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "20000", durationMs: "700ms", workers: "3", warmupMs: "100ms" });
  await producer.connect();
  producer.begin();
  const { snapshot } = await producer.done;
  near(snapshot.total.seconds, 0.7);
  near(snapshot.asked!, 14_000);
});

Deno.test("what stages ask for is the integral of their rates", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ stages: "200ms:1000,ramp:200ms:3000,burst:200ms:2000:50ms/50ms" });
  await producer.connect();
  producer.begin();
  const { snapshot } = await producer.done;
  near(snapshot.total.seconds, 0.6);
  near(snapshot.asked!, 200 + 400 + 200);
});

Deno.test("the wait for the last receipts confirms messages and is no part of the measured time", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "100", durationMs: "400ms", workers: "1", catchUp: "full" });
  await producer.connect();
  producer.begin();
  await until(() => producer.reader.total().counters.messages > 3, LONG, producer);
  await lab.broker.hooks.stallReads(1500);
  const { snapshot } = await producer.done;
  assert.equal(snapshot.total.counters.messages, 40);
  assert.equal(snapshot.total.counters.failed, 0);
  near(snapshot.total.seconds, 0.4);
  near(snapshot.asked!, 40);
  assert.ok(snapshot.total.latency.response!.max > 500_000, "the wait is in the response time");
});

Deno.test("figures that start anew, and a new rate, are held against what was asked for since", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "1000", durationMs: "900ms" });
  await producer.connect();
  producer.begin();
  await until(() => producer.elapsed > 0.2);
  producer.reset();
  await until(() => producer.elapsed > 0.4);
  producer.setRate(3000);
  const { snapshot } = await producer.done;
  const { seconds } = snapshot.total;
  // Reset after 0.2 s at the earliest, and the new rate 0.2 s later.
  assert.ok(seconds <= 0.7 && seconds > 0);
  assert.ok(snapshot.asked! >= 1000 * seconds - 1 && snapshot.asked! <= 3000 * seconds + 1);
});

Deno.test("receipts that never come are waited for no longer than the limit, which views show", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "200", durationMs: "300ms", workers: "2" });
  await producer.connect();
  producer.begin();
  await until(() => producer.reader.total().counters.messages > 10, LONG, producer);
  await lab.broker.hooks.stallReads(120_000);
  await until(() => producer.phase === "draining");
  const view = producer.view();
  assert.equal(view.snapshot().draining!.limit, DRAIN_MS / 1000);
  const began = performance.now();
  const { snapshot } = await producer.done;
  const seconds = (performance.now() - began) / 1000;
  // One limit for draining and closing; twice as long would be two of them.
  assert.ok(seconds < 1.8 * DRAIN_MS / 1000, `${seconds} s`);
  near(snapshot.total.seconds, 0.3);
  near(snapshot.asked!, 60);
  assert.ok(snapshot.total.counters.failed > 0);
  view.close();
});

Deno.test("a topic that is terminated in mid-run ends the run at once, and says why", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "200", durationMs: "60s", workers: "2" });
  await producer.connect();
  producer.begin();
  await until(() => producer.reader.total().counters.messages > 10, LONG, producer);
  await lab.broker.terminate("tested");
  const { reason, failure } = await producer.done;
  assert.equal(reason, "failure");
  assert.match(failure!.message, /TopicTerminatedError/);
});
