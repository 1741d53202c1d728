/** `lab down`: what `lab up` made is removed, and nothing else. */
import { chooseContext, minikubeState } from "./cluster.ts";
import { LabError } from "../../lab_error.ts";
import { MINIKUBE_PROFILE } from "./names.ts";
import { removeSteps, type Step } from "./steps.ts";
import type { LabWorld } from "./world.ts";
import { confirm, ownership } from "./ownership.ts";
import { planText } from "./plan.ts";

export interface DownOptions {
  readonly context?: string | undefined;
  /** Leave volumes, and with them the data. */
  readonly keepData: boolean;
  /** Afterwards stop Minikube, or delete it with everything in it. */
  readonly minikube: "leave" | "stop" | "delete";
  /** Outside Minikube: go on without asking. */
  readonly yes?: boolean | undefined;
}

export async function labDown(world: LabWorld, options: DownOptions): Promise<void> {
  const { tools, say } = world;
  const context = await chooseContext(tools, options.context);
  if (!context.isMinikube && options.minikube !== "leave") {
    throw new LabError(
      "WrongContext",
      `context '${context.name}' is not Minikube's: it cannot be stopped or deleted`,
    );
  }
  if (context.isMinikube) {
    const state = await minikubeState(tools, context.name);
    if (state === "absent") return say("ok  there is no Minikube cluster: nothing to do");
    if (options.minikube === "delete") return await run(world, [minikubeStep("delete", context.name)]);
    if (state === "stopped") return say("ok  Minikube is stopped already; 'lab down --delete' removes it");
  }
  if (await ownership(tools, context.name) === "absent") {
    say("ok  there is no lab in this cluster: nothing to do");
    if (options.minikube === "stop") await run(world, [minikubeStep("stop", context.name)]);
    return;
  }
  const what = options.keepData ? "Pulsar is removed" : "Pulsar is removed with all its data";
  await confirm(world, context, options.yes === true, what);
  await run(world, downSteps(context.name, options));
  say("ok  the lab is down");
}

function downSteps(context: string, options: DownOptions): Step[] {
  const steps = removeSteps(context, !options.keepData);
  return options.minikube === "stop" ? [...steps, minikubeStep("stop", context)] : steps;
}

function minikubeStep(what: "stop" | "delete", profile: string): Step {
  const title = what === "stop" ? "Stopping Minikube" : "Deleting the Minikube cluster";
  return { title, command: { tool: "minikube", args: [what, "-p", profile] } };
}

async function run({ tools, say }: LabWorld, steps: readonly Step[]): Promise<void> {
  for (const { title, command } of steps) {
    say(`..  ${title}`);
    await tools.change(command);
  }
}

export function downPlan(options: DownOptions): string {
  const context = options.context ?? MINIKUBE_PROFILE;
  return planText(
    options.minikube === "delete" ? [minikubeStep("delete", context)] : downSteps(context, options),
  );
}
