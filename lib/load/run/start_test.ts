import assert from "node:assert/strict";
import { assertIntact, beginBoth, delay, Lab, LONG, messagesOf, until } from "./load_run_test_support.ts";

Deno.test("a run that cannot connect says why, leaves nothing behind and is over", async () => {
  await using lab = await Lab.open();
  await lab.broker.hooks.failNext("producer", "AuthorizationError", { times: 2, message: "not yours" });
  const producer = lab.producer();
  await assert.rejects(producer.connect(), { code: "AuthorizationError", message: /not yours/ });
  const { reason, failure, snapshot } = await producer.done;
  assert.equal(reason, "failure");
  assert.match(failure!.message, /not yours/);
  assert.equal(snapshot.phase, "failed");
  assert.equal(snapshot.total.counters.messages, 0);
});

Deno.test("partitions that are not there and cannot be made are named", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ partitions: "3" });
  lab.hasAdmin = false;
  const consumer = lab.consumer({ partitions: "2" });
  await producer.connect();
  assert.equal(producer.topics.length, 3);
  await assert.rejects(consumer.connect(), /topic '.*tested' has 3 partitions, '2' were asked for/);
});

Deno.test("a run that is ended while it connects stops at once", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ workers: "4" });
  const connecting = producer.connect();
  const ended = producer.finish("signal");
  await assert.rejects(connecting, { code: "Stopped" });
  const { reason } = await ended;
  assert.equal(reason, "signal");
  producer.begin();
  assert.notEqual(producer.phase, "running", "and does not begin any more");
});

Deno.test("a run that is aborted while it connects leaves no worker behind", async () => {
  await using lab = await Lab.open();
  const consumer = lab.consumer();
  const connecting = consumer.connect();
  consumer.abort();
  await assert.rejects(connecting, { code: "Stopped" });
  await consumer.done;
});

Deno.test("probes that do not come through are named, and the end of the run ends the wait", async () => {
  await using lab = await Lab.open();
  const consumer = lab.consumer();
  await consumer.connect();
  await assert.rejects(consumer.probesSeen(10), /no probe came through '.*tested' within 0.01 s/);
  const seen = consumer.probesSeen(LONG);
  void consumer.finish("signal");
  await assert.rejects(seen, { code: "Stopped" });
  const producer = lab.producer();
  await producer.connect();
  await producer.finish("signal");
  await assert.rejects(producer.probe(), { code: "Stopped" });
});

Deno.test("probes are seen when nothing is verified, and are no part of the figures", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ verify: "off", count: "500", batching: "false" });
  const consumer = lab.consumer({ verify: "off" });
  await beginBoth(producer, consumer);
  const sent = await producer.done;
  await until(() => consumer.reader.total().counters.messages >= 500, LONG, consumer);
  const received = await consumer.finish("quit");
  assert.equal(messagesOf(sent), 500);
  assert.equal(received.snapshot.total.counters.messages, 500);
  assert.equal(received.snapshot.integrity, undefined);
  const endToEnd = received.snapshot.total.latency.endToEnd!;
  assert.equal(endToEnd.total + endToEnd.negatives, 500, "by the time of publication");
  // In another unit than the wall clock's, publication would be decades ago, or ahead.
  assert.equal(endToEnd.saturated, 0);
  assert.ok(endToEnd.percentile(99) < 60e6, `${endToEnd.percentile(99)} µs from publication to receipt`);
});

Deno.test("a run that is ended in its warm-up has no figures, but its messages are accounted for", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "5000", warmupMs: "60s" });
  const consumer = lab.consumer();
  await beginBoth(producer, consumer);
  await until(() => producer.reader.total().counters.messages > 100, LONG, producer);
  producer.pause();
  assert.equal(producer.phase, "warmup", "a warm-up cannot be paused");
  void producer.finish("signal");
  const { sent, received } = await lab.finish(producer, consumer);
  assert.equal(sent.reason, "signal");
  assert.equal(sent.snapshot.total.counters.messages, 0);
  assert.equal(sent.snapshot.elapsed, 0);
  assert.ok(messagesOf(sent) > 100);
  assertIntact(received, messagesOf(sent));
});

