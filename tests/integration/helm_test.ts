/**
 * Our values, rendered by the real Helm with the official chart: does every key have the effect that it is there for?
 * `PLL_TEST_CHART` names a folder with chart 4.7.0; it is in no registry that the tests could take it from.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { readValues, valuesFiles } from "../../cli/lab/cluster/chart_values.ts";
import { parseQuantity, USUAL_SIZE } from "../../cli/lab/cluster/machine.ts";
import { TARGETS } from "../../cli/lab/cluster/names.ts";
import { grafanaSecret, monitoringManifests } from "../../cli/lab/cluster/monitoring.ts";
import { type Manifest, manifestText, parseManifests } from "../../cli/lab/cluster/resources.ts";
import { namespaceManifest } from "../../cli/lab/cluster/steps.ts";
import { exampleFiles } from "../../tools/load_manifests.ts";
import { kubernetesPrograms } from "../support/kubectl.ts";
import { run } from "../support/process.ts";
import { testUnless } from "../support/shared_broker.ts";

const ROOT = join(import.meta.dirname!, "../..");
const CHART_FOLDER = Deno.env.get("PLL_TEST_CHART");
const programs = await kubernetesPrograms();
const noPrograms = typeof programs === "string" ? programs : undefined;
const { helm, kubectl } = typeof programs === "string" ? { helm: "helm", kubectl: "kubectl" } : programs;
const noChart = noPrograms ??
  (CHART_FOLDER === undefined ? "PLL_TEST_CHART does not name a folder with the chart" : undefined);

const MINIKUBE = valuesFiles({ persistence: true, manager: false });
const HA = ["values-ha.yaml"];
const UPGRADE = [...HA, "values-upgrade.yaml"];
const INSTALLATIONS = [MINIKUBE, valuesFiles({ persistence: false, manager: true }), HA, UPGRADE];

interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
}

interface Container {
  readonly name: string;
  readonly env?: readonly EnvironmentVariable[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly image: string;
  readonly resources?: {
    readonly requests: { readonly cpu: string };
    readonly limits: { readonly memory: string };
  };
}

interface PodSpec {
  readonly containers: readonly Container[];
  readonly affinity?: {
    readonly podAntiAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly unknown[];
    };
  };
}

interface StatefulSet extends Manifest {
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: PodSpec };
    readonly volumeClaimTemplates?: readonly unknown[];
    readonly updateStrategy?: unknown;
  };
}

/** Of a values file. */
interface Component {
  readonly replicaCount?: number;
  readonly extraEnvs?: readonly EnvironmentVariable[];
}

function isConsumerMetricsOff({ name, value }: EnvironmentVariable): boolean {
  return name === "exposeConsumerLevelMetricsInPrometheus" && value === "false";
}

