/** `lab up`: from nothing, or from anything in between, to a monitored Pulsar in the cluster. */
import { join } from "node:path";
import type { ChartSource } from "./chart.ts";
import { checkChart } from "./chart.ts";
import { readValues, valuesFiles } from "./chart_values.ts";
import { firstLine, refused } from "./answers.ts";
import { chooseContext, type Context, minikubeState, nodeCapacity } from "./cluster.ts";
import { LabError } from "../../lab_error.ts";
import { checkMachine, checkNodes, gib, type Size } from "./machine.ts";
import { grafanaSecret, monitoringManifests } from "./monitoring.ts";
import {
  apply,
  installChart,
  kubectl,
  namespaceManifest,
  rollout,
  startMinikube,
  type Step,
} from "./steps.ts";
import type { Command, Tools } from "./tools.ts";
import { confirm, ownership } from "./ownership.ts";
import { checkedVersion, type Version } from "./versions.ts";
import type { LabWorld } from "./world.ts";

export interface UpOptions {
  readonly context?: string | undefined;
  readonly size: Size;
  readonly driver?: string | undefined;
  readonly chart: ChartSource;
  readonly persistence: boolean;
  readonly manager: boolean;
  readonly monitoring: boolean;
  readonly timeout: string;
  /** Outside Minikube: go on without asking. */
  readonly yes?: boolean | undefined;
}

/** Brings the lab up. What is there already is left as it is; nothing is changed before all checks have passed. */
export async function labUp(world: LabWorld, options: UpOptions): Promise<void> {
  const { tools, say } = world;
  const helm = await checkPrograms(world);
  const context = await chooseContext(tools, options.context);
  const files = valuesFiles(options);
  await checkChart(tools, options.chart, files);
  say("ok  chart knows all values");
  if (context.isMinikube) await ensureMinikube(world, context.name, options);
  checkNodes(await nodeCapacity(tools, context.name));
  await ownership(tools, context.name);
  await confirm(world, context, options.yes === true, "Pulsar is installed");
  const folder = await Deno.makeTempDir({ prefix: "pulsar-lab-" });
  try {
    for (const file of files) await Deno.writeTextFile(join(folder, file), readValues(file));
    for (const step of await installSteps(context, options, folder, helm)) {
      await perform(world, context.name, step);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  world.print(NEXT);
}

const NEXT = `Pulsar is up. Next:
  lab port-forward             keeps pulsar://localhost:6650 and http://localhost:8080 reachable
  lab open grafana             dashboards; 'lab credentials --show' has the password
  producer --rate 5k -d 30s    some load
`;

async function checkPrograms(world: LabWorld): Promise<Version> {
  const { tools, say } = world;
  const [kubectlVersion, helm] = [
    await checkedVersion(tools, "kubectl"),
    await checkedVersion(tools, "helm"),
  ];
  say(`ok  kubectl ${kubectlVersion.join(".")}, helm ${helm.join(".")}`);
  return helm;
}

async function ensureMinikube(world: LabWorld, profile: string, options: UpOptions): Promise<void> {
  const { tools, say } = world;
  say(`ok  minikube ${(await checkedVersion(tools, "minikube")).join(".")}`);
  const state = await minikubeState(tools, profile);
  if (state === "running") return say("ok  Minikube is running");
  if (state === "stopped") {
    await perform(world, profile, { title: "Starting Minikube", command: restartMinikube(profile) });
    return;
  }
  const machine = await world.machine();
  checkMachine(machine, options.size);
  say(`ok  ${machine.cpus} CPUs, ${gib(machine.memoryBytes)} of memory`);
  await rehearseStart(tools, profile, options);
  say("ok  a driver for Minikube is there");
  await perform(world, profile, {
    title: "Making a cluster with Minikube; the first time it downloads about 1 GB",
    command: startMinikube(profile, options.size, options.driver),
  });
}

function restartMinikube(profile: string): Command {
  return { tool: "minikube", args: ["start", "-p", profile, "--wait=all", "--interactive=false"] };
}

/** Minikube's own check of drivers and sizes, before anything is made. */
export async function rehearseStart(
  tools: Tools,
  profile: string,
  options: Pick<UpOptions, "size" | "driver">,
): Promise<void> {
  const { code, stdout, stderr } = await tools.ask(
    startMinikube(profile, options.size, options.driver, true),
  );
  if (code === 0) return;
  const said = `${stderr}\n${stdout}`;
  const exiting = said.split("\n").find((line) => /Exiting due to/.test(line));
  const reason = (exiting ?? firstLine(said)).replace(/^\W*Exiting due to\s*/, "").trim();
  throw new LabError(
    "NoCluster",
    `Minikube cannot start: ${reason}; a driver such as Docker must be installed and running (--driver)`,
  );
}

export async function installSteps(
  context: Context,
  options: UpOptions,
  folder: string,
  helm: Version,
): Promise<Step[]> {
  const { name } = context;
  const files = valuesFiles(options);
  const steps: Step[] = [{
    title: "Marking the namespace as the lab's",
    command: apply(name, [namespaceManifest]),
  }, {
    title: "Installing Pulsar; the first time its image of some 1.5 GB is pulled",
    command: installChart(name, options.chart, files, folder, helm, options.timeout),
  }];
  if (!options.monitoring) return steps;
  steps.push(
    {
      title: "Making a password for Grafana",
      command: apply(name, [grafanaSecret()]),
      unless: kubectl(name, "get", "secret", "pll-grafana", "--ignore-not-found", "-o", "name"),
    },
    { title: "Installing Prometheus and Grafana", command: apply(name, await monitoringManifests()) },
    { title: "Waiting for Prometheus", command: rollout(name, "pll-prometheus", "5m") },
    { title: "Waiting for Grafana", command: rollout(name, "pll-grafana", "5m") },
  );
  return steps;
}

async function perform(
  { tools, say }: LabWorld,
  context: string,
  { title, command, unless }: Step,
): Promise<void> {
  if (unless !== undefined) {
    const found = await tools.ask(unless);
    if (found.code !== 0) {
      throw refused(context, found, "looking for what is there", "nothing is there");
    }
    if (found.stdout.trim() !== "") return;
  }
  say(`..  ${title}`);
  await tools.change(command);
}
