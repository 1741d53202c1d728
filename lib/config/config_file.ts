/**
 * YAML files: the one format of configuration files and profiles.
 *
 * ```yaml
 * workers: 5            # at the top: settings of both roles
 * producer: { rate: 10k, batchMessages: 500 }
 * consumer: { subscriptionType: failover }
 * ```
 */
import {
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Parser,
} from "yaml";
import { fileKey, type OptionKey, ROLES } from "./option_spec.ts";
import { fileKeys, type OptionEntry, sharedOptions } from "./options.ts";
import type { Role } from "./run_config.ts";
import { ConfigError, type Problem, type Source } from "./source.ts";
import { hint } from "./suggest.ts";
import { ValueError } from "./units.ts";

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

function shortened(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
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
/** Collections, and the document and value around and in them, that may be open before reading goes no further. */
const MOST_OPEN = 110;

/** Mistakes that are told; a text with more of them is no file of settings. */
const MOST_PROBLEMS = 100;
/** Characters of an unknown setting, or of a wrong value, that are shown. */
const MOST_SHOWN = 200;

const TWO_SETTINGS =
  "a setting has one value here: either a second ':' stands in this line, or the next line is " +
  "indented deeper than it should be";

/** Our wording of YAML errors where the library's uses terms of its own. */
const SYNTAX_WORDS: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: TWO_SETTINGS,
  MULTILINE_IMPLICIT_KEY: TWO_SETTINGS,
  TAB_AS_INDENT: "lines are indented by blanks, not by tabs",
  BAD_INDENT: "this line is indented unlike its neighbours",
};

class ConfigFileReader {
  readonly #text: string;
  readonly #options: ConfigFileOptions;
  readonly #lines = new LineCounter();
  readonly #problems: Problem[] = [];
  readonly #layer = new Map<OptionKey, RawValue>();
  #description = "";

  constructor(text: string, options: ConfigFileOptions) {
    this.#text = text;
    this.#options = options;
  }