Deno.test("a consumer's warm-up ends with its time, however much is still coming", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "2000" });
  const consumer = lab.consumer({ warmupMs: "200ms" });
  await beginBoth(producer, consumer);
  // Timers fire in the order of their times, also on a busy machine.
  await delay(300);
  assert.equal(consumer.phase, "running");
});

Deno.test("a consumer stops after its number of messages, and after silence", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ count: "2000" });
  const byCount = lab.consumer({ count: "500", subscription: "a" });
  // Longer than a busy machine holds a worker up: that is silence too.
  const byIdle = lab.consumer({ idleMs: "3s", subscription: "b" });
  await byIdle.connect();
  await beginBoth(producer, byCount);
  byIdle.begin();
  const [counted, idle] = await Promise.all([byCount.done, byIdle.done]);
  assert.equal(counted.reason, "count");
  assert.ok(counted.snapshot.total.counters.messages >= 500);
  assert.equal(idle.reason, "idle");
  assert.equal(idle.snapshot.total.counters.messages, 2000);
  assert.ok(idle.snapshot.total.seconds < idle.snapshot.elapsed, "waiting is not consuming");
});

Deno.test("a slow consumer takes what its rate allows, and a new rate holds at once", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ count: "4000", batchMessages: "10" });
  const consumer = lab.consumer({ rate: "1000", workers: "2" });
  await beginBoth(producer, consumer);
  await producer.done;
  await until(() => consumer.reader.total().counters.messages >= 300, LONG, consumer);
  const { counters, seconds } = consumer.reader.total();
  // The queues that were open at the start come on top: a tenth of a second's worth, in whole batches.
  assert.ok(
    counters.messages <= 1000 * (seconds + 0.1) + 200,
    `${counters.messages} in ${seconds} s at 1000/s`,
  );
  consumer.setRate("unlimited");
  await until(() => consumer.reader.total().counters.messages === 4000, LONG, consumer);
  const { snapshot } = await consumer.finish("quit");
  assert.equal(snapshot.total.counters.messages, 4000);
  assert.equal(snapshot.total.counters.missed, 0, "what a consumer does not use is not missed");
});

Deno.test("a paused consumer gets no more than is under way, and goes on where it was", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "4000", durationMs: "1m", batchMessages: "10" });
  const consumer = lab.consumer({ receiverQueue: "100" });
  await beginBoth(producer, consumer);
  await until(() => consumer.reader.total().counters.messages > 300, LONG, consumer);
  consumer.pause();
  const atPause = producer.reader.total().counters.sent;
  await until(() => producer.reader.total().counters.sent > atPause + 2000, LONG, producer);
  const sent = await producer.finish("quit");
  await delay(100);
  consumer.reader.poll();
  const { messages } = consumer.reader.total().counters;
  assert.ok(messages < messagesOf(sent), `${messages} of ${messagesOf(sent)}`);
  consumer.resume();
  const { received } = await lab.finish(producer, consumer);
  assertIntact(received, messagesOf(sent));
});

Deno.test("a subscription is moved once, before any worker, and a replaced worker does not move it again", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ count: "1000" });
  const first = lab.consumer({ subscription: "moved" });
  await beginBoth(producer, first);
  await lab.finish(producer, first);
  const again = lab.consumer({ subscription: "moved", seek: "earliest" });
  await again.connect();
  again.begin();
  await until(() => again.reader.total().counters.messages >= 1000, LONG, again);
  lab.crash(again, 0);
  await until(() => again.view().snapshot().workers[0]!.restarts === 1 && again.reader.state(0) === "ready");
  await delay(100);
  const { snapshot } = await again.finish("quit");
  const { messages, redelivered } = snapshot.total.counters;
  assert.equal(messages - redelivered, 1000);
  assert.equal(snapshot.integrity!.duplicates, 0);
});

Deno.test("the last worker deletes the subscription, when that is asked for", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ count: "100" });
  const consumer = lab.consumer({ workers: "3", subscription: "passing", unsubscribe: "true" });
  await beginBoth(producer, consumer);
  assert.ok("passing" in (await lab.broker.stats("tested")).subscriptions);
  const { received } = await lab.finish(producer, consumer);
  assert.deepEqual(Object.keys((await lab.broker.stats("tested")).subscriptions), []);
  assert.deepEqual(received.snapshot.log.filter(({ level }) => level !== "info"), []);
});
