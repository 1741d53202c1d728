import assert from "node:assert/strict";
import { ConfigError } from "../lib/config/source.ts";
import { GeneratorError } from "../lib/load/generator.ts";
import { UsageError } from "./command.ts";
import { errorText, exitCodeOf, InterruptedError } from "./errors.ts";

Deno.test("an error is one line without --debug, and has its stack with it", () => {
  const error = new Error("cannot connect to 'x'");
  assert.equal(errorText("producer", error, false), "producer: cannot connect to 'x'\n");
  assert.match(errorText("producer", error, true), /cannot connect to 'x'\nError: [^]*errors_test\.ts/);
  assert.equal(errorText("lab", "just text", false), "lab: just text\n");
  const ofWorker = Object.assign(new Error("gone"), { workerStack: "Error: gone\n    at worker.ts:1" });
  assert.match(errorText("producer", ofWorker, true), /at worker\.ts:1/);
});

Deno.test("each kind of error has its exit code", () => {
  const problem = (kind: "flag" | "env"): ConfigError =>
    new ConfigError([{
      message: "wrong",
      source: kind === "flag" ? { kind, flag: "--rate" } : { kind, name: "PLL_RATE" },
    }]);
  assert.equal(exitCodeOf(problem("flag")), 2);
  assert.equal(exitCodeOf(problem("env")), 104);
  assert.equal(exitCodeOf(new UsageError("wrong")), 2);
  assert.equal(exitCodeOf(new GeneratorError("size-too-small", "wrong")), 2);
  assert.equal(exitCodeOf(new InterruptedError("SIGINT")), 105);
  assert.equal(exitCodeOf(new Error("broken")), 1);
  assert.equal(exitCodeOf(undefined), 1);
});
