/** The scenarios that ship, scaled down, on the real broker. */
import assert from "node:assert/strict";
import { runCli } from "../support/cli.ts";
import { assertProven, type Overrides, runScenario, type ScenarioOutcome } from "../support/scenario_cli.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

const reason = await brokerUnavailable();
const test = testUnless(reason);
const shared = reason === undefined ? await sharedBroker() : undefined;
// The first writes of a broker that has just started can take many seconds on a busy machine.
if (shared !== undefined) {
  await runCli("producer", [
    "-u",
    shared.serviceUrl,
    "--topic",
    "scenario-wake",
    "-n",
    "100",
    "--ui",
    "none",
  ]);
}

interface Shipped {
  readonly scaled: Overrides;
  check?(outcome: ScenarioOutcome): void;
}

/** What a slow machine keeps; the files' own limits are for clusters. */
const PATIENT = "response.p99<30s";

const SHIPPED: Readonly<Record<string, Shipped>> = {
  "backlog-drain": {
    scaled: {
      duration: "6s",
      "topics.events.partitions": 2,
      "topics.events.name": "events-{run}",
      "producers.source.rate": 500,
      "subscriptions.slow.receiverQueue": 100,
      "steps.0.at": "500ms",
      "steps.0.messages": 1000,
      "steps.0.thresholds": `drain<1m`,
    },
    check({ record }) {
      const [{ drain }] = record.steps as [ScenarioOutcome["record"]["steps"][number]];
      assert.ok(drain!.backlog >= 1000 && drain!.seconds > 0, JSON.stringify(drain));
      const { backlogOverTime = [] } = record.groups.find(({ name }) => name === "slow")!;
      const most = Math.max(...backlogOverTime.map(({ messages }) => messages));
      assert.ok(most >= 500, `it grew to ${most} while the group was held`);
    },
  },
  "connection-storm": {
    scaled: {
      duration: "3s",
      "topics.meter.count": 4,
      "topics.meter.name": "meter-{run}-{n}",
      "producers.meter.perTopic": 10,
      "producers.meter.rateEach": 1,
      "subscriptions.reader.consumers": 10,
    },
    check: ({ results }) => assert.ok(results.every(({ opening }) => opening !== undefined)),
  },
  "fan-out": {
    scaled: {
      duration: "3s",
      "topics.orders.partitions": 2,
      "topics.orders.name": "fan-out-{run}",
      "producers.shop.rate": 200,
      "producers.shop.thresholds": PATIENT,
      "subscriptions.billing.count": 3,
      "subscriptions.search.count": 2,
      "subscriptions.customer.count": 2,
    },
    check: ({ record }) => assert.equal(record.groups.length, 1 + 3 + 2 + 2 + 2),
  },
  "key-order": {
    scaled: {
      duration: "5s",
      "topics.orders.name": "key-order-{run}",
      "producers.shop.rate": 300,
      "steps.0.at": "1s",
      "steps.0.rate": "shop 600",
      "steps.1.at": "2s",
      "steps.1.rate": "shop 300",
      "steps.2.at": "3s",
      "steps.2.thresholds": "recovery<1m",
    },
  },
  "many-topics": {
    scaled: {
      duration: "3s",
      "topics.device.count": 60,
      "topics.device.name": "device-{run}-{n:4}",
      "producers.device.thresholds": PATIENT,
      "subscriptions.collector.thresholds": "e2e.p99<30s",
    },
    check: ({ record }) => assert.deepEqual(record.groups.map(({ lanes }) => lanes), [60, 60]),
  },
  "rolling-unload": {
    scaled: {
      duration: "8s",
      "topics.orders.count": 2,
      "topics.orders.partitions": 2,
      "topics.orders.name": "rolling-{run}-{n}",
      "producers.shop.rate": 500,
      "steps.0.at": "500ms",
      "steps.0.times": 4,
      "steps.0.every": "1500ms",
      "steps.0.thresholds": "recovery<1m",
    },
    check: ({ record }) => assert.equal(record.steps.length, 4),
  },
};

/** On paper, and in the tests of faults. */
const ELSEWHERE = ["broker-kill", "million-partitions"];

test("each scenario that ships is run, here or among the faults", async () => {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(new URL("../../scenarios", import.meta.url))) {
    if (name.endsWith(".yaml")) names.push(name.replace(/\.yaml$/, ""));
  }
  assert.deepEqual(names.sort(), [...Object.keys(SHIPPED), ...ELSEWHERE].sort());
});

for (const [name, { scaled, check }] of Object.entries(SHIPPED)) {
  test(`scenario ${name}, scaled down: all of it is done, and nothing is lost`, async () => {
    const outcome = await runScenario(`scenarios/${name}.yaml`, shared!, { warmup: "500ms", ...scaled });
    // Topics move without deduplication.
    assertProven(outcome, { deduplicates: false });
    check?.(outcome);
  });
}

test("scenario million-partitions says on paper what it would take, and connects to nothing", async () => {
  const { code, stdout } = await runCli("lab", ["run", "scenarios/million-partitions.yaml", "--dry-run"]);
  assert.equal(code, 0);
  assert.match(stdout, /1,000,000/);
});
