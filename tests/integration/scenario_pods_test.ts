/** A scenario that several processes run together, each with what its pod would get from the Job. */
import assert from "node:assert/strict";
import { planScenarioLoad } from "../../cli/lab/cluster/load_scenario.ts";
import { startBrokerInWorker } from "../../lib/broker/mod.ts";
import { type MergedScenario, mergeScenario } from "../../lib/report/merge/scenario.ts";
import { readRecordStream } from "../../lib/report/result/reader.ts";
import { BrokerAdmin } from "../support/broker_admin.ts";
import { type Addresses, Pods, waitFor } from "../support/pods.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

async function withPods(
  broker: Addresses,
  text: string,
  pods: number,
  act: (pods: Pods) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pll-pods-" });
  const file = `${folder}/given.yaml`;
  await Deno.writeTextFile(file, text);
  const { manifests } = planScenarioLoad({
    file,
    pods,
    name: `pll-test-${crypto.randomUUID().slice(0, 8)}`,
    image: "none",
    memory: "1Gi",
    overrides: new Map(),
  }, true);
  await using running = new Pods(folder, manifests, broker);
  await act(running);
}

async function merged(pods: Pods): Promise<MergedScenario> {
  const { scenarios } = await readRecordStream(new Blob([pods.logs()]).stream(), "logs");
  return mergeScenario(scenarios);
}

/** Exact numbers of messages, in a namespace that the first pod makes; group 'all' has topics that a producer of another process sends to. */
const TEXT = (name: string): string => `
namespaces:
  public/${name}: { deduplication: true }
topics:
  orders: { count: 3, namespace: public/${name} }
  clicks: { partitions: 4, namespace: public/${name} }
producers:
  web: { topics: orders, rate: 900, count: 5400, perTopic: 2 }
  app: { topics: [orders, clicks], rate: 700, count: 4200 }
subscriptions:
  billing: { topics: orders, type: shared, consumers: 3 }
  all: { topics: [orders, clicks], type: failover }
steps:
  - { at: 1s, unload: orders, thresholds: [recovery<30s] }
  - { at: 3s, hold: all, messages: 600, thresholds: [drain<30s] }
`;

async function runsAsOne(broker: Addresses): Promise<void> {
  await withPods(broker, TEXT(`s${crypto.randomUUID().slice(0, 8)}`), 3, async (pods) => {
    for (let index = 0; index < 3; index++) pods.start(index);
    for (let index = 0; index < 3; index++) assert.equal(await pods.wait(index), 0, pods.logOf(index));
    const { record, results, missing } = await merged(pods);
    assert.deepEqual(missing, []);
    assert.equal(record.verdict.status, "ok", record.verdict.reasons.join("; "));
    assert.deepEqual(record.groups.map(({ name, topics, lanes }) => [name, topics, lanes]), [
      ["web", 3, 6],
      ["app", 4, 7],
      ["billing", 3, 9],
      ["all", 4, 7],
    ]);
    const sent = results.slice(0, 2).map(({ totals }) => totals.messages);
    assert.deepEqual(sent, [5400, 4200], "the counts of all processes together, exactly");
    const [billing, all] = results.slice(2).map(({ integrity }) => integrity!);
    const toOrders = results.flatMap(({ sent }) => sent?.streams ?? [])
      .filter(({ topic }) => topic!.includes("orders"))
      .reduce((sum, { next }) => sum + next, 0);
    // What came again after the unload is verified again.
    assert.ok(all!.verified >= 9600 && billing!.verified >= toOrders && toOrders > 5400);
    for (const { lost, duplicates, corrupt } of [billing!, all!]) {
      assert.deepEqual([lost, duplicates, corrupt], [0, 0, 0]);
    }
    const byTopic = results.map(({ byTopic }) => [byTopic?.count, byTopic?.silent]);
    assert.deepEqual(byTopic, [[3, 0], [7, 0], [3, 0], [7, 0]], "each topic and partition of all processes");
    const [unload, hold] = record.steps;
    assert.deepEqual([unload!.text, unload!.state, hold!.state], ["3 topics unloaded", "done", "done"]);
    assert.ok(hold!.drain!.backlog >= 600, "the backlog of all processes together");
    assert.match(pods.logs(), /^lab run: 3 of 3 processes are ready$/m);
  });
}

async function onEmbedded(act: (broker: Addresses) => Promise<void>): Promise<void> {
  const broker = await startBrokerInWorker();
  try {
    await act(broker);
  } finally {
    await broker.stop();
  }
}

const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "three pods run a scenario as one process would: the same topology, rates, backlog and verdict",
  ...options,
  fn: () => onEmbedded(runsAsOne),
});

const LONG = `
duration: 8s
topics: { orders: { count: 2 } }
producers: { web: { rate: 1k } }
subscriptions: { billing: { type: shared } }
`;

Deno.test({
  name: "a pod that is killed is named, cannot come back, and what it had sent is still received",
  ...options,
  fn: () =>
    onEmbedded((broker) =>
      withPods(broker, LONG, 4, async (pods) => {
        for (let index = 0; index < 4; index++) pods.start(index);
        await waitFor("the start", () => pods.logOf(1).includes("4 of 4 processes are ready"));
        await new Promise((resolve) => setTimeout(resolve, 3000));
        await pods.kill(1);
        pods.start(1, 1);
        assert.equal(await pods.wait(1, 1), 1);
        assert.match(
          pods.logOf(1, 1),
          /run 'pll-test-\w+' has begun: a process of a scenario cannot come back into it/,
        );
        for (const index of [0, 2, 3]) assert.equal(await pods.wait(index), 0, pods.logOf(index));
        const { record, results, missing } = await merged(pods);
        assert.deepEqual(missing, [1]);
        assert.match(record.verdict.reasons[0]!, /^1 of 4 processes left no result: 1$/);
        const billing = results.find(({ run }) => run.role === "consumer")!;
        assert.equal(billing.integrity!.lost, 0);
        const sent = results.find(({ run }) => run.role === "producer")!.totals.messages;
        assert.ok(billing.totals.messages > sent, "what the killed one sent came too, and is in no result");
      })
    ),
});

const PARTITIONED = `
duration: 1s
topics: { orders: { partitions: 4 } }
producers: { web: { rate: 100 } }
subscriptions: { billing: { type: shared } }
`;

Deno.test({
  name: "pods that wait for the first hear why it gave up, and begin when it is there again",
  ...options,
  fn: () =>
    onEmbedded((broker) =>
      withPods(broker, PARTITIONED, 2, async (pods) => {
        const admin = new BrokerAdmin(broker.adminUrl);
        await admin.createPartitionedTopic("orders", 8);
        pods.start(1);
        pods.start(0);
        assert.equal(await pods.wait(0), 1, pods.logOf(0));
        const refused = /topic '[^']*orders' has 8 partitions/;
        assert.match(pods.logOf(0), refused);
        await waitFor(
          "the news",
          () => pods.logOf(1).includes("process 0 gave up, and may be started again"),
        );
        assert.match(pods.logOf(1), refused);
        await admin.deletePartitionedTopic("orders");
        pods.start(0, 1);
        assert.equal(await pods.wait(0, 1), 0, pods.logOf(0, 1));
        assert.equal(await pods.wait(1), 0, pods.logOf(1));
      })
    ),
});

const reason = await brokerUnavailable();
const shared = reason === undefined ? await sharedBroker() : undefined;

testUnless(reason)(
  "three pods run a scenario on a real broker as one process would",
  () => runsAsOne(shared!),
);
