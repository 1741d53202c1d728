/** The policies of a namespace as clients meet them. */
import assert from "node:assert/strict";
import { errorOf, TestClient, withBroker } from "../broker_test_support.ts";
import { EmbeddedBroker } from "../embedded_broker.ts";
import type { NamespacePolicies } from "../namespace/policies.ts";

const NAMESPACE = "public/n";
const T = `persistent://${NAMESPACE}/t`;
const HOUR = 3_600_000;
const BODY = "x".repeat(1000);

/** A broker that looks after policies all the time. */
function withPolicies(
  policies: NamespacePolicies,
  test: (broker: EmbeddedBroker, client: TestClient) => Promise<void>,
): () => Promise<void> {
  return withBroker(() => new EmbeddedBroker({ policyCheckMs: 2, retentionBytes: 0 }), async (broker) => {
    await broker.createNamespace(NAMESPACE, policies);
    const client = await TestClient.connect(broker);
    try {
      await test(broker, client);
    } finally {
      await client.close();
    }
  });
}

async function publish(client: TestClient, count: number, age: number, first = 0): Promise<void> {
  for (let index = first; index < first + count; index++) {
    client.publish({ texts: [BODY], sequenceId: index, publishTime: Date.now() - age });
    await client.take("sendReceipt");
  }
}

/** Looks until it holds; a look is a round trip. */
async function until(client: TestClient, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, "it did not come to hold");
    await new Promise((resolve) => setTimeout(resolve, 2));
    await client.settle();
  }
}

async function backlogOf(broker: EmbeddedBroker, subscription = "s"): Promise<number> {
  return (await broker.stats(T)).subscriptions[subscription]!.msgBacklog;
}

for (
  const [policy, error] of [
    ["producer_request_hold", "ProducerBlockedQuotaExceededError"],
    ["producer_exception", "ProducerBlockedQuotaExceededException"],
  ] as const
) {
  const quota = { limitSize: 5000, limitTime: 0, policy };
  Deno.test(
    `above a quota of ${policy} producers are sent away and refused until the backlog is smaller`,
    withPolicies({ backlog_quota_map: { destination_storage: quota } }, async (broker, client) => {
      await client.subscribe(T, "s", {}, 0);
      await client.producer(T);
      await publish(client, 4, 0);
      await client.settle();
      assert.deepEqual(client.waiting, [], "below the quota nothing happens");
      await publish(client, 2, 0, 4);
      await client.take("closeProducer");
      const refused = await client.producer(T);
      assert.deepEqual([refused.name, errorOf(refused)], ["error", error]);
      assert.equal((await broker.stats(T)).backlogQuotaLimitSize, 5000);
      client.send("flow", { consumerId: 1, messagePermits: 2 });
      client.ack(await client.deliveries(2));
      await client.settle();
      assert.equal((await client.producer(T)).name, "producerSuccess");
    }),
  );
}

Deno.test(
  "above a quota of consumer_backlog_eviction the oldest entries are skipped, down to nine tenths of it",
  withPolicies({
    backlog_quota_map: {
      destination_storage: { limitSize: 10_000, limitTime: 0, policy: "consumer_backlog_eviction" },
    },
  }, async (broker, client) => {
    await client.subscribe(T, "s", {}, 0);
    await client.producer(T);
    await publish(client, 20, 0);
    await until(client, async () => (await backlogOf(broker)) < 10);
    const { backlogSize } = await broker.stats(T);
    assert.ok(backlogSize <= 9000 && backlogSize > 7000, `${backlogSize} bytes are left`);
    client.send("flow", { consumerId: 1, messagePermits: 100 });
    const left = await client.deliveries(await backlogOf(broker));
    assert.equal(left.at(-1)!.entryId, 19, "the newest are kept");
  }),
);

Deno.test(
  "a quota of age goes by the oldest message that is not acknowledged",
  withPolicies({
    backlog_quota_map: { message_age: { limitSize: 0, limitTime: 60, policy: "producer_exception" } },
  }, async (broker, client) => {
    await client.producer(T);
    await publish(client, 1, HOUR);
    await client.settle();
    assert.deepEqual(client.waiting, [], "without a subscription there is no backlog");
    await client.subscribe(T, "s", {}, 10);
    await publish(client, 1, HOUR, 1);
    await client.take("closeProducer");
    assert.equal(errorOf(await client.producer(T)), "ProducerBlockedQuotaExceededException");
    assert.ok((await broker.stats(T)).oldestBacklogMessageAgeSeconds >= 3600);
    client.ack(await client.deliveries(1));
    await client.settle();
    assert.equal((await client.producer(T)).name, "producerSuccess");
  }),
);

