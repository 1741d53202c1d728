import assert from "node:assert/strict";
import { assertIntact, beginBoth, delay, Lab, LONG, messagesOf, until } from "./load_run_test_support.ts";
import type { LoadRun } from "./load_run.ts";

const messages = (run: LoadRun): number => run.reader.total().counters.messages;

Deno.test("a broker that stalls for two seconds shows in response times, and not only in service times", async () => {
  await using lab = await Lab.open();
  // One message may be in flight: all others wait for it, which a service time does not tell.
  const producer = lab.producer({
    workers: "1",
    rate: "1000",
    count: "2600",
    batching: "false",
    maxInFlight: "1",
    catchUp: "full",
  });
  await producer.connect();
  producer.begin();
  await until(() => messages(producer) > 100, LONG, producer);
  await lab.broker.hooks.stallReads(2000);
  const { snapshot } = await producer.done;
  const { service, response } = snapshot.total.latency;
  assert.equal(snapshot.total.counters.messages, 2600);
  assert.ok(response!.max >= 1_900_000, `longest response ${response!.max} µs`);
  assert.ok(response!.percentile(75) >= 500_000, `response p75 ${response!.percentile(75)} µs`);
  assert.ok(service!.percentile(50) < 100_000, `service p50 ${service!.percentile(50)} µs`);
  assert.ok(service!.percentile(99) < response!.percentile(75), "the service time hides the wait");
  assert.ok(snapshot.total.counters.blockedMicros >= 1_500_000, "time blocked by back-pressure");
});

Deno.test("what is too late is given up and counted, and the rest of the planned time is used", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({
    workers: "1",
    rate: "2000",
    durationMs: "900ms",
    batching: "false",
    maxInFlight: "1",
    catchUp: "none",
  });
  await producer.connect();
  producer.begin();
  await until(() => messages(producer) > 50, LONG, producer);
  await lab.broker.hooks.stallReads(400);
  const { snapshot } = await producer.done;
  const { messages: sent, missed } = snapshot.total.counters;
  assert.equal(sent + missed, 1800);
  assert.ok(missed >= 400, `${missed} slots missed in 0.4 s at 2000/s with 50 ms allowed`);
});

Deno.test("a lost connection loses no message; what is sent again is told, and so is every reconnect", async () => {
  await using lab = await Lab.open({ deduplication: true });
  const producer = lab.producer({ workers: "2", rate: "20000", count: "20000", batchMessages: "100" });
  const consumer = lab.consumer({ subscriptionType: "failover" });
  await beginBoth(producer, consumer);
  await until(() => messages(producer) > 2000, LONG, producer);
  await lab.broker.hooks.forgetReceipts({ times: 3 });
  await until(() => producer.reader.inFlight > 300, LONG, producer);
  await lab.broker.hooks.dropConnections({ of: "producers" });
  const { sent, received } = await lab.finish(producer, consumer);
  assert.equal(sent.snapshot.total.counters.messages, 20_000);
  assert.ok(sent.snapshot.total.counters.reconnects >= 1);
  assert.ok((sent.snapshot.total.errors.get("ConnectionClosed") ?? 0) >= 1);
  const [note] = sent.notes;
  assert.match(note!, /^\d+ messages were sent again after a reconnect/);
  assert.ok(parseInt(note!) >= 1);
  assertIntact(received, 20_000);
});

