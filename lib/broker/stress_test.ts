/** Everything at once, in little memory: nothing is lost, nothing acknowledged comes back, all stays bounded. */
import assert from "node:assert/strict";
import { EmbeddedBroker } from "./embedded_broker.ts";
import { TestClient, withBroker } from "./broker_test_support.ts";

const LIMIT = 2 * 1024 * 1024;
const KEYS = 16;
const PER_PRODUCER = 400;
const PRODUCERS = 3;
const TOTAL = PER_PRODUCER * PRODUCERS;

/** Small numbers that only look random, so that a failure can be repeated. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

/** Publishes numbered messages; a broken connection is made again and what has no receipt is sent again. */
async function produce(broker: EmbeddedBroker, name: string): Promise<void> {
  let acknowledged = 0;
  for (let epoch = 0; acknowledged < PER_PRODUCER; epoch++) {
    const client = await TestClient.connect(broker);
    try {
      const created = await client.producer("t", { producerName: name, epoch });
      assert.equal(created.name, "producerSuccess");
      for (let sequenceId = acknowledged; sequenceId < PER_PRODUCER; sequenceId++) {
        const text = `${name}/${sequenceId}/${"x".repeat(4000)}`;
        client.publish({
          texts: [text],
          sequenceId,
          producerName: name,
          key: `${name}-${sequenceId % KEYS}`,
        });
      }
      while (acknowledged < PER_PRODUCER) {
        assert.equal((await client.take("sendReceipt")).sequenceId, acknowledged);
        acknowledged++;
      }
    } catch (error) {
      if (!isEnd(error)) throw error;
    }
    await client.close();
  }
}

interface Seen {
  /** Entries that were acknowledged and whose acknowledgement was confirmed. */
  readonly done: Set<string>;
  readonly clients: Set<TestClient>;
  readonly random: (below: number) => number;
  isOver: boolean;
}

/** Consumes, acknowledges some, asks for some again, and now and then goes away without a word. */
async function consume(
  broker: EmbeddedBroker,
  subscription: string,
  subType: number,
  seen: Seen,
): Promise<void> {
  while (!seen.isOver) {
    const client = await TestClient.connect(broker);
    seen.clients.add(client);
    const answer = await unlessEnded(client.subscribe("t", subscription, { subType }, 50));
    if (answer !== undefined) assert.equal(answer.name, "success");
    const leavesAfter = answer === undefined ? 0 : 20 + seen.random(200);
    for (let count = 0; count < leavesAfter && !seen.isOver; count++) {
      const delivery = await unlessEnded(client.delivery());
      if (delivery === undefined) break;
      assert.ok(delivery.isIntact);
      const [name, sequence] = delivery.texts[0]!.split("/");
      const id = `${name}/${sequence}`;
      assert.ok(!seen.done.has(id), `'${id}' came again after its acknowledgement was confirmed`);
      client.send("flow", { consumerId: 1, messagePermits: 1 });
      if (seen.random(10) === 0) {
        client.send("redeliver", { consumerId: 1, messageIds: [delivery.body.messageId] });
        continue;
      }
      const messageId = [delivery.body.messageId];
      const confirmed = await client.request("ack", { consumerId: 1, ackType: 0, messageId }).catch(() =>
        undefined
      );
      if (confirmed === undefined) break;
      seen.done.add(id);
      if (seen.done.size === TOTAL) {
        seen.isOver = true;
        for (const each of seen.clients) each.transport.close();
      }
    }
    seen.clients.delete(client);
    await client.close();
  }
}

function isEnd(error: unknown): boolean {
  return (error as Error).message.includes("the connection ended");
}

/** Undefined when the connection ended before the answer. */
async function unlessEnded<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isEnd(error)) return undefined;
    throw error;
  }
}

Deno.test(
  "three producers, two subscriptions with three consumers each, cut connections and 2 MiB of memory",
  withBroker(
    () =>
      new EmbeddedBroker({
        maxBacklogBytes: LIMIT,
        maxMessageSize: 64 * 1024,
        retentionBytes: 0,
        deduplication: true,
      }),
    async (broker) => {
      const subscriptions = [["shared", 1], ["keys", 3]] as const;
      const seens: Seen[] = [];
      const consumers: Promise<void>[] = [];
      const first = await TestClient.connect(broker);
      for (const [index, [name, type]] of subscriptions.entries()) {
        await first.subscribe("t", name, { subType: type, consumerId: index }, 0);
      }
      for (const [index, [name, type]] of subscriptions.entries()) {
        const seen: Seen = {
          done: new Set(),
          clients: new Set(),
          random: makeRandom(index + 1),
          isOver: false,
        };
        seens.push(seen);
        for (let count = 0; count < 3; count++) consumers.push(consume(broker, name, type, seen));
      }
      await first.close();
      const producers = Array.from({ length: PRODUCERS }, (_, index) => produce(broker, `p${index}`));
      const cutting = (async () => {
        const random = makeRandom(99);
        while (seens.some(({ done }) => done.size < TOTAL / 2)) {
          const kind = random(3);
          if (kind === 0) await broker.hooks.dropConnections({ topic: "t", of: "producers" });
          else if (kind === 1) await broker.hooks.dropConnections({ topic: "t", of: "consumers" });
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      })();
      await Promise.all([...producers, cutting]);
      await Promise.all(consumers);
      for (const { done } of seens) assert.equal(done.size, TOTAL);
      const stats = await broker.stats("t");
      assert.equal(stats.msgInCounter, TOTAL);
      assert.deepEqual(Object.values(stats.subscriptions).map(({ msgBacklog }) => msgBacklog), [0, 0]);
      const { peakBacklogBytes, stalls } = await broker.brokerStats();
      assert.ok(peakBacklogBytes <= LIMIT);
      assert.ok(stalls > 0, "the limit was never reached, so this proved nothing");
    },
  ),
);
