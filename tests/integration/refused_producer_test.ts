/** What a user of the producer sees when a real broker takes nothing: a topic that is sealed, a backlog over its quota. */
import assert from "node:assert/strict";
import { type CliOutcome, runCli } from "../support/cli.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

const unavailable = await brokerUnavailable();
const test = testUnless(unavailable);
const real = unavailable === undefined ? await sharedBroker() : undefined;

async function produce(topic: string, ...args: string[]): Promise<CliOutcome> {
  const { serviceUrl } = real!;
  return await runCli("producer", [
    ...["-u", serviceUrl, "--topic", topic, "--workers", "1", "-s", "1k", "--ui", "none", ...args],
  ]);
}

test("a topic that is terminated already ends the producer with that reason, and code 1", async () => {
  const topic = `persistent://public/default/sealed-${crypto.randomUUID()}`;
  await real!.admin.createTopic(topic);
  await real!.admin.terminate(topic);
  // Far longer than a test may take: only an end at once passes.
  const { code, stdout, stderr } = await produce(topic, "-d", "1h", "-r", "10", "--operation-timeout", "1h");
  assert.equal(code, 1, stdout + stderr);
  assert.match(stdout + stderr, /TopicTerminated/);
});

for (
  const [policy, error] of [
    ["producer_exception", "ProducerBlockedQuotaExceededException"],
    ["producer_request_hold", "ProducerBlockedQuotaExceededError"],
  ] as const
) {
  test(`a backlog over its quota refuses producers, which end with that reason and code 1: ${policy}`, async () => {
    const { admin } = real!;
    const namespace = `public/quota-${crypto.randomUUID().slice(0, 8)}`;
    const topic = `persistent://${namespace}/full`;
    await admin.createNamespace(namespace);
    await admin.call("POST", `namespaces/${namespace}/backlogQuota?backlogQuotaType=destination_storage`, {
      limitSize: 20_000,
      limitTime: -1,
      policy,
    });
    await admin.createTopic(topic);
    await admin.createSubscription(topic, "nobody-reads");
    const filled = await produce(topic, "-n", "100", "--no-batching");
    assert.equal(filled.code, 0, filled.stdout + filled.stderr);

    const { code, stdout, stderr } = await produce(
      topic,
      "-d",
      "1h",
      "-r",
      "10",
      "--operation-timeout",
      "2s",
    );
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout + stderr, new RegExp(`${error}\\b`));
  });
}