Deno.test("a broker without de-duplication stores what is sent again twice, and that is what is reported", async () => {
  await using lab = await Lab.open({ deduplication: false });
  const producer = lab.producer({ workers: "1", count: "30000", rate: "10000", batchMessages: "100" });
  const consumer = lab.consumer();
  await beginBoth(producer, consumer);
  await until(() => messages(producer) > 500, LONG, producer);
  await lab.broker.hooks.forgetReceipts({ times: 2 });
  await until(() => producer.reader.inFlight > 100, LONG, producer);
  await lab.broker.hooks.dropConnections({ of: "producers" });
  const { sent, received } = await lab.finish(producer, consumer);
  const { duplicates, duplicatesExplained, lost } = received.snapshot.integrity!;
  assert.equal(lost, 0);
  assert.equal(duplicatesExplained, duplicates, "all of them were sent again");
  const [example] = received.counterexamples;
  assert.equal(example?.kind, "duplicate");
  assert.equal(example.topic, "persistent://public/default/tested");
  assert.deepEqual([example.instance, example.worker, example.lane, example.explained], [0, 0, 0, true]);
  const places = new Set(example.copies!.map(({ ledgerId, entryId }) => `${ledgerId}:${entryId}`));
  assert.equal(places.size, 2, "both places where it is stored");
  const ofProducer = example.connections!.filter(({ side }) => side === "producer");
  // On a busy machine it may take more than one attempt to come back.
  assert.deepEqual([ofProducer[0]?.lostBy, ofProducer.at(-1)?.lostBy], ["ConnectionClosed", undefined]);
  assert.equal(example.missing, undefined);
  assert.ok(duplicates > 0, "stored twice");
  assert.ok(duplicates <= parseInt(sent.notes[0]!), `${duplicates} duplicates of what '${sent.notes[0]}'`);
});

Deno.test("a loss is told with the place that the broker gave in its receipt, and what connections did around it", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ workers: "1", count: "600", rate: "3000", batchMessages: "10" });
  const consumer = lab.consumer({ workers: "1", receiverQueue: "20" });
  await beginBoth(producer, consumer);
  await until(() => messages(consumer) > 50, LONG, consumer);
  consumer.pause();
  await until(() => producer.phase === "done", LONG, producer);
  await lab.broker.hooks.dropConnections({ of: "consumers" });
  await delay(1100);
  await lab.broker.expireMessages("tested", 1);
  consumer.resume();
  const sent = await producer.done;
  consumer.integrity.expect(sent.streams, [producer.integrity.witness]);
  const received = await consumer.finish("quit");
  const { lost } = received.snapshot.integrity!;
  assert.ok(lost > 0, "expired before it was read");
  const [example] = received.counterexamples;
  const { kind, topic, worker, lane, from, to, sent: places, missing } = example!;
  assert.deepEqual([kind, topic, worker, lane], ["lost", "persistent://public/default/tested", 0, 0]);
  assert.equal(to! - from!, lost);
  assert.deepEqual(missing, undefined);
  assert.ok(places!.length === 2 && places![0]!.entryId < places![1]!.entryId, "first and last entry");
  assert.ok(example!.connections!.some(({ side, lostBy }) => side === "consumer" && lostBy !== undefined));
});

for (const subscriptionType of ["exclusive", "failover", "shared", "key-shared"] as const) {
  Deno.test(`entries that come again after a disconnection are no duplicates: ${subscriptionType}`, async () => {
    await using lab = await Lab.open();
    const workers = subscriptionType === "exclusive" ? "1" : "2";
    const producer = lab.producer({ count: "8000", rate: "20000", batchMessages: "50", keys: "random" });
    // Acknowledgements are late, so that much is delivered again.
    const consumer = lab.consumer({ subscriptionType, workers, ackGroupMs: "1s", ackGroupMax: "100000" });
    await beginBoth(producer, consumer);
    await until(() => messages(consumer) > 1000, LONG, consumer);
    await lab.broker.hooks.dropConnections({ of: "consumers" });
    const { received } = await lab.finish(producer, consumer);
    assert.ok(received.snapshot.total.counters.redelivered > 0, "something came again");
    assert.ok(received.snapshot.integrity!.verified > 8000);
    assertIntact(received, 8000, { outOfOrder: "any" });
  });
}

