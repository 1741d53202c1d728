/** The unit of every exported figure: one run with a value of its own for each, and what each format makes of it. */
import assert from "node:assert/strict";
import type { RunSnapshot } from "../load/snapshot.ts";
import { intervalsCsv } from "./formats/csv.ts";
import { intervalEvent } from "./formats/events.ts";
import { exposition } from "./formats/exposition.ts";
import { hdrLog } from "./formats/hdr_log.ts";
import { IntervalRecorder } from "./result/intervals.ts";
import { findMetric, METRICS } from "./thresholds/metric_catalog.ts";
import { histogramOf, snapshotOf, spanOf } from "./report_test_support.ts";

const COUNTERS = {
  messages: 3000,
  bytes: 60_000,
  wireBytes: 70_000,
  entries: 300,
  sent: 3100,
  failed: 11,
  missed: 13,
  missedLate: 7,
  blockedMicros: 2_000_000,
  reconnects: 17,
  redelivered: 19,
  nacked: 23,
};

/** 5 s of two workers. Latencies are round in milliseconds; the batches held 10 messages. */
function runOf(role: "producer" | "consumer"): RunSnapshot {
  const worker = {
    state: "running",
    rate: 1,
    errors: 0,
    inFlight: 0,
    loopLagMicros: 0,
    restarts: 0,
  } as const;
  return snapshotOf(role, {
    total: spanOf(role, {
      seconds: 5,
      counters: COUNTERS,
      latency: role === "producer"
        ? { service: histogramOf(1000), response: histogramOf(2000) }
        : { endToEnd: histogramOf(4000) },
      batchSize: histogramOf(10),
      errors: new Map([["Timeout", 29], ["ServiceNotReady", 2]]),
    }),
    targetRate: 700,
    asked: 3250,
    behindMicros: 1_500_000,
    inFlight: 37,
    loopLagMicros: 250_000,
    residentBytes: 123_000_000,
    backlog: 41,
    outages: { count: 3, totalMicros: 6_500_000, longestMicros: 4_250_000, since: 1 },
    openings: {
      histograms: {
        connect: histogramOf(1100),
        lookup: histogramOf(1200),
        create: histogramOf(1300),
        ready: histogramOf(1400),
      },
      refusals: new Map([["TooManyRequests", 70], ["Timeout", 9]]),
    },
    workers: [{ ...worker, id: 0, messages: 1000 }, { ...worker, id: 1, messages: 2000 }],
    integrity: {
      mode: "count",
      streams: 2,
      verified: 2900,
      lost: 43,
      notReceived: 47,
      duplicates: 53,
      outOfOrder: 59,
      reordered: 61,
      corrupt: 67,
      foreign: 71,
    },
  });
}

const METRIC_VALUES: Readonly<Record<string, number>> = {
  "service.pNN": 1000,
  "response.pNN": 2000,
  // Above 2,048 µs a cell of the histogram is 2 µs wide.
  "e2e.pNN": 4001,
  "batch.pNN": 10,
  "connect.pNN": 1100,
  "lookup.pNN": 1200,
  "create.pNN": 1300,
  "ready.pNN": 1400,
  refused: 79,
  rate: 600,
  throughput: 12_000,
  messages: 3000,
  errors: 31,
  "errors.rate": 31 / 3031,
  failed: 11,
  "failed.rate": 11 / 3011,
  reconnects: 17,
  backpressure: 0.2,
  outages: 3,
  "outages.total": 6_500_000,
  "outages.longest": 4_250_000,
  "loop.lag": 250_000,
  missed: 13,
  "missed.rate": 13 / 3013,
  behind: 1_500_000,
  inflight: 37,
  redelivered: 19,
  "redelivered.rate": 19 / 3000,
  nacked: 23,
  backlog: 41,
  "verify.lost": 43,
  "verify.not_received": 47,
  "verify.reordered": 61,
  "verify.duplicates": 53,
  "verify.out_of_order": 59,
  "verify.corrupt": 67,
  "verify.foreign": 71,
  "verify.verified": 2900,
  "errors.CODE": 29,
};

Deno.test("metrics of thresholds: microseconds, shares of 1, and units per second, for every one there is", () => {
  const values = Object.fromEntries(METRICS.map(({ name, roles }) => {
    const snapshot = runOf(roles[0]!);
    const metric = findMetric(name.replace("pNN", "max").replace("CODE", "Timeout"))!;
    return [name, metric.read({ span: snapshot.total, snapshot })];
  }));
  assert.deepEqual(values, METRIC_VALUES);
});

/** Samples by what tells them apart; buckets have a test of their own. */
function samplesOf(snapshot: RunSnapshot): Record<string, number> {
  const page = exposition({ build: {}, runs: [{ snapshot, info: {} }] }, "openmetrics");
  const samples = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
    .filter((line) => !line.includes("_bucket{"))
    .map((line) => {
      const [, name, labels, value] = /^(?:pulsar_lab_)?(\w+)(?:\{role="\w+",?(.*)\})? (\S+)$/.exec(line)!;
      return [labels ? `${name} ${labels}` : name!, Number(value)] as const;
    });
  return Object.fromEntries(samples);
}

