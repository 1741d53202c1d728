/** The commands of `lab` that drive minikube, helm and kubectl, against stand-ins that know their arguments. */
import assert from "node:assert/strict";
import type { ChartKeys } from "../../tools/chart_keys.ts";
import { stringify } from "yaml";
import { labCredentials } from "../../cli/lab/cluster/credentials.ts";
import { labDown } from "../../cli/lab/cluster/down.ts";
import { LabError } from "../../cli/lab_error.ts";
import { USUAL_SIZE } from "../../cli/lab/cluster/machine.ts";
import { labDoctor, labStatus } from "../../cli/lab/cluster/status.ts";
import { RealTools } from "../../cli/lab/cluster/tools.ts";
import { labUp, type LabWorld, type UpOptions } from "../../cli/lab/cluster/up.ts";
import { type Scripted, StandIns } from "../support/stand_ins/stand_ins.ts";

const GIB = 1024 ** 3;

interface Heard extends LabWorld {
  readonly said: string[];
  readonly printed: string[];
}

function world(memoryGib = 16): Heard {
  const [said, printed]: [string[], string[]] = [[], []];
  return {
    tools: new RealTools((line) => said.push(line)),
    machine: () => Promise.resolve({ cpus: 8, memoryBytes: memoryGib * GIB, freeDiskBytes: 100 * GIB }),
    say: (text) => said.push(text),
    print: (text) => printed.push(text),
    said,
    printed,
  };
}

const UP: UpOptions = {
  size: USUAL_SIZE,
  chart: { kind: "repository" },
  persistence: true,
  manager: false,
  monitoring: true,
  timeout: "15m",
};

const keys = (JSON.parse(
  Deno.readTextFileSync(new URL("../../k8s/helm/chart-keys.json", import.meta.url)),
) as ChartKeys).keys;

/** Values as the chart has them, as far as keys go; `without` a key that a later chart has dropped. */
function chartValues(without?: string): string {
  const tree: Record<string, unknown> = {};
  for (const path of keys.filter((key) => key !== without)) {
    let at = tree;
    for (const part of path.split(".")) at = (at[part] ??= {}) as Record<string, unknown>;
  }
  return stringify(tree);
}

const minikubeContext = {
  "current-context": "minikube",
  contexts: [{ name: "minikube", context: { cluster: "minikube" } }],
  clusters: [{
    name: "minikube",
    cluster: { extensions: [{ extension: { provider: "minikube.sigs.k8s.io" } }] },
  }],
};
const prodContext = {
  "current-context": "prod",
  contexts: [...minikubeContext.contexts, { name: "prod", context: { cluster: "prod" } }],
  clusters: [...minikubeContext.clusters, { name: "prod", cluster: {} }],
};

const ABSENT = '🤷  Profile "minikube" not found. Run "minikube profile list" to view all profiles.\n';
const status = (state: string): string => JSON.stringify({ Name: "minikube", Host: state, APIServer: state });
const nodes = (memory: string): string =>
  JSON.stringify({ items: [{ status: { allocatable: { cpu: "4", memory } } }] });

/** A machine on which everything is well; what a test says comes first. */
function healthy(...changes: Scripted[]): Scripted[] {
  const usual: Scripted[] = [
    { match: "^minikube version", stdout: '{"commit":"x","minikubeVersion":"v1.38.1"}' },
    { match: "^helm version", stdout: "v4.3.1+gabc\n" },
    { match: "^kubectl version", stdout: '{"clientVersion":{"gitVersion":"v1.34.2"}}' },
    { match: "^kubectl config view", stdout: JSON.stringify(minikubeContext) },
    { match: "^minikube status", stdout: ABSENT, code: 85 },
    { match: "^helm show chart", stdout: "name: pulsar\nversion: 4.7.0\n" },
    { match: "^helm show values", stdout: chartValues() },
    { match: "^kubectl .* get nodes", stdout: nodes("7900Mi") },
  ];
  return [...changes, ...usual.filter(({ match }) => !changes.some((change) => change.match === match))];
}

/** Calls that leave something behind. */
function changes(stand: StandIns): string[] {
  return stand.calls.map(({ line }) => line).filter((line) =>
    /^minikube (start|stop|delete)(?!.*--dry-run)|^helm (upgrade|uninstall)|^kubectl .*(apply|delete)/.test(
      line,
    )
  );
}

function assertWellFormed(stand: StandIns): void {
  assert.deepEqual(
    stand.calls.flatMap(({ line, problem }) => problem === undefined ? [] : [line, problem]),
    [],
  );
}

async function refusal(promise: Promise<unknown>): Promise<LabError> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof LabError, String(error));
  assert.ok(!error.message.includes("\n"), "one line");
  return error;
}

