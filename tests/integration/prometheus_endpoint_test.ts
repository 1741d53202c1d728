/** The metrics endpoint, scraped by a real Prometheus and held against its own linter. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { startMetricsEndpoint } from "../../lib/report/formats/endpoint.ts";
import { exposition, type ExpositionFormat } from "../../lib/report/formats/exposition.ts";
import { histogramOf, snapshotOf, spanOf } from "../../lib/report/report_test_support.ts";
import { freePorts } from "../support/ports.ts";
import { missingPrograms, testUnless } from "../support/shared_broker.ts";

const test = testUnless(await missingPrograms("prometheus", "promtool"));

const BUILD = { version: "0.1.0" };
const INFO = { run: "run-1", profile: 'quo"ted', topic: "persistent://a/b/c" };
const THRESHOLDS = [{ text: "errors==0", state: "fail", value: "3" }] as const;

const total = spanOf("producer", {
  seconds: 12,
  counters: { messages: 1234, bytes: 5, missed: 6 },
  latency: { service: histogramOf(900, 1500, 80_000), response: histogramOf(900, 1500, 2_000_000) },
  errors: new Map([["ServiceNotReady", 3]]),
});
const snapshot = snapshotOf("producer", {
  total,
  targetRate: 100,
  workers: [{
    id: 0,
    state: "running",
    rate: 1,
    messages: 1234,
    errors: 3,
    inFlight: 2,
    loopLagMicros: 10,
    restarts: 0,
  }],
});
const render = (format: ExpositionFormat): string =>
  exposition({ build: BUILD, runs: [{ snapshot, info: INFO, thresholds: THRESHOLDS }] }, format);

test("promtool finds nothing to say about the page", lint);
test("a real Prometheus scrapes the endpoint and answers queries with what the run measured", scrape);

const EXPECTED: readonly (readonly [expression: string, value: number])[] = [
  ['up{job="lab"}', 1],
  ["pulsar_lab_messages_total", 1234],
  ['pulsar_lab_errors_total{code="ServiceNotReady"}', 3],
  ["pulsar_lab_target_rate", 100],
  ['pulsar_lab_workers{state="running"}', 1],
  ['pulsar_lab_run_info{profile="quo\\"ted"}', 1],
  ["pulsar_lab_threshold_ok", 0],
  ["pulsar_lab_response_seconds_count", 3],
  ["scrape_samples_scraped - scrape_samples_post_metric_relabeling", 0],
];

async function lint(): Promise<void> {
  const child = new Deno.Command("promtool", { args: ["check", "metrics"], stdin: "piped", stderr: "piped" })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(render("text")));
  await writer.close();
  const { code, stderr } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}

async function scrape(): Promise<void> {
  const folder = await Deno.makeTempDir();
  const endpoint = startMetricsEndpoint({ host: "127.0.0.1", port: 0, render });
  const [port] = freePorts(1) as [number];
  await Deno.writeTextFile(
    join(folder, "prometheus.yml"),
    JSON.stringify({
      scrape_configs: [{
        job_name: "lab",
        scrape_interval: "1s",
        scrape_timeout: "1s",
        static_configs: [{ targets: [`127.0.0.1:${endpoint.port}`] }],
      }],
    }),
  );
  const prometheus = new Deno.Command("prometheus", {
    args: [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=error",
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    const [first] = EXPECTED;
    await eventually(
      async () => (await instant(port, first![0])) === first![1],
      "Prometheus never scraped the endpoint",
    );
    for (const [expression, value] of EXPECTED) {
      let found: number | undefined;
      // A scrape that a busy machine delays leaves a hole, which the next one fills.
      const isRight = async (): Promise<boolean> => (found = await instant(port, expression)) === value;
      await eventually(isRight, () => `'${expression}' is ${found}, must be ${value}`);
    }
    const p50 = await instant(
      port,
      "histogram_quantile(0.5, last_over_time(pulsar_lab_service_seconds_bucket[1m]))",
    );
    assert.ok(p50 !== undefined && p50 > 0.001 && p50 <= 0.0025, `P50 of 1.5 ms in its bucket, found ${p50}`);
    assert.equal(await typeOf(port, "pulsar_lab_messages_total", "pulsar_lab_messages"), "counter");
    assert.equal(await typeOf(port, "pulsar_lab_service_seconds"), "histogram");
  } finally {
    prometheus.kill("SIGTERM");
    await prometheus.status;
    await endpoint.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function instant(port: number, expression: string): Promise<number | undefined> {
  const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`;
  try {
    const response = await fetch(url);
    if (response.status === 503) {
      // It listens, and is not ready yet.
      await response.body?.cancel();
      return undefined;
    }
    const body = await response.json();
    const value = body.data?.result?.[0]?.value?.[1];
    return value === undefined ? undefined : Number(value);
  } catch (error) {
    // It does not listen yet.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The type that Prometheus recorded for a metric family, under either of its names. */
async function typeOf(port: number, ...names: string[]): Promise<string | undefined> {
  const body = await (await fetch(`http://127.0.0.1:${port}/api/v1/targets/metadata`)).json();
  const found = body.data.find(({ metric }: { metric: string }) => names.includes(metric));
  return found?.type;
}

async function eventually(
  condition: () => Promise<boolean>,
  problem: string | (() => string),
): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(typeof problem === "string" ? problem : problem());
}
