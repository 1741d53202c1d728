/** Workloads of the OpenMessaging Benchmark as `lab run` takes them. */
import { ConfigError } from "../../../lib/config/source.ts";
import { readOrFail } from "../../../lib/config/profiles.ts";
import { isOmbWorkload, type OmbScenario, readOmb } from "../../../lib/scenario/omb/omb.ts";
import { readTextFile } from "../../read_text_file.ts";
import type { RunRequest } from "./run.ts";

/**
 * The scenario that a workload is; undefined for a file that is a scenario already.
 *
 * @throws {ConfigError} for what cannot be given its meaning, and for a driver beside a scenario
 */
export function ombScenario(
  { file, driverFile, overrides }: Pick<RunRequest, "file" | "driverFile" | "overrides">,
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
