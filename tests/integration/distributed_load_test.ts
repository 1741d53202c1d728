/**
 * A load of several processes on one machine, each with what its pod would get from the Job: environment, arguments
 * and the configuration file.
 */
import assert from "node:assert/strict";
import { planLoad } from "../../cli/lab/cluster/load.ts";
import { startBrokerInWorker } from "../../lib/broker/mod.ts";
import { type MergedSide, mergeRun } from "../../lib/report/merge/merge.ts";
import { parseResults } from "../../lib/report/result/result.ts";
import { type Addresses, Pods, waitFor } from "../support/pods.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

interface Scene {
  readonly pods: Pods;
  /** Messages that the broker has taken so far. */
  published(): Promise<number>;
}

async function onBroker(
  producers: number,
  consumers: number,
  args: readonly string[],
  act: (scene: Scene) => Promise<void>,
): Promise<void> {
  const broker = await startBrokerInWorker();
  try {
    await withPods(broker, "load", producers, consumers, args, act);
  } finally {
    await broker.stop();
  }
}

async function withPods(
  broker: Addresses,
  topic: string,
  producers: number,
  consumers: number,
  args: readonly string[],
  act: (scene: Scene) => Promise<void>,
): Promise<void> {
  const { manifests } = planLoad({
    name: `pll-test-${topic}`,
    image: "none",
    producers,
    consumers,
    memory: "1Gi",
    consumerSettings: ["idle=4s"],
    producerArgs: [...args, "--workers", "2", "--topic", topic],
  }, true);
  await using pods = new Pods(await Deno.makeTempDir({ prefix: "pll-pods-" }), manifests, broker);
  await act({
    pods,
    published: async () => {
      const response = await fetch(`${broker.adminUrl}/admin/v2/persistent/public/default/${topic}/stats`);
      if (!response.ok) {
        await response.body?.cancel();
        return 0;
      }
      return ((await response.json()) as { msgInCounter: number }).msgInCounter;
    },
  });
}

function side(sides: readonly MergedSide[], role: "producer" | "consumer"): MergedSide {
  return sides.find((one) => one.role === role)!;
}

const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "six pods start together, share rate and count exactly, and their results join without a gap",
  ...options,
  fn: () =>
    onBroker(4, 2, ["--rate", "2k", "--count", "6001"], async ({ pods }) => {
      for (let index = 0; index < 6; index++) pods.start(index);
      for (let index = 0; index < 6; index++) assert.equal(await pods.wait(index), 0, pods.logOf(index));
      const results = parseResults(pods.logs(), "logs");
      const sides = mergeRun(results);
      const [sent, received] = [side(sides, "producer"), side(sides, "consumer")];
      assert.deepEqual([sent.missing, received.missing], [[], []]);
      assert.equal(sent.result.totals.messages, 6001);
      assert.equal(received.result.totals.messages, 6001);
      const { integrity } = received.result;
      assert.deepEqual([integrity!.verified, integrity!.lost, integrity!.duplicates], [6001, 0, 0]);
      assert.equal(integrity!.streams, 8, "two workers of four producers");
      const counts = results.filter(({ run }) => run.role === "producer").map(({ totals }) =>
        totals.messages
      );
      assert.deepEqual(counts.sort(), [1500, 1500, 1500, 1501]);
      assert.match(pods.logs(), /^(producer|consumer): 6 of 6 processes are ready$/m);
      assert.ok(results.every(({ run }) => run.clockUncertaintyUs > 0), "every clock was compared");
      assert.equal(received.result.verdict.status, "ok", received.result.verdict.reasons.join("; "));
    }),
});

