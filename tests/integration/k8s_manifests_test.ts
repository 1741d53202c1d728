/** What goes into a cluster: values for the chart, monitoring, and loads in pods. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import {
  keyPaths,
  parseValues,
  readValues,
  unknownKeys,
  valuesFiles,
} from "../../cli/lab/cluster/chart_values.ts";
import { LEAST_MEMORY, parseQuantity, USUAL_SIZE } from "../../cli/lab/cluster/machine.ts";
import { CONFIG_MAP_LIMIT, grafanaSecret, monitoringManifests } from "../../cli/lab/cluster/monitoring.ts";
import { CHART, TARGETS } from "../../cli/lab/cluster/names.ts";
import {
  type Manifest,
  manifestText,
  parseManifests,
  readResource,
} from "../../cli/lab/cluster/resources.ts";
import type { ChartKeys } from "../../tools/chart_keys.ts";
import { exampleFiles } from "../../tools/load_manifests.ts";
import { cachedFolder } from "../support/cache.ts";
import { run } from "../support/process.ts";
import { missingPrograms, testUnless } from "../support/shared_broker.ts";

const ROOT = join(import.meta.dirname!, "../..");
const VALUES = [...Deno.readDirSync(join(ROOT, "k8s/helm"))].map(({ name }) => name).filter((name) =>
  name.endsWith(".yaml")
).sort();
const chartKeys = JSON.parse(readResource("k8s/helm/chart-keys.json")) as ChartKeys;

type Tree = { readonly [key: string]: Tree } & { readonly [key: string]: unknown };

Deno.test("every key of every values file is one of the chart's", () => {
  assert.deepEqual([chartKeys.chart, chartKeys.version], [CHART.name, CHART.version]);
  const known = new Set(chartKeys.keys);
  for (const file of VALUES) assert.deepEqual(unknownKeys(parseValues(readValues(file)), known), [], file);
  assert.deepEqual(unknownKeys({ broker: { replicaCounts: 1, resources: { x: 1 } } }, known), [
    "broker.replicaCounts",
  ]);
});

Deno.test("no installation asks for PodMonitors, whose kind a plain cluster does not know", () => {
  const monitored = keyPaths(Object.fromEntries(chartKeys.keys.map((key) => [key, 0])), 1)
    .filter((key) => /^(zookeeper|bookkeeper|autorecovery|broker|proxy)\.podMonitor$/.test(key));
  assert.equal(monitored.length, 5);
  for (const file of ["values-minikube.yaml", "values-ha.yaml"]) {
    const values = parseValues(readValues(file)) as Tree;
    for (const key of monitored) {
      assert.equal(values[key.split(".")[0]!]!.podMonitor!.enabled, false, `${file}: ${key}`);
    }
    assert.equal(values["victoria-metrics-k8s-stack"]!.enabled, false);
  }
});

Deno.test("Minikube's installation fits 4 CPUs and 8 GiB, with room for the system", async () => {
  const merged = valuesFiles({ persistence: true, manager: true }).map((file) =>
    parseValues(readValues(file)) as Tree
  );
  const limits = { cpu: 0, memory: 0 };
  const requests = { cpu: 0, memory: 0 };
  const add = (resources: Tree): void => {
    for (const [sum, given] of [[requests, resources.requests], [limits, resources.limits]] as const) {
      sum.cpu += parseQuantity(String(given!.cpu));
      sum.memory += parseQuantity(String(given!.memory));
    }
  };
  for (const values of merged) {
    for (const component of Object.values(values)) {
      if (component?.resources !== undefined) add(component.resources);
    }
  }
  for (const { spec } of deployments(await monitoringManifests())) {
    for (const container of spec.template.spec.containers) add(container.resources as Tree);
  }
  assert.ok(requests.cpu > 1 && requests.cpu < USUAL_SIZE.cpus - 1, `${requests.cpu} CPUs requested`);
  const gib = 1024 ** 3;
  assert.ok(requests.memory < USUAL_SIZE.memoryBytes - 2 * gib, `${requests.memory / gib} GiB requested`);
  // Without the optional manager everything may reach its limit at once.
  const manager = merged.at(-1)!.pulsar_manager!.resources as Tree;
  const most = limits.memory - parseQuantity(String(manager.limits!.memory));
  assert.ok(most <= LEAST_MEMORY, `${most / gib} GiB at most`);
});

Deno.test("a JVM's heap and direct memory fit its container", () => {
  for (const file of ["values-minikube.yaml", "values-ha.yaml"]) {
    for (const [name, component] of Object.entries(parseValues(readValues(file)) as Tree)) {
      const memory = component?.configData?.PULSAR_MEM as string | undefined;
      if (memory === undefined) continue;
      const sizes = [...memory.matchAll(/-(?:Xmx|XX:MaxDirectMemorySize=)(\d+)([mg])/gi)].map((
        [, size, unit],
      ) => Number(size) * 1024 ** (unit!.toLowerCase() === "g" ? 3 : 2));
      const limit = parseQuantity(String(component!.resources!.limits!.memory));
      const used = sizes.reduce((sum, size) => sum + size, 0);
      assert.ok(used > 0 && used <= 0.86 * limit, `${file} ${name}: ${used} of ${limit}`);
    }
  }
});

Deno.test("the upgrade starts from one old version, and differs from the new one", () => {
  const { defaultPulsarImageTag, images } = parseValues(readValues("values-upgrade.yaml")) as Tree;
  const tags = new Set(Object.values(images!).map((image) => (image as Tree).tag));
  assert.deepEqual([...tags], [defaultPulsarImageTag]);
  assert.notEqual(
    defaultPulsarImageTag,
    (parseValues(readValues("values-ha.yaml")) as Tree).defaultPulsarImageTag,
  );
});

interface Container {
  readonly name: string;
  readonly image: string;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources: unknown;
  readonly securityContext: Record<string, unknown>;
  readonly volumeMounts?: readonly { readonly name: string }[];
}

interface PodSpec {
  readonly containers: readonly Container[];
  readonly volumes?: readonly {
    readonly name: string;
    readonly configMap?: { readonly name: string };
    readonly secret?: { readonly secretName: string };
  }[];
  readonly securityContext: { readonly runAsNonRoot: boolean };
  readonly serviceAccountName?: string;
}

interface Workload extends Manifest {
  readonly spec: {
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly template: {
      readonly metadata: { readonly labels: Record<string, string> };
      readonly spec: PodSpec;
    };
  };
}

function deployments(manifests: readonly Manifest[]): Workload[] {
  return manifests.filter(({ kind }) => kind === "Deployment") as Workload[];
}

function podTemplates(manifests: readonly Manifest[]): Workload["spec"]["template"][] {
  return manifests.flatMap((manifest) => {
    const { kind, spec } = manifest as unknown as { kind: string; spec: Record<string, unknown> };
    if (kind === "CronJob") return [(spec.jobTemplate as Workload).spec.template];
    return kind === "Job" || kind === "Deployment" ? [(spec as unknown as Workload["spec"]).template] : [];
  });
}

async function everything(): Promise<Map<string, Manifest[]>> {
  return new Map([
    ["monitoring", [grafanaSecret(), ...await monitoringManifests()]],
    ...exampleFiles().map(({ file, text }) => [file, parseManifests(text)] as const),
  ]);
}

Deno.test("labels, selectors, ports, volumes and what they name agree", async () => {
  for (const [origin, manifests] of await everything()) {
    const named = (kind: string): string[] =>
      manifests.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);
    for (const { metadata, spec } of deployments(manifests)) {
      for (const [label, value] of Object.entries(spec.selector.matchLabels)) {
        assert.equal(spec.template.metadata.labels[label], value, `${origin}: ${metadata.name}`);
      }
    }
    for (const { metadata, spec } of podTemplates(manifests)) {
      const volumes = (spec.volumes ?? []).map(({ name }) => name);
      for (const volume of spec.volumes ?? []) {
        if (volume.configMap !== undefined) {
          assert.ok(named("ConfigMap").includes(volume.configMap.name), origin);
        }
      }
      if (spec.serviceAccountName !== undefined) {
        assert.ok(named("ServiceAccount").includes(spec.serviceAccountName));
      }
      for (const container of spec.containers) {
        for (const { name } of container.volumeMounts ?? []) {
          assert.ok(volumes.includes(name), `${origin}: ${name}`);
        }
      }
      assert.ok(Object.keys(metadata.labels).length > 0);
    }
    for (const service of manifests.filter(({ kind }) => kind === "Service")) {
      const { selector, ports } = service.spec as {
        selector: Record<string, string>;
        ports: { port: number; targetPort: string }[];
      };
      const pods = podTemplates(manifests).filter(({ metadata }) =>
        Object.entries(selector).every(([label, value]) => metadata.labels[label] === value)
      );
      assert.equal(pods.length, 1, `${service.metadata.name} selects ${pods.length}`);
      const offered = pods[0]!.spec.containers.flatMap((container) => container.ports ?? []);
      for (const { targetPort } of ports) {
        assert.ok(offered.some(({ name }) => name === targetPort), targetPort);
      }
    }
  }
});

Deno.test("what 'lab open' forwards is a port of the service of that name", async () => {
  const services = (await monitoringManifests()).filter(({ kind }) => kind === "Service");
  for (const target of [TARGETS.grafana, TARGETS.prometheus]) {
    const service = services.find(({ metadata }) => `svc/${metadata.name}` === target.service);
    const { ports } = service!.spec as { ports: { port: number }[] };
    assert.deepEqual(target.ports.map(([, remote]) => remote), ports.map(({ port }) => port));
  }
});

Deno.test("every container runs as nobody special, on a root it cannot write, of a pinned image", async () => {
  for (const [origin, manifests] of await everything()) {
    for (const { spec } of podTemplates(manifests)) {
      assert.equal(spec.securityContext.runAsNonRoot, true, origin);
      for (const { image, securityContext } of spec.containers) {
        assert.match(image, /:(?!latest$)[\w.-]+$/);
        assert.equal(securityContext.readOnlyRootFilesystem, true, origin);
        assert.equal(securityContext.allowPrivilegeEscalation, false, origin);
        assert.deepEqual(securityContext.capabilities, { drop: ["ALL"] });
      }
    }
  }
});

Deno.test("Prometheus finds the pods of a load by the labels and the port that they have", () => {
  interface Relabel {
    readonly source_labels?: readonly string[];
    readonly regex?: string;
    readonly action?: string;
  }
  const { scrape_configs: jobs } = parse(readResource("prometheus/prometheus.yml")) as {
    scrape_configs: { job_name: string; relabel_configs: Relabel[] }[];
  };
  const keeps = jobs.find(({ job_name }) => job_name === "load")!.relabel_configs.filter(({ action }) =>
    action === "keep"
  );
  const [template] = podTemplates(parseManifests(exampleFiles()[0]!.text));
  const seen: Record<string, string> = {
    __meta_kubernetes_pod_phase: "Running",
    __meta_kubernetes_pod_container_port_name: template!.spec.containers[0]!.ports![0]!.name,
  };
  for (const [label, value] of Object.entries(template!.metadata.labels)) {
    seen[`__meta_kubernetes_pod_label_${label.replaceAll(/\W/g, "_")}`] = value;
  }
  assert.ok(keeps.length >= 2);
  for (const { source_labels, regex } of keeps) {
    const value = source_labels!.map((label) => seen[label] ?? "").join(";");
    assert.match(value, new RegExp(`^(?:${regex})$`));
  }
});

Deno.test("every ConfigMap is small enough for Kubernetes", async () => {
  for (const manifest of await monitoringManifests()) {
    if (manifest.kind !== "ConfigMap") continue;
    const size = new TextEncoder().encode(JSON.stringify(manifest.data)).length;
    assert.ok(size < 0.9 * CONFIG_MAP_LIMIT, `${manifest.metadata.name}: ${size}`);
  }
});

Deno.test("a changed dashboard or rule restarts the pods that read it, an unchanged one does not", async () => {
  const hashes = async (): Promise<string[]> =>
    deployments(await monitoringManifests()).map(({ spec }) => {
      const { annotations } = spec.template.metadata as unknown as { annotations: Record<string, string> };
      return annotations["pulsar-local-lab/config"]!;
    });
  const first = await hashes();
  assert.match(first[0]!, /^[0-9a-f]{16}$/);
  assert.deepEqual(await hashes(), first);
});

Deno.test("the image is built of the executable alone, on a base named by digest, by any builder", () => {
  const file = readResource("k8s/load/Dockerfile");
  assert.match(file, /^FROM \S+@sha256:[0-9a-f]{64}$/m);
  assert.doesNotMatch(file, /^(?:COPY|ADD|RUN) --(?:chmod|link|mount|parents)/m, "what BuildKit alone takes");
  const ignored = readResource(".dockerignore").split("\n").filter((line) =>
    line !== "" && !line.startsWith("#")
  );
  assert.deepEqual(ignored, ["**", "!dist/lab", "!dist/*/lab"]);
});

