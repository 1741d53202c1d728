/** The metrics endpoint of a run, as a monitoring system meets it. */
import assert from "node:assert/strict";
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