Deno.test("from nothing, up makes a cluster, Pulsar, a password, Prometheus and Grafana, in this order", async () => {
  await using stand = await StandIns.create(healthy());
  const lab = world();
  await labUp(lab, UP);
  assertWellFormed(stand);
  assert.deepEqual(changes(stand).map((line) => line.split(" ").slice(0, 2).join(" ")), [
    "minikube start",
    "helm upgrade",
    "kubectl --context",
    "kubectl --context",
  ]);
  const rehearsal = stand.calls.findIndex(({ line }) => line.includes("--dry-run"));
  assert.ok(rehearsal >= 0 && rehearsal < stand.calls.findIndex(({ line }) => line.includes("--wait=all")));
  const [secret, rest] = stand.calls.filter(({ line }) => line.includes(" apply ")).map(({ input }) =>
    input!
  );
  assert.match(secret!, /kind: Secret[\s\S]*password: \w{24}$/m);
  assert.match(rest!, /scrape_configs:/);
  assert.match(rest!, /pulsar-overview\.json: /);
  const password = /password: (\w+)/.exec(secret!)![1]!;
  assert.ok(![...lab.said, ...lab.printed].some((line) => line.includes(password)), "no secret is shown");
  assert.match(lab.printed.join(""), /lab port-forward/);
});

Deno.test("a second up starts nothing anew and keeps the password", async () => {
  await using stand = await StandIns.create(healthy(
    { match: "^minikube status", stdout: status("Running") },
    { match: "get secret pll-grafana", stdout: "secret/pll-grafana\n" },
  ));
  await labUp(world(), UP);
  assertWellFormed(stand);
  assert.ok(!stand.calls.some(({ line }) => line.startsWith("minikube start")));
  assert.ok(!stand.calls.some(({ input }) => input?.includes("kind: Secret")));
  assert.equal(changes(stand).length, 2);
});

Deno.test("a stopped cluster is started as it is, whatever its size", async () => {
  await using stand = await StandIns.create(
    healthy({ match: "^minikube status", stdout: status("Stopped"), code: 7 }),
  );
  await labUp(world(), { ...UP, monitoring: false });
  assert.deepEqual(changes(stand)[0], "minikube start -p minikube --wait=all --interactive=false");
});

Deno.test("what is missing ends up before anything is changed, with one line that says what to do", async () => {
  const cases: [name: string, answers: Scripted[], pattern: RegExp, options?: Partial<UpOptions>][] = [
    [
      "old helm",
      [{ match: "^helm version", stdout: "v3.10.0+g1\n" }],
      /^helm 3\.10 is too old: 3\.12 or later is needed$/,
    ],
    [
      "another context",
      [{ match: "^kubectl config view", stdout: JSON.stringify(prodContext) }],
      /^the current context 'prod' is not Minikube's: give --context minikube .* or --context prod/,
    ],
    ["unknown context", [], /^--context 'nowhere' is not in the kubeconfig: there is 'minikube'$/, {
      context: "nowhere",
    }],
    [
      "changed chart",
      [{ match: "^helm show values", stdout: chartValues("broker.podMonitor.enabled") }],
      /^chart pulsar 4\.7\.0 has no value 'broker\.podMonitor\.enabled' \(any more\)/,
    ],
    [
      "no chart",
      [{ match: "^helm show chart", stderr: "Error: no such host\n", code: 1 }],
      /^chart pulsar 4\.7\.0 of https:\S+ cannot be had: no such host$/,
    ],
    [
      "another chart",
      [{ match: "^helm show chart", stdout: "name: kafka\nversion: 4.7.0\n" }],
      /^chart 'kafka' is not 'pulsar'$/,
    ],
    [
      "no driver",
      [{
        match: "^minikube start .*--dry-run",
        stderr: "❌  Exiting due to DRV_NOT_DETECTED: No possible driver was detected.\n",
        code: 69,
      }],
      /^Minikube cannot start: DRV_NOT_DETECTED: No possible driver was detected\.; a driver such as Docker/,
    ],
    ["too little asked for", [], /^--memory '2GiB' is too little: the pods need 7\.0 GiB$/, {
      size: { ...USUAL_SIZE, memoryBytes: 2 * GIB },
    }],
    [
      "a small cluster",
      [
        { match: "^minikube status", stdout: status("Running") },
        { match: "^kubectl .* get nodes", stdout: nodes("3800Mi") },
      ],
      /^the cluster gives 3\.7 GiB of memory to pods, 6\.5 GiB are needed/,
    ],
    [
      "a cluster that does not answer",
      [
        { match: "^minikube status", stdout: status("Running") },
        {
          match: "^kubectl .* get nodes",
          stderr: "E1 memcache\nThe connection to the server was refused\n",
          code: 1,
        },
      ],
      /^the cluster of context 'minikube' does not answer/,
    ],
  ];
  for (const [name, answers, pattern, options] of cases) {
    await using stand = await StandIns.create(healthy(...answers));
    const error = await refusal(labUp(world(), { ...UP, ...options }));
    assert.match(error.message, pattern, name);
    assert.deepEqual(changes(stand), [], name);
    assertWellFormed(stand);
  }
});

Deno.test("a program that is not installed is named, with where to get it", async () => {
  for (const missing of ["kubectl", "helm", "minikube"]) {
    const tools = ["kubectl", "helm", "minikube"].filter((tool) => tool !== missing);
    await using stand = await StandIns.create(healthy(), tools);
    const error = await refusal(labUp(world(), UP));
    assert.match(error.message, new RegExp(`^'${missing}' is not installed: see https://`));
    assert.deepEqual(changes(stand), []);
  }
});

