import assert from "node:assert/strict";
import fc from "fast-check";
import { Histogram } from "../../load/histogram/histogram.ts";
import type { OmbFacts } from "../../scenario/omb/facts.ts";
import { IntervalRecorder } from "../result/intervals.ts";
import { buildResult, type RunResult, TOOL_VERSION } from "../result/result.ts";
import { decideVerdict } from "../result/verdict.ts";
import { CONSUMER, PRODUCER, snapshotOf, spanOf } from "../report_test_support.ts";
import { ombResult } from "./omb.ts";

const FACTS: OmbFacts = {
  workload: "small",
  driver: "Pulsar",
  messageSize: 1000,
  topics: 2,
  partitions: 3,
  producersPerTopic: 4,
  consumersPerTopic: 5,
  subscriptionsPerTopic: 2,
};

const PUBLISH = ["publishLatency", "publishDelayLatency", "endToEndLatency"];
const ENDINGS = ["Avg", "50pct", "75pct", "95pct", "99pct", "999pct", "9999pct", "Max"];
/** Every field of OMB's own results. */
const FIELDS = [
  ..."workload driver messageSize topics partitions producersPerTopic consumersPerTopic".split(" "),
  ..."publishRate publishErrorRate consumeRate backlog".split(" "),
  ...PUBLISH.flatMap((name) => ENDINGS.map((ending) => name + ending)),
  ...PUBLISH.flatMap((name) =>
    [...ENDINGS, "Quantiles"].map((ending) => `aggregated${capital(name)}${ending}`)
  ),
];

function capital(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1);
}

interface Second {
  readonly messages: number;
  readonly failed?: number;
  readonly micros: number;
  readonly delayed?: number;
  /** Further service times, each of one message. */
  readonly others?: readonly number[];
}

/** A result of one interval a second, from a moment on. */
function resultOf(role: "producer" | "consumer", seconds: readonly Second[], fromSeconds = 0): RunResult {
  const recorder = new IntervalRecorder();
  const total = spanOf(role);
  let snapshot = snapshotOf(role);
  for (const { messages, failed = 0, micros, delayed = 0, others = [] } of seconds) {
    total.seconds++;
    total.counters.messages += messages;
    total.counters.failed += failed;
    total.latency.service?.record(micros, messages);
    for (const other of others) total.latency.service?.record(other);
    total.latency.response?.record(micros + delayed, messages);
    total.latency.endToEnd?.record(micros, messages);
    snapshot = snapshotOf(role, { total, at: 1_700_000_000_000_000 + (fromSeconds + total.seconds) * 1e6 });
    recorder.close(snapshot);
  }
  return buildResult({
    config: role === "producer" ? PRODUCER : CONSUMER,
    sources: {},
    snapshot: { ...snapshot, phase: "done" },
    intervals: recorder.records,
    thresholds: [],
    verdict: decideVerdict({ thresholds: [] }),
    startedAtUs: 1_700_000_000_000_000,
    endedAtUs: 1_700_000_100_000_000,
    versions: { [TOOL_VERSION]: "0.1.0" },
    host: { name: "laptop", os: "linux", arch: "x86_64", cpus: 8, memoryBytes: 16e9 },
  });
}

function seconds(count: number, second: Second): Second[] {
  return Array.from({ length: count }, () => second);
}

// deno-lint-ignore no-explicit-any -- plain JSON, which the tests check
function written(producers: RunResult[], subscriptions: RunResult[]): any {
  return JSON.parse(ombResult(FACTS, { producers, subscriptions }));
}

Deno.test("a result has every field of OMB's, and no other", () => {
  const result = written([resultOf("producer", seconds(20, { messages: 10, micros: 100 }))], []);
  assert.deepEqual(Object.keys(result).sort(), [...FIELDS].sort());
  assert.equal(result.workload, "small");
  assert.equal(result.consumersPerTopic, 5);
});

