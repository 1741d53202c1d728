import assert from "node:assert/strict";
import {
  assertWellFormed,
  changes,
  FOREIGN,
  healthy,
  installed,
  prodContext,
  refusal,
  status,
  world,
} from "./world_test_support.ts";
import { type Scripted, ScriptedPrograms } from "./programs_test_support.ts";
import { labDown } from "./down.ts";

Deno.test("down removes what up made, and the cluster itself only when asked to", async () => {
  const running: Scripted = { match: "^minikube status", stdout: status("Running") };
  const down = async (options: Partial<Parameters<typeof labDown>[1]>): Promise<string[]> => {
    const stand = new ScriptedPrograms(healthy(running, ...installed()));
    await labDown(world(stand), { keepData: false, minikube: "leave", ...options });
    assertWellFormed(stand);
    return changes(stand).map((line) => line.replace(/ --(kube-context|context|namespace) \S+/g, ""));
  };
  const uninstall = "helm uninstall pulsar --ignore-not-found --wait --timeout=5m";
  assert.deepEqual(await down({}), [
    uninstall,
    "kubectl delete namespace pulsar --ignore-not-found --timeout=5m",
  ]);
  const [, kept] = await down({ keepData: true });
  assert.match(kept!, /^kubectl delete deployment,\S+ -l app\.kubernetes\.io\/managed-by=pulsar-local-lab/);
  assert.equal((await down({ minikube: "stop" })).at(-1), "minikube stop -p minikube");
  assert.deepEqual(await down({ minikube: "delete" }), ["minikube delete -p minikube"]);
});

Deno.test("down does nothing where nothing is, and never stops a cluster that is not Minikube's", async () => {
  const stand = new ScriptedPrograms(
    healthy({ match: "^kubectl config view", stdout: JSON.stringify(prodContext) }),
  );
  await labDown(world(stand), { context: "minikube", keepData: false, minikube: "leave" });
  const error = await refusal(
    labDown(world(stand), { context: "prod", keepData: false, minikube: "delete" }),
  );
  assert.equal(error.message, "context 'prod' is not Minikube's: it cannot be stopped or deleted");
  assert.deepEqual(changes(stand), []);
});

Deno.test("down leaves alone what the lab has not made, and asks before it removes anything outside Minikube", async () => {
  const prod: Scripted = { match: "^kubectl config view", stdout: JSON.stringify(prodContext) };
  const options = { context: "prod", keepData: false, minikube: "leave" } as const;
  const foreign = new ScriptedPrograms(healthy(prod, ...installed(FOREIGN)));
  const error = await refusal(labDown(world(foreign), { ...options, yes: true }));
  assert.match(error.message, /^namespace 'pulsar' of context 'prod' was not made by the lab/);
  assert.deepEqual(changes(foreign), []);
  const stand = new ScriptedPrograms(healthy(prod, ...installed()));
  await refusal(labDown(world(stand), options));
  assert.deepEqual(changes(stand), []);
  await labDown({ ...world(stand), ask: () => Promise.resolve("prod") }, options);
  assert.equal(changes(stand).length, 2);
  assertWellFormed(stand);
});

Deno.test("down finds nothing to remove where there is no namespace", async () => {
  const stand = new ScriptedPrograms(healthy({ match: "^minikube status", stdout: status("Running") }));
  const lab = world(stand);
  await labDown(lab, { keepData: false, minikube: "leave" });
  assert.deepEqual(changes(stand), []);
  assert.match(lab.said.join("\n"), /there is no lab in this cluster/);
});
