/** From the command line to a frozen configuration, or to a text to print. Pure: ends no process, reads no clock. */
import type { OptionKey } from "../lib/config/option_spec.ts";
import { clean } from "../lib/config/foreign_text.ts";
import { CONFIG_ENV } from "../lib/config/options.ts";
import { printConfigJson, printConfigYaml } from "../lib/config/print_config.ts";
import { describeProfiles, type ReadFile, readOrFail } from "../lib/config/profiles.ts";
import { resolve, type Resolved } from "../lib/config/resolve.ts";
import type { ConsumerConfig, ProducerConfig, Role } from "../lib/config/run_config.ts";
import { ConfigError, type Source } from "../lib/config/source.ts";
import { type BuildInfo, versionText } from "./build_info.ts";
import { type Invocation, parseCommandLine, UsageError } from "./command.ts";
import { completionScript, programOf } from "./completions/completions.ts";
import { exitCodeOf } from "./errors.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { environmentHelp, longHelp, shortHelp } from "./help.ts";
import { thresholdsHelp } from "./help_thresholds.ts";

export interface LoadOptions {
  /** Name of the run when nobody gives one; random if absent. */
  readonly runId?: string;
  /** Columns of the terminal, for the help. */
  readonly width?: number;
  readonly build?: BuildInfo;
}

interface ConfigOf {
  readonly producer: ProducerConfig;
  readonly consumer: ConsumerConfig;
}

/** What an entry point has to do next. Texts end with a line break; errors belong on stderr. */
export type Loaded<R extends Role = Role> =
  | {
    readonly kind: "run";
    readonly config: ConfigOf[R];
    readonly sources: ReadonlyMap<OptionKey, Source>;
    /** To be said before the run, one sentence each. */
    readonly notices: readonly string[];
  }
  | { readonly kind: "print"; readonly text: string; readonly exitCode: ExitCode }
  | { readonly kind: "error"; readonly text: string; readonly exitCode: ExitCode };

/**
 * Resolves one invocation.
 *
 * @param argv arguments after the program's name
 * @param env environment variables that are set (`readEnvironment`)
 * @param readFile reads the configuration file, and a profile that is a file
 */
export function loadConfig<R extends Role>(
  role: R,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  readFile: ReadFile,
  options: LoadOptions = {},
): Loaded<R> {
  try {
    const invocation = parseCommandLine(role, argv);
    if (invocation.kind !== "run") return print(otherText(role, invocation, options));
    const resolved = resolve({
      role,
      flags: invocation.flags,
      env,
      readFile,
      runId: options.runId ?? crypto.randomUUID().slice(0, 8),
      ...configFile(invocation.configFile, env, readFile),
    });
    if (invocation.print === "json") return print(printConfigJson(resolved));
    if (invocation.print === "yaml") return print(printConfigYaml(resolved));
    return asRun(resolved);
  } catch (error) {
    return failure(role, error);
  }
}

function asRun<R extends Role>(resolved: Resolved): Loaded<R> {
  // `resolve` was given the role, so its configuration is that role's.
  return { ...resolved, kind: "run", config: resolved.config as ConfigOf[R] };
}

function print(text: string): { kind: "print"; text: string; exitCode: ExitCode } {
  return { kind: "print", text: text.endsWith("\n") ? text : `${text}\n`, exitCode: EXIT.ok };
}

function otherText(
  role: Role,
  invocation: Exclude<Invocation, { kind: "run" }>,
  options: LoadOptions,
): string {
  if (invocation.kind === "completions") return completionScript(invocation.shell, programOf(role));
  switch (invocation.what) {
    case "help":
      return longHelp(role, options.width);
    case "short-help":
      return shortHelp(role, options.width);
    case "environment":
      return environmentHelp(role);
    case "thresholds":
      return thresholdsHelp(role, options.width);
    case "version":
      return versionText(role, options.build);
    case "profiles":
      return describeProfiles();
  }
}

function configFile(
  flag: string | undefined,
  env: Readonly<Record<string, string>>,
  readFile: ReadFile,
): { file?: { path: string; text: string } } {
  const path = flag ?? env[CONFIG_ENV];
  if (path === undefined || path === "") return {};
  const source: Source = flag === undefined
    ? { kind: "env", name: CONFIG_ENV }
    : { kind: "flag", flag: "--config" };
  return { file: { path, text: readOrFail(path, readFile, source) } };
}

function failure(role: Role, error: unknown): { kind: "error"; text: string; exitCode: ExitCode } {
  if (error instanceof UsageError) {
    return {
      kind: "error",
      text: `${role}: ${clean(error.message)}; see '${role} --help'\n`,
      exitCode: EXIT.usage,
    };
  }
  if (!(error instanceof ConfigError)) throw error;
  const text = error.problems.map((problem) => `${role}: ${clean(problem.message)}\n`).join("");
  return { kind: "error", text, exitCode: exitCodeOf(error) };
}