Deno.test({
  name: "a producer pod that is killed and started again joins the run, with streams of its own",
  ...options,
  fn: () =>
    onBroker(4, 2, ["--rate", "2k", "--duration", "5m"], async ({ pods, published }) => {
      for (let index = 0; index < 6; index++) pods.start(index);
      await waitFor("some load", async () => await published() > 2000);
      await pods.kill(1);
      pods.start(1, 1);
      await waitFor("the second start", () => pods.logOf(1, 1).includes("joined the run"));
      const before = await published();
      await waitFor("more load", async () => await published() > before + 3000);
      // A producer that is told to end says what it has sent; consumers end when nothing comes any more.
      for (const [index, attempt] of [[0, 0], [1, 1], [2, 0], [3, 0]] as const) {
        assert.equal(await pods.end(index, attempt), 105, pods.logOf(index, attempt));
      }
      for (const index of [4, 5]) assert.equal(await pods.wait(index), 0, pods.logOf(index));
      const sides = mergeRun(parseResults(pods.logs(), "logs"));
      const [sent, received] = [side(sides, "producer").result, side(sides, "consumer").result];
      assert.deepEqual(sent.instances.map(({ restarts }) => restarts), [0, 1, 0, 0]);
      assert.deepEqual(side(sides, "producer").missing, []);
      assert.ok(
        sent.notes.some((note) =>
          /^instance 1 \('producer-1'\) was restarted 1 time; 1 earlier start left no result/.test(note)
        ),
        sent.notes.join("\n"),
      );
      assert.ok(sent.notes.some((note) => /^joined the run [\d.]+ s after its start$/.test(note)));
      const { integrity, totals } = received;
      // What the killed one had sent came too: its two streams are there beside those of its second start.
      assert.equal(integrity!.streams, 10);
      assert.deepEqual([integrity!.lost, integrity!.duplicates, integrity!.corrupt], [0, 0, 0]);
      assert.equal(integrity!.verified, totals.messages);
      const heard = sent.totals.messages;
      assert.ok(totals.messages > heard, "the first start's messages are in nobody's result");
      const reported = new Set(sent.sent!.streams.map(({ stream }) => stream));
      const silent = integrity!.report!.streams.filter(({ stream }) => !reported.has(stream));
      assert.equal(silent.length, 2);
      const unheard = silent.reduce((sum, { received: runs }) => sum + sumOfRuns(runs), 0);
      assert.equal(totals.messages, heard + unheard);
    }),
});

Deno.test({
  name: "a pod that is killed and does not come back is named, and fails the joined run",
  ...options,
  fn: () =>
    onBroker(3, 1, ["--rate", "1k", "--duration", "6s"], async ({ pods, published }) => {
      for (let index = 0; index < 4; index++) pods.start(index);
      await waitFor("some load", async () => await published() > 500);
      await pods.kill(2);
      for (const index of [0, 1, 3]) assert.equal(await pods.wait(index), 0, pods.logOf(index));
      const sides = mergeRun(parseResults(pods.logs(), "logs"));
      assert.deepEqual(side(sides, "producer").missing, [2]);
      const { verdict } = side(sides, "producer").result;
      assert.equal(verdict.exitCode, 1);
      assert.match(verdict.reasons.join("; "), /1 of 3 instances left no result: 2/);
      assert.equal(side(sides, "consumer").result.integrity!.lost, 0);
    }),
});

Deno.test({
  name: "pods that wait in vain end with the names of those who never came",
  ...options,
  fn: () =>
    onBroker(2, 1, ["--rate", "1k", "--duration", "2s", "--barrier-timeout", "3s"], async ({ pods }) => {
      pods.start(0);
      pods.start(2);
      assert.deepEqual([await pods.wait(0), await pods.wait(2)], [1, 1]);
      assert.match(
        pods.logOf(0),
        /^producer: barrier of run 'pll-test-load': \d of 3 processes are ready after 3 s; .*producer 1 was never seen/m,
      );
    }),
});

const reason = await brokerUnavailable();
const shared = reason === undefined ? await sharedBroker() : undefined;

testUnless(reason)("four pods meet on a real broker, and leave no control topic in use behind", async () => {
  const topic = `distributed-${crypto.randomUUID().slice(0, 8)}`;
  const args = ["--rate", "1k", "--count", "2000", "--partitions", "4"];
  await withPods(shared!, topic, 2, 2, args, async ({ pods }) => {
    for (let index = 0; index < 4; index++) pods.start(index);
    for (let index = 0; index < 4; index++) assert.equal(await pods.wait(index), 0, pods.logOf(index));
    const sides = mergeRun(parseResults(pods.logs(), "logs"));
    const { integrity, totals } = side(sides, "consumer").result;
    assert.deepEqual([totals.messages, integrity!.lost, integrity!.duplicates], [2000, 0, 0]);
    assert.equal(integrity!.streams, 8, "two workers of two producers, each with half of four partitions");
  });
  const control = `persistent/public/default/pll-barrier-pll-test-${topic}`;
  const response = await fetch(`${shared!.adminUrl}/admin/v2/${control}/subscriptions`);
  // The broker may have deleted the topic already.
  const text = await response.text();
  if (response.ok) assert.deepEqual(JSON.parse(text), []);
  else assert.equal(response.status, 404, text);
});

/** Every second number is the length of a run. */
function sumOfRuns({ runs }: { readonly runs: readonly number[] }): number {
  return runs.reduce((sum, length, index) => index % 2 === 1 ? sum + length : sum, 0);
}
