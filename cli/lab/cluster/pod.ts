/** `lab pod`: one process of a load. Which one says the index that the Indexed Job gives it. */
import type { Layer } from "../../../lib/config/config_file.ts";
import type { Role } from "../../../lib/config/run_config.ts";
import type { ExitCode } from "../../exit_codes.ts";
import { LabError } from "../../lab_error.ts";
import type { RunRequest } from "../run/run.ts";

export interface PodPlace {
  readonly role: Role;
  /** Arguments for that executable. */
  readonly args: readonly string[];
}

/**
 * The first pods are the producers, the others the consumers.
 *
 * @param index of the pod, as text; `JOB_COMPLETION_INDEX`
 * @throws {LabError} when there is none, or it is beyond the last pod
 */
export function podPlace(index: string | undefined, producers: number, consumers: number): PodPlace {
  const pods = producers + consumers;
  const number = numberOf(index, pods);
  const isProducer = number < producers;
  const instance = isProducer ? number : number - producers;
  return {
    role: isProducer ? "producer" : "consumer",
    args: [
      `--instances=${isProducer ? producers : consumers}`,
      `--instance=${instance}`,
      `--barrier=${pods}`,
      "--json",
      "--ui=none",
    ],
  };
}

/** @throws {LabError} */
function numberOf(index: string | undefined, pods: number): number {
  if (index !== undefined && /^\d+$/.test(index) && Number(index) < pods) return Number(index);
  throw new LabError(
    "Load",
    `JOB_COMPLETION_INDEX is '${
      index ?? ""
    }': 'lab pod' runs in an Indexed Job of ${pods} pods, which sets it from ` +
      `0 to ${pods - 1}`,
  );
}

/**
 * What one pod of a scenario runs: its part, with its record and results on standard output.
 *
 * @param index of the pod, as text; `JOB_COMPLETION_INDEX`
 * @throws {LabError} when there is none, or it is beyond the last pod
 */
export function podScenario(
  index: string | undefined,
  { scenario, pods, overrides }: {
    readonly scenario: string;
    readonly pods: number;
    readonly overrides: ReadonlyMap<string, string>;
  },
): RunRequest {
  const flags = {
    instances: String(pods),
    instance: String(numberOf(index, pods)),
    json: "true",
    ui: "none",
  };
  return {
    file: scenario,
    flags: new Map(
      Object.entries(flags).map((
        [key, text],
      ) => [key, { texts: [text], source: { kind: "flag", flag: `--${key}` } }]),
    ) as Layer,
    overrides,
    dryRun: false,
    allowCommands: false,
    driverFile: undefined,
    ombOutput: undefined,
  };
}

/** Runs the pod's part; its result is the one line on standard output. */
export async function labPod(
  place: PodPlace,
  run: (role: Role, args: readonly string[]) => Promise<ExitCode>,
): Promise<ExitCode> {
  return await run(place.role, place.args);
}