Deno.test(
  "messages older than the TTL expire for every subscription, held ones too; younger ones stay",
  withPolicies({ message_ttl_in_seconds: 60 }, async (broker, client) => {
    await client.subscribe(T, "s", {}, 1);
    await client.subscribe(T, "other", { consumerId: 2 }, 0);
    await client.producer(T);
    await publish(client, 2, HOUR);
    await publish(client, 2, 0, 2);
    await until(
      client,
      async () => (await backlogOf(broker)) === 2 && (await backlogOf(broker, "other")) === 2,
    );
    client.send("flow", { consumerId: 2, messagePermits: 10 });
    await client.settle();
    const { other } = (await broker.stats(T)).subscriptions;
    assert.deepEqual([other!.msgOutCounter, other!.totalMsgExpired], [2, 2]);
  }),
);

Deno.test(
  "a TTL set later applies to what is stored; 0 ends it",
  withPolicies({}, async (broker, client) => {
    await client.subscribe(T, "s", {}, 0);
    await client.producer(T);
    await publish(client, 3, HOUR);
    assert.equal(await backlogOf(broker), 3);
    await broker.setPolicies(NAMESPACE, { message_ttl_in_seconds: 60 });
    await until(client, async () => (await backlogOf(broker)) === 0);
    await broker.setPolicies(NAMESPACE, { message_ttl_in_seconds: 0 });
    await publish(client, 1, HOUR, 3);
    await client.settle();
    assert.equal(await backlogOf(broker), 1);
  }),
);

Deno.test(
  "acknowledged messages are retained by size and by time of the namespace, or not at all",
  withPolicies(
    { retention_policies: { retentionTimeInMinutes: 30, retentionSizeInMB: -1 } },
    async (broker, client) => {
      await client.subscribe(T, "s", {}, 10);
      await client.producer(T);
      await publish(client, 2, HOUR);
      await publish(client, 3, 0, 2);
      client.ack(await client.deliveries(5));
      await until(client, async () => (await broker.internalStats(T)).numberOfEntries === 3);
      const bySize = { retentionTimeInMinutes: -1, retentionSizeInMB: 1 };
      await broker.setPolicies(NAMESPACE, { retention_policies: bySize });
      await client.settle();
      assert.equal((await broker.internalStats(T)).numberOfEntries, 3);
      await broker.setPolicies(NAMESPACE, {
        retention_policies: { retentionTimeInMinutes: 0, retentionSizeInMB: 0 },
      });
      await until(client, async () => (await broker.internalStats(T)).numberOfEntries === 0);
    },
  ),
);

Deno.test(
  "deduplication is switched on and off for a namespace while its producers go on",
  withPolicies({}, async (broker, client) => {
    await client.producer(T, { producerName: "p" });
    const send = async (sequenceId: number): Promise<unknown> => {
      client.publish({ texts: ["a"], sequenceId });
      return (await client.take("sendReceipt")).messageId?.entryId;
    };
    assert.deepEqual([await send(0), await send(0)], [0, 1]);
    await broker.setPolicies(NAMESPACE, { deduplicationEnabled: true });
    assert.equal((await broker.stats(T)).deduplicationStatus, "Enabled");
    assert.deepEqual([await send(1), typeof await send(1)], [2, "bigint"]);
    await broker.unload(T);
    await client.take("closeProducer");
    const { body } = await client.producer(T, { producerName: "p" });
    assert.equal((body as { lastSequenceId?: unknown }).lastSequenceId, 1, "it outlives an unload");
    await broker.setPolicies(NAMESPACE, { deduplicationEnabled: undefined });
    assert.equal((await broker.stats(T)).deduplicationStatus, "Disabled");
    assert.equal(await send(1), 3);
  }),
);

Deno.test(
  "a namespace can be without the deduplication that the broker has",
  withBroker(() => new EmbeddedBroker({ deduplication: true }), async (broker) => {
    await broker.createNamespace(NAMESPACE, { deduplicationEnabled: false });
    const client = await TestClient.connect(broker);
    await client.producer(T);
    await client.producer("t", { producerId: 2 });
    assert.equal((await broker.stats(T)).deduplicationStatus, "Disabled");
    assert.equal((await broker.stats("t")).deduplicationStatus, "Enabled");
    await client.close();
  }),
);
