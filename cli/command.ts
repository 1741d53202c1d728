/** The command line: a commander command made from the option table, and what one invocation asks for. */
import { Argument, Command, CommanderError, Option } from "commander";
import type { Layer, RawValue } from "../lib/config/config_file.ts";
import type { OptionKey } from "../lib/config/option_spec.ts";
import { type OptionEntry, optionsFor } from "../lib/config/options.ts";
import type { Role } from "../lib/config/run_config.ts";
import { hint } from "../lib/config/suggest.ts";
import { isShell, type Shell, SHELLS } from "./completions/spec.ts";
import { META_OPTIONS, type MetaOption } from "./meta_options.ts";
import { usageText } from "./usage_text.ts";

/** What one invocation asks for. */
export type Invocation =
  | {
    readonly kind: "run";
    readonly flags: Layer;
    readonly configFile?: string;
    readonly print?: "yaml" | "json";
  }
  | {
    readonly kind: "show";
    readonly what: "help" | "short-help" | "environment" | "thresholds" | "version" | "profiles";
  }
  | { readonly kind: "completions"; readonly shell: Shell };

/** The command line is wrong; `message` is one line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "usage";
}

/**
 * Parses the arguments after the program's name. Values are not judged here: they go through the same parsers
 * as those of the environment and of files.
 *
 * @throws {UsageError} for unknown options, missing values, surplus arguments.
 */
export function parseCommandLine(role: Role, argv: readonly string[]): Invocation {
  let shell: string | undefined;
  const command = new Command(role).action(() => {});
  silence(command);
  for (const option of commandOptions(role)) command.addOption(option);
  const completions = command.command("completions")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .action((chosen) => {
      shell = chosen;
    });
  silence(completions);
  try {
    command.parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new UsageError(usageMessage(error, command.args[0]), { cause: error });
  }
  if (shell !== undefined && isShell(shell)) return { kind: "completions", shell };
  return invocationOf(role, command.opts());
}

function silence(command: { helpOption(show: false): unknown; exitOverride(): unknown }): void {
  command.helpOption(false);
  command.exitOverride();
  (command as unknown as Command).configureOutput({ writeOut: () => {}, writeErr: () => {} });
}

function commandOptions(role: Role): Option[] {
  const options: Option[] = [];
  for (const entry of optionsFor(role)) {
    options.push(tableOption(entry));
    // A boolean of a file or profile can be overridden either way.
    if (entry.kind.isBoolean) options.push(new Option(`--no-${entry.flag}`));
  }
  options.push(new Option("--no-color"), new Option("-h"));
  return options.concat(META_OPTIONS.map(metaOption));
}

/** An option of the table as commander knows it; its texts are gathered, not judged. */
export function tableOption(entry: OptionEntry): Option {
  const option = new Option(grammar(entry));
  if (entry.kind.isBoolean) return option;
  option.argParser((text: string, earlier: string[] | undefined) => [...(earlier ?? []), text]);
  return entry.preset === undefined ? option : option.preset(entry.preset);
}

function metaOption(meta: MetaOption): Option {
  const option = new Option(grammar(meta));
  if (meta.choices !== undefined) option.choices(meta.choices);
  return meta.preset === undefined ? option : option.preset(meta.preset);
}

/** `-r, --rate <rate>`; brackets instead when the value may be left out. */
function grammar(option: Pick<MetaOption, "flag" | "short" | "placeholder" | "preset">): string {
  const names = option.short === undefined ? `--${option.flag}` : `-${option.short}, --${option.flag}`;
  if (option.placeholder === undefined) return names;
  return option.preset === undefined
    ? `${names} <${option.placeholder}>`
    : `${names} [${option.placeholder}]`;
}

function invocationOf(role: Role, given: Readonly<Record<string, unknown>>): Invocation {
  if (given["help"]) return { kind: "show", what: "help" };
  if (given["h"]) return { kind: "show", what: "short-help" };
  if (given["helpEnv"]) return { kind: "show", what: "environment" };
  if (given["helpThresholds"]) return { kind: "show", what: "thresholds" };
  if (given["version"]) return { kind: "show", what: "version" };
  if (given["listProfiles"]) return { kind: "show", what: "profiles" };

  const flags = flagsOf(optionsFor(role), given);
  const [configFile, print] = [given["config"], given["printConfig"]];
  return {
    kind: "run",
    flags,
    ...(typeof configFile === "string" ? { configFile } : {}),
    ...(print === "yaml" || print === "json" ? { print } : {}),
  };
}

/** @param given what commander has gathered, by its names */
export function flagsOf(entries: readonly OptionEntry[], given: Readonly<Record<string, unknown>>): Layer {
  const flags = new Map<OptionKey, RawValue>();
  for (const entry of entries) {
    const raw = flagValue(entry, given[attributeOf(entry.flag)]);
    if (raw !== undefined) flags.set(entry.key, raw);
  }
  return flags;
}

function flagValue(entry: OptionEntry, value: unknown): RawValue | undefined {
  if (value === undefined) return undefined;
  const flag = value === false ? `--no-${entry.flag}` : `--${entry.flag}`;
  const source = { kind: "flag", flag } as const;
  if (Array.isArray(value)) return { texts: value.map(String), source };
  // Of the options with values only --color has a negative form.
  const text = entry.kind.isBoolean ? String(value) : "never";
  return { texts: [text], source };
}

/** The name under which commander keeps an option: `batch-bytes` → `batchBytes`. */
function attributeOf(flag: string): string {
  return new Option(`--${flag}`).attributeName();
}

function usageMessage(error: CommanderError, argument: string | undefined): string {
  if (error.code === "commander.excessArguments" && argument !== undefined) {
    return `unexpected argument '${argument}'${hint(argument, ["completions"])}`;
  }
  return usageText(error.message);
}
