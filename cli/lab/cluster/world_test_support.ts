/** What tests of the cluster commands share: a machine on which everything is well, and what was said there. */
import assert from "node:assert/strict";
import type { ChartKeys } from "../../../tools/chart_keys.ts";
import { stringify } from "yaml";
import { LabError } from "../../lab_error.ts";
import { USUAL_SIZE } from "./machine.ts";
import type { UpOptions } from "./up.ts";
import type { LabWorld } from "./world.ts";
import { MANAGED_BY } from "./names.ts";
import type { Scripted, ScriptedPrograms } from "./programs_test_support.ts";

export const GIB = 1024 ** 3;

export interface Heard extends LabWorld {
  readonly said: string[];
  readonly printed: string[];
}

export function world(stand: ScriptedPrograms, memoryGib = 16): Heard {
  const [said, printed]: [string[], string[]] = [[], []];
  return {
    tools: stand.tools((line) => said.push(line)),
    machine: () => Promise.resolve({ cpus: 8, memoryBytes: memoryGib * GIB, freeDiskBytes: 100 * GIB }),
    say: (text) => said.push(text),
    print: (text) => printed.push(text),
    said,
    printed,
  };
}

export const UP: UpOptions = {
  size: USUAL_SIZE,
  chart: { kind: "repository" },
  persistence: true,
  manager: false,
  monitoring: true,
  timeout: "15m",
};

const keys = (JSON.parse(
  Deno.readTextFileSync(new URL("../../../k8s/helm/chart-keys.json", import.meta.url)),
) as ChartKeys).keys;

/** Values as the chart has them, as far as keys go; `without` a key that a later chart has dropped. */
export function chartValues(without?: string): string {
  const tree: Record<string, unknown> = {};
  for (const path of keys.filter((key) => key !== without)) {
    let at = tree;
    for (const part of path.split(".")) at = (at[part] ??= {}) as Record<string, unknown>;
  }
  return stringify(tree);
}

export const minikubeContext = {
  "current-context": "minikube",
  contexts: [{ name: "minikube", context: { cluster: "minikube" } }],
  clusters: [{
    name: "minikube",
    cluster: { extensions: [{ extension: { provider: "minikube.sigs.k8s.io" } }] },
  }],
};
export const prodContext = {
  "current-context": "prod",
  contexts: [...minikubeContext.contexts, { name: "prod", context: { cluster: "prod" } }],
  clusters: [...minikubeContext.clusters, { name: "prod", cluster: {} }],
};

export const ABSENT = '🤷  Profile "minikube" not found. Run "minikube profile list" to view all profiles.\n';
export const status = (state: string): string =>
  JSON.stringify({ Name: "minikube", Host: state, APIServer: state });
export const nodes = (memory: string): string =>
  JSON.stringify({ items: [{ status: { allocatable: { cpu: "4", memory } } }] });

/** What the lab has marked as its own. */
export const MARKED = JSON.stringify({ metadata: { labels: MANAGED_BY } });
export const FOREIGN = JSON.stringify({ metadata: { labels: { team: "shop" } } });
const listOf = (item: string): string => `{"items":[${item}]}`;
/** A namespace and a release that are there. */
export const installed = (namespace = MARKED, release = MARKED): Scripted[] => [
  { match: "get namespace pulsar", stdout: namespace },
  { match: "get secret -l owner=helm", stdout: listOf(release) },
];

/** A machine on which everything is well; what a test says comes first. */
export function healthy(...changes: Scripted[]): Scripted[] {
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
export function changes(stand: ScriptedPrograms): string[] {
  return stand.calls.map(({ line }) => line).filter((line) =>
    /^minikube (start|stop|delete)(?!.*--dry-run)|^helm (upgrade|uninstall)|^kubectl .*(apply|delete)/.test(
      line,
    )
  );
}

export function assertWellFormed(stand: ScriptedPrograms): void {
  assert.deepEqual(
    stand.calls.flatMap(({ line, problem }) => problem === undefined ? [] : [line, problem]),
    [],
  );
}

export async function refusal(promise: Promise<unknown>): Promise<LabError> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof LabError, String(error));
  assert.ok(!error.message.includes("\n"), "one line");
  return error;
}

/** A Minikube of four CPUs with the lab in it. */
export const NODES: Scripted[] = [
  {
    match: "get nodes",
    stdout: JSON.stringify({
      items: [{ metadata: { name: "minikube" }, status: { allocatable: { cpu: "4", memory: "7900Mi" } } }],
    }),
  },
  {
    match: "get pods --all-namespaces",
    stdout: JSON.stringify({
      items: [{
        spec: {
          nodeName: "minikube",
          containers: [{ resources: { requests: { cpu: "2100m", memory: "3600Mi" } } }],
        },
      }],
    }),
  },
  { match: "get job pll-\\S+ -o jsonpath", stdout: "4f0c-uid" },
  { match: "get cronjob pll-\\S+ -o jsonpath", stdout: "4f0c-uid" },
];
