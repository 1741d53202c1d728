import assert from "node:assert/strict";
import { type ExposedRun, exposition, type ExpositionFormat } from "./exposition.ts";
import { histogramOf, snapshotOf, spanOf } from "../report_test_support.ts";

const BUILD: Readonly<Record<string, string>> = { version: "0.1.0" };
const INFO = { run: "run-1", topic: 'a"b\\c\nd' };

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

const pageOf = (
  run: Partial<ExposedRun> = {},
  format: ExpositionFormat = "openmetrics",
  build = BUILD,
): string => exposition({ build, runs: [{ snapshot: SNAPSHOT, info: INFO, ...run }] }, format);
const lineOf = (page: string, start: string): string | undefined =>
  page.split("\n").find((line) => line.startsWith(start));

Deno.test("the OpenMetrics page ends in EOF, names families without _total and samples with it", () => {
  const page = pageOf();
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
  const page = pageOf({}, "text");
  assert.ok(!page.includes("# EOF") && !page.includes(" info\n"));
  assert.ok(page.includes("# TYPE pulsar_lab_messages_total counter\n"));
});

Deno.test("label values are escaped", () => {
  const page = pageOf();
  assert.ok(page.includes('topic="a\\"b\\\\c\\nd"'), page);
});

Deno.test("latency buckets are cumulative, in seconds, and end with everything", () => {
  const page = pageOf();
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
  const page = pageOf({ lifetime });
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
  const page = pageOf({ snapshot: snapshotOf("producer", { total, outages }) });
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
  const page = pageOf({ thresholds: states });
  assert.ok(page.includes('pulsar_lab_threshold_ok{role="consumer",threshold="a<1"} 0\n'));
  assert.ok(page.includes('pulsar_lab_threshold_ok{role="consumer",threshold="b<1"} 1\n'));
});

Deno.test("label names hold what Prometheus allows, whatever the keys are", () => {
  const build = { "pulsar-local-lab": "0.1.0", "9lives": "x", deno: "2" };
  const page = pageOf({}, "text", build);
  assert.equal(
    lineOf(page, "pulsar_lab_build_info"),
    'pulsar_lab_build_info{role="consumer",pulsar_local_lab="0.1.0",_9lives="x",deno="2"} 1',
  );
});

Deno.test("groups of a scenario are told apart, and each family stands together with its one head", () => {
  const runs = ["orders", "clicks"].map((group) => ({ snapshot: SNAPSHOT, info: INFO, group }));
  const page = exposition({ build: BUILD, runs }, "openmetrics");
  const lines = page.split("\n");
  assert.equal(lines.filter((line) => line === "# TYPE pulsar_lab_messages counter").length, 1);
  const first = lines.indexOf('pulsar_lab_messages_total{role="consumer",group="orders"} 5000000000');
  assert.equal(lines[first + 1], 'pulsar_lab_messages_total{role="consumer",group="clicks"} 5000000000');
  assert.match(lines[first + 2]!, /^# TYPE/);
});

Deno.test("steps that have begun are told with their moment, also two of one name", () => {
  const step = { name: "move", kind: "unload" };
  const steps = [{ ...step, number: 1, began: 1.7e9 }, { ...step, number: 2, began: 1.7e9 + 5.25 }];
  const page = exposition({ build: BUILD, runs: [], steps }, "openmetrics");
  assert.deepEqual(page.split("\n").filter((line) => line.startsWith("pulsar_lab_step")), [
    'pulsar_lab_step_start_time_seconds{step="1",name="move",kind="unload"} 1700000000',
    'pulsar_lab_step_start_time_seconds{step="2",name="move",kind="unload"} 1700000005.25',
  ]);
});
