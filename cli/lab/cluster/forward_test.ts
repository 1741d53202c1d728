import assert from "node:assert/strict";
import { LabError } from "../../lab_error.ts";
import { keepForwarding } from "./forward.ts";
import { TARGETS } from "./names.ts";
import { type Scripted, ScriptedPrograms } from "./programs_test_support.ts";

interface Forwarded {
  readonly said: string[];
  readonly waits: number[];
  readonly ready: number;
}

/** Forwards through the answers in turn and stops once the last one stands. */
async function forward(answers: Scripted[], ends: number): Promise<Forwarded> {
  const stand = new ScriptedPrograms(answers);
  const controller = new AbortController();
  const said: string[] = [];
  const waits: number[] = [];
  let ready = 0;
  let ups = 0;
  await keepForwarding({
    tools: stand.tools(),
    context: "minikube",
    target: TARGETS.broker,
    address: "127.0.0.1",
    signal: controller.signal,
    say: (text) => {
      said.push(text);
      if (/^forwarding/.test(text) && ++ups === ends) controller.abort();
    },
    onReady: () => ready++,
    delay: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  assert.deepEqual(stand.calls.flatMap(({ problem }) => problem ?? []), []);
  return { said, waits, ready };
}

const FORWARDING = "Forwarding from 127.0.0.1:6650 -> 6650\nForwarding from 127.0.0.1:8080 -> 8080\n";

Deno.test("a forwarding that ends is started again, later and later while it fails", async () => {
  const match = "port-forward --address=127.0.0.1 svc/pulsar-proxy 6650:6650 8080:80$";
  const { said, waits, ready } = await forward([
    { match, stdout: FORWARDING, stderr: "error: lost connection to pod\n", code: 1 },
    { match, stderr: "error: unable to forward port because pod is not running\n", code: 1 },
    { match, stderr: "error: unable to forward port because pod is not running\n", code: 1 },
    { match, stdout: FORWARDING, stays: true },
  ], 2);
  assert.deepEqual(waits, [500, 1000, 2000]);
  assert.equal(ready, 1);
  assert.equal(said[0], "forwarding Pulsar");
  assert.match(said[1]!, /^Pulsar: lost connection to pod; trying again in 0\.5 s$/);
  assert.equal(said.at(-1), "forwarding Pulsar again");
});

Deno.test("a forwarding that goes on but forwards nothing is ended and started again", async () => {
  const { said } = await forward([
    {
      match: "port-forward",
      stdout: FORWARDING,
      stderr: "E1124 portforward.go:413] an error occurred: error forwarding port 6650 to pod abc\n",
      stays: true,
    },
    { match: "port-forward", stdout: FORWARDING, stays: true },
  ], 2);
  assert.match(said[1]!, /error forwarding port 6650/);
});

Deno.test("a port that is taken is not tried for ever", async () => {
  const stand = new ScriptedPrograms([
    {
      match: "port-forward",
      stderr: "unable to listen on any of the requested ports: [{6650 6650}]\n",
      code: 1,
    },
  ]);
  const forwarding = keepForwarding({
    tools: stand.tools(),
    context: "minikube",
    target: TARGETS.broker,
    address: "127.0.0.1",
    signal: new AbortController().signal,
    say: () => {},
  });
  await assert.rejects(forwarding, (error: unknown) => {
    assert.ok(error instanceof LabError);
    assert.match(
      error.message,
      /^Pulsar cannot be forwarded: unable to listen on any of the requested ports/,
    );
    return true;
  });
});
