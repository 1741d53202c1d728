/** `lab load --scenario`: a scenario whose groups are divided over pods, from its file to one joined record. */
import type { OptionKey } from "../../../lib/config/option_spec.ts";
import { optionOf } from "../../../lib/config/options.ts";
import { ConfigError, formatSource, placePrefix } from "../../../lib/config/source.ts";
import { type MergedScenario, mergeScenario } from "../../../lib/report/merge/scenario.ts";
import { readRecordStream, type ScenarioResults } from "../../../lib/report/result/reader.ts";
import { ResultError } from "../../../lib/report/result/result.ts";
import { readScenario } from "../../../lib/scenario/file/read.ts";
import { divide, DivisionError } from "../../../lib/scenario/processes/divide.ts";
import type { Scenario } from "../../../lib/scenario/types.ts";
import { LabError } from "../../lab_error.ts";
import { openScenario } from "../run/open.ts";
import { ADMIN_URL, FILES_OF_A_MACHINE, METRICS_PORT, SERVICE_URL } from "./pods_config.ts";
import { checkPods, type Load, planPods, type PodOptions, runPods } from "./pods.ts";
import type { LabWorld } from "./world.ts";

export interface ScenarioLoadOptions extends PodOptions {
  readonly file: string;
  /** Values in place of the file's, by their path. */
  readonly overrides: ReadonlyMap<string, string>;
  readonly pods: number;
}

/**
 * @param isMinikube decides what a pod gets where the options do not say
 * @throws {ConfigError} for mistakes in the file; {LabError} for what pods cannot do, or a number of them that does not work
 */
export function planScenarioLoad(options: ScenarioLoadOptions, isMinikube: boolean): Load {
  const { pods, overrides } = options;
  checkPods("--pods", pods, 1);
  const { text, scenario, isTranslated } = read(options);
  checkForPods(scenario);
  try {
    divide(scenario, { index: 0, of: pods });
  } catch (error) {
    if (error instanceof DivisionError) throw new LabError("Usage", `--pods: ${error.message}`);
    throw error;
  }
  // Those of a workload are in its scenario already.
  const sets = isTranslated ? [] : [...overrides].flatMap(([path, value]) => ["--set", `${path}=${value}`]);
  const { durationMs, warmupMs, drainMs } = scenario;
  const work = {
    pods,
    args: (path: string) => ["pod", "--scenario", path, "--pods", String(pods), ...sets],
    file: { name: "scenario.yaml", text },
    env: () => ({ ...targetOf(scenario), ...METRICS }),
    lengthMs: durationMs === undefined ? undefined : warmupMs + durationMs + drainMs,
    text: `scenario '${scenario.name}' in ${pods} pods`,
  };
  return planPods(options, work, isMinikube);
}

function read({ file, overrides }: ScenarioLoadOptions): {
  text: string;
  scenario: Scenario;
  isTranslated: boolean;
} {
  const { input, omb, combinations } = openScenario(
    { file, driverFile: undefined, overrides },
    "--scenario",
    { flags: new Map(), env: {}, runId: "run" },
  );
  if (combinations.length > 1) {
    throw new LabError(
      "Usage",
      `--scenario '${file}' sweeps over ${combinations.length} combinations, and pods run one: give its values with ` +
        "--set",
    );
  }
  const { scenario } = readScenario(input);
  return { text: input.text, scenario, isTranslated: omb !== undefined };
}

/** @throws {ConfigError} naming the place in the file; {LabError} for a load without an end */
function checkForPods(scenario: Scenario): void {
  const groups = [...scenario.producers, ...scenario.subscriptions];
  for (const { name, sources } of groups) {
    for (const key of [...FILES_OF_A_MACHINE, "embedded"] satisfies OptionKey[]) {
      const source = sources.get(key);
      if (source?.kind !== "file") continue;
      const message = `${formatSource(source)}: '${name}' has '${
        optionOf(key).flag
      }', which cannot be given to pods`;
      throw new ConfigError([{ message, source }]);
    }
  }
  for (const { name, action, source } of scenario.steps) {
    if (action.kind !== "command" && action.kind !== "fault") continue;
    const what = action.kind === "command" ? "a program of this machine" : "the embedded broker";
    const message = `${placePrefix(source)}step '${name}' is about ${what}, which pods do not have`;
    throw new ConfigError([{ message, source }]);
  }
  const hasEnd = scenario.durationMs !== undefined ||
    (scenario.producers.length > 0 && scenario.producers.every(({ config }) => config.count !== undefined));
  if (!hasEnd) throw new LabError("Usage", "a load in pods must have an end: give the scenario a 'duration'");
}

/** For the Prometheus of the cluster. */
const METRICS = { PLL_METRICS_PORT: String(METRICS_PORT), PLL_METRICS_HOST: "0.0.0.0" };

/** The lab's own cluster, unless the file names another. */
function targetOf({ producers, subscriptions }: Scenario): Record<string, string> {
  const { sources } = [...producers, ...subscriptions][0]!;
  return sources.get("serviceUrl")?.kind === "file"
    ? {}
    : { PLL_SERVICE_URL: SERVICE_URL, PLL_ADMIN_URL: ADMIN_URL };
}

/**
 * Applies the load, waits for its end and joins what the pods have left.
 *
 * @returns undefined for a load that was only scheduled
 */
export async function runScenarioLoad(
  world: LabWorld,
  options: ScenarioLoadOptions,
  pause?: (ms: number) => Promise<void>,
): Promise<MergedScenario | undefined> {
  const logs = await runPods(world, options, (isMinikube) => planScenarioLoad(options, isMinikube), pause);
  if (logs === undefined) return undefined;
  const { job, text } = logs;
  const scenarios = await scenariosOf(text, `logs of Job ${job}`);
  if (scenarios.length === 0) {
    throw new LabError(
      "Load",
      `none of the ${options.pods} pods left a record: see 'kubectl logs' of Job ${job}`,
    );
  }
  const merged = mergeScenario(scenarios);
  if (merged.missing.length > 0) world.say(`--  pods without a record: ${merged.missing.join(", ")}`);
  return merged;
}

/** @throws {ResultError} for a damaged record; a log without any is no error */
async function scenariosOf(logs: string, origin: string): Promise<readonly ScenarioResults[]> {
  try {
    return (await readRecordStream(new Blob([logs]).stream(), origin)).scenarios;
  } catch (error) {
    if (error instanceof ResultError && error.code === "RESULT_SYNTAX") return [];
    throw error;
  }
}
