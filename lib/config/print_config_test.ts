import assert from "node:assert/strict";
import { parseDocument } from "yaml";
import { printConfigJson, printConfigYaml } from "./print_config.ts";
import { resolve, type Resolved } from "./resolve.ts";
import type { Role } from "./run_config.ts";

function load(role: Role, env: Record<string, string>, text = ""): Resolved {
  const readFile = (): string => assert.fail("no file is needed");
  return resolve({ role, flags: new Map(), env, file: { path: "lab.yaml", text }, readFile, runId: "r1" });
}

const CASES: readonly (readonly [Role, Record<string, string>])[] = [
  ["producer", {}],
  ["consumer", { PLL_PROFILE: "low-latency", PLL_ACK: "none", PLL_SEEK: "2026-01-31" }],
  ["producer", {
    PLL_STAGE: "1s:5;ramp:1m:5k",
    PLL_PROPERTY: "a=1;b=# no comment: 'x'",
    PLL_THRESHOLD: "a<1",
  }],
  ["producer", { PLL_EMBEDDED: "null", PLL_TEMPLATE: 'say "hi": {seq}', PLL_OUTPUT: "-", PLL_RUN_ID: "12" }],
  ["producer", { PLL_SIZE: "16", PLL_PROFILE: "burst", PLL_RATE: "unlimited" }],
  ["consumer", {
    PLL_SUBSCRIPTION_TYPE: "exclusive",
    PLL_SUBSCRIPTION: "null",
    PLL_PRODUCER_NAME: "ignored",
  }],
];

for (const [role, env] of CASES) {
  Deno.test(`the printed configuration of a ${role} with ${JSON.stringify(env)} reads back the same`, () => {
    const printed = load(role, env);
    assert.deepEqual(load(role, {}, printConfigYaml(printed)).config, printed.config);
  });
}

Deno.test("every setting has a line with its source, defaults are commented out", () => {
  const text = printConfigYaml(load("producer", { PLL_WORKERS: "3" }, "producer: { rate: 5k }\n"));
  assert.match(text, /^workers: 3 +# environment PLL_WORKERS$/m);
  assert.match(text, /^ {2}rate: 5k\/s +# file lab\.yaml:1:19$/m);
  assert.match(text, /^ {2}size: 1KiB +# profile default:7:9$/m);
  assert.match(text, /^# seed: 1 +# default$/m);
  assert.match(text, /^# duration: +# not set; Stop after/m);
  assert.deepEqual(parseDocument(text).errors, []);
});

Deno.test("secrets are shown in neither form, their source is", () => {
  const resolved = load("producer", { PLL_TOKEN_FILE: "/run/secrets/s3cret", PLL_SERVICE_URL: "pulsar://h" });
  for (const text of [printConfigYaml(resolved), printConfigJson(resolved)]) {
    assert.ok(!text.includes("s3cret"));
    assert.ok(text.includes("(hidden)") && text.includes("environment PLL_TOKEN_FILE"));
  }
});

Deno.test("the JSON form has the values in the units of the run, and all sources", () => {
  const { role, config, sources } = JSON.parse(printConfigJson(load("consumer", { PLL_DURATION: "5m" })));
  assert.deepEqual([role, config.durationMs, config.subscriptionType], ["consumer", 300_000, "shared"]);
  assert.deepEqual([sources.durationMs, sources.subscriptionType], ["environment PLL_DURATION", "default"]);
  assert.equal("count" in config, false);
  assert.equal(sources.count, "default");
});
