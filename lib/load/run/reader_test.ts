/** Subscriptions that are not durable: brokers keep no place for them. */
import assert from "node:assert/strict";
import { assertIntact, beginBoth, Lab, LONG, type Settings, until } from "./load_run_test_support.ts";
import type { LoadRun } from "./load_run.ts";

const messages = (run: LoadRun) => (): number => run.reader.total().counters.messages;

/** Less than what the embedded broker retains without any subscription. */
const LOAD: Settings = { workers: "1", count: "10000", rate: "10000", size: "100B", batchMessages: "50" };
const READER: Settings = { durable: "false", workers: "1" };

Deno.test("a reader whose connection is lost reads on where it was: nothing is missing, and nothing comes twice", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer(LOAD);
  const consumer = lab.consumer({ ...READER, initialPosition: "latest" });
  await beginBoth(producer, consumer);
  const reconnects = (): number => consumer.reader.total().counters.reconnects;
  for (const lost of [1, 2]) {
    await until(() => messages(consumer)() > 1000 * lost, LONG, consumer);
    await lab.broker.hooks.dropConnections({ of: "consumers" });
    await until(() => reconnects() >= lost, LONG, consumer);
  }
  const { received } = await lab.finish(producer, consumer);
  assertIntact(received, 10_000);
  const { counters } = received.snapshot.total;
  assert.equal(counters.redelivered, 0);
  assert.equal(received.snapshot.backlog, undefined, "of a subscription that is gone");
  const { subscriptions } = await lab.broker.stats("tested");
  assert.deepEqual(Object.keys(subscriptions), []);
});

Deno.test("a worker in the place of a crashed one reads on after what that one has told, from the end or the beginning", async () => {
  await using lab = await Lab.open();
  for (const initialPosition of ["latest", "earliest"]) {
    const topic = `crash-${initialPosition}`;
    const producer = lab.producer({ ...LOAD, topic });
    const consumer = lab.consumer({ ...READER, topic, initialPosition });
    await beginBoth(producer, consumer);
    await until(() => messages(consumer)() > 2000, LONG, consumer);
    lab.crash(consumer, 0);
    const { received } = await lab.finish(producer, consumer);
    assertIntact(received, 10_000);
    const { integrity, workers, total } = received.snapshot;
    assert.equal(workers[0]!.restarts, 1);
    assert.equal(integrity!.notReceived, 0, "all of it was verified");
    const again = total.counters.redelivered;
    assert.equal(total.counters.messages - again, 10_000, `${again} came again`);
    assert.ok(again < 10_000, `only what was not told of, and not all ${again}`);
  }
});

Deno.test("a reader takes a planned number, and leaves no subscription with the rest", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer(LOAD);
  const consumer = lab.consumer({ ...READER, count: "1234" });
  await beginBoth(producer, consumer);
  const { reason, snapshot } = await consumer.done;
  assert.deepEqual([reason, snapshot.total.counters.messages], ["count", 1234]);
  assert.equal(snapshot.integrity!.lost, 0);
  await producer.done;
});
