import assert from "node:assert/strict";
import { ConfigError } from "../lib/config/source.ts";
import { CredentialError } from "../lib/client/connection/authentication.ts";
import { GeneratorError } from "../lib/load/generator/errors.ts";
import { WorkerFailedError } from "../lib/load/run/worker_pool.ts";
import { MetricsEndpointError } from "../lib/report/formats/endpoint.ts";
import { MergeError } from "../lib/report/merge/merge.ts";
import { ResultError } from "../lib/report/result/result.ts";
import { OutputError } from "../lib/report/formats/write.ts";
import { TransportError } from "../lib/transport/errors.ts";
import { UsageError } from "./command.ts";
import { LabError } from "./lab_error.ts";
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
  assert.equal(exitCodeOf(new LabError("Usage", "wrong")), 2);
  assert.equal(exitCodeOf(new LabError("Command", "broken")), 1);
});

Deno.test("files, ports and programs that cannot be used are the environment's fault: 104", () => {
  const file = { message: "cannot read './x.yaml'", source: { kind: "flag", flag: "--profile" } } as const;
  const errors = [
    new ConfigError([{ ...file, isAboutFile: true }]),
    new OutputError("/x/run.json", "its folder does not exist"),
    new MetricsEndpointError("127.0.0.1", 9464, "the port is in use"),
    new ResultError("RESULT_KIND", "x.json", "is not a result of this tool"),
    new MergeError("results are of 2 different runs"),
    new GeneratorError("file-invalid", "payload file 'x' cannot be read"),
    new TransportError("UnreadableFile", "CA file 'x' cannot be read"),
    // What has come out of a worker keeps only its code.
    new WorkerFailedError("InvalidFile", "client key file 'x' holds no private key"),
    new CredentialError("token file 'x': it does not exist"),
    new LabError("MissingProgram", "minikube is not there"),
  ];
  for (const error of errors) assert.equal(exitCodeOf(error), 104, error.message);
});
