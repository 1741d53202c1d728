import assert from "node:assert/strict";
import fc from "fast-check";
import { readScenario } from "../file/read.ts";
import type { ProducerGroup, Scenario, SubscriptionGroup } from "../types.ts";
import { divide, DivisionError } from "./divide.ts";

function scenarioOf(text: string): Scenario {
  return readScenario({
    path: "test.yaml",
    text: `duration: 1s\n${text}`,
    flags: new Map(),
    env: {},
    readFile: () => "",
    runId: "test-run",
  }).scenario;
}

type AnyGroup = ProducerGroup | SubscriptionGroup;
const groupsOf = ({ producers, subscriptions }: Scenario): AnyGroup[] => [...producers, ...subscriptions];

/** What each process has of a group. */
function partsOf(scenario: Scenario, of: number): Map<string, AnyGroup[]> {
  const parts = new Map<string, AnyGroup[]>();
  for (let index = 0; index < of; index++) {
    const own = groupsOf(divide(scenario, { index, of }));
    assert.ok(own.length > 0, `process ${index} has something to do`);
    for (const group of own) parts.set(group.name, [...parts.get(group.name) ?? [], group]);
  }
  return parts;
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

/** Producers or consumers of each topic or partition, as the names in a part count them. */
function lanesByPlace(
  groups: readonly AnyGroup[],
  partitions: ReadonlyMap<string, number>,
): Map<string, number> {
  const lanes = new Map<string, number>();
  for (const { topics, perTopic } of groups) {
    for (const topic of topics) {
      const count = partitions.get(topic) ?? 0;
      const places = count === 0
        ? [topic]
        : Array.from({ length: count }, (_, at) => `${topic}-partition-${at}`);
      for (const place of places) lanes.set(place, (lanes.get(place) ?? 0) + perTopic);
    }
  }
  return lanes;
}

Deno.test("the parts of all processes are the scenario: each topic has its producers and consumers, at the same rate", () => {
  fc.assert(fc.property(
    fc.record({
      orders: fc.integer({ min: 1, max: 9 }),
      clicks: fc.integer({ min: 1, max: 4 }),
      partitions: fc.integer({ min: 0, max: 6 }),
      perTopic: fc.integer({ min: 1, max: 5 }),
      consumers: fc.integer({ min: 1, max: 5 }),
      count: fc.integer({ min: 100, max: 5000 }),
      rate: fc.integer({ min: 10, max: 1e6 }),
    }),
    fc.integer({ min: 1, max: 8 }),
    ({ orders, clicks, partitions, perTopic, consumers, count, rate }, of) => {
      const scenario = scenarioOf(`
topics: { orders: { count: ${orders} }, clicks: { count: ${clicks}, partitions: ${partitions} } }
producers:
  web: { topics: [orders, clicks], perTopic: ${perTopic}, rate: ${rate}, count: ${count} }
  app: { topics: clicks, rate: 7 }
subscriptions: { billing: { topics: [orders, clicks], type: shared, consumers: ${consumers} } }
`);
      let parts: Map<string, AnyGroup[]>;
      try {
        parts = partsOf(scenario, of);
      } catch (error) {
        assert.ok(error instanceof DivisionError && of > 1, String(error));
        return;
      }
      const made = new Map(
        scenario.topics.flatMap(({ topics, partitions }) =>
          topics.map((topic) => [topic, partitions] as const)
        ),
      );
      for (const whole of groupsOf(scenario)) {
        const own = parts.get(whole.name)!;
        assert.deepEqual(lanesByPlace(own, made), lanesByPlace([whole], made));
        assert.equal(sum(own, ({ lanes }) => lanes), whole.lanes);
        assert.ok(Math.abs(sum(own, ({ part }) => part!.share) - 1) < 1e-9);
        for (const { part, config } of own) {
          assert.deepEqual([config.instance, config.instances, config.barrier], [part!.index, part!.of, of]);
        }
      }
      const web = parts.get("web") as ProducerGroup[];
      assert.equal(sum(web, ({ config }) => config.count!), count);
      assert.ok(Math.abs(sum(web, ({ config }) => config.rate as number) - rate) < 1e-6 * rate);
      for (const { config, lanes } of web) {
        // Each producer sends as much as it would in one process.
        const [here, whole] = [config.rate as number, rate].map((all, at) =>
          all / [lanes, scenario.producers[0]!.lanes][at]!
        );
        assert.ok(Math.abs(here! - whole!) < 1e-6 * whole!);
      }
      const streams = [...web, ...parts.get("app")!].map(({ part }) => part!.streamInstance);
      assert.equal(new Set(streams).size, streams.length, "streams of their own");
    },
  ));
});

const ONE_TOPIC = `
topics: { orders: { partitions: 4 } }
producers: { web: { perTopic: 2, rate: 1k } }
subscriptions: { billing: { type: exclusive } }
`;

Deno.test("a group of few topics is divided by their partitions, unless keys choose those or there will be more", () => {
  const topicsOf = (text: string): readonly string[][] =>
    partsOf(scenarioOf(text), 2).get("web")!.map(({ topics }) =>
      topics.map((topic) => topic.replace(/.*\//, ""))
    );
  assert.deepEqual(topicsOf(ONE_TOPIC), [
    ["orders-partition-0", "orders-partition-1"],
    ["orders-partition-2", "orders-partition-3"],
  ]);
  const keyed = ONE_TOPIC.replace("rate: 1k", "rate: 1k, keys: random, routing: key-hash");
  assert.deepEqual(
    topicsOf(keyed),
    [["orders"], ["orders"]],
    "one producer of each partition in each process",
  );
  const raised = `${ONE_TOPIC}steps: [{ at: 500ms, partitions: orders 8 }]\n`;
  assert.deepEqual(topicsOf(raised), [["orders"], ["orders"]]);
});

Deno.test("processes with the same topics send different keys", () => {
  const text = ONE_TOPIC.replace("rate: 1k", "rate: 1k, keys: random, keyCount: 10, routing: key-hash");
  const keys = (partsOf(scenarioOf(text), 2).get("web") as ProducerGroup[]).map(({ config }) => [
    config.keyFirst,
    config.keyCount,
  ]);
  assert.deepEqual(keys, [[0, 5], [5, 5]]);
});

Deno.test("small groups are dealt out to processes in turn", () => {
  const scenario = scenarioOf(`
topics: { orders: }
producers: { web: { rate: 1k }, app: { rate: 1k } }
subscriptions: { billing: { type: exclusive } }
`);
  const names = [0, 1, 2].map((index) =>
    groupsOf(divide(scenario, { index, of: 3 })).map(({ name }) => name)
  );
  assert.deepEqual(names, [["web"], ["app"], ["billing"]]);
});

Deno.test("more processes than there is work, and what one process alone can do, are refused with what would be right", () => {
  const refusal = (text: string, of: number): string => {
    try {
      divide(scenarioOf(text), { index: 0, of });
    } catch (error) {
      assert.ok(error instanceof DivisionError);
      return error.message;
    }
    return "";
  };
  const small =
    "topics: { orders: }\nproducers: { web: { rate: 1k } }\nsubscriptions: { billing: { type: exclusive } }\n";
  assert.equal(
    refusal(small, 4),
    "4 processes are more than 'test' can be divided into: its groups fall into 2 parts of at least one producer " +
      "or consumer; use 2 at most, or more 'perTopic', 'consumers' or topics",
  );
  const search = "topics: { orders: { count: 4 } }\nproducers: { web: { rate: max } }\n";
  assert.match(refusal(search, 2), /^'web' searches its rate with one process/);
  const few = "topics: { orders: { count: 4 } }\nproducers: { web: { rate: 1k, count: 3 } }\n";
  assert.match(refusal(few, 4), /^'web' has a count of 3, which leaves some of 4 processes nothing to send/);
  assert.equal(refusal(few, 2), "");
});
