/** Which part of a scenario this process runs, where several run it together. */
import type { Layer } from "../../../lib/config/config_file.ts";
import type { OptionKey } from "../../../lib/config/option_spec.ts";
import { variablesOf } from "../../../lib/config/options.ts";
import { resolve } from "../../../lib/config/resolve.ts";
import { ConfigError } from "../../../lib/config/source.ts";
import { divide, DivisionError, type ProcessPlace } from "../../../lib/scenario/processes/divide.ts";
import type { Scenario } from "../../../lib/scenario/types.ts";

/** Settings of a process among others, which no group has. */
export const PLACE_KEYS = ["instances", "instance", "barrierTimeoutMs"] as const;
const VARIABLES = variablesOf(PLACE_KEYS);

export interface Place extends ProcessPlace {
  /** For everything up to the common start. */
  readonly timeoutMs: number;
}

/** The same settings without those of the process. */
export function withoutPlace(flags: Layer): Layer {
  return new Map([...flags].filter(([key]) => !isOfPlace(key)));
}

function isOfPlace(key: OptionKey): boolean {
  return PLACE_KEYS.some((other) => other === key);
}

/** @throws {ConfigError} for an index beyond the number, and for several processes that have no name of the run, or no broker in common */
export function placeOf(
  flags: Layer,
  env: Readonly<Record<string, string>>,
  scenario: Pick<Scenario, "runId">,
  isNamed: boolean,
): Place | undefined {
  const own = new Map([...flags].filter(([key]) => isOfPlace(key) || key === "embedded"));
  if (isNamed) own.set("runId", { texts: [scenario.runId], source: { kind: "flag", flag: "--run-id" } });
  const { config } = resolve({
    role: "producer",
    flags: own,
    env: Object.fromEntries(Object.entries(env).filter(([name]) => VARIABLES.has(name))),
    readFile: () => "",
    runId: scenario.runId,
  });
  const { instance, instances, barrierTimeoutMs } = config;
  return instances === 1 ? undefined : { index: instance, of: instances, timeoutMs: barrierTimeoutMs };
}

/** @throws {ConfigError} when the scenario cannot be divided so */
export function partOf(scenario: Scenario, place: Place): Scenario {
  try {
    return divide(scenario, place);
  } catch (error) {
    if (!(error instanceof DivisionError)) throw error;
    throw new ConfigError([{ message: error.message, source: { kind: "flag", flag: "--instances" } }], {
      cause: error,
    });
  }
}
