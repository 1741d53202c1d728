/** Snapshots, configurations and results for the tests of this folder. */
import type { ConsumerConfig, ProducerConfig, Role } from "../config/run_config.ts";
import { Histogram } from "../load/histogram/histogram.ts";
import type { Counters, RunSnapshot, Span } from "../load/snapshot.ts";
import { ZERO_COUNTERS } from "../load/snapshot_test_support.ts";
import { IntervalRecorder } from "./result/intervals.ts";
import { buildResult, type ResultInput, type RunResult, TOOL_VERSION } from "./result/result.ts";
import { decideVerdict } from "./result/verdict.ts";

/** A histogram of the given values. */
export function histogramOf(...values: number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** An empty span of a role, with what is given on top. */
export function spanOf(
  role: Role,
  parts: Partial<Omit<Span, "counters">> & { counters?: Partial<Counters> } = {},
): Span {
  const { counters, ...rest } = parts;
  return {
    seconds: 0,
    latency: role === "producer"
      ? { service: new Histogram(), response: new Histogram() }
      : { endToEnd: new Histogram() },
    batchSize: new Histogram(),
    errors: new Map(),
    ...rest,
    counters: { ...ZERO_COUNTERS, ...counters },
  };
}

/** A running snapshot of a role, with what is given on top. */
export function snapshotOf(role: Role, parts: Partial<RunSnapshot> = {}): RunSnapshot {
  const total = parts.total ?? spanOf(role);
  return {
    role,
    runId: "run-1",
    at: 1_700_000_000_000_000 + total.seconds * 1e6,
    phase: "running",
    epoch: 1,
    since: 1_700_000_000_000_000,
    measured: true,
    elapsed: total.seconds,
    behindMicros: 0,
    inFlight: 0,
    maxInFlight: 1000,
    loopLagMicros: 0,
    total,
    window: total,
    workers: [],
    outages: { count: 0, totalMicros: 0, longestMicros: 0 },
    clockUncertaintyMicros: 0,
    log: [],
    ...parts,
  };
}

const COMMON = {
  driver: "wire",
  serviceUrl: "pulsar://localhost:6650",
  topic: "persistent://public/default/load",
  partitions: 0,
  partitionDiscoveryMs: 60_000,
  tlsVerifyHostname: true,
  operationTimeoutMs: 30_000,
  keepAliveMs: 30_000,
  workers: 2,
  durationMs: 20_000,
  warmupMs: 1000,
  instances: 1,
  instance: 0,
  barrier: 0,
  barrierTimeoutMs: 300_000,
  runId: "run-1",
  seed: 1,
  verify: "count",
  ui: "none",
  quiet: false,
  json: false,
  color: "never",
  theme: "auto",
  reportIntervalMs: 10_000,
  metricsHost: "127.0.0.1",
  thresholds: [],
  debug: false,
  profile: "default",
} as const;

export const PRODUCER: ProducerConfig = {
  ...COMMON,
  role: "producer",
  rate: 1000,
  stages: [],
  burst: 0,
  catchUp: "bounded",
  maxInFlight: 1000,
  routing: "round-robin",
  batching: true,
  batchMessages: 100,
  batchBytes: 131_072,
  batchDelayMs: 1,
  compression: "none",
  payload: "json",
  size: { kind: "fixed", bytes: 1024 },
  compressibility: 50,
  keys: "none",
  keyCount: 0,
  properties: {},
};

export const CONSUMER: ConsumerConfig = {
  ...COMMON,
  role: "consumer",
  subscription: "load",
  subscriptionType: "exclusive",
  durable: true,
  initialPosition: "latest",
  receiverQueue: 1000,
  ack: "individual",
  ackGroupMs: 100,
  ackGroupMax: 1000,
  batchIndexAck: false,
  nackPercent: 0,
  nackDelayMs: 60_000,
  unackedTimeoutMs: 0,
  rate: "unlimited",
  unsubscribe: false,
  idleMs: 0,
};

/**
 * A producer that ran 20 s at 1,000 msg/s in two intervals; latencies around `centerUs`, a little different for
 * each seed so that runs can be compared.
 */
export function producerResult(
  options: { centerUs?: number; seed?: number; input?: Partial<ResultInput> } = {},
): RunResult {
  const total = spanOf("producer");
  const recorder = new IntervalRecorder();
  let snapshot = snapshotOf("producer");
  for (const seconds of [10, 20]) {
    grow(total, 10_000, options.centerUs ?? 2000, options.seed ?? 1);
    total.seconds = seconds;
    snapshot = snapshotOf("producer", {
      total,
      targetRate: 1000,
      workers: [0, 1].map((id) => ({
        id,
        state: "stopped",
        rate: 500,
        messages: seconds * (id === 0 ? 400 : 600),
        errors: 0,
        inFlight: 0,
        loopLagMicros: 100,
        restarts: 0,
      })),
    });
    recorder.close(snapshot);
  }
  return buildResult({
    config: PRODUCER,
    sources: { rate: "flag --rate" },
    snapshot: { ...snapshot, phase: "done" },
    intervals: recorder.records,
    thresholds: [],
    verdict: decideVerdict({ thresholds: [] }),
    startedAtUs: 1_699_999_999_000_000,
    endedAtUs: 1_700_000_020_500_000,
    versions: { [TOOL_VERSION]: "0.1.0", deno: "2.7.11" },
    host: { name: "laptop", os: "linux 6.1", arch: "x86_64", cpus: 8, memoryBytes: 16e9 },
    ...options.input,
  });
}

/** Adds `count` messages of 1,000 bytes in batches of 100 with a long-tailed latency. */
function grow(span: Span, count: number, centerUs: number, seed: number): void {
  let state = seed;
  for (let i = 0; i < count / 100; i++) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    const uniform = (state + 1) / 2 ** 31;
    const micros = centerUs * (0.6 - 0.4 * Math.log(1 - uniform * 0.9999));
    span.latency.service?.record(micros, 100);
    span.latency.response?.record(micros * 1.3, 100);
    span.batchSize.record(100);
  }
  span.counters.messages += count;
  span.counters.sent += count;
  span.counters.bytes += count * 1000;
  span.counters.wireBytes += count * 1010;
  span.counters.entries += count / 100;
}
