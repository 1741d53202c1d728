import assert from "node:assert/strict";
import { exposition } from "./exposition.ts";
import { histogramOf, snapshotOf, spanOf } from "../report_test_support.ts";

const INFO = { build: { version: "0.1.0" }, run: { run: "run-1", topic: 'a"b\\c\nd' } };

const SNAPSHOT = snapshotOf("consumer", {
  total: spanOf("consumer", {
    seconds: 12,
    counters: { messages: 5_000_000_000, bytes: 7, blockedMicros: 1_500_000 },
    latency: { endToEnd: histogramOf(100, 101, 900, 2_500, 70_000_000) },
    errors: new Map([["Timeout", 2]]),
  }),
  backlog: 9,
  workers: [
    { id: 3, state: "running", rate: 1, messages: 4, errors: 0, inFlight: 0, loopLagMicros: 0, restarts: 0 },
  ],
  integrity: {
    mode: "count",
    streams: 1,
    verified: 8,
    lost: 2,
    duplicates: 1,
    outOfOrder: 0,
    corrupt: 0,
    foreign: 0,
  },
});

const lineOf = (page: string, start: string): string | undefined =>
  page.split("\n").find((line) => line.startsWith(start));

Deno.test("the OpenMetrics page ends in EOF, names families without _total and samples with it", () => {
  const page = exposition(SNAPSHOT, INFO, "openmetrics");
  assert.ok(page.endsWith("\n# EOF\n"));
  assert.ok(page.includes("# TYPE pulsar_lab_messages counter\n"));
  assert.equal(
    lineOf(page, "pulsar_lab_messages_total"),
    'pulsar_lab_messages_total{role="consumer"} 5000000000',
  );
  assert.equal(
    lineOf(page, "pulsar_lab_errors_total"),
    'pulsar_lab_errors_total{role="consumer",code="Timeout"} 2',
  );
  assert.equal(lineOf(page, "pulsar_lab_backpressure_seconds_total")?.split(" ").at(-1), "1.5");
  assert.equal(lineOf(page, "pulsar_lab_verify_lost"), 'pulsar_lab_verify_lost{role="consumer"} 2');
  assert.equal(lineOf(page, 'pulsar_lab_workers{role="consumer",state="running"}')?.split(" ").at(-1), "1");
  assert.equal(
    lineOf(page, "pulsar_lab_worker_messages_total"),
    'pulsar_lab_worker_messages_total{role="consumer",worker="3"} 4',
  );
});

Deno.test("the older text format has no EOF, no info type, and counters named as their samples", () => {
  const page = exposition(SNAPSHOT, INFO, "text");
  assert.ok(!page.includes("# EOF") && !page.includes(" info\n"));
  assert.ok(page.includes("# TYPE pulsar_lab_messages_total counter\n"));
});

Deno.test("label values are escaped", () => {
  const page = exposition(SNAPSHOT, INFO, "openmetrics");
  assert.ok(page.includes('topic="a\\"b\\\\c\\nd"'), page);
});

Deno.test("latency buckets are cumulative, in seconds, and end with everything", () => {
  const page = exposition(SNAPSHOT, INFO, "openmetrics");
  const bucket = (le: string): string | undefined =>
    lineOf(page, `pulsar_lab_end_to_end_seconds_bucket{role="consumer",le="${le}"}`)?.split(" ").at(-1);
  assert.deepEqual(["0.0001", "0.00025", "0.001", "0.0025", "60.0", "+Inf"].map(bucket), [
    "1",
    "2",
    "3",
    "4",
    "4",
    "5",
  ]);
  assert.equal(lineOf(page, "pulsar_lab_end_to_end_seconds_count")?.split(" ").at(-1), "5");
  assert.ok(!page.includes("pulsar_lab_service_seconds"), "a consumer has no service time");
});

Deno.test("counters and histograms are those of the whole life, however small a reset has made the figures", () => {
  const lifetime = {
    ...spanOf("consumer", {
      counters: { messages: 900 },
      latency: { endToEnd: histogramOf(1, 2, 3) },
      errors: new Map([["Timeout", 7]]),
    }),
    workerMessages: [0, 500, 400],
    outages: 3,
    outageMicros: 4_500_000,
  };
  const page = exposition(SNAPSHOT, INFO, "openmetrics", [], lifetime);
  const value = (start: string): string | undefined => lineOf(page, start)?.split(" ").at(-1);
  assert.equal(value("pulsar_lab_messages_total"), "900");
  assert.equal(value("pulsar_lab_errors_total"), "7");
  assert.equal(value("pulsar_lab_end_to_end_seconds_count"), "3");
  assert.equal(value('pulsar_lab_worker_messages_total{role="consumer",worker="2"}'), "400");
  assert.equal(value("pulsar_lab_elapsed_seconds"), "12");
  assert.equal(value("pulsar_lab_outages_total"), "3");
  assert.equal(value("pulsar_lab_outage_seconds_total"), "4.5");
});

Deno.test("a missing connection shows while it lasts, and messages given up late apart from the others", () => {
  const total = spanOf("producer", { counters: { missed: 9, missedLate: 7 } });
  const outages = { count: 1, totalMicros: 2_500_000, longestMicros: 1_500_000, since: 1.7e15 };
  const page = exposition(snapshotOf("producer", { total, outages }), INFO, "openmetrics");
  const value = (start: string): string | undefined => lineOf(page, start)?.split(" ").at(-1);
  assert.equal(value("pulsar_lab_connected"), "0");
  assert.equal(value("pulsar_lab_outage_seconds_total"), "2.5");
  assert.equal(value("pulsar_lab_outage_longest_seconds"), "1.5");
  assert.equal(value("pulsar_lab_missed_late_total"), "7");
  assert.equal(value("pulsar_lab_missed_total"), "9");
});

Deno.test("thresholds become gauges that alerts can watch", () => {
  const states = [{ text: "a<1", state: "fail", value: "" }, {
    text: "b<1",
    state: "pending",
    value: "",
  }] as const;
  const page = exposition(SNAPSHOT, INFO, "openmetrics", states);
  assert.ok(page.includes('pulsar_lab_threshold_ok{role="consumer",threshold="a<1"} 0\n'));
  assert.ok(page.includes('pulsar_lab_threshold_ok{role="consumer",threshold="b<1"} 1\n'));
});

Deno.test("label names hold what Prometheus allows, whatever the keys are", () => {
  const build = { "pulsar-local-lab": "0.1.0", "9lives": "x", deno: "2" };
  const page = exposition(SNAPSHOT, { ...INFO, build }, "text");
  assert.equal(
    lineOf(page, "pulsar_lab_build_info"),
    'pulsar_lab_build_info{role="consumer",pulsar_local_lab="0.1.0",_9lives="x",deno="2"} 1',
  );
});