Deno.test("groups add up over ten seconds at a time, whose last may be shorter", () => {
  const result = written(
    [
      resultOf("producer", seconds(25, { messages: 1000, failed: 1, micros: 2000, delayed: 500 })),
      resultOf("producer", seconds(25, { messages: 500, micros: 2000, delayed: 500 })),
    ],
    [
      resultOf("consumer", seconds(25, { messages: 1500, micros: 3000 })),
      resultOf("consumer", [
        ...seconds(10, { messages: 0, micros: 1 }),
        ...seconds(15, { messages: 1500, micros: 3000 }),
      ]),
    ],
  );
  assert.deepEqual(result.publishRate, [1500, 1500, 1500]);
  assert.deepEqual(result.publishErrorRate, [1, 1, 1]);
  assert.deepEqual(result.consumeRate, [1500, 3000, 3000]);
  assert.deepEqual(result.backlog, [15_000, 15_000, 15_000]);
  assert.deepEqual(result.publishLatency50pct.map(Math.round), [2, 2, 2]);
  assert.deepEqual(result.endToEndLatencyMax.map(Math.round), [3, 3, 3]);
  assert.ok(Math.abs(result.aggregatedPublishLatencyAvg - 2) < 0.01);
});

Deno.test("the delay of publishing has its mean in microseconds, and what is not recorded is null", () => {
  const result = written([
    resultOf("producer", seconds(10, { messages: 100, micros: 2000, delayed: 500 })),
  ], []);
  assert.ok(Math.abs(result.publishDelayLatencyAvg[0] - 500) < 5, result.publishDelayLatencyAvg[0]);
  assert.ok(Math.abs(result.aggregatedPublishDelayLatencyAvg - 500) < 5);
  for (const ending of ENDINGS.slice(1)) {
    assert.deepEqual(result[`publishDelayLatency${ending}`], [null]);
    assert.equal(result[`aggregatedPublishDelayLatency${ending}`], null);
  }
  assert.deepEqual(result.aggregatedPublishDelayLatencyQuantiles, {});
});

Deno.test("what consumers took after the producers' end is in the aggregates, not in the arrays", () => {
  const result = written(
    [resultOf("producer", seconds(10, { messages: 100, micros: 10 }))],
    [resultOf("consumer", [
      ...seconds(10, { messages: 50, micros: 1000 }),
      ...seconds(10, { messages: 50, micros: 9000 }),
    ])],
  );
  assert.deepEqual(result.consumeRate, [50]);
  assert.deepEqual(result.backlog, [500]);
  assert.equal(Math.round(result.endToEndLatencyMax[0]), 1);
  assert.equal(Math.round(result.aggregatedEndToEndLatencyMax), 9);
});

Deno.test("groups that begin at different moments are laid on one time, and consumers alone on theirs", () => {
  const result = written([
    resultOf("producer", seconds(10, { messages: 100, micros: 10 })),
    resultOf("producer", seconds(10, { messages: 100, micros: 10 }), 10),
  ], []);
  assert.deepEqual(result.publishRate, [100, 100]);
  const alone = written([], [resultOf("consumer", seconds(10, { messages: 7, micros: 10 }))]);
  assert.deepEqual(alone.consumeRate, [7]);
  assert.deepEqual(alone.publishRate, [0]);
  assert.deepEqual(written([], []).publishRate, []);
});

Deno.test("the quantiles rise to 100 %, and each is what the histogram says of that percentile", () => {
  const values = fc.array(fc.tuple(fc.integer({ min: 0, max: 3e9 }), fc.integer({ min: 1, max: 1e6 })), {
    minLength: 1,
    maxLength: 300,
  });
  fc.assert(
    fc.property(values, (recorded) => {
      const histogram = new Histogram();
      const seconds = recorded.map(([micros, messages]) => ({ micros, messages }));
      for (const { micros, messages } of seconds) histogram.record(micros, messages);
      const found = Object.entries(
        written([resultOf("producer", seconds)], []).aggregatedPublishLatencyQuantiles as Record<
          string,
          number
        >,
      ).map(([percent, value]) => [Number(percent), value] as const);
      assert.deepEqual(found, found.toSorted(([a], [b]) => a - b));
      assert.deepEqual(found.at(-1), [100, histogram.max / 1000]);
      for (const [percent, value] of found) assert.equal(value, histogram.percentile(percent) / 1000);
    }),
    { numRuns: 20 },
  );
});

Deno.test("many different values make no more quantiles than a curve needs", () => {
  const others = Array.from({ length: 20_000 }, (_, number) => number * 100);
  const result = written([resultOf("producer", [{ messages: 1, micros: 1, others }])], []);
  const count = Object.keys(result.aggregatedPublishLatencyQuantiles).length;
  assert.ok(count > 100 && count < 1000, String(count));
});
