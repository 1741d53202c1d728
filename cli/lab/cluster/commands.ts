/** The commands of `lab` that have to do with a cluster, as commander knows them. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Role } from "../../../lib/config/run_config.ts";
import { bytesText, parseBytes } from "../../../lib/config/units.ts";
import { prepareOutput } from "../../../lib/report/formats/write.ts";
import { UsageError } from "../../command.ts";
import { EXIT, type ExitCode } from "../../exit_codes.ts";
import { failedToWrite, type Joined, joinedScenario, joinedSides } from "../results.ts";
import { overridesOf, SET } from "../run/command.ts";
import { labRun } from "../run/run.ts";
import { countOf, gather, valid } from "../values.ts";
import {
  type ArgumentCheck,
  contextName,
  cpuQuantity,
  cronSchedule,
  driverName,
  goDuration,
  imageName,
  memoryQuantity,
  objectName,
  pathOnly,
} from "./arguments.ts";
import type { ChartSource } from "./chart.ts";
import { labCredentials } from "./credentials.ts";
import { downPlan, labDown } from "./down.ts";
import { upPlan } from "./plan.ts";
import { type LoadOptions, planLoad, runLoad } from "./load.ts";
import { planScenarioLoad, runScenarioLoad, type ScenarioLoadOptions } from "./load_scenario.ts";
import { type Load, loadText, type PodOptions } from "./pods.ts";
import { USUAL_SIZE } from "./machine.ts";
import { MINIKUBE_PROFILE, type TARGETS, WEB_TARGETS } from "./names.ts";
import { labOpen, labPortForward } from "./open.ts";
import { labPod, podPlace, podScenario } from "./pod.ts";
import { labDoctor, labStatus } from "./status.ts";
import { labUp } from "./up.ts";
import type { LabWorld } from "./world.ts";

const CONTEXT = [
  "--context <name>",
  "context of the kubeconfig; without it only Minikube's is used",
] as const;
const DRY_RUN = ["--dry-run", "print a shell script that does the same instead"] as const;
const YES = ["-y, --yes", "outside Minikube: go on without asking for the context's name"] as const;
const CHART = ["--chart <path>", "folder or archive of the chart instead of its repository"] as const;
const GIB = 1024 ** 3;

export interface ClusterHooks {
  readonly world: LabWorld;
  done(code: ExitCode): void;
  /** Runs an executable's main function: what a pod does. */
  runRole(role: Role, args: readonly string[]): Promise<ExitCode>;
  readonly env: (name: string) => string | undefined;
}

export function addClusterCommands(program: Command, hooks: ClusterHooks): void {
  addUp(program, hooks);
  addDown(program, hooks);
  addViews(program, hooks);
  addForwards(program, hooks);
  addLoad(program, hooks);
}

function addUp(program: Command, { world, done }: ClusterHooks): void {
  program.command("up")
    .description("Make a monitored Pulsar in Minikube, or bring up what is missing of it")
    .option(...CONTEXT, checked(contextName))
    .option("--cpus <n>", "CPUs for a new Minikube cluster", countOf(1, 256), USUAL_SIZE.cpus)
    .addOption(sizeOption("--memory <size>", "memory for it", USUAL_SIZE.memoryBytes))
    .addOption(sizeOption("--disk <size>", "disk for it", USUAL_SIZE.diskBytes))
    .option("--driver <name>", "Minikube driver; without it Minikube chooses", checked(driverName))
    .option(...CHART, checked(pathOnly))
    .option("--no-persistence", "no volumes: data goes with the pods")
    .option("--manager", "install Pulsar Manager too", false)
    .option("--no-monitoring", "neither Prometheus nor Grafana")
    .option(
      "--timeout <time>",
      "how long pods may take to become ready, in Helm's form",
      checked(goDuration),
      "15m",
    )
    .option(...YES)
    .option(...DRY_RUN)
    .action(async (given) => {
      const options = {
        context: given.context,
        driver: given.driver,
        size: { cpus: given.cpus, memoryBytes: given.memory, diskBytes: given.disk },
        chart: chartOf(given.chart),
        persistence: given.persistence,
        manager: given.manager,
        monitoring: given.monitoring,
        timeout: given.timeout,
        yes: given.yes === true,
      };
      if (given.dryRun) world.print(await upPlan(options));
      else await labUp(world, options);
      done(EXIT.ok);
    });
}

