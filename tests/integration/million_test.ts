/** A million messages from one process through a real broker to another one, counted by everybody concerned. */
import assert from "node:assert/strict";
import { mergeRun } from "../../lib/report/merge/merge.ts";
import type { RunResult } from "../../lib/report/result/result.ts";
import { startCli } from "../support/cli.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

const COUNT = 1_000_000;

const unavailable = await brokerUnavailable();
const test = testUnless(unavailable);
const real = unavailable === undefined ? await sharedBroker() : undefined;

test("a million messages go from one process to another, none lost, doubled or out of order", async () => {
  const { serviceUrl, adminUrl, admin } = real!;
  const topic = `million-${crypto.randomUUID().slice(0, 8)}`;
  const common = ["--service-url", serviceUrl, "--admin-url", adminUrl, "--topic", topic];
  const shared = [...common, "--run-id", topic, "--json", "--ui", "none", "--workers", "2"];
  await admin.createTopic(topic);
  await admin.createSubscription(topic, "all");
  try {
    const consumer = startCli("consumer", [
      ...shared,
      "--subscription",
      "all",
      "--subscription-type",
      "failover",
      "--initial-position",
      "earliest",
      "--idle",
      "15s",
    ]);
    const producer = startCli("producer", [...shared, "--count", String(COUNT), "--size", "256B"]);
    const sent = await producer.outcome;
    assert.equal(sent.code, 0, sent.stderr);
    const received = await consumer.outcome;
    assert.equal(received.code, 0, received.stderr);
    const results: RunResult[] = [sent, received].map(({ stdout }) => JSON.parse(stdout));
    const [first, second] = mergeRun(results);
    const sides = { [first!.role]: first!.result, [second!.role]: second!.result };
    assert.equal(sides.producer!.totals.messages, COUNT);
    assert.equal(sides.consumer!.totals.messages, COUNT);
    const { verified, lost, duplicates, outOfOrder, corrupt, foreign } = sides.consumer!.integrity!;
    assert.deepEqual({ verified, lost, duplicates, outOfOrder, corrupt, foreign }, {
      verified: COUNT,
      lost: 0,
      duplicates: 0,
      outOfOrder: 0,
      corrupt: 0,
      foreign: 0,
    });
    const stats = await admin.stats(topic);
    assert.equal(stats.msgInCounter, COUNT);
    assert.equal(stats.subscriptions["all"]!.msgBacklog, 0, "all is acknowledged");
  } finally {
    await admin.deleteTopic(topic);
  }
});
