import assert from "node:assert/strict";
import { parse } from "yaml";
import { readValues } from "./chart_values.ts";
import { checkFit, roomOf } from "./fit.ts";
import { parseQuantity, USUAL_SIZE } from "./machine.ts";
import { monitoringManifests } from "./monitoring.ts";

const GIB = 1024 ** 3;

Deno.test("a node has left what it gives to pods less what they request; nodes that take no pods have nothing", () => {
  const node = (name: string, spec = {}): Parameters<typeof roomOf>[0][number] => ({
    metadata: { name },
    spec,
    status: { allocatable: { cpu: "3920m", memory: "8Gi" } },
  });
  const pod = (nodeName: string, cpu?: string): Parameters<typeof roomOf>[1][number] => ({
    spec: {
      nodeName,
      containers: [{ resources: cpu === undefined ? {} : { requests: { cpu, memory: "512Mi" } } }, {}],
    },
  });
  const nodes = [
    node("a"),
    node("b", { unschedulable: true }),
    node("c", { taints: [{ effect: "NoSchedule" }] }),
    node("d", { taints: [{ effect: "PreferNoSchedule" }] }),
  ];
  const rooms = roomOf(nodes, [pod("a", "1"), pod("a", "420m"), pod("a"), pod("b", "1"), { spec: {} }]);
  assert.deepEqual(rooms.map(({ cpus }) => Math.round(cpus * 1000)), [2500, 3920]);
  assert.deepEqual(rooms.map(({ memoryBytes }) => memoryBytes / GIB), [7, 8]);
});

Deno.test("pods fit nodes one by one, not their sum", () => {
  const rooms = [{ cpus: 1.5, memoryBytes: 8 * GIB }, { cpus: 1.5, memoryBytes: 8 * GIB }];
  checkFit(rooms, 2, { cpus: 1.5, memoryBytes: GIB });
  assert.throws(
    () => checkFit(rooms, 3, { cpus: 1, memoryBytes: GIB }),
    /^LabError: 3 pods of 1 CPUs and 1\.0 GiB do not fit: 2 nodes with 3\.0 CPUs and 16\.0 GiB free take 2; --cpu 750m/,
  );
});

/** kubeadm's static pods, CoreDNS and storage-provisioner, as Minikube runs them. */
const KUBE_SYSTEM_CPUS = 0.75;

interface Component {
  readonly replicaCount?: number;
  readonly resources?: { readonly requests?: { readonly cpu?: string } };
}

Deno.test("Kubernetes, Pulsar, monitoring and a small load together fit the usual Minikube", async () => {
  const values = parse(readValues("values-minikube.yaml")) as Record<string, Component>;
  const components = ["zookeeper", "bookkeeper", "broker", "proxy", "toolset"].map((name) => values[name]!);
  assert.ok(components.every((one) => one.resources?.requests?.cpu !== undefined));
  const pulsar = components.reduce(
    (sum, { replicaCount = 1, resources }) => sum + replicaCount * parseQuantity(resources!.requests!.cpu!),
    0,
  );
  const monitoring = (await monitoringManifests()).filter(({ kind }) => kind === "Deployment")
    .flatMap(({ spec }) =>
      (spec as { template: { spec: { containers: { resources: { requests: { cpu: string } } }[] } } })
        .template.spec
        .containers
    )
    .reduce((sum, { resources }) => sum + parseQuantity(resources.requests.cpu), 0);
  const load = 6 * 0.25;
  const all = KUBE_SYSTEM_CPUS + pulsar + monitoring + load;
  assert.ok(all <= USUAL_SIZE.cpus, `${all.toFixed(2)} CPUs are requested of ${USUAL_SIZE.cpus}`);
});
