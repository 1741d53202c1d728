import assert from "node:assert/strict";
import { type MetricsEndpoint, MetricsEndpointError, startMetricsEndpoint } from "./endpoint.ts";

async function withEndpoint(
  action: (endpoint: MetricsEndpoint, base: string) => Promise<void>,
  unhealthy: () => string | undefined = () => undefined,
): Promise<void> {
  const endpoint = startMetricsEndpoint({
    host: "127.0.0.1",
    port: 0,
    render: (format) => `as ${format}\n`,
    unhealthy,
  });
  try {
    await action(endpoint, `http://127.0.0.1:${endpoint.port}`);
  } finally {
    await endpoint.close();
  }
}

Deno.test("the format follows what the client accepts", () =>
  withEndpoint(async (endpoint) => {
    const open = await fetch(endpoint.url, {
      headers: { accept: "application/openmetrics-text;version=1.0.0,*/*;q=0.1" },
    });
    assert.equal(await open.text(), "as openmetrics\n");
    assert.equal(
      open.headers.get("content-type"),
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
    );
    const plain = await fetch(endpoint.url);
    assert.equal(await plain.text(), "as text\n");
    assert.match(plain.headers.get("content-type") ?? "", /version=0\.0\.4/);
  }));

Deno.test("health answers 503 with the reason, unknown paths 404, other methods 405", () => {
  let problem: string | undefined;
  return withEndpoint(async (_endpoint, base) => {
    const status = async (path: string, method = "GET"): Promise<[number, string]> => {
      const response = await fetch(base + path, { method });
      return [response.status, (await response.text()).trim()];
    };
    assert.deepEqual(await status("/healthz"), [200, "ok"]);
    problem = "2 workers crashed";
    assert.deepEqual(await status("/healthz"), [503, "2 workers crashed"]);
    assert.equal((await status("/"))[0], 404);
    assert.equal((await status("/metrics", "POST"))[0], 405);
  }, () => problem);
});

Deno.test("a busy port is a clear error, raised at once", () =>
  withEndpoint((endpoint) => {
    assert.throws(
      () => startMetricsEndpoint({ host: "127.0.0.1", port: endpoint.port, render: () => "" }),
      (error) => {
        assert.ok(error instanceof MetricsEndpointError);
        assert.equal(
          error.message,
          `metrics endpoint cannot listen on '127.0.0.1:${endpoint.port}': the port is in use; choose another with --metrics-port`,
        );
        return true;
      },
    );
    return Promise.resolve();
  }));
