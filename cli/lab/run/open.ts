/** A scenario's file, or a workload of the OpenMessaging Benchmark, made ready to be read. */
import { readOrFail } from "../../../lib/config/profiles.ts";
import { readSweep, type ScenarioInput } from "../../../lib/scenario/file/read.ts";
import type { OmbScenario } from "../../../lib/scenario/omb/omb.ts";
import { readTextFile } from "../../read_text_file.ts";
import { type OmbRequest, ombScenario } from "./omb.ts";

export interface OpenedScenario {
  /** For `readScenario`. */
  readonly input: ScenarioInput;
  /** Of a workload. */
  readonly omb: OmbScenario | undefined;
  /** What a sweep goes through: one empty combination without a sweep. */
  readonly combinations: readonly ReadonlyMap<string, string>[];
}

/**
 * @param flag that names the file
 * @throws {ConfigError} for a file that cannot be read, and for what cannot be given its meaning
 */
export function openScenario(
  request: OmbRequest,
  flag: string,
  rest: Pick<ScenarioInput, "flags" | "env" | "runId">,
): OpenedScenario {
  const { file, overrides } = request;
  const text = readOrFail(file, readTextFile, { kind: "flag", flag });
  const omb = ombScenario(request, text);
  const input: ScenarioInput = {
    ...rest,
    path: file,
    text: omb?.scenario ?? text,
    readFile: readTextFile,
    // A workload's are in its scenario already.
    overrides: omb === undefined ? overrides : new Map(),
  };
  return { input, omb, combinations: readSweep(input) };
}
