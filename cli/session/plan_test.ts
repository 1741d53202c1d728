import assert from "node:assert/strict";
import { ConfigError } from "../../lib/config/source.ts";
import { GeneratorError } from "../../lib/load/generator/errors.ts";
import { loadConfig } from "../load_config.ts";
import { makePlan, type Plan } from "./plan.ts";

function plan(argv: readonly string[], env: Record<string, string> = {}, token?: string): Plan {
  const loaded = loadConfig("producer", argv, env, () => "", { runId: "test" });
  assert.ok(loaded.kind === "run");
  return makePlan(loaded.config, loaded.sources, token);
}

function configError(fn: () => unknown): ConfigError {
  try {
    fn();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

Deno.test("thresholds are judged before anything starts, and their place is named", () => {
  assert.equal(plan(["--threshold", "errors==0", "--threshold", "service.p99<20ms"]).thresholds.length, 2);
  const byFlag = configError(() => plan(["--threshold", "servic.p99<20ms"]));
  assert.match(byFlag.message, /^--threshold: .*'servic\.p99'.*did you mean 'service\.p99'/);
  assert.ok(byFlag.fromFlags);
  const byEnvironment = configError(() => plan([], { PLL_THRESHOLD: "servic.p99<20ms" }));
  assert.match(byEnvironment.message, /PLL_THRESHOLD/);
  assert.ok(!byEnvironment.fromFlags);
});

Deno.test("a threshold on a target needs one", () => {
  assert.throws(() => plan(["--threshold", "rate>=0.99*target"]), ConfigError);
  assert.equal(plan(["--threshold", "rate>=0.99*target", "--rate", "1k"]).thresholds.length, 1);
});

Deno.test("payloads that no worker could make are refused", () => {
  assert.throws(() => plan(["--payload", "json", "--size", "5", "--verify", "off"]), GeneratorError);
});

Deno.test("a token from the environment is trimmed, and has to be there", () => {
  assert.equal(plan(["--token-env", "PLL_TOKEN"], {}, " abc\n").token, "abc");
  for (const token of [undefined, " \n"]) {
    const error = configError(() => plan(["--token-env", "PLL_TOKEN"], {}, token));
    assert.match(error.message, /'PLL_TOKEN'/);
    assert.ok(!error.fromFlags);
  }
});
