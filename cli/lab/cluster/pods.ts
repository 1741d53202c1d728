/** The pods of a load: applied as one Job, followed to its end, and what they have printed. */
import { firstLine, refused } from "./answers.ts";
import { checkServer } from "./versions.ts";
import { checkFit, freeRoom, type PodNeed } from "./fit.ts";
import { parseQuantity } from "./machine.ts";
import { NAMESPACE } from "./names.ts";
import { chooseContext } from "./cluster.ts";
import { LabError } from "../../lab_error.ts";
import { loadManifests, type LoadSpec } from "./load_manifests.ts";
import { type Manifest, manifestText } from "./resources.ts";
import { apply, kubectl } from "./steps.ts";
import type { LabWorld } from "./world.ts";
import { sleep } from "../../../lib/transport/timing.ts";

/** What a load in pods is given, whatever the pods do. */
export interface PodOptions {
  readonly context?: string | undefined;
  readonly image: string;
  readonly name?: string | undefined;
  readonly schedule?: string | undefined;
  /** CPUs that a pod requests and may use; without it what fits Minikube, or two elsewhere. */
  readonly cpu?: string | undefined;
  readonly memory: string;
  readonly tokenSecret?: string | undefined;
}

/** Most pods of one role: instances have numbers of ten bits. */
export const MOST_PODS = 1024;
const POLL_MS = 2000;
/** Starting, the barrier, and the end. */
const MARGIN_SECONDS = 900;
const DAY_SECONDS = 86_400;

export interface Load {
  readonly name: string;
  readonly image: string;
  readonly pods: number;
  readonly manifests: readonly Manifest[];
  /** What each pod requests. */
  readonly need: PodNeed;
  readonly isScheduled: boolean;
  /** `4 producers, 2 consumers`. */
  readonly text: string;
}

/** Minikube's few CPUs are for everything: a pod of the load takes what is left. */
const MINIKUBE_CPU = { request: "250m", limit: "1" };
const USUAL_CPU = { request: "2", limit: "2" };

/** What the pods do. */
export interface PodWork extends Pick<LoadSpec, "pods" | "args" | "file" | "env"> {
  /** Planned length of the load; undefined where it ends by number. */
  readonly lengthMs: number | undefined;
  readonly text: string;
}

/** @throws {LabError} for a number of pods that is not possible */
export function checkPods(flag: string, count: number, least: number): void {
  if (Number.isInteger(count) && count >= least && count <= MOST_PODS) return;
  throw new LabError("Usage", `${flag} must be a whole number from ${least} to ${MOST_PODS}`);
}

/**
 * @param isMinikube decides what a pod gets where the options do not say
 * @throws {LabError} when the options cannot work
 */
export function planPods(options: PodOptions, work: PodWork, isMinikube: boolean): Load {
  const name = options.name ?? `pll-${crypto.randomUUID().slice(0, 6)}`;
  if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) {
    throw new LabError(
      "Usage",
      `--name '${name}' is not valid: expected up to 40 lower-case letters, digits or '-'`,
    );
  }
  const { image, memory, schedule, tokenSecret } = options;
  const usual = isMinikube ? MINIKUBE_CPU : USUAL_CPU;
  const cpu = options.cpu === undefined ? usual : { request: options.cpu, limit: options.cpu };
  const { lengthMs, text, ...spec } = work;
  const manifests = loadManifests({
    ...spec,
    name,
    image,
    cpu,
    memory,
    deadlineSeconds: lengthMs === undefined ? DAY_SECONDS : Math.ceil(lengthMs / 1000) + MARGIN_SECONDS,
    schedule,
    tokenSecret,
  });
  const need = { cpus: parseQuantity(cpu.request), memoryBytes: parseQuantity(memory) };
  return { name, image, pods: work.pods, manifests, need, isScheduled: schedule !== undefined, text };
}

export function loadText(load: Load): string {
  return manifestText(load.manifests);
}

/** What the pods of a load have printed. */
export interface PodLogs {
  /** Name of the Job. */
  readonly job: string;
  readonly text: string;
}

/**
 * Applies the load, and waits for its end.
 *
 * @param plan makes it, for Minikube or elsewhere
 * @returns undefined for a load that was only scheduled
 */
export async function runPods(
  world: LabWorld,
  options: PodOptions,
  plan: (isMinikube: boolean) => Load,
  pause: (ms: number) => Promise<void> = sleep,
): Promise<PodLogs | undefined> {
  // What cannot work is told before any program is asked.
  plan(true);
  const { tools, say } = world;
  const { name: context, isMinikube } = await chooseContext(tools, options.context);
  const load = plan(isMinikube);
  const isThere = await tools.ask(kubectl(context, "get", "namespace", NAMESPACE, "-o", "name"));
  if (isThere.code !== 0) {
    const absent = `context '${context}' has no namespace '${NAMESPACE}': 'lab up' makes it`;
    throw refused(context, isThere, `reading namespace '${NAMESPACE}'`, absent);
  }
  await checkServer(tools, context);
  const rooms = await freeRoom(tools, context);
  if (rooms === undefined) {
    say("--  nodes and pods may not be read: whether the load fits, the scheduler will say");
  } else checkFit(rooms, load.pods, load.need);
  await tools.change(apply(context, load.manifests));
  await bindConfig(world, context, load);
  if (load.isScheduled) {
    say(`ok  scheduled as CronJob ${load.name}: '${options.schedule}'`);
    return undefined;
  }
  say(`..  Job ${load.name}: ${load.text}`);
  await follow(world, context, load, pause);
  return { job: load.name, text: await logsOf(world, context, load) };
}

