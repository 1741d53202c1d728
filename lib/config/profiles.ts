/** Profiles: named settings inside the executables, or files of the user. */
import { type ConfigFile, parseConfigFile } from "./config_file.ts";
import { EMBEDDED_PROFILES } from "./embedded_profiles.ts";
import type { Role } from "./run_config.ts";
import { ConfigError, type Source } from "./source.ts";
import { hint } from "./suggest.ts";

/** Reads a whole text file; throws when it cannot be read. */
export type ReadFile = (path: string) => string;

/** Names of the profiles inside the executables. */
export const PROFILE_NAMES: readonly string[] = Object.keys(EMBEDDED_PROFILES);

/**
 * Finds a profile by name, or reads it from a file when the name looks like a path.
 *
 * @param source where the name was given, for errors
 * @throws {ConfigError} when the profile does not exist or has mistakes.
 */
export function loadProfile(name: string, role: Role, readFile: ReadFile, source: Source): ConfigFile {
  if (/[/\\]|\.(ya?ml|json)$/.test(name)) {
    return parseConfigFile(readOrFail(name, readFile, source), { path: name, role, profile: name });
  }
  const text = Object.hasOwn(EMBEDDED_PROFILES, name) ? EMBEDDED_PROFILES[name] : undefined;
  if (text === undefined) {
    const message =
      `unknown profile '${name}'${hint(name, PROFILE_NAMES)}: expected ${PROFILE_NAMES.join(", ")}, ` +
      "or the path of a YAML file";
    throw new ConfigError([{ message, source }]);
  }
  return parseConfigFile(text, { path: `profile ${name}`, role, profile: name });
}

/** Reads a file that the user named. */
export function readOrFail(path: string, readFile: ReadFile, source: Source): string {
  try {
    return readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/: (open|readfile).*$/, "") : String(cause);
    throw new ConfigError([{ message: `cannot read '${path}': ${reason}`, source, isAboutFile: true }], {
      cause,
    });
  }
}

/** The list for `--list-profiles`: one name and sentence a line. */
export function describeProfiles(): string {
  const width = Math.max(...PROFILE_NAMES.map((name) => name.length));
  return PROFILE_NAMES.map((name) => {
    const { description } = parseConfigFile(EMBEDDED_PROFILES[name]!, {
      path: name,
      role: "producer",
      profile: name,
    });
    return `${name.padEnd(width)}  ${description}`;
  }).join("\n");
}