function addDown(program: Command, { world, done }: ClusterHooks): void {
  program.command("down")
    .description("Remove what 'lab up' made")
    .option(...CONTEXT, checked(contextName))
    .option("--keep-data", "leave the volumes", false)
    .addOption(new Option("--stop", "stop Minikube too").default(false).conflicts("delete"))
    .addOption(new Option("--delete", "delete the whole Minikube cluster").default(false))
    .option(...YES)
    .option(...DRY_RUN)
    .action(async (given) => {
      const options = {
        context: given.context,
        yes: given.yes === true,
        keepData: given.keepData,
        minikube: given.delete ? "delete" : given.stop ? "stop" : "leave",
      } as const;
      if (given.dryRun) world.print(downPlan(options));
      else await labDown(world, options);
      done(EXIT.ok);
    });
}

function addViews(program: Command, { world, done }: ClusterHooks): void {
  const verdict = (isWell: boolean): void => done(isWell ? EXIT.ok : EXIT.failure);
  program.command("status")
    .description("What is installed, and whether all pods are ready")
    .option(...CONTEXT, checked(contextName))
    .action(async ({ context }) => verdict(await labStatus(world, context)));
  program.command("doctor")
    .description("Whether everything is there that 'lab up' needs, and what to do where not")
    .option(...CONTEXT, checked(contextName))
    .option(...CHART, checked(pathOnly))
    .option("--cpus <n>", "CPUs that Minikube is to get", countOf(1, 256), USUAL_SIZE.cpus)
    .addOption(sizeOption("--memory <size>", "memory for it", USUAL_SIZE.memoryBytes))
    .addOption(sizeOption("--disk <size>", "disk for it", USUAL_SIZE.diskBytes))
    .option("--driver <name>", "Minikube driver; without it Minikube chooses", checked(driverName))
    .action(async ({ context, chart, cpus, memory, disk, driver }) => {
      const size = { cpus, memoryBytes: memory, diskBytes: disk };
      verdict(await labDoctor(world, context, chartOf(chart), { size, driver }));
    });
  program.command("credentials")
    .description("Who may log in where")
    .option(...CONTEXT, checked(contextName))
    .option("--show", "print passwords too", false)
    .action(async ({ context, show }) => {
      await labCredentials(world, context, show);
      done(EXIT.ok);
    });
}

function addForwards(program: Command, { world, done }: ClusterHooks): void {
  program.command("open")
    .description("Open a web interface in the browser, and keep it reachable until Ctrl-C")
    .argument("<what>", WEB_TARGETS.join(", "), (what: string) => {
      if (WEB_TARGETS.some((title) => title === what)) return what as keyof typeof TARGETS;
      throw new InvalidArgumentError(`It can be ${WEB_TARGETS.join(", ")}.`);
    })
    .option(...CONTEXT, checked(contextName))
    .option("--port <port>", "local port", countOf(1, 65_535))
    .option("--no-browser", "only print the address")
    .action(async (what, { context, port, browser }) => {
      await labOpen(world, { context, port, what, browser });
      done(EXIT.ok);
    });
  program.command("port-forward")
    .description("Keep Pulsar reachable on this machine until Ctrl-C, whatever happens to the pods")
    .option(...CONTEXT, checked(contextName))
    .option("--port <port>", "local port of the broker", countOf(1, 65_535), 6650)
    .option("--admin-port <port>", "local port of the admin API", countOf(1, 65_535), 8080)
    .option("--address <address>", "address to listen on", "127.0.0.1")
    .action(async ({ context, port, adminPort, address }) => {
      await labPortForward(world, { context, port, adminPort, address });
      done(EXIT.ok);
    });
}

