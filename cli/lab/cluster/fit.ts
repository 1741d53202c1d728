/** Whether the pods of a load fit what the nodes have left, before anything is applied. */
import { LabError } from "../../lab_error.ts";
import { refusalOf, refused } from "./answers.ts";
import { gib, parseQuantity } from "./machine.ts";
import { kubectlGet } from "./steps.ts";
import type { Tools } from "./tools.ts";

interface Resources {
  readonly cpu?: string;
  readonly memory?: string;
}

interface NodeItem {
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly effect: string }[];
  };
  readonly status: { readonly allocatable: { readonly cpu: string; readonly memory: string } };
}

interface PodItem {
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly { readonly resources?: { readonly requests?: Resources } }[];
  };
}

/** What one node has left for pods. */
export interface Room {
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** What one pod asks for. */
export type PodNeed = Room;

/**
 * What is left on each node that takes pods: what it gives to them less what running ones have requested.
 *
 * @returns undefined where the cluster does not let everything be read; then only the scheduler can tell
 */
export async function freeRoom(tools: Tools, context: string): Promise<Room[] | undefined> {
  const read = async <T>(kind: string, ...args: string[]): Promise<readonly T[] | undefined> => {
    const answer = await tools.ask(kubectlGet(context, kind, ...args, "-o", "json"));
    if (answer.code === 0) return (JSON.parse(answer.stdout) as { items: readonly T[] }).items;
    if (refusalOf(answer.stderr) === "forbidden") return undefined;
    throw refused(context, answer, `reading ${kind}`, `the cluster has no ${kind}`);
  };
  const nodes = await read<NodeItem>("nodes");
  const pods = await read<PodItem>(
    "pods",
    "--all-namespaces",
    "--field-selector=status.phase!=Succeeded,status.phase!=Failed",
  );
  return nodes === undefined || pods === undefined ? undefined : roomOf(nodes, pods);
}

export function roomOf(nodes: readonly NodeItem[], pods: readonly PodItem[]): Room[] {
  const takesPods = ({ spec }: NodeItem): boolean =>
    spec?.unschedulable !== true && !(spec?.taints ?? []).some(({ effect }) => effect !== "PreferNoSchedule");
  return nodes.filter(takesPods).map(({ metadata, status }) => {
    const containers = pods.filter(({ spec }) => spec?.nodeName === metadata.name)
      .flatMap(({ spec }) => spec?.containers ?? []);
    const requested = (key: keyof Resources): number =>
      containers.reduce((sum, { resources }) => sum + parseQuantity(resources?.requests?.[key] ?? "0"), 0);
    return {
      cpus: parseQuantity(status.allocatable.cpu) - requested("cpu"),
      memoryBytes: parseQuantity(status.allocatable.memory) - requested("memory"),
    };
  });
}

/** How many such pods fit. */
function podsThatFit(rooms: readonly Room[], need: PodNeed): number {
  const fit = ({ cpus, memoryBytes }: Room): number =>
    Math.max(0, Math.floor(Math.min(cpus / need.cpus, memoryBytes / need.memoryBytes) + 1e-9));
  return rooms.reduce((sum, room) => sum + fit(room), 0);
}

/** Below this a pod of the load measures its own throttling. */
const LEAST_CPUS = 0.1;
const STEP_CPUS = 0.05;
/** A process with one worker and its buffers. */
const LEAST_MEMORY = 256 * 1024 ** 2;

/** @throws {LabError} with the numbers, and what would fit */
export function checkFit(rooms: readonly Room[], pods: number, need: PodNeed): void {
  const fitting = podsThatFit(rooms, need);
  if (fitting >= pods) return;
  const sum = (of: (room: Room) => number): number =>
    rooms.reduce((total, room) => total + Math.max(0, of(room)), 0);
  const free = `${sum(({ cpus }) => cpus).toFixed(1)} CPUs and ${gib(sum(({ memoryBytes }) => memoryBytes))}`;
  const nodes = rooms.length === 1 ? "1 node" : `${rooms.length} nodes`;
  throw new LabError(
    "TooSmall",
    `${pods} pods of ${cpuText(need.cpus)} CPUs and ${
      gib(need.memoryBytes)
    } do not fit: ${nodes} with ${free} ` +
      `free take ${fitting}; ${proposal(rooms, pods, need, fitting)}`,
  );
}

/** The largest pods that would fit, memory first: too little of it ends a pod, too little CPU slows it. */
function proposal(rooms: readonly Room[], pods: number, need: PodNeed, fitting: number): string {
  for (const share of [1, 0.75, 0.5, 0.25]) {
    const memoryBytes = need.memoryBytes * share;
    if (share < 1 && memoryBytes < LEAST_MEMORY) break;
    for (let cpus = Math.floor(need.cpus / STEP_CPUS) * STEP_CPUS; cpus >= LEAST_CPUS; cpus -= STEP_CPUS) {
      if (podsThatFit(rooms, { cpus, memoryBytes }) < pods) continue;
      const memory = share === 1 ? "" : ` --pod-memory ${Math.floor(memoryBytes / 1024 ** 2)}Mi`;
      return `--cpu ${Math.round(cpus * 1000)}m${memory} would fit`;
    }
  }
  return fitting > 0 ? `ask for at most ${fitting} pods` : "make room, or use a larger cluster";
}

function cpuText(cpus: number): string {
  return Number.isInteger(cpus) ? String(cpus) : String(Math.round(cpus * 1000) / 1000);
}
