/** `lab run` as commander knows it. */
import type { Command, Option } from "commander";
import { helpText } from "../../../lib/config/option_spec.ts";
import { type OptionEntry, optionOf } from "../../../lib/config/options.ts";
import { flagsOf, tableOption, UsageError } from "../../command.ts";
import type { ExitCode } from "../../exit_codes.ts";
import { gather } from "../values.ts";
import { PLACE_KEYS } from "./place.ts";
import { labRun, type RunRequest } from "./run.ts";

/** Options of the table that concern a scenario as a whole. */
const KEYS = [
  "serviceUrl",
  "adminUrl",
  "embedded",
  "listenerName",
  "operationTimeoutMs",
  "keepAliveMs",
  "tokenFile",
  "tokenEnv",
  "tlsCa",
  "tlsCert",
  "tlsKey",
  "tlsVerifyHostname",
  "durationMs",
  "warmupMs",
  "verify",
  "runId",
  "seed",
  "output",
  "json",
  "html",
  "trace",
  "metricsPort",
  "metricsHost",
  "ui",
  "quiet",
  "color",
  "theme",
  "reportIntervalMs",
  "debug",
  ...PLACE_KEYS,
] as const;

/** What they mean for a scenario, whose processes have parts of all groups. */
const PLACE_HELP: Readonly<Record<string, string>> = {
  instances: "processes that run the scenario together, each its part; 'lab merge' joins their results",
  instance: "number of this process among them, from 0",
};

export const RUN_EXAMPLES =
  `  lab run scenarios/fan-out.yaml --embedded  a scenario from a file, no server needed
  lab run scenarios/rolling-unload.yaml -u pulsar://broker:6650 --admin-url http://broker:8080
  lab run workload.yaml --driver driver-pulsar.yaml   a workload of the OpenMessaging Benchmark
`;

/** Flags and help of the option that changes a scenario. */
export const SET = [
  "--set <path=value>",
  "a value in place of the file's, such as producers.web.rate=5k; may be repeated",
] as const;

export function addRunCommand(program: Command, done: (code: ExitCode) => void): void {
  const entries = KEYS.map(optionOf);
  const command = program.command("run <file>")
    .description(
      "Run a scenario: producers and subscriptions on many topics, steps and faults while they run, one verdict",
    )
    .option("--dry-run", "say what would run, and connect to nothing")
    .option("--allow-commands", "let 'command' steps run programs of this machine")
    .option("--driver <file>", "driver file of the OpenMessaging Benchmark, for one of its workloads")
    .option("--omb-output <file>", "write the result in the shape of the OpenMessaging Benchmark too")
    .option(...SET, gather, []);
  for (const entry of entries) command.addOption(described(entry));
  command.option("--no-color", "plain text");
  command.action(async (file, given) => {
    const request: RunRequest = {
      file,
      flags: flagsOf(entries, given as Readonly<Record<string, unknown>>),
      overrides: overridesOf(given.set),
      dryRun: given.dryRun ?? false,
      allowCommands: given.allowCommands ?? false,
      driverFile: given.driver,
      ombOutput: given.ombOutput,
    };
    done(await labRun(request));
  });
}

function described(entry: OptionEntry): Option {
  const option = tableOption(entry);
  option.description = PLACE_HELP[entry.key] ?? helpText(entry, "producer");
  return option;
}

/**
 * What `--set` says, by path.
 *
 * @throws {UsageError}
 */
export function overridesOf(given: readonly string[]): ReadonlyMap<string, string> {
  return new Map(given.map((text) => {
    const at = text.indexOf("=");
    if (at < 1) {
      throw new UsageError(`--set '${text}' is not valid: expected path=value, such as duration=10s`);
    }
    return [text.slice(0, at), text.slice(at + 1)] as const;
  }));
}