  read(): ConfigFile {
    const depth = depthOf(this.#text);
    // Every reader of such a text needs a stack as deep.
    if (depth > MOST_DEPTH) {
      this.#lines.addNewLine(0);
      const found = depth === Infinity ? `over ${MOST_OPEN - 10}` : depth;
      this.#report(0, `settings are nested ${found} deep, expected ${MOST_DEPTH} at most`);
      throw new ConfigError(this.#problems);
    }
    const document = parseDocument(this.#text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      // Checked here: the library compares every key with every other.
      uniqueKeys: false,
    });
    for (const { code, pos, message } of document.errors) {
      // The library reports one wrong indentation twice at the same place.
      if (code === "MULTILINE_IMPLICIT_KEY" && document.errors.length > 1) continue;
      this.#report(pos[0], SYNTAX_WORDS[code] ?? message);
      if (this.#isFull) break;
    }
    if (document.errors.length === 0) {
      const root = document.contents;
      if (isMap(root)) {
        this.#readTop(
          root.items as Pair<Node, Node | null>[],
          (node) => isAlias(node) ? node.resolve(document) : node,
        );
      } else if (root !== null && !(isScalar(root) && root.value === null)) {
        this.#report(root.range?.[0] ?? 0, "expected settings such as 'workers: 5'");
      }
    }
    if (this.#problems.length > 0) throw new ConfigError(this.#problems);
    return { layer: this.#layer, description: this.#description };
  }

  #readTop(items: readonly Pair<Node, Node | null>[], follow: Follow): void {
    const shared = new Map(sharedOptions().map((entry) => [fileKey(entry), entry]));
    if (this.#options.profile !== undefined) shared.delete("profile");
    const known = [...shared.keys(), ...ROLES, "description"];
    const seen = new Set<string>();
    for (const item of items) {
      if (this.#isFull) return;
      const key = keyText(item.key);
      if (this.#isRepeated(item.key, key, seen)) continue;
      const value = follow(item.value);
      const entry = shared.get(key);
      const section = ROLES.find((role) => role === key);
      if (entry !== undefined) {
        // A value of the role's section has precedence.
        const raw = this.#readValue(entry, item, value, follow);
        if (raw !== undefined && !this.#layer.has(entry.key)) this.#layer.set(entry.key, raw);
      } else if (section !== undefined) {
        this.#readSection(section, item, value, follow);
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
    follow: Follow,
  ): void {
    if (value === null || value === undefined || (isScalar(value) && value.value === null)) return;
    if (!isMap(value)) {
      this.#report(startOf(value, item.key), `'${role}' must hold settings, such as 'rate: 10k'`);
      return;
    }
    const known = fileKeys(role);
    const seen = new Set<string>();
    for (const inner of value.items as Pair<Node, Node | null>[]) {
      if (this.#isFull) return;
      const key = keyText(inner.key);
      if (this.#isRepeated(inner.key, key, seen)) continue;
      const entry = known.get(key);
      if (entry === undefined || entry.key === "profile") {
        this.#reportUnknown(inner.key, `${role}.${key}`, known.keys(), key);
        continue;
      }
      const raw = this.#readValue(entry, inner, follow(inner.value), follow);
      if (raw !== undefined && role === this.#options.role) this.#layer.set(entry.key, raw);
    }
  }

  #readValue(
    entry: OptionEntry,
    item: Pair<Node, Node | null>,
    value: Node | null | undefined,
    follow: Follow,
  ): RawValue | undefined {
    const source = this.#sourceAt(startOf(value, item.key));
    const texts = this.#textsOf(entry, value, follow);
    if (texts === undefined) {
      const wanted = entry.kind.mapping
        ? "keys with values"
        : entry.kind.list
        ? "a value or a list"
        : "one value";
      this.#report(startOf(value, item.key), `'${fileKey(entry)}' needs ${wanted}`);
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

  /** The texts of a value, or undefined when its shape is wrong. */
  #textsOf(
    entry: OptionEntry,
    value: Node | null | undefined,
    follow: Follow,
  ): readonly string[] | undefined {
    const single = scalarText(value);
    if (single !== undefined) return [single];
    const texts: string[] = [];
    if (entry.kind.list && isSeq(value)) {
      for (const element of value.items as Node[]) {
        const text = scalarText(follow(element));
        if (text === undefined) return undefined;
        texts.push(text);
      }
      return texts;
    }
    if (entry.kind.mapping && isMap(value)) {
      const seen = new Set<string>();
      for (const pair of value.items as Pair<Node, Node | null>[]) {
        this.#isRepeated(pair.key, keyText(pair.key), seen);
        const text = scalarText(follow(pair.value));
        if (text === undefined) return undefined;
        texts.push(`${keyText(pair.key)}=${text}`);
      }
      return texts;
    }
    return undefined;
  }

  #reportUnknown(node: Node, shown: string, known: Iterable<string>, key = shown): void {
    const elsewhere = ROLES.filter((role) => shown === key && fileKeys(role).has(key) && key !== "profile");
    const advice = elsewhere.length > 0
      ? ` at the top; it belongs under '${elsewhere.join(":' or '")}:'`
      : hint(key, known);
    this.#report(startOf(node, node), `unknown setting '${shortened(shown)}'${advice}`);
  }

  #isRepeated(node: Node, key: string, seen: Set<string>): boolean {
    const isRepeated = isScalar(node) && seen.has(key);
    if (isRepeated) this.#report(startOf(node, node), `'${shortened(key)}' stands here twice`);
    seen.add(key);
    return isRepeated;
  }

  get #isFull(): boolean {
    return this.#problems.length >= MOST_PROBLEMS;
  }

  #report(offset: number, message: string): void {
    const source = this.#sourceAt(offset);
    this.#problems.push({
      message: `${this.#options.path}:${source.line}:${source.column}: ${message}`,
      source,
    });
  }

  #sourceAt(offset: number): Extract<Source, { line: number }> {
    const { line, col } = this.#lines.linePos(offset);
    const place = { line, column: col };
    return this.#options.profile === undefined
      ? { kind: "file", path: this.#options.path, ...place }
      : { kind: "profile", name: this.#options.profile, ...place };
  }
}

/** Nesting depth of a text, computed without recursion, also for texts with mistakes; `Infinity` for very deep ones. */
function depthOf(text: string): number {
  const parser = new Parser();
  const documents: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    documents.push(...parser.next(lexeme));
    // To end what is open, the parser itself needs a stack as deep.
    if (parser.stack.length > MOST_OPEN) return Infinity;
  }
  documents.push(...parser.end());
  let deepest = 0;
  for (const document of documents) {
    const open: [CST.Token | null | undefined, number][] = [[document, 0]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [token, depth] = next;
      if (token === null || token === undefined) continue;
      deepest = Math.max(deepest, depth);
      if (token.type === "document") open.push([token.value, depth]);
      if (!("items" in token)) continue;
      for (const { key, value } of token.items) open.push([key, depth + 1], [value, depth + 1]);
    }
  }
  return deepest;
}

/** Replaces an alias (`*x`) by what it stands for. */
type Follow = (node: Node | null) => Node | null | undefined;

function keyText(node: Node): string {
  return isScalar(node) ? String(node.value) : "?";
}

/** A scalar as it was written: `1e6` and `0x10` stay so, and the value's own parser judges them. */
function scalarText(node: Node | null | undefined): string | undefined {
  if (!isScalar(node)) return undefined;
  const text = typeof node.value === "string" ? node.value : node.source ?? "";
  return text === "" ? undefined : text;
}

function startOf(node: Node | null | undefined, otherwise: Node): number {
  // An absent value has an empty range after its key; the key is the better place to point at.
  const range = node?.range;
  return range && range[1] > range[0] ? range[0] : otherwise.range?.[0] ?? 0;
}
