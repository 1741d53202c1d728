/** Subscriptions that are not durable, on a real broker: it keeps no place for them. */
import assert from "node:assert/strict";
import { SubType } from "../../lib/wire/enums.ts";
import {
  assertIntact,
  beginBoth,
  LONG,
  runAt,
  type Settings,
  until,
} from "../../lib/load/run/load_run_test_support.ts";
import { bytes, eventually, newTopic, numbered, withClient } from "../support/client_stage.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

const reason = await brokerUnavailable();
const test = testUnless(reason);
const shared = reason === undefined ? await sharedBroker() : undefined;

test("a reader from the end begins again where it began, and drops the message that the broker sends once more", async () => {
  const topic = newTopic("reader");
  await withClient(shared!.serviceUrl, async (client) => {
    const got: string[] = [];
    const reader = await client.createEntryConsumer({
      topic,
      subscription: "r",
      type: SubType.exclusive,
      durable: false,
      onEntry: ({ ledgerId, entryId, body, bodyStart, bodyEnd, permits }) => {
        got.push(new TextDecoder().decode(body.subarray(bodyStart, bodyEnd)));
        reader.ack(ledgerId, entryId);
        reader.returnPermits(permits);
      },
    });
    const producer = await client.createProducer({ topic, batching: false });
    const send = async (texts: readonly string[]): Promise<void> => {
      for (const text of texts) await producer.send({ payload: bytes(text) });
    };
    for (const round of [0, 1, 2]) {
      // In the first round it has read nothing yet; what is sent now may come before it is back.
      await shared!.admin.unload(topic);
      await send(numbered(10, 10 * round));
      await eventually(() => Promise.resolve(got.length), (count) => count >= 10 * (round + 1));
    }
    assert.deepEqual(got, numbered(30));
    await reader.close();
    assert.deepEqual(Object.keys((await shared!.admin.stats(topic)).subscriptions), []);
  });
});

test("a reader under load is moved and cut off, and misses nothing and gets nothing twice", async () => {
  const namespace = `public/${newTopic("readers")}`;
  await shared!.admin.createNamespace(namespace);
  await shared!.admin.setDeduplication(namespace, true);
  const topic = `persistent://${namespace}/t`;
  await shared!.admin.createTopic(topic);
  // A reader keeps nothing from being dropped.
  await shared!.admin.createSubscription(topic, "keeper");
  const common: Settings = { topic, runId: crypto.randomUUID().slice(0, 8), workers: "1" };
  const producer = runAt(shared!, "producer", {
    ...common,
    rate: "5000",
    count: "30000",
    size: "200B",
    batchMessages: "50",
  });
  const consumer = runAt(shared!, "consumer", { ...common, durable: "false" });
  try {
    await beginBoth(producer, consumer);
    for (const reached of [5000, 15_000]) {
      await until(() => consumer.reader.total().counters.messages > reached, LONG, consumer);
      await shared!.admin.unload(topic);
    }
    const sent = await producer.done;
    consumer.integrity.expect(sent.streams);
    await until(() => consumer.integrity.current(false)!.lost === 0, LONG, consumer);
    const received = await consumer.finish("quit");
    assertIntact(received, 30_000);
    const { counters } = received.snapshot.total;
    assert.equal(counters.redelivered, 0);
    assert.ok(counters.reconnects >= 2, `${counters.reconnects} reconnects`);
    assert.equal(received.snapshot.backlog, undefined, "of a subscription that is gone");
  } finally {
    await producer.finish("quit");
    await consumer.finish("quit");
  }
});