const COMMON_SAMPLES = {
  build_info: 1,
  process_resident_memory_bytes: 123_000_000,
  run_info: 1,
  messages_total: 3000,
  bytes_total: 60_000,
  wire_bytes_total: 70_000,
  entries_total: 300,
  sent_total: 3100,
  failed_total: 11,
  missed_total: 13,
  missed_late_total: 7,
  outages_total: 3,
  outage_seconds_total: 6.5,
  reconnects_total: 17,
  redelivered_total: 19,
  nacked_total: 23,
  backpressure_seconds_total: 2,
  'errors_total code="Timeout"': 29,
  'errors_total code="ServiceNotReady"': 2,
  'worker_messages_total worker="0"': 1000,
  'worker_messages_total worker="1"': 2000,
  in_flight: 37,
  target_rate: 700,
  behind_schedule_seconds: 1.5,
  loop_lag_seconds: 0.25,
  outage_longest_seconds: 4.25,
  connected: 0,
  elapsed_seconds: 5,
  backlog: 41,
  'workers state="starting"': 0,
  'workers state="ready"': 0,
  'workers state="running"': 2,
  'workers state="paused"': 0,
  'workers state="draining"': 0,
  'workers state="stopped"': 0,
  'workers state="crashed"': 0,
  verified_total: 2900,
  verify_lost: 43,
  verify_not_received: 47,
  verify_duplicates_total: 53,
  verify_out_of_order_total: 59,
  verify_reordered_total: 61,
  verify_corrupt_total: 67,
  verify_foreign_total: 71,
  batch_size_sum: 10,
  batch_size_count: 1,
};

Deno.test("Prometheus: base units, seconds and bytes, for every sample of the page", () => {
  assert.deepEqual(samplesOf(runOf("producer")), {
    ...COMMON_SAMPLES,
    service_seconds_sum: 0.001,
    service_seconds_count: 1,
    response_seconds_sum: 0.002,
    response_seconds_count: 1,
  });
  const { end_to_end_seconds_sum: sum, ...rest } = samplesOf(runOf("consumer"));
  assert.deepEqual(rest, { ...COMMON_SAMPLES, end_to_end_seconds_count: 1 });
  assert.ok(Math.abs(sum! - 0.004) < 4e-6, `${sum} s`);
});

const intervalOf = (role: "producer" | "consumer") => new IntervalRecorder({ period: 5 }).close(runOf(role))!;

Deno.test("CSV: each heading's unit, for every column", () => {
  const rowOf = (role: "producer" | "consumer"): Record<string, string> => {
    const [heads, fields] = intervalsCsv([intervalOf(role)]).trimEnd().split("\r\n")
      .map((line) => line.split(","));
    return Object.fromEntries(heads!.map((head, index) => [head, fields![index]!]));
  };
  const common = {
    time: "2023-11-14T22:13:25.000Z",
    from_seconds: "0",
    seconds: "5",
    stage: "",
    target_rate: "650",
    messages: "3000",
    messages_per_second: "600",
    bytes: "60000",
    bytes_per_second: "12000",
    entries: "300",
    sent: "3100",
    failed: "11",
    missed: "13",
    blocked_us: "2000000",
    behind_us: "1500000",
    in_flight: "37",
    loop_lag_us: "250000",
    resident_bytes: "123000000",
    reconnects: "17",
    redelivered: "19",
    nacked: "23",
    backlog: "41",
    errors: "31",
  };
  const all = (prefix: string, value: string): Record<string, string> =>
    Object.fromEntries(
      ["mean", "p50", "p95", "p99", "p99_9", "max"].map((name) => [`${prefix}_${name}_us`, value]),
    );
  assert.deepEqual(rowOf("producer"), {
    ...common,
    ...all("service", "1000"),
    ...all("response", "2000"),
    ...all("e2e", ""),
  });
  const consumed = rowOf("consumer");
  assert.deepEqual(consumed, {
    ...common,
    ...all("service", ""),
    ...all("response", ""),
    ...all("e2e", "4001"),
  });
});

Deno.test("HDR log: times in seconds since the start of the run, maxima in milliseconds", () => {
  const started = 1_700_000_000_000_000 - 2e6;
  const lines = hdrLog([intervalOf("producer")], started, "t").trimEnd().split("\n")
    .filter((line) => line.startsWith("Tag="));
  const fields = lines.map((line) => line.split(",").slice(0, 4));
  // From second 2 to 7 of the run.
  assert.deepEqual(fields, [
    ["Tag=service", "2.000", "5.000", "1.000"],
    ["Tag=response", "2.000", "5.000", "2.000"],
  ]);
});

Deno.test("events: microseconds where the name ends in Us, seconds where it says so, for every figure", () => {
  const { latency, batchSize, ...event } = JSON.parse(intervalEvent("run-1", 4, intervalOf("producer")));
  assert.deepEqual(event, {
    event: "interval",
    runId: "run-1",
    epoch: 4,
    seconds: 5,
    fromSeconds: 0,
    atUs: 1_700_000_005_000_000,
    messages: 3000,
    bytes: 60_000,
    wireBytes: 70_000,
    entries: 300,
    sent: 3100,
    failed: 11,
    missed: 13,
    missedLate: 7,
    blockedUs: 2_000_000,
    reconnects: 17,
    redelivered: 19,
    nacked: 23,
    messagesPerSecond: 600,
    bytesPerSecond: 12_000,
    errors: { Timeout: 29, ServiceNotReady: 2 },
    behindUs: 1_500_000,
    inFlight: 37,
    loopLagUs: 250_000,
    residentBytes: 123_000_000,
    targetRate: 650,
    backlog: 41,
  });
  assert.equal(latency.service.maxUs, 1000);
  assert.equal(batchSize.max, 10);
});