Deno.test("refused messages come again, and count once", async () => {
  await using lab = await Lab.open();
  for (const [subscriptionType, workers] of [["shared", "2"], ["exclusive", "1"]] as const) {
    const topic = `refused-${subscriptionType}`;
    const producer = lab.producer({ topic, count: "2000", rate: "10000", batchMessages: "20" });
    const consumer = lab.consumer({
      topic,
      subscriptionType,
      workers,
      nackPercent: "10",
      nackDelayMs: "50ms",
    });
    await beginBoth(producer, consumer);
    const sent = await producer.done;
    consumer.integrity.expect(sent.streams);
    await until(
      () => {
        const { messages, redelivered, nacked } = consumer.reader.total().counters;
        return messages - redelivered >= 2000 && redelivered >= nacked;
      },
      4000,
      consumer,
    );
    const received = await consumer.finish("quit");
    const { nacked, redelivered } = received.snapshot.total.counters;
    assert.ok(nacked >= 100 && redelivered >= nacked, `${nacked} refused, ${redelivered} came again`);
    assertIntact(received, 2000, { outOfOrder: "any" });
  }
});

Deno.test("with batch-index acknowledgements only the refused messages of a batch come again", async () => {
  await using lab = await Lab.open();
  const topic = "refused-by-index";
  const producer = lab.producer({
    topic,
    count: "2000",
    rate: "10000",
    batchMessages: "20",
    batchDelayMs: "5ms",
  });
  const consumer = lab.consumer({
    topic,
    subscriptionType: "shared",
    workers: "1",
    nackPercent: "5",
    nackDelayMs: "50ms",
    batchIndexAck: "true",
  });
  await beginBoth(producer, consumer);
  const sent = await producer.done;
  consumer.integrity.expect(sent.streams);
  const counters = (): { messages: number; redelivered: number; nacked: number } => {
    consumer.reader.poll();
    return consumer.reader.total().counters;
  };
  await until(
    () => counters().messages - counters().redelivered >= 2000 && counters().redelivered >= counters().nacked,
    LONG,
    consumer,
  );
  const received = await consumer.finish("quit");
  const { nacked, redelivered } = received.snapshot.total.counters;
  assert.ok(nacked >= 90, `${nacked} refused`);
  assert.equal(redelivered, nacked, "whole batches did not come again");
  assertIntact(received, 2000, { outOfOrder: "any" });
});

Deno.test("messages that nobody acknowledges are asked for again, also while new ones keep coming", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ workers: "1", rate: "500", durationMs: "5m" });
  const consumer = lab.consumer({ workers: "1", ack: "none", unackedTimeoutMs: "1s" });
  await beginBoth(producer, consumer);
  await until(() => consumer.reader.total().counters.redelivered > 0, LONG, consumer);
  assert.ok(consumer.reader.total().counters.redelivered > 0);
  assert.equal(producer.phase, "running", "and not only once nothing comes any more");
});

Deno.test("messages of damaged entries are corrupt, not lost, and do not come back", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ workers: "1", count: "1000", rate: "5000", batchMessages: "10" });
  const consumer = lab.consumer({ workers: "1" });
  await beginBoth(producer, consumer);
  await lab.broker.hooks.corruptDeliveries({ times: 1 });
  const sent = await producer.done;
  consumer.integrity.expect(sent.streams, [producer.integrity.witness]);
  const arrived = (): number => messages(consumer) + consumer.reader.total().counters.failed;
  await until(() => arrived() >= 1000, LONG, consumer);
  const received = await consumer.finish("quit");
  const { lost, lostOrDamaged, corrupt } = received.snapshot.integrity!;
  assert.ok(corrupt >= 1 && corrupt <= 10, `${corrupt} messages of one entry`);
  assert.deepEqual([lost, lostOrDamaged], [0, undefined], "they are known to have come");
  assert.equal(received.snapshot.total.errors.get("ChecksumMismatch"), 1);
  assert.equal(received.snapshot.total.counters.failed, corrupt);
  const [example, ...others] = received.counterexamples;
  assert.deepEqual([example?.kind, example?.messages, example?.reason, others.length], [
    "corrupt",
    corrupt,
    "ChecksumMismatch",
    0,
  ]);
  assert.equal(messagesOf(sent) - corrupt, received.snapshot.total.counters.messages);
});
