/** Partitions that are added to the topic while a run goes on. */
import assert from "node:assert/strict";
import { streamParts } from "../header/header_test_support.ts";
import { assertIntact, beginBoth, Lab, LONG, messagesOf, until } from "./load_run_test_support.ts";
import type { LoadRun } from "./load_run.ts";
import type { RunOutcome } from "./types.ts";

const TOPIC = "persistent://public/default/tested";

/** Partitions to which a run has sent something. */
function partitionsOf({ streams }: RunOutcome): number[] {
  const used = streams.filter(({ next }) => next > 0).map(({ stream }) => streamParts(stream).partition);
  return [...new Set(used)].sort();
}

const messages = (run: LoadRun): number => run.reader.total().counters.messages;

for (const subscriptionType of ["shared", "failover", "exclusive"] as const) {
  Deno.test(`partitions added during a run are used and read, on a subscription of type ${subscriptionType}`, async () => {
    await using lab = await Lab.open();
    await lab.broker.createPartitionedTopic(TOPIC, 2);
    const settings = { partitionDiscoveryMs: "50ms" };
    const producer = lab.producer({ ...settings, rate: "2000", batchMessages: "10", routing: "round-robin" });
    const workers = subscriptionType === "exclusive" ? "1" : "2";
    const consumer = lab.consumer({ ...settings, subscriptionType, workers });
    await beginBoth(producer, consumer);
    await until(() => messages(producer) > 200, LONG, producer);
    assert.deepEqual([producer.topics.length, consumer.topics.length], [2, 2]);
    await lab.broker.createPartitionedTopic(TOPIC, 4);
    await until(() => producer.topics.length === 4 && consumer.topics.length === 4);
    // A worker that starts now has all of them from the beginning.
    await Promise.all([producer.resize(3), consumer.resize(3)]);
    const before = messages(producer);
    await until(() => messages(producer) > before + 1000, LONG, producer);
    void producer.finish("quit");
    const { sent, received } = await lab.finish(producer, consumer);
    assert.deepEqual(partitionsOf(sent), [0, 1, 2, 3]);
    assertIntact(received, messagesOf(sent), { outOfOrder: "any" });
    for (const [run, used] of [[producer, "used"], [consumer, "read"]] as const) {
      const line = `2 partitions were added to '${TOPIC}', all 4 are ${used} from now on`;
      assert.ok(run.log.lines.some(({ level, text }) => level === "info" && text === line), used);
    }
  });
}

Deno.test("a consumer reads an added partition from its beginning, also when it starts at the end of the topic", async () => {
  await using lab = await Lab.open();
  await lab.broker.createPartitionedTopic(TOPIC, 1);
  const consumer = lab.consumer({ partitionDiscoveryMs: "1500ms", initialPosition: "latest" });
  await consumer.connect();
  consumer.begin();
  await lab.broker.createPartitionedTopic(TOPIC, 3);
  // This one sees all three at once, and may be sooner than the consumer.
  const producer = lab.producer({ count: "3000", rate: "30000", batchMessages: "10" });
  await producer.connect();
  producer.begin();
  const { sent, received } = await lab.finish(producer, consumer);
  assert.deepEqual(partitionsOf(sent), [0, 1, 2]);
  assertIntact(received, 3000);
});

Deno.test("a run that is paused stays so on added partitions, and reads them when it goes on", async () => {
  await using lab = await Lab.open();
  await lab.broker.createPartitionedTopic(TOPIC, 1);
  const consumer = lab.consumer({ partitionDiscoveryMs: "50ms" });
  await consumer.connect();
  consumer.begin();
  consumer.pause();
  await lab.broker.createPartitionedTopic(TOPIC, 2);
  await until(() => consumer.topics.length === 2);
  consumer.resume();
  const producer = lab.producer({ count: "2000", rate: "20000", batchMessages: "10" });
  await producer.connect();
  producer.begin();
  const { received } = await lab.finish(producer, consumer);
  assertIntact(received, 2000);
});

Deno.test("with 0 nobody looks, and a topic without partitions is never asked again", async () => {
  await using lab = await Lab.open();
  await lab.broker.createPartitionedTopic(TOPIC, 2);
  const blind = lab.producer({ partitionDiscoveryMs: "0", rate: "100" });
  const seeing = lab.producer({ partitionDiscoveryMs: "50ms", rate: "100" });
  const plain = lab.producer({ partitionDiscoveryMs: "50ms", rate: "100", topic: "plain" });
  for (const run of [blind, seeing, plain]) {
    await run.connect();
    run.begin();
  }
  await lab.broker.createPartitionedTopic(TOPIC, 3);
  await until(() => seeing.topics.length === 3);
  assert.deepEqual([blind, seeing, plain].map(({ topics }) => topics.length), [2, 3, 1]);
});
