/** Scenarios in which a real broker is killed, its topics move, and its network fails: `lab run`, as a user runs it. */
import assert from "node:assert/strict";
import { eventually } from "../support/cli.ts";
import { FaultEndpoint } from "../support/fault_endpoint.ts";
import type { FaultProxy, ProxyFault } from "../support/fault_proxy.ts";
import { ProxiedBroker } from "../support/proxied_broker.ts";
import type { RealBroker } from "../support/real_broker.ts";
import { fenceTopic } from "../support/raw_frames.ts";
import { brokerUnavailable, testUnless } from "../support/shared_broker.ts";
import {
  assertProven,
  type Overrides,
  runScenario,
  type ScenarioOutcome,
  type ScenarioTarget,
} from "../support/scenario_cli.ts";

const reason = await brokerUnavailable();
/** Ten starts of a broker take minutes on a slow machine. */
const test: ReturnType<typeof testUnless> = (name, run) =>
  testUnless(reason)(name, run, { timeout: 900_000 });
const FILES = "tests/integration/scenarios";

const stage = reason === undefined ? await openStage() : undefined;
stage?.broker.unref();

function openStage(): Promise<ProxiedBroker> {
  return ProxiedBroker.start({
    extra: {
      // A half-open connection has to be given up soon, and a full topic be noticed.
      keepAliveIntervalSeconds: "2",
      backlogQuotaCheckIntervalInSeconds: "1",
      // What deduplication has not written down counts as backlog of the topic.
      brokerDeduplicationEntriesInterval: "50",
      brokerDeduplicationSnapshotFrequencyInSeconds: "1",
      brokerDeduplicationSnapshotIntervalSeconds: "1",
    },
  });
}

/** Runs a file whose `command` steps are faults of the endpoint: each step's number with the fault's name. */
async function runWithFaults(
  file: string,
  target: ScenarioTarget,
  endpoint: FaultEndpoint,
  commands: Readonly<Record<number, string>>,
  overrides: Overrides = {},
): Promise<ScenarioOutcome> {
  const asked = Object.entries(commands).map(([step, fault]) =>
    [`steps.${step}.command`, endpoint.command(fault)] as const
  );
  return await runScenario(file, target, { ...overrides, ...Object.fromEntries(asked) }, {
    args: ["--allow-commands"],
    allowRun: FaultEndpoint.program,
  });
}

test("a scenario without a broker ends with one line, and its file says that it failed", async () => {
  const { code, record, stdout, stderr } = await runScenario("scenarios/rolling-unload.yaml", {
    serviceUrl: "pulsar://127.0.0.1:1",
    adminUrl: "http://127.0.0.1:1",
  });
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.equal(stderr.split("\n").filter((line) => line.startsWith("lab run: ")).length, 1, stderr);
  assert.equal(record.verdict.status, "failure");
});

test("topics that move twenty times under a key-shared subscription lose and double nothing", async () => {
  const outcome = await runScenario("scenarios/rolling-unload.yaml", stage!.broker, {
    duration: "32s",
    warmup: "500ms",
    drain: "1m",
    "namespaces.public/moved.deduplication": "true",
    "topics.orders.namespace": "public/moved",
    "topics.orders.count": 2,
    "topics.orders.partitions": 1,
    "producers.shop.rate": 1000,
    "producers.shop.catchUp": "full",
    "steps.0.at": "500ms",
    "steps.0.times": 20,
    "steps.0.every": "1300ms",
    // A busy machine may still load a topic when it is to move again, and at the end.
    "steps.0.thresholds": "resent>=0",
  });
  assertProven(outcome);
  assert.equal(outcome.record.steps.length, 20);
});

/** Faults of the proxy by the names that commands use, each with what it clears before. */
function proxyFaults(proxy: FaultProxy): Record<string, () => string> {
  const act = (fault: ProxyFault) => (): string => {
    proxy.clear();
    return `${fault.kind}: ${proxy.fault(fault)} connections`;
  };
  return {
    reset: act({ kind: "reset" }),
    halfOpen: act({ kind: "half-open" }),
    fragment: act({ kind: "fragment" }),
    stall: act({ kind: "stall", ms: 2000 }),
    narrow: act({ kind: "bandwidth", bytesPerSecond: 64_000 }),
    flipUp: act({ kind: "flip", direction: "up", every: 15_000 }),
    flipDown: act({ kind: "flip", direction: "down", every: 30_000 }),
    clear() {
      proxy.clear();
      return "clear";
    },
  };
}

