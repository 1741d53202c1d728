import assert from "node:assert/strict";
import { assertIntact, beginBoth, Lab, LONG, messagesOf, until } from "./load_run_test_support.ts";
import type { LoadRun } from "./load_run.ts";

const messages = (run: LoadRun) => (): number => run.reader.total().counters.messages;

Deno.test("workers can be added and taken away while they work, and no message is lost or sent twice", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ workers: "1", count: "30000", rate: "30000", batchMessages: "100" });
  const consumer = lab.consumer();
  await beginBoth(producer, consumer);
  await until(() => messages(producer)() > 1000, LONG, producer);
  // Both at once: they happen one after another.
  await Promise.all([producer.resize(4), consumer.resize(3), producer.resize(2), producer.resize(3)]);
  assert.equal(producer.workers, 3);
  const workers = producer.view().snapshot().workers;
  assert.equal(workers.length, 3);
  await consumer.resize(1);
  const { sent, received } = await lab.finish(producer, consumer);
  assert.equal(sent.snapshot.total.counters.messages, 30_000);
  assert.equal(messagesOf(sent), 30_000);
  // What a consumer had not read when it left goes to another one.
  assertIntact(received, 30_000, { outOfOrder: "any" });
});

Deno.test("settings that workers read at their start are changed by fresh workers, while the load goes on", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "5000", size: "300B" });
  const consumer = lab.consumer();
  await beginBoth(producer, consumer);
  await until(() => messages(producer)() > 500, LONG, producer);
  await producer.reconfigure({ size: { kind: "fixed", bytes: 2000 }, compression: "lz4" });
  const before = messages(producer)();
  await until(() => messages(producer)() > before + 500, LONG, producer);
  void producer.finish("quit");
  const { sent, received } = await lab.finish(producer, consumer);
  const { messages: total, bytes } = sent.snapshot.total.counters;
  assert.equal(messagesOf(sent), total);
  assert.ok(bytes > 300 * total && bytes < 2000 * total, `${bytes} bytes of both sizes`);
  assert.equal(sent.streams.length, 4, "every worker has streams of its own");
  assertIntact(received, total);
});

Deno.test("settings that no worker can start with are refused, and the old ones hold", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ count: "3000", rate: "3000" });
  await producer.connect();
  producer.begin();
  await assert.rejects(producer.reconfigure({ size: { kind: "fixed", bytes: 3 } }), /size '3' is too small/);
  assert.deepEqual(producer.config.role === "producer" && producer.config.size, {
    kind: "fixed",
    bytes: 256,
  });
  const { reason, snapshot } = await producer.done;
  assert.deepEqual([reason, snapshot.total.counters.messages], ["count", 3000]);
});

Deno.test("workers that crash are replaced and counted, and the planned number is confirmed all the same", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ workers: "3", count: "20000", rate: "20000", batchMessages: "100" });
  const consumer = lab.consumer({ workers: "1" });
  await beginBoth(producer, consumer);
  await until(() => messages(producer)() > 2000, LONG, producer);
  lab.crash(producer, 1);
  lab.crash(producer, 2);
  await until(() => producer.log.lines.some(({ text }) => text.includes("worker 2 crashed")));
  lab.crash(producer, 0);
  const { sent, received } = await lab.finish(producer, consumer);
  assert.equal(sent.reason, "count");
  const { messages: confirmed, failed } = sent.snapshot.total.counters;
  assert.equal(confirmed, 20_000);
  assert.deepEqual(sent.snapshot.workers.map(({ restarts }) => restarts), [1, 1, 1]);
  assert.ok(
    sent.snapshot.log.some(({ level, text }) =>
      level === "error" && text === "worker 1 crashed and is replaced: crash on request"
    ),
  );
  assert.equal(sent.streams.length, 6);
  // What the dead had sent without seeing the receipt may be stored or not; everything else is there once.
  const { lost, duplicates, verified } = received.snapshot.integrity!;
  assert.deepEqual({ lost, duplicates }, { lost: 0, duplicates: 0 });
  assert.ok(verified >= 20_000 && verified <= 20_000 + failed, `${verified} received, ${failed} in doubt`);
});

Deno.test("consumers that crash lose nothing, and what comes again is no duplicate", async () => {
  await using lab = await Lab.open();
  for (
    const [topic, subscriptionType, workers] of [
      ["crash-shared", "shared", "2"],
      ["crash-exclusive", "exclusive", "1"],
      ["crash-failover", "failover", "2"],
    ] as const
  ) {
    const producer = lab.producer({ topic, count: "10000", rate: "20000", batchMessages: "50" });
    const consumer = lab.consumer({ topic, subscriptionType, workers });
    await beginBoth(producer, consumer);
    await until(() => messages(consumer)() > 1000, LONG, consumer);
    lab.crash(consumer, 0);
    const { received } = await lab.finish(producer, consumer);
    // The order of a shared subscription ends with the first redelivery.
    assertIntact(received, 10_000, subscriptionType === "shared" ? { outOfOrder: "any" } : {});
    assert.equal(received.snapshot.workers[0]!.restarts, 1);
  }
});

Deno.test("workers that crash again and again end the run, with one message that says why", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ workers: "1", rate: "100" });
  await producer.connect();
  producer.begin();
  let crashes = 0;
  while (producer.phase === "running" && crashes++ < 50) {
    lab.crash(producer, 0);
    const restarts = (): number => producer.view().snapshot().workers[0]!.restarts;
    await until(() => restarts() >= crashes || producer.phase !== "running", LONG);
  }
  const { reason, failure, snapshot } = await producer.done;
  assert.equal(reason, "failure");
  assert.match(failure!.message, /^workers crashed 11 times, the last one with: crash on request$/);
  assert.equal(snapshot.phase, "failed");
  assert.equal(snapshot.log.filter(({ text }) => text === failure!.message).length, 1);
});

Deno.test("what one worker cannot go on with ends the run for all, and is told once", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ workers: "3", rate: "1000" });
  await producer.connect();
  producer.begin();
  await until(() => messages(producer)() > 50, LONG, producer);
  await lab.broker.terminate("tested");
  const { reason, failure, snapshot } = await producer.done;
  assert.equal(reason, "failure");
  assert.match(failure!.message, /TopicTerminatedError/);
  assert.equal(snapshot.log.filter(({ text }) => text === failure!.message).length, 1);
});
