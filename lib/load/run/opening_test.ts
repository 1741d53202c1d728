/** Producers and consumers with connections of their own, opened at a rate, and what is told of the times. */
import assert from "node:assert/strict";
import { OPENING_STEPS } from "../metrics/opening_times.ts";
import { assertIntact, beginBoth, Lab, LONG, until } from "./load_run_test_support.ts";
import type { RunOutcome } from "./types.ts";

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `persistent://public/default/storm-${index}`);

const counts = ({ openings }: RunOutcome): number[] =>
  OPENING_STEPS.map((step) => openings!.histograms[step].total);

Deno.test("each producer and consumer has a connection of its own, opened at the rate and timed", async () => {
  await using lab = await Lab.open();
  const opening = { ownConnections: true, rate: 100 };
  const producer = lab.producer({ rate: "500", count: "500" }, { names: names(5), perTopic: 6, opening });
  const consumer = lab.consumer({ subscriptionType: "shared" }, { names: names(5), perTopic: 4, opening });
  const startedAt = performance.now();
  await consumer.connect();
  // 20 at 100 a second: the last one is due after 190 ms.
  assert.ok(performance.now() - startedAt >= 190);
  await beginBoth(producer, consumer);
  assert.equal((await lab.broker.brokerStats()).connections, 30 + 20);
  const { sent, received } = await lab.finish(producer, consumer);
  assertIntact(received, 500, { outOfOrder: "any" });
  assert.deepEqual([counts(sent), counts(received)], [[30, 30, 30, 30], [20, 20, 20, 20]]);
  const { ready, create } = sent.openings!.histograms;
  assert.ok(ready.min >= create.min, "ready is what all of it took");
});

Deno.test("at a rate on shared connections, only the workers connect", async () => {
  await using lab = await Lab.open();
  const opening = { ownConnections: false, rate: 200 };
  const producer = lab.producer({ rate: "500", count: "300" }, { names: names(10), perTopic: 1, opening });
  const consumer = lab.consumer({ subscriptionType: "shared" }, { names: names(10), perTopic: 1 });
  await beginBoth(producer, consumer);
  const { sent, received } = await lab.finish(producer, consumer);
  assertIntact(received, 300, { outOfOrder: "any" });
  const [connects, ...others] = counts(sent);
  // The service URL and the broker's own address may be two names of it.
  assert.ok(connects! >= 2 && connects! <= 4, `${connects} connections of two workers`);
  assert.deepEqual(others, [10, 10, 10]);
  assert.equal(received.openings, undefined, "nobody asked");
});

Deno.test("what reconnecting takes during the run is told at the end", async () => {
  await using lab = await Lab.open();
  const opening = { ownConnections: true };
  const producer = lab.producer({ rate: "200", durationMs: "30s" }, {
    names: names(2),
    perTopic: 2,
    opening,
  });
  const consumer = lab.consumer({ subscriptionType: "shared" }, { names: names(2), perTopic: 1 });
  await beginBoth(producer, consumer);
  await lab.broker.hooks.dropConnections();
  await until(() => producer.reader.total().counters.reconnects >= 4, LONG, producer);
  void producer.finish("quit");
  const { sent } = await lab.finish(producer, consumer);
  const [connect, , create, ready] = counts(sent);
  assert.ok(connect! >= 8 && create! >= 8, `${connect} connections, ${create} producers created`);
  assert.equal(ready, 4, "each was opened once");
});

Deno.test("a run that cannot connect still tells of what could", async () => {
  await using lab = await Lab.open();
  const topics = names(4);
  await lab.broker.hooks.failNext("producer", "AuthorizationError", { topic: topics[3]! });
  const opening = { ownConnections: true };
  const producer = lab.producer({ workers: "1" }, { names: topics, perTopic: 1, opening });
  await assert.rejects(
    producer.connect(),
    /AuthorizationError[^]*\(3 of this worker's 4 were open by then\)$/,
  );
  const outcome = await producer.done;
  assert.equal(outcome.reason, "failure");
  assert.equal(outcome.openings!.histograms.ready.total, 3);
  assert.match(producer.log.lines.at(-1)!.text, /^3 of 4 producers or consumers were open; connect 4, /);
});

Deno.test("what a broker refuses for a while is tried again, counted, and there in the end", async () => {
  await using lab = await Lab.open();
  const opening = { ownConnections: true, rate: 100 };
  const spread = { names: names(4), perTopic: 3, opening };
  const producer = lab.producer({ rate: "500", count: "300", workers: "1" }, spread);
  const consumer = lab.consumer({ subscriptionType: "shared", workers: "1" }, { ...spread, perTopic: 1 });
  await consumer.connect();
  await lab.broker.hooks.failNext("producer", "ServiceNotReady", { times: 5 });
  await lab.broker.hooks.failNext("producer", "ProducerBusy", { times: 4, topic: names(4)[2]! });
  await beginBoth(producer, consumer);
  const { sent, received } = await lab.finish(producer, consumer);
  assertIntact(received, 300, { outOfOrder: "any" });
  const { refusals, wanted, unopened, histograms } = sent.openings!;
  assert.deepEqual([wanted, unopened, histograms.ready.total], [12, 0, 12]);
  assert.deepEqual(Object.fromEntries(refusals), { ServiceNotReady: 5, ProducerBusy: 4 });
  assert.ok(histograms.ready.max > 100_000, "waiting for another attempt is part of the time");
});

Deno.test("what is refused for too long is given up, and the others go on without it", async () => {
  await using lab = await Lab.open();
  const opening = { ownConnections: true };
  const spread = { names: names(4), perTopic: 2, opening };
  const producer = lab.producer(
    { rate: "500", count: "300", workers: "1", operationTimeoutMs: "1s" },
    spread,
  );
  const consumer = lab.consumer({ subscriptionType: "shared", workers: "1" }, { ...spread, perTopic: 1 });
  await lab.broker.hooks.failNext("producer", "ProducerBusy", { times: 1000, topic: names(4)[1]! });
  await Promise.all([consumer.connect(), producer.connect()]);
  const { openTopics } = producer.counts;
  assert.equal(openTopics.length, 3);
  await Promise.all([producer.probe(), consumer.probesSeen(LONG, openTopics)]);
  for (const run of [consumer, producer]) run.begin();
  const { sent, received } = await lab.finish(producer, consumer);
  assert.equal(sent.reason, "count");
  assertIntact(received, 300, { outOfOrder: "any" });
  const { wanted, unopened, refusals } = sent.openings!;
  assert.deepEqual([wanted, unopened], [8, 2]);
  assert.ok(refusals.get("ProducerBusy")! >= 4);
});

Deno.test("a broker that is full when a group comes is tried again; without a plan the run ends at once", async () => {
  await using lab = await Lab.open();
  const full = { times: 2, message: "Reached the maximum number of connections" };
  const spread = { names: names(2), perTopic: 1 };
  await lab.broker.hooks.failNext("connect", "NotAllowedError", { ...full, times: 1 });
  await assert.rejects(lab.producer({ count: "10" }, spread).connect(), /maximum number of connections/);
  await lab.broker.hooks.failNext("connect", "NotAllowedError", full);
  const opening = { ownConnections: true };
  const producer = lab.producer({ rate: "500", count: "100" }, { ...spread, opening });
  await producer.connect();
  producer.begin();
  const { reason, openings } = await producer.done;
  assert.equal(reason, "count");
  assert.deepEqual([...openings!.refusals], [["NotAllowedError", 2]]);
});