test("whatever a network does to connections, nothing acknowledged is lost and nothing doubled", async () => {
  await using proxy = await stage!.proxy();
  await using endpoint = FaultEndpoint.open(proxyFaults(proxy));
  const target = { serviceUrl: proxy.serviceUrl, adminUrl: stage!.broker.adminUrl };
  const outcome = await runWithFaults(`${FILES}/network.yaml`, target, endpoint, {
    0: "reset",
    1: "halfOpen",
    2: "fragment",
    3: "stall",
    4: "narrow",
    5: "clear",
  });
  assertProven(outcome);
  assert.ok(proxy.parts > 1000, `${proxy.parts} parts`);
});

test("damage to bytes in both directions is noticed, and nothing is lost by it", async () => {
  await using proxy = await stage!.proxy();
  await using endpoint = FaultEndpoint.open(proxyFaults(proxy));
  const target = { serviceUrl: proxy.serviceUrl, adminUrl: stage!.broker.adminUrl };
  const { code, record, results, said } = await runWithFaults(`${FILES}/damaged.yaml`, target, endpoint, {
    0: "flipUp",
    1: "flipDown",
    2: "clear",
  });
  const { lost, duplicates, corrupt } = results[1]!.integrity!;
  assert.deepEqual({ lost, duplicates }, { lost: 0, duplicates: 0 }, said);
  assert.ok(corrupt > 0 && corrupt <= proxy.flips, `${corrupt} corrupt, ${proxy.flips} flips\n${said}`);
  // The only finding: what came damaged.
  assert.equal(code, 98, said);
  assert.deepEqual(record.verdict.reasons, [`billing: integrity violated: ${corrupt} corrupt`], said);
  assert.deepEqual(record.steps.map(({ state }) => state), ["done", "done", "done"], said);
});

test("topics that grow, end, fill up and are fenced keep all that was acknowledged", async () => {
  const { broker } = stage!;
  await using endpoint = FaultEndpoint.open({
    async fence() {
      await fenceTopic(broker.serviceUrl, "persistent://public/topics/fenced", 1500);
      return "another producer had the topic alone";
    },
  });
  const outcome = await runWithFaults(`${FILES}/topics.yaml`, broker, endpoint, { 4: "fence" });
  assertProven(outcome);
});

const KILLS = 10;
const KILLED = [0, 1].map((partition) => `persistent://public/broker-kill/orders-partition-${partition}`);

/** Once everybody has found the broker again and sends for a moment: a kill before that would cost nobody anything. */
async function killUnderLoad(broker: RealBroker): Promise<string> {
  await eventually("producers and consumers on all partitions", async () => {
    const all = await Promise.all(KILLED.map((topic) => broker.admin.stats(topic).catch(() => undefined)));
    const areThere = all.every((stats) =>
      stats !== undefined && stats.publishers.length === 1 &&
      stats.subscriptions.billing?.consumers.length === 2
    );
    return areThere || undefined;
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  await broker.kill();
  await broker.restart();
  return `process ${broker.pid} serves again`;
}

test(
  "scenario broker-kill: a broker that is killed ten times loses nothing, doubles nothing and keeps the order",
  async () => {
    const { broker } = stage!;
    await using endpoint = FaultEndpoint.open({ kill: () => killUnderLoad(broker) });
    // Only what the broker is there for is sent: so the kills come before the end, however long it takes to start.
    const count = 20_000;
    const outcome = await runWithFaults("scenarios/broker-kill.yaml", broker, endpoint, { 0: "kill" }, {
      duration: "15m",
      warmup: "0s",
      "topics.orders.partitions": 2,
      "producers.shop.rate": 1000,
      "producers.shop.count": count,
      "producers.shop.catchUp": "none",
      "producers.shop.size": "200B",
      "steps.0.at": "1s",
      "steps.0.times": KILLS,
      "steps.0.every": "7s",
      "steps.0.thresholds": "recovery<10m",
    });
    assertProven(outcome);
    assert.equal(endpoint.done.get("kill"), KILLS);
    const { record, results: [shop, billing], said } = outcome;
    assert.equal(record.steps.length, KILLS);
    for (const { name, firstErrorSeconds, outages } of record.steps) {
      assert.ok(firstErrorSeconds !== undefined, `${name} has cost no connection\n${said}`);
      assert.deepEqual(Object.keys(outages).sort(), ["billing", "shop"], `${name}\n${said}`);
    }
    assert.equal(shop!.totals.messages, count, said);
    assert.ok(shop!.outages!.count >= KILLS && billing!.integrity!.verified >= count, said);
  },
  { timeout: 900_000 },
);
