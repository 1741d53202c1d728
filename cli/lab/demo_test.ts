import assert from "node:assert/strict";
import type { ConsumerConfig, ProducerConfig } from "../../lib/config/run_config.ts";
import { demoPlans } from "./demo.ts";
import { UsageError } from "../command.ts";
import type { Plan } from "../session/plan.ts";

function plans(
  argv: readonly string[],
  env: Record<string, string> = {},
): { producer: ProducerConfig; consumer: ConsumerConfig } {
  const made = demoPlans(argv, env, () => "producer:\n  rate: 7k\n  workers: 3\n", "test");
  assert.ok(Array.isArray(made), JSON.stringify(made));
  const [producer, consumer] = made as [Plan, Plan];
  return { producer: producer.config as ProducerConfig, consumer: consumer.config as ConsumerConfig };
}

Deno.test("without options the demo is a load that every machine can take", () => {
  const { producer, consumer } = plans([]);
  assert.equal(producer.workers, 2);
  assert.equal(producer.rate, 20_000);
  assert.equal(producer.durationMs, 30_000);
  assert.equal(producer.embedded, "memory");
  assert.equal(consumer.embedded, "memory");
  assert.equal(consumer.initialPosition, "earliest");
  assert.equal(consumer.runId, producer.runId);
  assert.equal(consumer.topic, producer.topic);
});

Deno.test("the first seconds of a demo are a warm-up, unless the run is short, counted, staged or told otherwise", () => {
  const warmups = (...argv: string[]): number[] => {
    const { producer, consumer } = plans(argv);
    return [producer.warmupMs, consumer.warmupMs];
  };
  assert.deepEqual(warmups(), [2000, 2000]);
  assert.deepEqual(warmups("-d", "1m"), [2000, 2000]);
  assert.deepEqual(warmups("-d", "3s"), [0, 0]);
  assert.deepEqual(warmups("-n", "1k"), [0, 0]);
  assert.deepEqual(warmups("--stage", "10s:1k"), [0, 0]);
  assert.deepEqual(warmups("--warmup", "1s"), [1000, 1000]);
});

Deno.test("what is asked for stays, and only what is left open is filled in", () => {
  const faster = plans(["--rate", "50k"]).producer;
  assert.deepEqual([faster.rate, faster.durationMs, faster.workers], [50_000, 30_000, 2]);
  const counted = plans(["-n", "1k", "--workers=1"]).producer;
  assert.deepEqual([counted.count, counted.durationMs, counted.workers], [1000, undefined, 1]);
  const staged = plans(["--stage", "10s:1k"]).producer;
  assert.deepEqual([staged.durationMs, staged.stages.length], [undefined, 1]);
  const searched = plans(["--rate", "max"]).producer;
  assert.deepEqual([searched.rate, searched.durationMs], ["max", undefined]);
  const profiled = plans(["--profile", "low-latency"]).producer;
  assert.deepEqual([profiled.rate, profiled.workers], [1000, 1]);
  const fromFile = plans(["--config", "lab.yaml"]).producer;
  assert.deepEqual([fromFile.rate, fromFile.workers], [7000, 3]);
  const fromEnvironment = plans([], { PLL_RATE: "9k" }).producer;
  assert.equal(fromEnvironment.rate, 9000);
});

Deno.test("the consumer gets what concerns both sides, and no files", () => {
  const { producer, consumer } = plans(
    ["--topic", "t", "--partitions", "3", "--workers", "4", "--verify", "strict", "--report-interval", "2s"],
    { PLL_OUTPUT: "run.json", PLL_METRICS_PORT: "9464" },
  );
  for (const key of ["topic", "partitions", "workers", "verify", "reportIntervalMs"] as const) {
    assert.equal(consumer[key], producer[key], key);
  }
  assert.equal(producer.output, "run.json");
  assert.equal(consumer.output, undefined);
  assert.equal(consumer.metricsPort, undefined);
});

Deno.test("a threshold goes to the side that can judge it", () => {
  const { producer, consumer } = plans([
    ...["--threshold", "verify.lost==0", "--threshold", "response.p99<1s", "--threshold", "errors==0"],
  ]);
  assert.deepEqual(producer.thresholds, ["response.p99<1s", "errors==0"]);
  assert.deepEqual(consumer.thresholds, ["verify.lost==0"]);
});

Deno.test("another broker, or one that stores nothing, is refused", () => {
  const refuse = (...argv: string[]): void => void demoPlans(argv, {}, () => "", "test");
  assert.throws(() => refuse("-u", "pulsar://localhost:6650"), UsageError);
  assert.throws(() => refuse("--embedded", "null"), /stores nothing/);
});

Deno.test("mistakes are the producer's own", () => {
  const loaded = demoPlans(["--rat", "5k"], {}, () => "", "test");
  assert.ok(!Array.isArray(loaded));
  assert.match((loaded as { text: string }).text, /--rat.*did you mean '--rate'/);
});