/** The chart without its dependency, which all our values switch off. */
async function withChart(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pll-chart-" });
  try {
    await run("cp", ["-r", `${CHART_FOLDER}/.`, folder]);
    const chart = parse(await Deno.readTextFile(join(folder, "Chart.yaml"))) as Record<string, unknown>;
    delete chart.dependencies;
    await Deno.writeTextFile(join(folder, "Chart.yaml"), stringify(chart));
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function rendered(folder: string, files: readonly string[]): Promise<Manifest[]> {
  const values = files.flatMap((file) => ["-f", join(ROOT, "k8s/helm", file)]);
  const { code, output } = await run(helm, ["template", "pulsar", folder, "-n", "pulsar", ...values]);
  assert.equal(code, 0, output.slice(-2000));
  return parseManifests(output);
}

function statefulSets(manifests: readonly Manifest[]): Map<string, StatefulSet["spec"]> {
  return new Map(
    manifests.filter(({ kind }) => kind === "StatefulSet").map((one) => [
      one.metadata.name.replace(/^pulsar-/, ""),
      (one as StatefulSet).spec,
    ]),
  );
}

function configOf(manifests: readonly Manifest[], component: string): Record<string, string> {
  const config = manifests.find(({ kind, metadata }) =>
    kind === "ConfigMap" && metadata.name === `pulsar-${component}`
  );
  return config!.data as Record<string, string>;
}

testUnless(noChart)("lint passes, and what is rendered are kinds that every cluster knows", async () => {
  await withChart(async (folder) => {
    for (const files of INSTALLATIONS) {
      const values = files.flatMap((file) => ["-f", join(ROOT, "k8s/helm", file)]);
      const lint = await run(helm, ["lint", "--strict", folder, ...values]);
      assert.equal(lint.code, 0, lint.output);
      const manifests = await rendered(folder, files);
      const kinds = new Set(manifests.map(({ kind }) => kind));
      assert.ok(kinds.has("StatefulSet") && !kinds.has("PodMonitor"), [...kinds].join());
      const text = stringify(manifests);
      for (const [, tag] of text.matchAll(/image: "?apachepulsar\/pulsar:([\w.-]+)/g)) {
        assert.equal(tag, files === UPGRADE ? "4.0.12" : "4.2.4");
      }
      const services = manifests.filter(({ kind }) => kind === "Service").map(({ metadata }) =>
        metadata.name
      );
      assert.ok(services.includes(TARGETS.broker.service.slice(4)));
      if (files.includes("values-manager.yaml")) {
        assert.ok(services.includes(TARGETS.manager.service.slice(4)));
      }
    }
  });
});

testUnless(noChart)("each key of our values does what it is there for", async () => {
  await withChart(async (folder) => {
    const minikube = await rendered(folder, MINIKUBE);
    const ha = await rendered(folder, HA);
    const [small, large] = [statefulSets(minikube), statefulSets(ha)];
    const isApart = (spec: StatefulSet["spec"]): boolean =>
      (spec.template.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.length ??
        0) > 0;
    for (const name of ["zookeeper", "bookie", "broker", "proxy"]) {
      assert.equal(large.get(name)!.replicas, 3, name);
      assert.ok(isApart(large.get(name)!), `two of ${name} may share a node`);
      assert.equal(small.get(name)!.replicas, 1, name);
      assert.ok(!isApart(small.get(name)!), `${name} of Minikube`);
    }
    assert.ok(!small.has("recovery") && large.has("recovery"), "auto-recovery as a component");
    for (const manifests of [minikube, ha]) {
      const hooks = manifests.filter(({ metadata }) =>
        metadata.annotations?.["helm.sh/hook"] === "pre-upgrade"
      );
      assert.deepEqual(hooks.map(({ metadata }) => metadata.name), [], "hooks before an upgrade");
    }
    assert.equal(configOf(ha, "broker").managedLedgerDefaultAckQuorum, "2");
    assert.equal(configOf(minikube, "broker").managedLedgerDefaultWriteQuorum, "1");
    for (const files of INSTALLATIONS) {
      const manifests = await rendered(folder, files);
      const [broker] = statefulSets(manifests).get("broker")!.template.spec.containers;
      // The broker takes its settings from here; a variable of its own wins over the ConfigMap's of the same name.
      assert.deepEqual(broker!.envFrom, [{ configMapRef: { name: "pulsar-broker" } }]);
      assert.ok(broker!.env!.some(isConsumerMetricsOff), files.join());
      assert.equal(configOf(manifests, "broker").exposeConsumerLevelMetricsInPrometheus, "true");
    }
    assert.equal(configOf(minikube, "bookie").dbStorage_writeCacheMaxSizeMb, "128");
    const volatile = await rendered(folder, valuesFiles({ persistence: false, manager: false }));
    assert.ok(
      [...statefulSets(volatile).values()].every(({ volumeClaimTemplates = [] }) =>
        volumeClaimTemplates.length === 0
      ),
    );
    assert.ok([...small.values()].some(({ volumeClaimTemplates = [] }) => volumeClaimTemplates.length > 0));
    assert.equal(configOf(volatile, "broker").autoSkipNonRecoverableData, "true");
    const upgrade = statefulSets(await rendered(folder, UPGRADE)).get("broker")!;
    assert.deepEqual(upgrade.updateStrategy, { type: "RollingUpdate", rollingUpdate: { partition: 0 } });
  });
});

testUnless(noChart)(
  "requests fit the usual Minikube, and every JVM has room beside heap and direct memory",
  async () => {
    await withChart(async (folder) => {
      for (const files of [MINIKUBE, HA]) {
        const manifests = await rendered(folder, files);
        let cpus = 0;
        for (const [name, { replicas, template }] of statefulSets(manifests)) {
          const { resources } = template.spec.containers[0]!;
          cpus += replicas * parseQuantity(resources!.requests.cpu);
          const sizes = [...(configOf(manifests, name)?.PULSAR_MEM ?? "").matchAll(
            /-(?:Xmx|XX:MaxDirectMemorySize=)(\d+)([mg])/gi,
          )].map(([, size, unit]) => Number(size) * 1024 ** (unit!.toLowerCase() === "g" ? 3 : 2));
          const used = sizes.reduce((sum, size) => sum + size, 0);
          const limit = parseQuantity(resources!.limits.memory);
          // A broker's memory outside heap and direct was 121 MiB, measured.
          assert.ok(limit - used >= 160 * 1024 ** 2, `${name}: ${used} of ${limit}`);
        }
        if (files === MINIKUBE) assert.ok(cpus < USUAL_SIZE.cpus - 1, `${cpus} CPUs`);
      }
    });
  },
);

/** As much of an API server as `kubectl --dry-run=client` asks: which kinds there are. */
function discoveryServer(): Deno.HttpServer<Deno.NetAddr> {
  const kinds: Readonly<Record<string, readonly string[]>> = {
    "v1": ["Namespace", "ConfigMap", "Secret", "Service", "ServiceAccount"],
    "apps/v1": ["Deployment"],
    "batch/v1": ["Job", "CronJob"],
    "rbac.authorization.k8s.io/v1": ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"],
  };
  const groups = Object.keys(kinds).filter((version) => version.includes("/")).map((groupVersion) => {
    const [name, version] = groupVersion.split("/");
    return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
  });
  const resources = (groupVersion: string): unknown => ({
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion,
    resources: (kinds[groupVersion] ?? []).map((kind) => ({
      name: `${kind.toLowerCase()}s`,
      singularName: kind.toLowerCase(),
      namespaced: !["Namespace", "ClusterRole", "ClusterRoleBinding"].includes(kind),
      kind,
      verbs: ["create", "get", "patch"],
    })),
  });
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/api") return Response.json({ kind: "APIVersions", versions: ["v1"] });
    if (pathname === "/apis") return Response.json({ kind: "APIGroupList", apiVersion: "v1", groups });
    const version = /^\/apis?\/(.+)$/.exec(pathname)?.[1];
    return version !== undefined && version in kinds
      ? Response.json(resources(version))
      : Response.json({}, { status: 404 });
  });
}

testUnless(noPrograms)("the real kubectl takes all that the lab applies and prints", async () => {
  const server = discoveryServer();
  const folder = await Deno.makeTempDir({ prefix: "pll-kubectl-" });
  try {
    const texts = [
      manifestText([namespaceManifest, grafanaSecret(), ...await monitoringManifests()]),
      ...exampleFiles().map(({ text }) => text),
    ];
    for (const text of texts) {
      const file = join(folder, "manifests.yaml");
      await Deno.writeTextFile(file, text);
      const { code, output } = await run(kubectl, [
        `--server=http://127.0.0.1:${server.addr.port}`,
        `--cache-dir=${folder}`,
        ...["create", "--dry-run=client", "--validate=false", "-o", "name", "-f", file],
      ], { env: { KUBECONFIG: "/dev/null" } });
      assert.equal(code, 0, output);
      assert.equal(output.trim().split("\n").length, parseManifests(text).length);
    }
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
});

/** What each installation of Prometheus reads, and the namespaces whose pods it discovers. */
const PROMETHEUS = {
  minikube: { config: "prometheus.yml", namespaces: ["pulsar"], nodes: false },
  ha: { config: "prometheus-ha.yml", namespaces: ["monitoring", "pulsar"], nodes: true },
  upgrade: { config: "prometheus-upgrade.yml", namespaces: ["pulsar", "pulsar-next"], nodes: false },
} as const;

async function kustomized(folder: string): Promise<Manifest[]> {
  const built = await run(kubectl, ["kustomize", join(ROOT, folder)]);
  assert.equal(built.code, 0, built.output.slice(-1000));
  return parseManifests(built.output);
}

testUnless(noPrograms)(
  "each Prometheus installs as it is: its configuration, its rules, and leave to see what it discovers",
  async () => {
    interface Rule {
      readonly resources: readonly string[];
      readonly verbs: readonly string[];
    }
    const maySee = (manifest: Manifest, what: string): boolean =>
      (manifest.rules as readonly Rule[] ?? []).some(({ resources, verbs }) =>
        resources.includes(what) && ["get", "list", "watch"].every((verb) => verbs.includes(verb))
      );
    for (const [name, { config, namespaces, nodes }] of Object.entries(PROMETHEUS)) {
      const manifests = await kustomized(`k8s/prometheus/${name}`);
      const text = await Deno.readTextFile(join(ROOT, "prometheus", config));
      const discovered = [...text.matchAll(/names: \[(.+)\]/g)].flatMap(([, list]) => list!.split(", "));
      assert.deepEqual([...new Set(discovered)].sort(), namespaces, config);
      const roles = manifests.filter((one) => one.kind === "Role" && maySee(one, "pods"));
      assert.deepEqual(roles.map(({ metadata }) => metadata.namespace).sort(), namespaces, name);
      const bindings = manifests.filter(({ kind }) => kind === "RoleBinding");
      assert.deepEqual(bindings.map(({ metadata }) => metadata.namespace).sort(), namespaces, name);
      assert.equal(/^ +node: true$/m.test(text), nodes);
      assert.equal(manifests.some((one) => one.kind === "ClusterRole" && maySee(one, "nodes")), nodes, name);
      const deployment = manifests.find(({ kind }) => kind === "Deployment")!;
      const { containers, volumes } = (deployment.spec as {
        template: { spec: { containers: { args: string[]; image: string }[]; volumes: unknown } };
      })
        .template.spec;
      assert.ok(containers[0]!.args.includes(`--config.file=/etc/prometheus/${config}`));
      const mounted = [...stringify(volumes).matchAll(/path: (\S+)/g)].map((match) => match[1]!);
      for (const [, folder] of text.matchAll(/^ {2}- (rules\S*)\/\*\.yml$/gm)) {
        const files = [...Deno.readDirSync(join(ROOT, "prometheus", folder!))].map((entry) =>
          `${folder}/${entry.name}`
        );
        assert.deepEqual(mounted.filter((path) => path.startsWith(`${folder}/`)).sort(), files.sort(), name);
      }
      const lab = parseManifests(await Deno.readTextFile(join(ROOT, "k8s/monitoring/prometheus.yaml")));
      assert.ok(stringify(lab).includes(containers[0]!.image), "one version of Prometheus everywhere");
    }
  },
);

testUnless(noPrograms)("kustomize builds the dashboards for Grafana's sidecar", async () => {
  const manifests = await kustomized("grafana");
  assert.ok(manifests.length > 0 && manifests.every(({ kind }) => kind === "ConfigMap"));
});

testUnless(noPrograms)(
  "the real helm lints a chart around each values file: they are YAML that Helm reads",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "pll-values-" });
    try {
      await Deno.mkdir(join(folder, "templates"));
      await Deno.writeTextFile(join(folder, "Chart.yaml"), "apiVersion: v2\nname: values\nversion: 0.1.0\n");
      await Deno.writeTextFile(
        join(folder, "templates", "values.yaml"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: values }\ndata: { values: {{ toYaml .Values | quote }} }\n",
      );
      for (const files of INSTALLATIONS) {
        const values = files.flatMap((file) => ["-f", join(ROOT, "k8s/helm", file)]);
        const lint = await run(helm, ["lint", folder, ...values]);
        assert.equal(lint.code, 0, lint.output);
        const { output } = await run(helm, ["template", "values", folder, ...values]);
        const [{ data }] = parseManifests(output) as [Manifest & { data: { values: string } }];
        const merged = parse(data.values) as Record<string, Component>;
        const last = parse(readValues(files[0]!)) as Record<string, Component>;
        assert.equal(merged.broker!.replicaCount, last.broker!.replicaCount);
        // Helm puts a later file's list in the place of an earlier one's.
        assert.ok(merged.broker!.extraEnvs!.some(isConsumerMetricsOff), files.join());
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
