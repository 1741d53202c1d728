import assert from "node:assert/strict";
import { assertWellFormed, changes, healthy, status, UP, world } from "./world_test_support.ts";
import { type Scripted, ScriptedPrograms } from "./programs_test_support.ts";
import { labDoctor, labStatus } from "./status.ts";

Deno.test("status tells pods that are not ready from those that are", async () => {
  const pod = (name: string, phase: string, ready: boolean[], restartCount = 0): unknown => ({
    metadata: { name },
    status: { phase, containerStatuses: ready.map((one) => ({ ready: one, restartCount })) },
  });
  const pods = [pod("pulsar-broker-0", "Running", [true]), pod("pulsar-init", "Succeeded", [false])];
  const answers = (items: unknown[]): Scripted[] =>
    healthy(
      { match: "^minikube status", stdout: status("Running") },
      { match: "^helm status", stdout: '{"info":{"status":"deployed"},"version":3}' },
      { match: "get pods", stdout: JSON.stringify({ items }) },
    );
  {
    const stand = new ScriptedPrograms(answers(pods));
    const lab = world(stand);
    assert.equal(await labStatus(lab, undefined), true);
    assertWellFormed(stand);
    assert.match(
      lab.printed.join(""),
      /release pulsar deployed, revision 3\nok {2}pulsar-broker-0 {2}Running 1\/1\n/,
    );
  }
  {
    const stand = new ScriptedPrograms(answers([...pods, pod("pulsar-bookie-0", "Running", [false], 4)]));
    const lab = world(stand);
    assert.equal(await labStatus(lab, undefined), false);
    assert.match(lab.printed.join(""), /-- {2}pulsar-bookie-0 {2}Running 0\/1 {2}4 restarts/);
  }
  const stand = new ScriptedPrograms(healthy());
  const lab = world(stand);
  assert.equal(await labStatus(lab, undefined), false);
  assert.match(lab.printed.join(""), /Minikube 'minikube' is absent: 'lab up' starts it/);
});

Deno.test("doctor goes through everything, also after the first thing that is wrong", async () => {
  {
    const stand = new ScriptedPrograms(healthy());
    const lab = world(stand);
    assert.equal(await labDoctor(lab, undefined, UP.chart), true);
    assertWellFormed(stand);
    assert.deepEqual(changes(stand), []);
    assert.equal(lab.printed.length, 7);
  }
  const stand = new ScriptedPrograms(healthy(), ["kubectl"]);
  const lab = world(stand, 4);
  assert.equal(await labDoctor(lab, undefined, UP.chart), false);
  const wrong = lab.printed.filter((line) => line.startsWith("--")).map((line) => line.split(":")[0]);
  assert.deepEqual(wrong, ["--  minikube", "--  helm", "--  machine", "--  cluster", "--  chart"]);
});
