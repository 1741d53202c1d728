/** Workloads of the OpenMessaging Benchmark on the real broker, scaled down, with a driver file. */
import assert from "node:assert/strict";
import { workloadFiles } from "../../lib/scenario/omb/workloads_test_support.ts";
import { runCli } from "../support/cli.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

const reason = await brokerUnavailable();
const test = testUnless(reason);
const shared = reason === undefined ? await sharedBroker() : undefined;
// The first writes of a broker that has just started can take many seconds on a busy machine.
if (shared !== undefined) {
  await runCli("producer", ["-u", shared.serviceUrl, "--topic", "omb-wake", "-n", "100", "--ui", "none"]);
}

/** One of each kind: topics, partitions, sizes, subscriptions, backlogs. */
const NAMES = [
  "simple-workload",
  "1-topic-1-partition-1kb",
  "1-topic-16-partition-100b",
  "1-topic-3-partition-100b-3producers",
  "100-topics-1-partitions-1kb",
  "1-topic-10000-partitions-1kb-4p-4c-200k",
  "1m-topic-1kb-4p-4c-500k",
  "1m-10-topics-16-partitions-100b",
  "max-rate-100-topics-1-partition-64kb",
  "max-rate-1-topic-100-partitions-100p-100c-1kb",
  "1-topic-100-partitions-1kb-4p-4c-200k-backlog",
];

function driver(serviceUrl: string, adminUrl: string): string {
  return `name: Pulsar
driverClass: io.openmessaging.benchmark.driver.pulsar.PulsarBenchmarkDriver
client:
  serviceUrl: ${serviceUrl}
  httpUrl: ${adminUrl}
  clusterName: standalone
  namespacePrefix: public/omb
  persistence: { ensembleSize: 1, writeQuorum: 1, ackQuorum: 1, deduplicationEnabled: true }
producer: { batchingEnabled: true, batchingMaxPublishDelayMs: 1, batchingMaxBytes: 131072 }
consumer: { receiverQueueSize: 100, subscriptionType: Failover }
`;
}

/** At most so much of each, so that a workload takes some seconds. */
const MOST = {
  topics: 10,
  partitionsPerTopic: 4,
  producersPerTopic: 2,
  consumerPerSubscription: 2,
  producerRate: 500,
} as const;

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

for (const { name, values, text } of workloadFiles().filter(({ name }) => NAMES.includes(name))) {
  test(`workload ${name}, scaled down, loses nothing on the real broker, and OMB's result is written`, async () => {
    const { serviceUrl, adminUrl } = shared!;
    await using folder = await temporaryFolder();
    const [file, driverFile, output] = ["workload.yaml", "driver.yaml", "result.json"].map((one) =>
      `${folder.path}/${one}`
    ) as [string, string, string];
    await Deno.writeTextFile(file, text);
    await Deno.writeTextFile(driverFile, driver(serviceUrl, adminUrl));
    const hasBacklog = values.consumerBacklogSizeGB > 0;
    const scaled = { ...scaledDown(values), consumerBacklogSizeGB: hasBacklog ? 0.0005 : 0 };
    const { code, stdout, stderr } = await runCli("lab", [
      ...["run", file, "--driver", driverFile, "--ui", "plain", "--no-color", "--omb-output", output],
      ...Object.entries(scaled).flatMap(([key, value]) => ["--set", `${key}=${value}`]),
    ]);
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    const result = JSON.parse(await Deno.readTextFile(output));
    assert.equal(result.workload, name);
    assert.equal(result.topics, scaled.topics);
    assert.equal(result.messageSize, values.messageSize);
    assert.ok(result.publishRate[0] > 0);
    assert.ok(result.aggregatedEndToEndLatency50pct > 0);
    assert.equal(result.backlog.length, result.publishRate.length);
    if (hasBacklog) assert.match(stderr, /step 'backlog' done/);
  });
}

function scaledDown(values: ReturnType<typeof workloadFiles>[number]["values"]) {
  const least = (key: keyof typeof MOST): number => Math.min(MOST[key], values[key] || MOST[key]);
  return {
    topics: least("topics"),
    partitionsPerTopic: least("partitionsPerTopic"),
    producersPerTopic: least("producersPerTopic"),
    consumerPerSubscription: least("consumerPerSubscription"),
    // A search for the highest rate would take minutes.
    producerRate: least("producerRate"),
    testDurationMinutes: 0.05,
    warmupDurationMinutes: 0,
  };
}

test("a workload that is refused starts nothing and names the place", async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/w.yaml`;
  await Deno.writeTextFile(file, `${workloadFiles()[0]!.text}consumerCount: 3\n`);
  const { code, stdout, stderr } = await runCli("lab", ["run", file, "-u", shared!.serviceUrl]);
  assert.notEqual(code, 0);
  assert.equal(stdout, "");
  assert.match(stderr, /w\.yaml:12:16: unknown key 'consumerCount'/);
});
