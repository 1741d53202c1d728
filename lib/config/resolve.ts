/** Precedence: flags > environment > file > profile > default, ending in one frozen `RunConfig`. */
import { type ConfigFile, type Layer, parseConfigFile, parseValue, type RawValue } from "./config_file.ts";
import { settle } from "./conflicts.ts";
import { Draft } from "./draft.ts";
import { unknownVariables } from "./environment.ts";
import { envNames, type OptionKey } from "./option_spec.ts";
import { type OptionEntry, optionOf, optionsFor } from "./options.ts";
import { loadProfile, type ReadFile } from "./profiles.ts";
import type { Role, RunConfig } from "./run_config.ts";
import { ConfigError, type Problem, type Source } from "./source.ts";

export interface ResolveInput {
  readonly role: Role;
  readonly flags: Layer;
  /** Environment variables that are set. */
  readonly env: Readonly<Record<string, string>>;
  /** A configuration file, or what another reader has found in a file of its own. */
  readonly file?: { readonly path: string; readonly text: string } | { readonly layer: Layer };
  /** Reads a profile that is given as a path. */
  readonly readFile: ReadFile;
  /** The run's name when --run-id is not given. */
  readonly runId: string;
}

export interface Resolved {
  readonly config: RunConfig;
  /** Origin of every setting of the role; optional settings that are not set count as default. */
  readonly sources: ReadonlyMap<OptionKey, Source>;
  /** Settings that were changed to make the run possible, to be printed before it; one sentence each. */
  readonly notices: readonly string[];
}

/**
 * Merges all layers and refuses what cannot work.
 *
 * @throws {ConfigError} listing every mistake found.
 */
export function resolve(input: ResolveInput): Resolved {
  const problems: Problem[] = [];
  const layers = [input.flags, environmentLayer(input.role, input.env)];
  const file = attempt(problems, () => fileOf(input));
  if (file !== undefined) layers.push(file.layer);
  const named = layers.map((layer) => layer.get("profile")).find((raw) => raw !== undefined);
  const profile = attempt(problems, () => profileOf(input, named));
  if (profile !== undefined) layers.push(profile.layer);

  const draft = new Draft(input.role);
  for (const entry of optionsFor(input.role)) {
    const raw = layers.map((layer) => layer.get(entry.key)).find((found) => found !== undefined);
    if (raw === undefined) draft.set(entry.key, defaultOf(entry, input), { kind: "default" });
    else attempt(problems, () => draft.set(entry.key, parseValue(entry, raw), raw.source));
  }
  const unknown = unknownVariables(input.env, draft.get("tokenEnv"));
  problems.push(...unknown.problems);
  // Conflicts are reported only when every value is valid by itself.
  if (problems.length === 0) settle(draft);
  problems.push(...draft.problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return { config: draft.freeze(), sources: draft.sources, notices: [...unknown.notices, ...draft.notices] };
}

function fileOf(input: ResolveInput): Pick<ConfigFile, "layer"> | undefined {
  if (input.file === undefined || "layer" in input.file) return input.file;
  return parseConfigFile(input.file.text, { path: input.file.path, role: input.role });
}

function profileOf(input: ResolveInput, named: RawValue | undefined): ConfigFile {
  const name = named?.texts.at(-1) ?? String(optionOf("profile").default);
  return loadProfile(name, input.role, input.readFile, named?.source ?? { kind: "default" });
}

function environmentLayer(role: Role, env: Readonly<Record<string, string>>): Layer {
  const layer = new Map<OptionKey, RawValue>();
  for (const entry of optionsFor(role)) {
    for (const { name, value } of envNames(entry, role)) {
      const found = env[name];
      if (found === undefined || found === "") continue;
      const text = value ?? found;
      // A variable holds one text; lists are separated by semicolons, which no rule, stage or property needs.
      const texts = entry.kind.list ? text.split(";").map((part) => part.trim()).filter(Boolean) : [text];
      layer.set(entry.key, { texts, source: { kind: "env", name } });
      break;
    }
  }
  return layer;
}

function defaultOf(entry: OptionEntry, input: ResolveInput): unknown {
  return entry.key === "runId" ? input.runId : entry.default;
}

/** Runs a step, collecting its configuration mistakes so that all are reported at once. */
function attempt<T>(problems: Problem[], step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}