function addLoad(program: Command, hooks: ClusterHooks): void {
  const { world, done, env, runRole } = hooks;
  program.command("load")
    .description("Load from many pods at once, joined to one result; options beyond these are the producer's")
    .argument("[options...]")
    .requiredOption("--pods <n>", "producers; of a scenario, all processes", countOf(1, 1024))
    .option(
      "--scenario <file>",
      "divide the groups of this scenario over the pods, instead of one load",
      checked(pathOnly),
    )
    .option(...SET, gather, [])
    .option("--consumers <n>", "consumers", countOf(0, 1024), 0)
    .option("--consumer-set <name=value>", "option of the consumers; may be repeated", gather, [])
    .option("--image <name>", "image of k8s/load/Dockerfile", checked(imageName), "pulsar-local-lab:dev")
    .option("--name <name>", "name of the Job and the run; random without it")
    .option(
      "--cpu <quantity>",
      "CPUs of a pod; without it 250m in Minikube, 2 elsewhere",
      checked(cpuQuantity),
    )
    .option("--pod-memory <quantity>", "memory of a pod", checked(memoryQuantity), "1Gi")
    .option("--token-secret <name>", "Secret whose key 'token' authenticates the pods", checked(objectName))
    .option("--schedule <cron>", "make a CronJob instead", checked(cronSchedule))
    .option("--merged <file>", "write the joined results as JSON lines; '-' is standard output")
    .option(...CONTEXT, checked(contextName))
    .option("--dry-run", "print the manifests instead of applying them")
    .allowUnknownOption()
    .action(async (args, given) => {
      const pod: PodOptions = {
        context: given.context,
        name: given.name,
        schedule: given.schedule,
        tokenSecret: given.tokenSecret,
        image: given.image,
        cpu: given.cpu,
        memory: given.podMemory,
      };
      const work = given.scenario === undefined
        ? sidesWork(world, {
          ...pod,
          producers: given.pods,
          consumers: given.consumers,
          consumerSettings: given.consumerSet,
          producerArgs: args,
        }, given.set)
        : scenarioWork(world, {
          ...pod,
          pods: given.pods,
          file: given.scenario,
          overrides: overridesOf(given.set),
        }, [...args, ...given.consumerSet, ...(given.consumers > 0 ? ["--consumers"] : [])]);
      if (given.dryRun) {
        world.print(loadText(work.plan(isForMinikube(given.context))));
        done(EXIT.ok);
      } else done(await loadToEnd(world, work, given.merged));
    });
  program.command("pod", { hidden: true })
    .option("--producers <n>", "producer pods", countOf(1, 1024), 1)
    .option("--consumers <n>", "consumer pods", countOf(0, 1024), 0)
    .option("--scenario <file>", "scenario that the pods run together")
    .option("--pods <n>", "pods that run it", countOf(1, 1024), 1)
    .option(...SET, gather, [])
    .action(async ({ producers, consumers, scenario, pods, set }) => {
      const index = env("JOB_COMPLETION_INDEX");
      if (scenario === undefined) done(await labPod(podPlace(index, producers, consumers), runRole));
      else done(await labRun(podScenario(index, { scenario, pods, overrides: overridesOf(set) })));
    });
}

/** What is to be done in pods. */
interface Work {
  plan(isMinikube: boolean): Load;
  /** Resolves to nothing for a load that was only scheduled. */
  run(): Promise<Joined | undefined>;
}

function sidesWork(world: LabWorld, options: LoadOptions, set: readonly string[]): Work {
  if (set.length > 0) throw new UsageError("--set changes a scenario: give --scenario too");
  return {
    plan: (isMinikube) => planLoad(options, isMinikube),
    async run() {
      const sides = await runLoad(world, options);
      return sides && joinedSides(sides);
    },
  };
}

function scenarioWork(world: LabWorld, options: ScenarioLoadOptions, others: readonly string[]): Work {
  if (others.length > 0) {
    throw new UsageError(
      `'${others[0]}' is not for --scenario, whose file says what runs: change it with --set`,
    );
  }
  return {
    plan: (isMinikube) => planScenarioLoad(options, isMinikube),
    async run() {
      const merged = await runScenarioLoad(world, options);
      return merged && joinedScenario(merged);
    },
  };
}

async function loadToEnd(world: LabWorld, work: Work, merged: string | undefined): Promise<ExitCode> {
  const target = merged === undefined ? undefined : await prepareOutput(merged);
  const joined = await work.run();
  if (joined === undefined) return EXIT.ok;
  const text = joined.summary({ color: false });
  if (merged === "-") world.say(text);
  else world.print(text);
  const problem = await target?.commit(joined.lines);
  return problem === undefined ? joined.exitCode : failedToWrite(problem);
}

/** A dry run asks no cluster: the lab's own is meant unless another context is named. */
function isForMinikube(context: string | undefined): boolean {
  return context === undefined || context === MINIKUBE_PROFILE;
}

function chartOf(path: string | undefined): ChartSource {
  return path === undefined ? { kind: "repository" } : { kind: "local", path };
}

/** A text that is handed on as it is, once it is right. */
function checked(check: ArgumentCheck): (text: string) => string {
  return (text) => {
    const expected = check(text);
    if (expected === undefined) return text;
    throw new InvalidArgumentError(`It must be ${expected}.`);
  };
}

function sizeOption<const F extends string>(flags: F, help: string, usual: number) {
  return new Option(flags, help).argParser(bytesOf).default(usual, bytesText(usual));
}

function bytesOf(text: string): number {
  // Minikube's and Kubernetes' own way of writing it.
  const plain = text.replace(/^(\d+)([gm])$/i, (_, digits: string, unit: string) => `${digits}${unit}iB`);
  return valid(() => parseBytes(plain, { min: GIB / 4, max: 1024 * GIB }));
}