/** Kubernetes removes the ConfigMap with what it belongs to, when that ends its time to live or is deleted. */
async function bindConfig(
  { tools, say }: LabWorld,
  context: string,
  { name, manifests }: Load,
): Promise<void> {
  const [config, owner] = manifests as [Manifest, Manifest];
  const kind = owner.kind.toLowerCase();
  const { code, stdout } = await tools.ask(
    kubectl(context, "get", kind, name, "-o", "jsonpath={.metadata.uid}"),
  );
  if (code !== 0 || stdout.trim() === "") {
    return say(`--  ConfigMap ${config.metadata.name} stays: its ${owner.kind} does not tell its uid`);
  }
  const ownerReferences = [{ apiVersion: owner.apiVersion, kind: owner.kind, name, uid: stdout.trim() }];
  await tools.change(apply(context, [{ ...config, metadata: { ...config.metadata, ownerReferences } }]));
}

interface JobStatus {
  readonly status?: {
    readonly active?: number;
    readonly ready?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
    }[];
  };
}

async function follow(
  world: LabWorld,
  context: string,
  { name, image }: Load,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const { tools, say } = world;
  let shown = "";
  let stuckPolls = 0;
  for (;;) {
    const answer = await tools.ask(kubectl(context, "get", "job", name, "-o", "json"));
    if (answer.code !== 0) {
      throw new LabError("Load", `Job ${name} cannot be followed: ${firstLine(answer.stderr)}`);
    }
    const { active = 0, ready = 0, succeeded = 0, failed = 0, conditions = [] } =
      (JSON.parse(answer.stdout) as JobStatus).status ?? {};
    const text = `${ready} of ${active} pods run, ${succeeded} have ended well, ${failed} have failed`;
    if (text !== shown) say(`..  ${text}`);
    shown = text;
    const end = conditions.find(({ type, status }) =>
      (type === "Complete" || type === "Failed") && status === "True"
    );
    if (end !== undefined) {
      if (end.type === "Failed") say(`--  the Job has failed: ${end.reason ?? "no reason given"}`);
      return;
    }
    const stuck = ready < active ? await stuckPod(world, context, name) : undefined;
    stuckPolls = stuck === undefined ? 0 : stuckPolls + 1;
    if (stuck !== undefined && stuckPolls >= STUCK_POLLS) {
      await tools.change(kubectl(context, "delete", "job", name, "--ignore-not-found"));
      const advice = /Image/.test(stuck.reason)
        ? `; is '${image}' in the cluster? 'minikube image load ${image}' puts it there`
        : "";
      throw new LabError(
        "Load",
        `pod ${stuck.pod} cannot start: ${stuck.text}${advice}; the Job is removed again`,
      );
    }
    await pause(POLL_MS);
  }
}

/** One minute: images are tried again meanwhile. */
const STUCK_POLLS = 30;
const STUCK =
  /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|CreateContainer\w*Error|Unschedulable)$/;

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status?: {
      readonly containerStatuses?: readonly {
        readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
      }[];
      readonly conditions?: readonly {
        readonly type: string;
        readonly status: string;
        readonly reason?: string;
        readonly message?: string;
      }[];
    };
  }[];
}

/** A pod that waits for something that does not come by itself. */
async function stuckPod(
  { tools }: LabWorld,
  context: string,
  name: string,
): Promise<{ pod: string; reason: string; text: string } | undefined> {
  const answer = await tools.ask(
    kubectl(context, "get", "pods", "-l", `batch.kubernetes.io/job-name=${name}`, "-o", "json"),
  );
  if (answer.code !== 0) return undefined;
  for (const { metadata, status } of (JSON.parse(answer.stdout) as Pods).items) {
    const waits = [
      ...(status?.containerStatuses ?? []).map(({ state }) => state?.waiting),
      ...(status?.conditions ?? []).filter((one) => one.type === "PodScheduled" && one.status === "False"),
    ];
    const found = waits.find((one) => one?.reason !== undefined && STUCK.test(one.reason));
    if (found === undefined) continue;
    const { reason = "", message } = found;
    return {
      pod: metadata.name,
      reason,
      text: message === undefined ? reason : `${reason}: ${message.trim()}`,
    };
  }
  return undefined;
}

async function logsOf({ tools }: LabWorld, context: string, { name, pods }: Load): Promise<string> {
  const logs = await tools.ask(kubectl(
    context,
    "logs",
    "-l",
    `batch.kubernetes.io/job-name=${name}`,
    "--tail=-1",
    // Restarted pods too, each of which may be asked at once.
    `--max-log-requests=${4 * pods}`,
    "--ignore-errors",
  ));
  if (logs.code !== 0) throw new LabError("Load", `logs of Job ${name}: ${firstLine(logs.stderr)}`);
  return logs.stdout;
}