Deno.test("a machine with too little memory is told before Minikube is", async () => {
  await using stand = await StandIns.create(healthy());
  const error = await refusal(labUp(world(4), UP));
  assert.match(error.message, /^this machine has 4\.0 GiB of memory, 8\.0 GiB are wanted/);
  assert.ok(!stand.calls.some(({ line }) => line.startsWith("minikube start")));
});

Deno.test("another cluster is used when it is named, and Minikube left alone", async () => {
  await using stand = await StandIns.create(
    healthy({ match: "^kubectl config view", stdout: JSON.stringify(prodContext) }),
    ["helm", "kubectl"],
  );
  await labUp(world(), { ...UP, context: "prod" });
  assertWellFormed(stand);
  assert.ok(changes(stand).every((line) => / --(kube-)?context prod /.test(line)));
});

Deno.test("a failed installation is taken back by helm, told in its words, and nothing follows it", async () => {
  for (const [version, flag] of [["v4.3.1", "--rollback-on-failure"], ["v3.16.2", "--atomic"]]) {
    await using stand = await StandIns.create(healthy(
      { match: "^helm version", stdout: `${version}\n` },
      { match: "^helm upgrade", stderr: "WARN x\nError: context deadline exceeded\n", code: 1 },
    ));
    const error = await refusal(labUp(world(), UP));
    assert.equal(error.message, "helm upgrade failed: Error: context deadline exceeded");
    const upgrade = stand.calls.find(({ line }) => line.startsWith("helm upgrade"))!;
    assert.ok(upgrade.line.includes(flag!), upgrade.line);
    assert.ok(!stand.calls.some(({ line }) => line.includes(" apply ")));
    assertWellFormed(stand);
  }
});

Deno.test("down removes what up made, and the cluster itself only when asked to", async () => {
  const running: Scripted = { match: "^minikube status", stdout: status("Running") };
  const down = async (options: Partial<Parameters<typeof labDown>[1]>): Promise<string[]> => {
    await using stand = await StandIns.create(healthy(running));
    await labDown(world(), { keepData: false, minikube: "leave", ...options });
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
  await using stand = await StandIns.create(
    healthy({ match: "^kubectl config view", stdout: JSON.stringify(prodContext) }),
  );
  await labDown(world(), { context: "minikube", keepData: false, minikube: "leave" });
  const error = await refusal(labDown(world(), { context: "prod", keepData: false, minikube: "delete" }));
  assert.equal(error.message, "context 'prod' is not Minikube's: it cannot be stopped or deleted");
  assert.deepEqual(changes(stand), []);
});

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
    await using stand = await StandIns.create(answers(pods));
    const lab = world();
    assert.equal(await labStatus(lab, undefined), true);
    assertWellFormed(stand);
    assert.match(
      lab.printed.join(""),
      /release pulsar deployed, revision 3\nok {2}pulsar-broker-0 {2}Running 1\/1\n/,
    );
  }
  {
    await using _ = await StandIns.create(answers([...pods, pod("pulsar-bookie-0", "Running", [false], 4)]));
    const lab = world();
    assert.equal(await labStatus(lab, undefined), false);
    assert.match(lab.printed.join(""), /-- {2}pulsar-bookie-0 {2}Running 0\/1 {2}4 restarts/);
  }
  await using _ = await StandIns.create(healthy());
  const lab = world();
  assert.equal(await labStatus(lab, undefined), false);
  assert.match(lab.printed.join(""), /Minikube 'minikube' is absent: 'lab up' starts it/);
});

Deno.test("doctor goes through everything, also after the first thing that is wrong", async () => {
  {
    await using stand = await StandIns.create(healthy());
    const lab = world();
    assert.equal(await labDoctor(lab, undefined, UP.chart), true);
    assertWellFormed(stand);
    assert.deepEqual(changes(stand), []);
    assert.equal(lab.printed.length, 7);
  }
  await using _ = await StandIns.create(healthy(), ["kubectl"]);
  const lab = world(4);
  assert.equal(await labDoctor(lab, undefined, UP.chart), false);
  const wrong = lab.printed.filter((line) => line.startsWith("--")).map((line) => line.split(":")[0]);
  assert.deepEqual(wrong, ["--  minikube", "--  helm", "--  machine", "--  cluster", "--  chart"]);
});

Deno.test("credentials are shown only when asked for", async () => {
  const data = { user: btoa("admin"), password: btoa("s3cret") };
  await using stand = await StandIns.create(
    healthy({ match: "get secret pll-grafana", stdout: JSON.stringify({ data }) }),
  );
  const [hidden, shown] = [world(), world()];
  await labCredentials(hidden, undefined, false);
  await labCredentials(shown, undefined, true);
  assertWellFormed(stand);
  assert.ok(![...hidden.printed, ...hidden.said].join("").includes("s3cret"));
  assert.match(hidden.printed.join(""), /user admin, password hidden/);
  assert.match(shown.printed.join(""), /password s3cret\nPulsar Manager: not installed\n/);
});
