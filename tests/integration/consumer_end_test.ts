/** How consumers end beside a real broker: no false alarm, exact numbers, and topics whose messages have no ids. */
import assert from "node:assert/strict";
import {
  beginBoth,
  LONG,
  messagesOf,
  runAt,
  type Settings,
  until,
} from "../../lib/load/run/load_run_test_support.ts";
import type { LoadRun } from "../../lib/load/run/load_run.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

const unavailable = await brokerUnavailable();
const test = testUnless(unavailable);
const real = unavailable === undefined ? await sharedBroker() : undefined;

const runOf = (role: "producer" | "consumer", topic: string, settings: Settings): LoadRun =>
  runAt(real!, role, { topic, ...settings });

const newTopic = (name: string): string => `persistent://public/default/${name}-${crypto.randomUUID()}`;

for (const subscriptionType of ["shared", "key-shared", "failover"] as const) {
  test(`a consumer that ends before its producer reports no loss and no disorder: ${subscriptionType}`, async () => {
    for (const settings of [{ rate: "1000" }, { rate: "50" }, { rate: "20000", batchMessages: "20" }]) {
      const topic = newTopic("going-on");
      const producer = runOf("producer", topic, { keys: "random", size: "200B", ...settings });
      const consumer = runOf("consumer", topic, {
        subscriptionType,
        initialPosition: "earliest",
        workers: "5",
      });
      try {
        await beginBoth(producer, consumer);
        const wanted = Number(settings.rate);
        await until(() => consumer.reader.total().counters.messages > wanted, LONG, consumer);
        const { snapshot } = await consumer.finish("duration");
        assert.equal(producer.phase, "running");
        const { lost, duplicates, outOfOrder, corrupt, foreign } = snapshot.integrity!;
        assert.deepEqual({ lost, duplicates, outOfOrder, corrupt, foreign }, {
          lost: 0,
          duplicates: 0,
          outOfOrder: 0,
          corrupt: 0,
          foreign: 0,
        });
        assert.equal(snapshot.total.counters.sent, snapshot.total.counters.messages);
      } finally {
        await Promise.all([producer.finish("quit"), consumer.finish("quit")]);
        await real!.admin.deleteTopic(topic);
      }
    }
  });
}

for (const batching of ["true", "false"]) {
  test(`a planned number of messages is exact, and the rest stays: batching ${batching}`, async () => {
    const topic = newTopic("counted");
    const batch = batching === "true" ? 100 : 1;
    const producer = runOf("producer", topic, {
      count: "5000",
      batching,
      batchMessages: `${batch}`,
      size: "200B",
      workers: "2",
    });
    const settings = { initialPosition: "earliest", subscription: "counted" };
    const consumer = runOf("consumer", topic, { ...settings, count: "1001", workers: "5" });
    const next = runOf("consumer", topic, { ...settings, workers: "2" });
    try {
      await producer.connect();
      producer.begin();
      const sent = messagesOf(await producer.done);
      await consumer.connect();
      consumer.begin();
      const { snapshot, reason } = await consumer.done;
      const { messages, sent: acknowledged } = snapshot.total.counters;
      assert.deepEqual([reason, messages, acknowledged], ["count", 1001, 1001]);
      assert.deepEqual([snapshot.integrity!.lost, snapshot.integrity!.outOfOrder], [0, 0]);
      await next.connect();
      next.begin();
      const left = sent - 1001;
      await until(() => next.reader.total().counters.messages >= left, LONG, next);
      await until(() => next.reader.total().counters.messages > left + batch, 1500, next);
      const { snapshot: rest } = await next.finish("quit");
      // Without batch-index acknowledgement at the broker, the one batch that was cut comes again as a whole.
      const again = rest.total.counters.messages - left;
      assert.ok(again >= 0 && again < batch, `${again} messages came again`);
    } finally {
      await Promise.all(
        [producer, consumer, next].map((run) => run.phase === "starting" ? run.abort() : run.finish("quit")),
      );
      await real!.admin.deleteTopic(topic);
    }
  });
}

test("messages of a non-persistent topic are new ones each, and all of them have an end-to-end time", async () => {
  for (const batching of ["true", "false"]) {
    const topic = `non-persistent://public/default/np-${crypto.randomUUID()}`;
    const producer = runOf("producer", topic, {
      rate: "400",
      count: "800",
      batching,
      size: "200B",
      workers: "1",
    });
    const consumer = runOf("consumer", topic, { workers: "2" });
    try {
      await beginBoth(producer, consumer);
      const sent = messagesOf(await producer.done);
      await until(() => consumer.reader.total().counters.messages >= sent, LONG, consumer);
      const { snapshot } = await consumer.finish("quit");
      const { messages, redelivered } = snapshot.total.counters;
      assert.deepEqual([messages, redelivered], [sent, 0]);
      const { total, negatives } = snapshot.total.latency.endToEnd!;
      assert.equal(total + negatives, sent);
      const { lost, duplicates } = snapshot.integrity!;
      assert.deepEqual([lost, duplicates], [0, 0]);
    } finally {
      await Promise.all([producer.finish("quit"), consumer.finish("quit")]);
    }
  }
});
