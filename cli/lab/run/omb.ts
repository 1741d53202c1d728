/** Workloads of the OpenMessaging Benchmark as `lab run` takes them, and results in its shape. */
import { ConfigError } from "../../../lib/config/source.ts";
import { readOrFail } from "../../../lib/config/profiles.ts";
import { ombResult } from "../../../lib/report/formats/omb.ts";
import { type OutputError, prepareOutput } from "../../../lib/report/formats/write.ts";
import type { RunResult } from "../../../lib/report/result/types.ts";
import type { OmbFacts } from "../../../lib/scenario/omb/facts.ts";
import { isOmbWorkload, type OmbScenario, readOmb } from "../../../lib/scenario/omb/omb.ts";
import { readTextFile } from "../../read_text_file.ts";

export interface OmbRequest {
  readonly file: string;
  readonly driverFile: string | undefined;
  /** Values in place of the files', by their names. */
  readonly overrides: ReadonlyMap<string, string>;
}

/**
 * The scenario that a workload is; undefined for a file that is a scenario already.
 *
 * @throws {ConfigError} for what cannot be given its meaning, and for a driver beside a scenario
 */
export function ombScenario(
  { file, driverFile, overrides }: OmbRequest,
  text: string,
): OmbScenario | undefined {
  if (isOmbWorkload(text)) {
    const driver = driverFile === undefined ? undefined : {
      path: driverFile,
      text: readOrFail(driverFile, readTextFile, { kind: "flag", flag: "--driver" }),
    };
    return readOmb(text, file, driver, overrides);
  }
  if (driverFile === undefined) return undefined;
  throw new ConfigError([{
    message:
      `--driver '${driverFile}' is for workloads of the OpenMessaging Benchmark, and '${file}' is none`,
    source: { kind: "flag", flag: "--driver" },
  }]);
}

/** Returns what went wrong. */
export type ResultWriter = (results: readonly RunResult[]) => Promise<readonly OutputError[]>;

/**
 * What writes a scenario's results in OMB's shape.
 *
 * @param isSweep a result there is of one scenario
 * @throws {ConfigError} for a sweep; {OutputError} when the file cannot be written
 */
export async function ombWriter(path: string, facts: OmbFacts, isSweep: boolean): Promise<ResultWriter> {
  if (isSweep) {
    const message = "--omb-output is for one scenario, and this file sweeps over several: use --output";
    throw new ConfigError([{ message, source: { kind: "flag", flag: "--omb-output" } }]);
  }
  const output = await prepareOutput(path);
  return async (results) => {
    const text = ombResult(facts, {
      producers: results.filter(({ run }) => run.role === "producer"),
      subscriptions: results.filter(({ run }) => run.role === "consumer"),
    });
    const problem = await output.commit(text);
    return problem === undefined ? [] : [problem];
  };
}
