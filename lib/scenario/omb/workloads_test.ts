import assert from "node:assert/strict";
import { ConfigError } from "../../config/source.ts";
import { isOmbWorkload, readOmb } from "./omb.ts";
import { PULSAR_DRIVER, read, scenarioOf } from "./omb_test_support.ts";
import { workloadFiles } from "./workloads_test_support.ts";

const FILES = workloadFiles();
/** Of them, those whose consumers are too many for one process on the type of subscription that OMB has. */
const TOO_MANY_CONSUMERS = FILES.filter(({ values }) => values.consumerPerSubscription > 64);

Deno.test("all 130 workload files of OMB's repository are recognized", () => {
  assert.equal(FILES.length, 130);
  assert.deepEqual(FILES.filter(({ text }) => !isOmbWorkload(text)), []);
});

for (const driver of [undefined, { path: "driver.yaml", text: PULSAR_DRIVER }]) {
  const how = driver === undefined ? "without a driver" : "with OMB's driver for Pulsar";

  Deno.test(`${how}, 120 of them are translated, and 10 refused for their number of consumers`, () => {
    const refused: string[] = [];
    for (const { name, text } of FILES) {
      try {
        readOmb(text, `${name}.yaml`, driver);
      } catch (error) {
        assert.ok(error instanceof ConfigError);
        refused.push(name);
        assert.deepEqual(error.problems.length, 1);
        assert.match(
          error.message,
          /^max-rate-[^:]+\.yaml:7:26: 'consumerPerSubscription': \d+ consumers of one partition on a failover/,
        );
      }
    }
    assert.deepEqual(refused, TOO_MANY_CONSUMERS.map(({ name }) => name));
    assert.equal(refused.length, 10);
  });
}

Deno.test("as many shared consumers are no reason to refuse one: with Shared, all 130 are translated", () => {
  const overrides = new Map([["consumer.subscriptionType", "Shared"]]);
  for (const { name, text } of FILES) readOmb(text, `${name}.yaml`, undefined, overrides);
});

Deno.test("the scenarios have the topics, producers, consumers, rate and size that the workloads ask for", () => {
  // A million names a file take their time; the number alone is compared for those.
  for (const { name, values, text } of FILES) {
    const topics = Math.min(values.topics, 100);
    const overrides = new Map([["consumer.subscriptionType", "Shared"], ["topics", String(topics)]]);
    const made = readOmb(text, `${name}.yaml`, undefined, overrides);
    assert.equal(
      scenarioOf(readOmb(text, "w", undefined, new Map([["consumer.subscriptionType", "Shared"]]))).topics
        .load.count,
      values.topics,
    );
    const { scenario, notices } = read(made);
    assert.deepEqual(notices, [], name);
    assert.equal(scenario.description, name);
    const [load] = scenario.topics;
    assert.equal(load!.topics.length, topics);
    assert.equal(load!.topics[0], "persistent://public/default/test-0000000-run-1");
    assert.equal(Math.max(1, load!.partitions), values.partitionsPerTopic);
    const [publish] = scenario.producers;
    assert.equal(scenario.producers.length, 1);
    assert.equal(publish!.perTopic, values.producersPerTopic);
    assert.equal(publish!.config.rate, values.producerRate === 0 ? "max" : values.producerRate);
    assert.deepEqual(publish!.config.size, { kind: "fixed", bytes: values.messageSize });
    assert.equal(publish!.config.warmupMs, 60_000);
    assert.equal(scenario.subscriptions.length, values.subscriptionsPerTopic);
    for (const { perTopic } of scenario.subscriptions) assert.equal(perTopic, values.consumerPerSubscription);
    if (values.consumerBacklogSizeGB === 0) {
      assert.equal(scenario.durationMs, values.testDurationMinutes * 60_000);
      assert.deepEqual(scenario.steps, []);
    } else {
      const { action } = scenario.steps[0]!;
      assert.deepEqual(action, {
        kind: "hold",
        subscriptions: ["sub"],
        messages: undefined,
        bytes: values.consumerBacklogSizeGB * 1024 ** 3,
      });
    }
  }
});
