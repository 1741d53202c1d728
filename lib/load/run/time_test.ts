/** What counts as measured time, when a run ends, and what it was held against. */
import assert from "node:assert/strict";
import { DRAIN_MS } from "../drain_clock.ts";
import { EndWatch } from "./end_watch.ts";
import { beginBoth, Lab, LONG, until } from "./load_run_test_support.ts";

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

Deno.test("back-pressure and messages given up count while the wait goes on, and are not late in any percentile", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({
    workers: "1",
    rate: "1000",
    durationMs: "60s",
    batching: "false",
    maxInFlight: "1",
    catchUp: "none",
  });
  await producer.connect();
  producer.begin();
  await until(() => producer.reader.total().counters.messages > 20, LONG, producer);
  await lab.broker.hooks.stallReads(120_000);
  const counters = () => producer.reader.total().counters;
  // Nothing comes back any more, so none of this can come from the end of a wait.
  await until(() => counters().missed > 300 && counters().blockedMicros > 300_000, LONG, producer);
  const { missed, missedLate, blockedMicros } = counters();
  assert.ok(missed > 300 && missedLate > 300, `${missed} missed, ${missedLate} of them late`);
  assert.ok(blockedMicros > 300_000, `blocked for ${blockedMicros} µs`);
  const view = producer.view();
  assert.equal(view.snapshot().catchUpMicros, 50_000);
  assert.ok(view.snapshot().behindMicros > 300_000, "the message in hand is waiting, and shows it");
  view.close();
  producer.abort();
  const { snapshot } = await producer.done;
  const busy = snapshot.total.seconds * 1e6;
  assert.ok(
    snapshot.total.counters.blockedMicros <= busy + 200_000,
    "one worker cannot wait longer than that",
  );
});

Deno.test("an outage of all workers is one, with its length, and open when the run ends in it", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ workers: "3", rate: "300", durationMs: "60s" });
  const view = producer.view();
  const outages = () => view.snapshot().outages;
  await producer.connect();
  producer.begin();
  await until(() => producer.reader.total().counters.messages > 20, LONG, producer);
  assert.deepEqual(outages(), { count: 0, totalMicros: 0, longestMicros: 0 });
  await lab.broker.hooks.failNext("producer", "ServiceNotReady", { times: 6 });
  await lab.broker.hooks.dropConnections({ of: "producers" });
  await until(() => outages().since !== undefined);
  assert.equal(outages().count, 1);
  await until(() => outages().since === undefined);
  const { count, totalMicros, longestMicros } = outages();
  assert.equal(count, 1);
  assert.ok(totalMicros > 0 && totalMicros === longestMicros);
  await lab.broker.hooks.failNext("producer", "ServiceNotReady", { times: 100_000 });
  await lab.broker.hooks.dropConnections({ of: "producers" });
  await until(() => outages().since !== undefined);
  const { snapshot } = await producer.finish("quit");
  assert.equal(snapshot.outages.count, 2);
  assert.ok(snapshot.outages.since! > 0);
  view.close();
});

Deno.test("a consumer that has read all of a terminated topic waits for nothing more", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ count: "500", rate: "5000" });
  const consumer = lab.consumer({ durationMs: "2m", idleMs: "0" });
  await beginBoth(producer, consumer);
  await producer.done;
  await lab.broker.terminate("tested");
  const { reason, snapshot } = await consumer.done;
  assert.equal(reason, "idle");
  assert.ok(snapshot.elapsed < 100, "long before its planned end");
  assert.equal(snapshot.total.counters.messages, 500);
  assert.ok(snapshot.log.some(({ text }) => /is terminated, and all of it/.test(text)));
});

Deno.test("at every look, what was asked for is that of the very time it is held against", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "20000", durationMs: "2m", workers: "1" });
  await producer.connect();
  producer.begin();
  const view = producer.view();
  for (let look = 0; look < 20; look++) {
    await until(() => producer.elapsed > 0.01 * (look + 1));
    const { asked, total } = view.snapshot();
    near(asked! / total.seconds, 20_000);
  }
  view.close();
  producer.abort();
});

Deno.test("a consumer goes from its warm-up to the measured part without a wait, which would be missing from it", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "2000" });
  const consumer = lab.consumer({ warmupMs: "100ms", rate: "1000" });
  const waits: string[] = [];
  const { waitFor } = EndWatch.prototype;
  EndWatch.prototype.waitFor = function (isSo, timeoutMs) {
    waits.push(consumer.phase);
    return waitFor.call(this, isSo, timeoutMs);
  };
  try {
    await beginBoth(producer, consumer);
    await until(() => consumer.phase === "running", LONG, consumer);
    assert.equal(consumer.phase, "running");
    assert.deepEqual(waits, []);
  } finally {
    EndWatch.prototype.waitFor = waitFor;
  }
});

Deno.test("a planned number at a rate is never faster than the rate", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "20", count: "5", batchDelayMs: "1ms" });
  await producer.connect();
  producer.begin();
  const { snapshot: { total, asked } } = await producer.done;
  assert.equal(total.counters.messages, 5);
  assert.ok(total.seconds >= 0.25 - 1e-6, `${total.seconds} s`);
  assert.ok(asked! >= 5 - 1e-3, `${asked} were asked for`);
});
