import assert from "node:assert/strict";
import fc from "fast-check";
import { resolve } from "./resolve.ts";
import type { ConsumerConfig, ProducerConfig } from "./run_config.ts";
import { partitionShare, remainderOf, shareOf } from "./share.ts";
import { ConfigError } from "./source.ts";

function configOf(
  role: "producer" | "consumer",
  env: Record<string, string>,
): ProducerConfig | ConsumerConfig {
  return resolve({ role, flags: new Map(), env, readFile: () => "", runId: "r" }).config;
}

function producer(env: Record<string, string>): ProducerConfig {
  return configOf("producer", { PLL_RUN_ID: "r", ...env }) as ProducerConfig;
}

function shares(env: Record<string, string>, instances: number): ProducerConfig[] {
  return Array.from(
    { length: instances },
    (_, index) =>
      shareOf(producer({ ...env, PLL_INSTANCES: String(instances), PLL_INSTANCE: String(index) })),
  );
}

function refusal(env: Record<string, string>, role: "producer" | "consumer" = "producer"): string {
  try {
    configOf(role, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

Deno.test("the shares of all instances are the whole again", () => {
  fc.assert(fc.property(
    fc.integer({ min: 2, max: 40 }),
    fc.integer({ min: 40, max: 100_000 }),
    fc.integer({ min: 1, max: 5000 }),
    fc.integer({ min: 1, max: 1e6 }),
    (instances, count, keyCount, rate) => {
      const all = shares({
        PLL_COUNT: String(count),
        PLL_RATE: String(rate),
        PLL_KEYS: "random",
        PLL_KEY_COUNT: String(keyCount),
      }, instances);
      assert.equal(all.reduce((sum, one) => sum + one.count!, 0), count);
      const total = all.reduce((sum, one) => sum + (one.rate as number), 0);
      assert.ok(Math.abs(total - rate) < 1e-6 * rate, `${total}`);
      const keys = all.flatMap((one) =>
        Array.from({ length: one.keyCount }, (_, index) => one.keyFirst! + index)
      );
      assert.equal(new Set(keys).size, keyCount);
      assert.ok(keys.every((key) => key >= 0 && key < keyCount));
      if (keyCount >= instances) assert.equal(keys.length, keyCount, "no key has two producers");
      assert.equal(new Set(all.map(({ seed }) => seed)).size, instances);
    },
  ));
});

Deno.test("stages are divided in rate, not in time", () => {
  const [first] = shares({ PLL_STAGE: "10s:1000;ramp:5s:4000" }, 4);
  assert.deepEqual(first!.stages.map(({ rate, durationMs }) => [rate, durationMs]), [[250, 10_000], [
    1000,
    5000,
  ]]);
});

Deno.test("a run of one process keeps its configuration", () => {
  const config = producer({ PLL_RATE: "100" });
  assert.equal(shareOf(config), config);
});

Deno.test("Zipf keys stay those of the whole run, so that the frequencies do", () => {
  const [first, second] = shares({ PLL_KEYS: "zipf", PLL_KEY_COUNT: "100" }, 2);
  assert.deepEqual([first!.keyCount, first!.keyFirst, second!.keyCount], [100, undefined, 100]);
});

Deno.test("producers divide partitions only where each partition keeps the same load", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 20 }), fc.integer({ min: 1, max: 60 }), (instances, partitions) => {
      const all = Array.from({ length: partitions }, (_, index) => index);
      const parts = shares({}, instances).map((config) => partitionShare(config, all));
      const senders = all.map((partition) =>
        parts.reduce((sum, part) => sum + (part.includes(partition) ? 1 / part.length : 0), 0)
      );
      for (const load of senders) assert.ok(Math.abs(load - instances / partitions) < 1e-9);
    }),
  );
  const [byKey] = shares({ PLL_KEYS: "random", PLL_ROUTING: "key-hash", PLL_PARTITIONS: "4" }, 2);
  assert.deepEqual(partitionShare(byKey!, [0, 1, 2, 3]), [0, 1, 2, 3]);
});

Deno.test("exclusive consumers divide partitions, others leave that to the broker", () => {
  const consumer = (type: string): ConsumerConfig =>
    configOf("consumer", {
      PLL_RUN_ID: "r",
      PLL_INSTANCES: "3",
      JOB_COMPLETION_INDEX: "2",
      PLL_SUBSCRIPTION_TYPE: type,
    }) as ConsumerConfig;
  assert.deepEqual(partitionShare(consumer("exclusive"), [0, 1, 2, 3, 4, 5]), [2, 5]);
  assert.deepEqual(partitionShare(consumer("exclusive"), [0]), []);
  assert.deepEqual(partitionShare(consumer("shared"), [0, 1]), [0, 1]);
});

Deno.test("a late process does the rest of the run, in warm-up, in time and in stages", () => {
  const timed = producer({ PLL_DURATION: "60s", PLL_WARMUP: "10s" });
  assert.deepEqual(pick(remainderOf(timed, 4000)), [6000, 60_000]);
  assert.deepEqual(pick(remainderOf(timed, 25_000)), [0, 45_000]);
  assert.equal(remainderOf(timed, 70_000), undefined);
  const staged = producer({ PLL_STAGE: "10s:100;ramp:10s:300;5s:300" });
  assert.deepEqual(
    remainderOf(staged, 15_000)!.stages.map(({ kind, durationMs, rate }) => [kind, durationMs, rate]),
    [["hold", 1, 200], ["ramp", 5000, 300], ["hold", 5000, 300]],
  );
  assert.equal(remainderOf(staged, 25_000), undefined);
});

function pick(config: ProducerConfig | undefined): unknown[] {
  return [config?.warmupMs, config?.durationMs];
}

Deno.test("what several processes cannot do together is refused by name", () => {
  const two = { PLL_INSTANCES: "2", PLL_RUN_ID: "r" };
  assert.match(refusal({ PLL_INSTANCES: "2" }), /PLL_INSTANCES needs --run-id/);
  assert.match(refusal({ PLL_BARRIER: "2" }), /PLL_BARRIER needs --run-id/);
  assert.match(refusal({ ...two, JOB_COMPLETION_INDEX: "2" }), /JOB_COMPLETION_INDEX '2' must be below/);
  assert.match(refusal({ ...two, PLL_BARRIER: "1" }), /PLL_BARRIER '1' must be at least/);
  assert.match(refusal({ ...two, PLL_EMBEDDED: "memory" }), /PLL_EMBEDDED cannot be reached/);
  assert.match(refusal({ ...two, PLL_RATE: "max" }), /PLL_RATE max searches with one process/);
  assert.match(refusal({ ...two, PLL_COUNT: "1" }), /PLL_COUNT '1' leaves some/);
  assert.match(refusal({ ...two, PLL_COUNT: "9" }, "consumer"), /PLL_COUNT cannot be divided/);
  assert.equal(refusal({ ...two, PLL_BARRIER: "3", JOB_COMPLETION_INDEX: "1" }), "");
});
