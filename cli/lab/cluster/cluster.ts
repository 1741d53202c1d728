/** Which cluster is meant, and whether it is there. */
import { LabError } from "../../lab_error.ts";
import { firstLine, refused } from "./answers.ts";
import { parseQuantity } from "./machine.ts";
import { MINIKUBE_PROFILE } from "./names.ts";
import { kubectlGet } from "./steps.ts";
import type { Tools } from "./tools.ts";

/** The context to work in; with `isMinikube` its cluster may be started and stopped. */
export interface Context {
  readonly name: string;
  readonly isMinikube: boolean;
}

interface KubeConfig {
  readonly "current-context"?: string;
  readonly contexts?:
    | readonly { readonly name: string; readonly context: { readonly cluster: string } }[]
    | null;
  readonly clusters?:
    | readonly {
      readonly name: string;
      readonly cluster: {
        readonly extensions?: readonly { readonly extension?: { readonly provider?: string } }[];
      };
    }[]
    | null;
}

/** How Minikube marks the clusters that it writes into a kubeconfig. */
const PROVIDER = "minikube.sigs.k8s.io";

/**
 * The context to work in: the one asked for, or else Minikube's. Where people work in another cluster at the moment,
 * nothing is assumed.
 *
 * @throws {LabError} when the current context is not Minikube's and none was named
 */
export async function chooseContext(tools: Tools, asked: string | undefined): Promise<Context> {
  const config = await kubeConfig(tools);
  const current = config["current-context"] ?? "";
  if (asked !== undefined) {
    if (asked === MINIKUBE_PROFILE || isMinikube(config, asked)) return { name: asked, isMinikube: true };
    if (isKnown(config, asked)) return { name: asked, isMinikube: false };
    const names = (config.contexts ?? []).map(({ name }) => `'${name}'`).join(", ") || "none";
    throw new LabError("WrongContext", `--context '${asked}' is not in the kubeconfig: there is ${names}`);
  }
  if (current === "") return { name: MINIKUBE_PROFILE, isMinikube: true };
  if (isMinikube(config, current)) return { name: current, isMinikube: true };
  throw new LabError(
    "WrongContext",
    `the current context '${current}' is not Minikube's: give --context ${MINIKUBE_PROFILE} for a lab in Minikube, ` +
      `or --context ${current} if that cluster is meant`,
  );
}

async function kubeConfig(tools: Tools): Promise<KubeConfig> {
  const { code, stdout, stderr } = await tools.ask({
    tool: "kubectl",
    args: ["config", "view", "-o", "json"],
  });
  if (code !== 0) throw new LabError("NoCluster", `the kubeconfig cannot be read: ${firstLine(stderr)}`);
  return JSON.parse(stdout) as KubeConfig;
}

function isKnown({ contexts }: KubeConfig, name: string): boolean {
  return (contexts ?? []).some((context) => context.name === name);
}

function isMinikube({ contexts, clusters }: KubeConfig, name: string): boolean {
  const cluster = (contexts ?? []).find((context) => context.name === name)?.context.cluster;
  const found = (clusters ?? []).find((candidate) => candidate.name === cluster);
  return (found?.cluster.extensions ?? []).some(({ extension }) => extension?.provider === PROVIDER);
}

export type MinikubeState = "running" | "stopped" | "absent";

/** @param profile of Minikube, which is also the name of its context */
export async function minikubeState(tools: Tools, profile: string): Promise<MinikubeState> {
  const { stdout } = await tools.ask({ tool: "minikube", args: ["status", "-p", profile, "-o", "json"] });
  let nodes: unknown;
  try {
    nodes = JSON.parse(stdout);
  } catch {
    return "absent"; // it says in words that there is no such profile
  }
  // One node is an object, several are a list.
  const all = (Array.isArray(nodes) ? nodes : [nodes]) as { Host?: string; APIServer?: string }[];
  if (all.every(({ Host }) => Host === undefined || Host === "Nonexistent")) return "absent";
  return all.some(({ APIServer }) => APIServer === "Running") ? "running" : "stopped";
}

interface NodeList {
  readonly items: readonly {
    readonly status: { readonly allocatable: { readonly cpu: string; readonly memory: string } };
  }[];
}

/**
 * What the nodes of a running cluster give to pods, all together.
 *
 * @throws {LabError} when the cluster does not answer
 */
export async function nodeCapacity(
  tools: Tools,
  context: string,
): Promise<{ cpus: number; memoryBytes: number }> {
  const answer = await tools.ask(kubectlGet(context, "nodes", "-o", "json"));
  if (answer.code !== 0) throw refused(context, answer, "reading its nodes", "the cluster has no nodes");
  const { items } = JSON.parse(answer.stdout) as NodeList;
  const sum = (key: "cpu" | "memory"): number =>
    items.reduce((total, { status }) => total + parseQuantity(status.allocatable[key]), 0);
  return { cpus: sum("cpu"), memoryBytes: sum("memory") };
}
