/** `lab load`: a load of many producers and consumers in pods, from its options to one joined result. */
import type { RunConfig } from "../../../lib/config/run_config.ts";
import { type MergedSide, mergeRun } from "../../../lib/report/merge/merge.ts";
import { parseResults } from "../../../lib/report/result/result.ts";
import { LabError } from "../../lab_error.ts";
import { checkPods, type Load, planPods, type PodOptions, runPods } from "./pods.ts";
import { loadFile } from "./pods_config.ts";
import type { LabWorld } from "./world.ts";

export interface LoadOptions extends PodOptions {
  readonly producers: number;
  readonly consumers: number;
  readonly consumerSettings: readonly string[];
  readonly producerArgs: readonly string[];
}

/**
 * @param isMinikube decides what a pod gets where the options do not say
 * @throws {LabError} or {UsageError} when the options cannot work
 */
export function planLoad(options: LoadOptions, isMinikube: boolean): Load {
  const { producers, consumers } = options;
  checkPods("--pods", producers, 1);
  checkPods("--consumers", consumers, 0);
  const file = loadFile(options.producerArgs, options.consumerSettings, { producers, consumers });
  const work = {
    pods: producers + consumers,
    args: () => ["pod", "--producers", String(producers), "--consumers", String(consumers)],
    file: { name: "run.yaml", text: file.text },
    env: (path: string) => ({ PLL_CONFIG: path }),
    lengthMs: lengthOf(file.producer),
    text: `${producers} producers, ${consumers} consumers`,
  };
  return planPods(options, work, isMinikube);
}

function lengthOf(config: RunConfig): number | undefined {
  const stages = config.role === "producer"
    ? config.stages.reduce((sum, { durationMs }) => sum + durationMs, 0)
    : 0;
  const length = config.durationMs ?? (stages > 0 ? stages : undefined);
  return length === undefined ? undefined : length + config.warmupMs;
}

/**
 * Applies the load, waits for its end and joins the results.
 *
 * @returns undefined for a load that was only scheduled
 */
export async function runLoad(
  world: LabWorld,
  options: LoadOptions,
  pause?: (ms: number) => Promise<void>,
): Promise<MergedSide[] | undefined> {
  const logs = await runPods(world, options, (isMinikube) => planLoad(options, isMinikube), pause);
  if (logs === undefined) return undefined;
  const { job, text } = logs;
  const sides = mergeRun(parseResults(text, `logs of Job ${job}`));
  for (const [role, planned] of [["producer", options.producers], ["consumer", options.consumers]] as const) {
    if (planned > 0 && !sides.some((side) => side.role === role)) {
      throw new LabError(
        "Load",
        `none of the ${planned} ${role}s left a result: see 'kubectl logs' of Job ${job}`,
      );
    }
  }
  for (const { role, missing } of sides) {
    if (missing.length > 0) world.say(`--  ${role}s without a result: ${missing.join(", ")}`);
  }
  return sides;
}
