/**
 * The one table of options. Flags, environment variables, file keys, help, completions and the JSON Schema
 * of profiles are all read from it; a field of `RunConfig` that is missing here does not compile.
 */
import {
  envName,
  envNames,
  fileKey,
  type OptionKey,
  type OptionSpec,
  type OptionValue,
  ROLES,
} from "./option_spec.ts";
import { COMMON_OPTIONS } from "./options_common.ts";
import { CONSUMER_OPTIONS } from "./options_consumer.ts";
import { PRODUCER_OPTIONS } from "./options_producer.ts";
import type { Role } from "./run_config.ts";

export type OptionTable = { readonly [K in OptionKey]: OptionSpec<OptionValue<K>> };

export const OPTIONS: OptionTable = { ...COMMON_OPTIONS, ...PRODUCER_OPTIONS, ...CONSUMER_OPTIONS };

/**
 * One line of the table whose value type is left open: a kind is only given values that it parsed itself, so kind and
 * value always match.
 */
export interface OptionEntry extends OptionSpec<unknown> {
  readonly key: OptionKey;
}

const ENTRIES: readonly OptionEntry[] = (Object.keys(OPTIONS) as OptionKey[]).map((key) => ({
  ...(OPTIONS[key] as unknown as OptionSpec<unknown>),
  key,
}));

/** The options of one executable, in the table's order. */
export function optionsFor(role: Role): readonly OptionEntry[] {
  return ENTRIES.filter((entry) => entry.roles.includes(role));
}

/** The line of one setting. */
export function optionOf(key: OptionKey): OptionEntry {
  return ENTRIES.find((entry) => entry.key === key)!;
}

/** Names of the environment variables that stand for these settings, aliases and all. */
export function variablesOf(keys: readonly OptionKey[]): ReadonlySet<string> {
  return new Set(
    keys.flatMap((key) => ROLES.flatMap((role) => envNames(optionOf(key), role).map(({ name }) => name))),
  );
}

/** Options that may stand at the top of a file, and thus mean the same to both roles. */
export function sharedOptions(): readonly OptionEntry[] {
  return ENTRIES.filter((entry) => entry.roles.length === ROLES.length && entry.perRole !== true);
}

/** The options of a role by their key in files. */
export function fileKeys(role: Role): ReadonlyMap<string, OptionEntry> {
  return new Map(optionsFor(role).map((entry) => [fileKey(entry), entry]));
}

/** Environment variable that names the configuration file. */
export const CONFIG_ENV = "PLL_CONFIG";

/** Describe the terminal; read by the user interface, never part of the configuration. */
const TERMINAL_ENV_NAMES: readonly string[] = [
  "TERM",
  "COLORTERM",
  "COLORFGBG",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
];

/** Every environment variable that is read by name, for `--allow-env`; sorted. */
export const ENV_NAMES: readonly string[] = [
  ...new Set([
    CONFIG_ENV,
    ...TERMINAL_ENV_NAMES,
    ...ENTRIES.map(envName),
    ...ENTRIES.flatMap((entry) => ROLES.flatMap((role) => envNames(entry, role).map((alias) => alias.name))),
  ]),
].sort();

/** Read by the terminal detection, the YAML parser and commander. */
const LIBRARY_ENV_NAMES = [
  ...["CI", "TERM_PROGRAM", "WT_SESSION"],
  ...["LOG_STREAM", "LOG_TOKENS"],
  ...["CLICOLOR_FORCE", "FORCE_COLOR"],
];

/**
 * What the executables pass to `--allow-env`: the names above, any variable that may hold a token (its name
 * begins with one of the two prefixes), and those below.
 */
export const ENV_PERMISSIONS: readonly string[] = [
  "PLL_*",
  "PULSAR_*",
  ...ENV_NAMES.filter((name) => !/^(PLL|PULSAR)_/.test(name)),
  ...LIBRARY_ENV_NAMES,
];
