import assert from "node:assert/strict";
import {
  assertWellFormed,
  changes,
  healthy,
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
    const stand = new ScriptedPrograms(healthy(running));
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