Deno.test("the examples of k8s/load are what 'lab load' prints", () => {
  for (const { file, text } of exampleFiles()) {
    assert.equal(readResource(`k8s/load/${file}`), text, `${file}: run 'deno task load-manifests'`);
  }
});

// --- with programs of the Kubernetes world ---

const validation = testUnless(await missingPrograms("python3"));

/** The schemas of Kubernetes 1.37 with the validator that carries them; downloaded once. */
async function validator(): Promise<string> {
  const folder = await cachedFolder("kubernetes-validate-1.37.0", async (folder) => {
    const made = await run("python3", ["-m", "venv", "--copies", folder]);
    if (made.code !== 0) throw new Error(`a virtual environment cannot be made: ${made.output}`);
    const pip = await run(join(folder, "bin/python"), [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      "kubernetes-validate==1.37.0",
    ]);
    if (pip.code !== 0) throw new Error(`kubernetes-validate cannot be installed: ${pip.output}`);
  });
  return join(folder, "bin/python");
}

async function validate(manifests: readonly Manifest[]): Promise<{ code: number; output: string }> {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, manifestText(manifests));
    return await run(await validator(), ["-m", "kubernetes_validate", "-k", "1.37", "--strict", file]);
  } finally {
    await Deno.remove(file);
  }
}

validation(
  "the schema of Kubernetes 1.37 takes everything that the lab applies, and not just anything",
  async () => {
    for (const [origin, manifests] of await everything()) {
      const { code, output } = await validate(manifests);
      assert.equal(code, 0, `${origin}: ${output}`);
    }
    const [, job] = parseManifests(exampleFiles()[0]!.text);
    const wrong = parse(stringify(job).replace("completionMode", "completionMod")) as Manifest;
    assert.notEqual((await validate([wrong])).code, 0);
  },
);
