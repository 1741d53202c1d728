import assert from "node:assert/strict";
import { OPTIONS } from "./options.ts";
import { describeProfiles, PROFILE_NAMES } from "./profiles.ts";
import { resolve } from "./resolve.ts";
import type { ConsumerConfig, ProducerConfig, Role, RunConfig } from "./run_config.ts";

function load(name: string, role: Role): RunConfig {
  const source = { kind: "flag", flag: "--profile" } as const;
  const readFile = (): string => assert.fail("embedded profiles are not files");
  return resolve({
    role,
    flags: new Map([["profile", { texts: [name], source }]]),
    env: {},
    readFile,
    runId: "r",
  }).config;
}

function promise(name: string, keys: readonly (keyof ProducerConfig)[]): unknown[] {
  const config = load(name, "producer") as ProducerConfig;
  return keys.map((key) => config[key]);
}

function size(bytes: number): unknown {
  return { kind: "fixed", bytes };
}

Deno.test("the five profiles are inside the executable", () => {
  assert.deepEqual(PROFILE_NAMES, ["default", "low-latency", "high-throughput", "burst", "sustained"]);
});

Deno.test("default: 5 workers, 1 KiB, batching", () => {
  assert.deepEqual(promise("default", ["workers", "size", "batching", "rate"]), [
    5,
    size(1024),
    true,
    "unlimited",
  ]);
});

Deno.test("the default profile says what the table's defaults say", () => {
  assert.equal(load("default", "producer").workers, OPTIONS.workers.default);
  assert.deepEqual((load("default", "producer") as ProducerConfig).size, OPTIONS.size.default);
});

Deno.test("low-latency: 1 worker, 512 B, no batches, queue 100, 1,000 msg/s", () => {
  const keys = ["workers", "size", "batching", "maxInFlight", "rate"] as const;
  assert.deepEqual(promise("low-latency", keys), [1, size(512), false, 100, 1000]);
  const consumer = load("low-latency", "consumer") as ConsumerConfig;
  assert.deepEqual([consumer.workers, consumer.receiverQueue, consumer.ackGroupMs], [1, 100, 0]);
});

Deno.test("high-throughput: 10 workers, 4 KiB, batches of 10,000 with a byte limit, LZ4, unlimited", () => {
  const keys = ["workers", "size", "batching", "batchMessages", "batchBytes", "compression", "rate"] as const;
  assert.deepEqual(promise("high-throughput", keys), [
    10,
    size(4096),
    true,
    10_000,
    1024 ** 2,
    "lz4",
    "unlimited",
  ]);
});

Deno.test("burst: 5 workers, 2 KiB, ZSTD, 10,000 msg/s in bursts, 5 minutes", () => {
  const keys = ["workers", "size", "compression", "rate", "burst", "durationMs"] as const;
  assert.deepEqual(promise("burst", keys), [5, size(2048), "zstd", 10_000, 10_000, 300e3]);
});

Deno.test("sustained: 5 workers, 1 KiB, LZ4, 5,000 msg/s, no end, metrics exported", () => {
  const keys = ["workers", "size", "compression", "rate", "durationMs", "count"] as const;
  assert.deepEqual(promise("sustained", keys), [5, size(1024), "lz4", 5000, undefined, undefined]);
  const [producer, consumer] = [load("sustained", "producer"), load("sustained", "consumer")];
  assert.ok(producer.metricsPort !== undefined && consumer.metricsPort !== undefined);
  assert.notEqual(producer.metricsPort, consumer.metricsPort, "both run on one host");
});

Deno.test("consumers accept every profile", () => {
  for (const name of PROFILE_NAMES) assert.equal(load(name, "consumer").profile, name);
});

Deno.test("the list has a line with a sentence for each profile", () => {
  const lines = describeProfiles().split("\n");
  assert.deepEqual(lines.map((line) => line.split(" ")[0]), [...PROFILE_NAMES]);
  for (const line of lines) assert.match(line, /^[a-z-]+ {2,}\d+ workers?, \S/);
});
