/** The metrics endpoint of a run, as a monitoring system meets it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { eventually, startCli } from "../support/cli.ts";
import { freePorts } from "../support/ports.ts";

Deno.test("a run can be scraped while it goes on, and gives its port back at the end", async () => {
  const [port] = freePorts(1);
  const { child, outcome } = startCli("producer", [
    ...["--embedded", "--workers", "1", "-r", "500", "-q", "--metrics-port", String(port)],
  ]);
  const url = `http://127.0.0.1:${port}`;
  const text = await eventually("published messages in the metrics", async () => {
    const response = await fetch(`${url}/metrics`).catch(() => undefined);
    const body = await response?.text();
    return body !== undefined && /^pulsar_lab_messages_total\{[^}]*\} [1-9]/m.test(body) ? body : undefined;
  });
  assert.match(text, /role="producer"/);
  assert.match(text, /^# TYPE \w+ histogram$/m);
  const openMetrics = await fetch(`${url}/metrics`, {
    headers: { accept: "application/openmetrics-text; version=1.0.0" },
  });
  assert.match(openMetrics.headers.get("content-type") ?? "", /openmetrics-text/);
  assert.match(await openMetrics.text(), /# EOF\n$/);
  const missing = await fetch(`${url}/nowhere`);
  assert.equal(missing.status, 404);
  await missing.body?.cancel();
  child.kill("SIGINT");
  const { code, stderr } = await outcome;
  assert.equal(code, 105, stderr);
  Deno.listen({ hostname: "127.0.0.1", port: port! }).close();
});

Deno.test("where the endpoint listens is said before the load", async () => {
  const [port] = freePorts(1);
  const { outcome } = startCli("producer", [
    ...["--embedded", "--workers", "1", "-n", "1k", "--metrics-port", String(port)],
  ]);
  const { code, stderr } = await outcome;
  assert.equal(code, 0);
  assert.match(stderr, new RegExp(`^metrics at http://127\\.0\\.0\\.1:${port}[^]*running`, "m"));
});

const SCENARIO = `
topics: { orders: , clicks: }
producers:
  web: { topics: orders, rate: 300 }
  app: { topics: clicks, rate: 100 }
subscriptions: { all: { topics: [orders, clicks], type: shared, thresholds: "errors==0" } }
steps: [{ at: 200ms, name: faster, rate: web 600 }]
`;

Deno.test("a scenario is one page: groups by their names, and steps with the moment they began", async () => {
  const [port] = freePorts(1);
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "small.yaml"), SCENARIO);
    const before = Date.now() / 1000;
    const { child, outcome } = startCli("lab", [
      ...["run", join(folder, "small.yaml"), "--embedded", "-q", "--metrics-port", String(port)],
    ]);
    const page = await eventually("a step in the metrics", async () => {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
      const body = await response?.text();
      return body?.includes("pulsar_lab_step_start_time_seconds{") ? body : undefined;
    });
    const value = (start: string): number => {
      const line = page.split("\n").find((line) => line.startsWith(start));
      return Number(line?.split(" ").at(-1));
    };
    for (const [role, group] of [["producer", "web"], ["producer", "app"], ["consumer", "all"]]) {
      assert.ok(value(`pulsar_lab_elapsed_seconds{role="${role}",group="${group}"}`) > 0, page);
    }
    assert.equal(value('pulsar_lab_target_rate{role="producer",group="web"}'), 600);
    assert.equal(value('pulsar_lab_threshold_ok{role="consumer",group="all"'), 1);
    assert.match(page, /^pulsar_lab_run_info\{role="producer",group="app",.*scenario="small"\} 1$/m);
    const began = value('pulsar_lab_step_start_time_seconds{step="1",name="faster",kind="rate"}');
    assert.ok(began > before && began < Date.now() / 1000, `${began}`);
    child.kill("SIGINT");
    const { code, stderr } = await outcome;
    assert.equal(code, 105, stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
