/** `lab pod`: one process of a load. Which one says the index that the Indexed Job gives it. */
import type { Role } from "../../../lib/config/run_config.ts";
import type { ExitCode } from "../../exit_codes.ts";
import { LabError } from "../../lab_error.ts";

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
  if (index === undefined || !/^\d+$/.test(index) || Number(index) >= pods) {
    throw new LabError(
      "Load",
      `JOB_COMPLETION_INDEX is '${
        index ?? ""
      }': 'lab pod' runs in an Indexed Job of ${pods} pods, which sets it from ` +
        `0 to ${pods - 1}`,
    );
  }
  const isProducer = Number(index) < producers;
  const instance = isProducer ? Number(index) : Number(index) - producers;
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

/** Runs the pod's part; its result is the one line on standard output. */
export async function labPod(
  place: PodPlace,
  run: (role: Role, args: readonly string[]) => Promise<ExitCode>,
): Promise<ExitCode> {
  return await run(place.role, place.args);
}
