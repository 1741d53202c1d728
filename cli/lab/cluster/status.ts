/** `lab status` and `lab doctor`: what is there, and what is missing. */
import type { ChartSource } from "./chart.ts";
import { checkChart } from "./chart.ts";
import { valuesFiles } from "./chart_values.ts";
import { refused } from "./answers.ts";
import { chooseContext, minikubeState, nodeCapacity } from "./cluster.ts";
import { LabError } from "../../lab_error.ts";
import { checkMachine, checkNodes, gib, type Size, USUAL_SIZE } from "./machine.ts";
import { NAMESPACE, RELEASE } from "./names.ts";
import { kubectl } from "./steps.ts";
import { rehearseStart } from "./up.ts";
import type { LabWorld } from "./world.ts";
import { checkedVersion } from "./versions.ts";

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status: {
      readonly phase?: string;
      readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number }[];
    };
  }[];
}

/** Prints a table of the pods; false when something is not there or not ready. */
export async function labStatus(world: LabWorld, asked: string | undefined): Promise<boolean> {
  const { tools, print } = world;
  const context = await chooseContext(tools, asked);
  if (context.isMinikube) {
    const state = await minikubeState(tools, context.name);
    if (state !== "running") {
      print(`Minikube '${context.name}' is ${state}: 'lab up' starts it\n`);
      return false;
    }
  }
  const release = await tools.ask({
    tool: "helm",
    args: ["status", RELEASE, "--kube-context", context.name, "--namespace", NAMESPACE, "-o", "json"],
  });
  if (release.code !== 0) {
    const absent = `Pulsar is not installed in context '${context.name}': 'lab up' installs it`;
    const error = refused(context.name, release, "reading Helm's releases", absent);
    if (error.code !== "NotInstalled") throw error;
    print(`${absent}\n`);
    return false;
  }
  const { info, version } = JSON.parse(release.stdout) as { info: { status: string }; version: number };
  print(`context ${context.name}, release ${RELEASE} ${info.status}, revision ${version}\n`);
  const pods = await tools.ask(kubectl(context.name, "get", "pods", "-o", "json"));
  if (pods.code !== 0) throw refused(context.name, pods, "listing pods", "there are no pods");
  return printPods(world, JSON.parse(pods.stdout) as PodList);
}

function printPods({ print }: LabWorld, { items }: PodList): boolean {
  const rows = items.map(({ metadata, status }) => {
    const containers = status.containerStatuses ?? [];
    const ready = containers.filter((container) => container.ready).length;
    const restarts = containers.reduce((sum, { restartCount }) => sum + restartCount, 0);
    const isDone = status.phase === "Succeeded";
    return {
      name: metadata.name,
      ready,
      of: containers.length,
      restarts,
      isDone,
      phase: status.phase ?? "?",
    };
  });
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  for (const { name, ready, of, restarts, isDone, phase } of rows) {
    const mark = isDone || (of > 0 && ready === of) ? "ok" : "--";
    const again = restarts > 0 ? `  ${restarts} restarts` : "";
    print(`${mark}  ${name.padEnd(width)}  ${phase}${isDone ? "" : ` ${ready}/${of}`}${again}\n`);
  }
  return rows.every(({ ready, of, isDone }) => isDone || (of > 0 && ready === of));
}

/** Goes through everything `lab up` needs and prints a line for each; false when one is missing. */
export async function labDoctor(
  world: LabWorld,
  asked: string | undefined,
  chart: ChartSource,
  wanted: { readonly size: Size; readonly driver?: string | undefined } = { size: USUAL_SIZE },
): Promise<boolean> {
  const { tools, print } = world;
  let isWell = true;
  let context: { name: string; isMinikube: boolean } | undefined;
  const look = async (what: string, check: () => Promise<string>): Promise<boolean> => {
    try {
      print(`ok  ${what}: ${await check()}\n`);
      return true;
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      print(`--  ${what}: ${error.message}\n`);
      return isWell = false;
    }
  };
  for (const tool of ["minikube", "helm", "kubectl"] as const) {
    await look(tool, async () => (await checkedVersion(tools, tool)).join("."));
  }
  await look("machine", async () => {
    const machine = await world.machine();
    checkMachine(machine, wanted.size);
    const disk = machine.freeDiskBytes === undefined ? "" : `, ${gib(machine.freeDiskBytes)} of disk free`;
    return `${machine.cpus} CPUs, ${gib(machine.memoryBytes)} of memory${disk}`;
  });
  const isChosen = await look("context", async () => {
    context = await chooseContext(tools, asked);
    return context.name;
  });
  if (isChosen) await look("cluster", () => clusterState(world, context!, wanted));
  await look("chart", async () => {
    await checkChart(tools, chart, valuesFiles({ persistence: false, manager: true }));
    return "knows all values";
  });
  return isWell;
}

async function clusterState(
  { tools }: LabWorld,
  context: { readonly name: string; readonly isMinikube: boolean },
  wanted: { readonly size: Size; readonly driver?: string | undefined },
): Promise<string> {
  if (context.isMinikube) {
    const state = await minikubeState(tools, context.name);
    if (state === "absent") {
      await rehearseStart(tools, context.name, wanted);
      return "there is none yet, a driver for Minikube is there: 'lab up' makes it";
    }
    if (state === "stopped") return "Minikube is stopped, 'lab up' starts it";
  }
  const capacity = await nodeCapacity(tools, context.name);
  checkNodes(capacity);
  return `${capacity.cpus} CPUs and ${gib(capacity.memoryBytes)} of memory for pods`;
}
