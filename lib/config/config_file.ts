/**
 * YAML files: the one format of configuration files and profiles.
 *
 * ```yaml
 * workers: 5            # at the top: settings of both roles
 * producer: { rate: 10k, batchMessages: 500 }
 * consumer: { subscriptionType: failover }
 * ```
 */
import { isMap, isScalar, type Node, type Pair } from "yaml";
import { fileKey, type OptionKey, ROLES } from "./option_spec.ts";
import { fileKeys, type OptionEntry, sharedOptions } from "./options.ts";
import type { Role } from "./run_config.ts";
import { ConfigError, type Problem, type Source } from "./source.ts";
import { hint } from "./suggest.ts";
import { ValueError } from "./units.ts";
import { keyText, shortened, startOf, YamlText } from "./yaml_text.ts";

/** The texts of one setting, as written, and where they stand. */
export interface RawValue {
  readonly texts: readonly string[];
  readonly source: Source;
}

/** The settings of one layer of precedence. */
export type Layer = ReadonlyMap<OptionKey, RawValue>;

export interface ConfigFile {
  /** Settings for one role: those at the top and those of the role's section. */
  readonly layer: Layer;
  /** The sentence under `description:`, for lists of profiles. */
  readonly description: string;
}

export interface ConfigFileOptions {
  /** Name of the file in errors. */
  readonly path: string;
  readonly role: Role;
  /** Set for profiles: it is the source of their values, and they cannot name another profile. */
  readonly profile?: string;
}

/**
 * Reads a configuration file or profile for one role. The other role's section is checked too, so that a
 * mistake is found before the other executable is started.
 *
 * @throws {ConfigError} listing every mistake with file, line and column.
 */
export function parseConfigFile(text: string, options: ConfigFileOptions): ConfigFile {
  return new ConfigFileReader(text, options).read();
}

/** Checks and parses one raw value; the error names the flag, variable, or place in a file. */
export function parseValue(entry: OptionEntry, raw: RawValue): unknown {
  try {
    return entry.kind.parse(raw.texts);
  } catch (cause) {
    if (!(cause instanceof ValueError)) throw cause;
    const value = entry.secret === true ? "the value" : `'${shortened(cause.text)}'`;
    const message = `${placeOf(entry, raw.source)}: ${value} is not valid: expected ${cause.expected}`;
    throw new ConfigError([{ message, source: raw.source }], { cause });
  }
}

function placeOf(entry: OptionEntry, source: Source): string {
  switch (source.kind) {
    case "flag":
      return source.flag;
    case "env":
      return source.name;
    case "file":
      return `${source.path}:${source.line}:${source.column}: '${fileKey(entry)}'`;
    case "profile":
      return `profile ${source.name}:${source.line}:${source.column}: '${fileKey(entry)}'`;
    default:
      return `'${entry.flag}'`;
  }
}

/** A role's section, a setting of several values, and some room. */
const MOST_DEPTH = 8;
class ConfigFileReader {
  readonly #yaml: YamlText;
  readonly #options: ConfigFileOptions;
  readonly #problems: Problem[];
  readonly #layer = new Map<OptionKey, RawValue>();
  #description = "";

  constructor(text: string, options: ConfigFileOptions) {
    const { path, profile } = options;
    this.#yaml = new YamlText(
      text,
      path,
      (place) =>
        profile === undefined
          ? { kind: "file", path, ...place }
          : { kind: "profile", name: profile, ...place },
    );
    this.#problems = this.#yaml.problems;
    this.#options = options;
  }

  read(): ConfigFile {
    const root = this.#yaml.root(MOST_DEPTH, "expected settings such as 'workers: 5'");
    if (root !== undefined) this.#readTop(root.items as Pair<Node, Node | null>[]);
    if (this.#problems.length > 0) throw new ConfigError(this.#problems);
    return { layer: this.#layer, description: this.#description };
  }

  #readTop(items: readonly Pair<Node, Node | null>[]): void {
    const shared = new Map(sharedOptions().map((entry) => [fileKey(entry), entry]));
    if (this.#options.profile !== undefined) shared.delete("profile");
    const known = [...shared.keys(), ...ROLES, "description"];
    const seen = new Set<string>();
    for (const item of items) {
      if (this.#yaml.isFull) return;
      const key = keyText(item.key);
      if (this.#yaml.isRepeated(item.key, key, seen)) continue;
      const value = this.#yaml.follow(item.value);
      const entry = shared.get(key);
      const section = ROLES.find((role) => role === key);
      if (entry !== undefined) {
        // A value of the role's section has precedence.
        const raw = this.#readValue(entry, item, value);
        if (raw !== undefined && !this.#layer.has(entry.key)) this.#layer.set(entry.key, raw);
      } else if (section !== undefined) {
        this.#readSection(section, item, value);
      } else if (key === "description") {
        this.#description = isScalar(value) ? String(value.value) : "";
      } else {
        this.#reportUnknown(item.key, key, known);
      }
    }
  }

  #readSection(
    role: Role,
    item: Pair<Node, Node | null>,
    value: Node | null | undefined,
  ): void {
    if (value === null || value === undefined || (isScalar(value) && value.value === null)) return;
    if (!isMap(value)) {
      this.#yaml.report(startOf(value, item.key), `'${role}' must hold settings, such as 'rate: 10k'`);
      return;
    }
    const known = fileKeys(role);
    const seen = new Set<string>();
    for (const inner of value.items as Pair<Node, Node | null>[]) {
      if (this.#yaml.isFull) return;
      const key = keyText(inner.key);
      if (this.#yaml.isRepeated(inner.key, key, seen)) continue;
      const entry = known.get(key);
      if (entry === undefined || entry.key === "profile") {
        this.#reportUnknown(inner.key, `${role}.${key}`, known.keys(), key);
        continue;
      }
      const raw = this.#readValue(entry, inner, this.#yaml.follow(inner.value));
      if (raw !== undefined && role === this.#options.role) this.#layer.set(entry.key, raw);
    }
  }

  #readValue(
    entry: OptionEntry,
    item: Pair<Node, Node | null>,
    value: Node | null | undefined,
  ): RawValue | undefined {
    const source = this.#yaml.sourceAt(startOf(value, item.key));
    const texts = this.#yaml.textsOf(entry.kind, value);
    if (texts === undefined) {
      const wanted = entry.kind.mapping
        ? "keys with values"
        : entry.kind.list
        ? "a value or a list"
        : "one value";
      this.#yaml.report(startOf(value, item.key), `'${fileKey(entry)}' needs ${wanted}`);
      return undefined;
    }
    const raw = { texts, source };
    try {
      parseValue(entry, raw);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#problems.push(...error.problems);
      return undefined;
    }
    return raw;
  }

  #reportUnknown(node: Node, shown: string, known: Iterable<string>, key = shown): void {
    const elsewhere = ROLES.filter((role) => shown === key && fileKeys(role).has(key) && key !== "profile");
    const advice = elsewhere.length > 0
      ? ` at the top; it belongs under '${elsewhere.join(":' or '")}:'`
      : hint(key, known);
    this.#yaml.report(startOf(node, node), `unknown setting '${shortened(shown)}'${advice}`);
  }
}
