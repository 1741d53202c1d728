/**
 * The environment variables for `resolve`: those of the option table that are set, and unknown ones that begin with
 * `PLL_`, which are most likely misspelt.
 */
import { ENV_NAMES } from "./options.ts";
import type { Problem } from "./source.ts";
import { nearest } from "./suggest.ts";

const PREFIX = "PLL_";
/** Read by name outside of the option table: the shapes of the panels, and where the native client is. */
const OTHER_NAMES: readonly string[] = ["PLL_GLYPHS", "PLL_NATIVE_ADDON"];
/** Variables of this project's tests. */
const TEST_PREFIX = "PLL_TEST_";

/** How variables are read; the methods of `Deno.env`. */
export interface EnvironmentReader {
  get(name: string): string | undefined;
  /** @throws when only single variables may be read. */
  toObject(): Record<string, string>;
}

/** All variables that matter and are set; empty ones count as not set. */
export function readEnvironment(reader: EnvironmentReader): Record<string, string> {
  const found: Record<string, string> = {};
  const take = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") found[name] = value;
  };
  for (const name of ENV_NAMES) take(name, reader.get(name));
  for (const [name, value] of otherVariables(reader)) take(name, value);
  return found;
}

function otherVariables(reader: EnvironmentReader): [string, string | undefined][] {
  try {
    return Object.entries(reader.toObject()).filter(([name]) => name.startsWith(PREFIX));
  } catch {
    // The executables may read variables with the prefix, but not list them: read the likely misspellings.
    return slips().map((name) => [name, reader.get(name)]);
  }
}

/** Each known name with one letter missing, doubled or replaced, or with two neighbours swapped. */
function slips(): string[] {
  const names: string[] = [];
  for (const known of ENV_NAMES) {
    if (!known.startsWith(PREFIX)) continue;
    for (let at = PREFIX.length; at < known.length; at++) {
      const [before, letter, after] = [known.slice(0, at), known[at]!, known.slice(at + 1)];
      names.push(before + after, before + letter + letter + after);
      if (after !== "") names.push(before + after[0] + letter + after.slice(1));
      for (const other of "ABCDEFGHIJKLMNOPQRSTUVWXYZ") names.push(before + other + after);
    }
    names.push(`${known}S`);
  }
  return names;
}

/** Unknown `PLL_…` variables. */
export interface UnknownVariables {
  /** Similar to a known one: probably misspelt, and refused. */
  readonly problems: readonly Problem[];
  /** Similar to none: they may belong to another program, so they only cause a notice. */
  readonly notices: readonly string[];
}

/**
 * Sorts the `PLL_…` variables that belong to no option. A misspelt one is refused, as a flag or a file key would be.
 *
 * @param tokenEnv name of the variable that holds the token, which is always known
 */
export function unknownVariables(
  env: Readonly<Record<string, string>>,
  tokenEnv: string | undefined,
): UnknownVariables {
  const known = new Set([...ENV_NAMES, ...OTHER_NAMES]);
  const problems: Problem[] = [];
  const notices: string[] = [];
  for (const name of Object.keys(env).sort()) {
    if (!name.startsWith(PREFIX) || known.has(name) || name === tokenEnv) continue;
    if (name.startsWith(TEST_PREFIX)) continue;
    // All names share the prefix, so only the rest is compared.
    const rest = [...known].filter((one) => one.startsWith(PREFIX)).map((one) => one.slice(PREFIX.length));
    const meant = nearest(name.slice(PREFIX.length), rest);
    if (meant === undefined) notices.push(`environment variable '${name}' is not known and changes nothing`);
    else {
      problems.push({
        message: `unknown environment variable '${name}' (did you mean '${PREFIX}${meant}'?)`,
        source: { kind: "env", name },
      });
    }
  }
  return { problems, notices };
}
