/**
 * A foreign YAML file of plain settings, read by their names: `producer.batchingEnabled` is what stands under
 * `producer:`. Values of the command line (`--set KEY=VALUE`) take the place of the file's. Every mistake is kept with
 * its place, so that all are told at once.
 */
import { isMap, isScalar, type Node, type Pair, type YAMLMap } from "yaml";
import { placePrefix, type Problem, type Source } from "../../config/source.ts";
import { hint } from "../../config/suggest.ts";
import { ValueError } from "../../config/units.ts";
import { keyText, scalarText, startOf, YamlText } from "../../config/yaml_text.ts";

interface Item {
  /** Undefined where nothing stands behind the colon: the setting keeps its default. */
  readonly text: string | undefined;
  /** It holds a list, or settings of its own. */
  readonly isNested: boolean;
  readonly source: Source;
}

/** Sections stand in the file, and one of them has a section. */
const MOST_DEPTH = 8;

export class Settings {
  readonly path: string;
  readonly problems: Problem[] = [];
  readonly #items = new Map<string, Item>();

  /**
   * @param sections names that hold settings, by their dotted names
   * @param overrides values that take the place of the file's, by their dotted names
   */
  constructor(
    text: string,
    path: string,
    sections: ReadonlySet<string>,
    overrides: ReadonlyMap<string, string>,
  ) {
    this.path = path;
    const yaml = new YamlText(text, path, (place) => ({ kind: "file", path, ...place }));
    const root = yaml.root(MOST_DEPTH, "expected settings such as 'topics: 1'");
    if (root !== undefined) this.#collect(yaml, root, "", sections);
    this.problems.push(...yaml.problems);
    for (const [key, value] of overrides) {
      this.#items.set(key, {
        text: value === "" ? undefined : value,
        isNested: false,
        source: { kind: "flag", flag: "--set" },
      });
    }
  }

  #collect(yaml: YamlText, map: YAMLMap, prefix: string, sections: ReadonlySet<string>): void {
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const key = prefix + keyText(pair.key);
      const value = yaml.follow(pair.value);
      const at = startOf(value, pair.key);
      if (sections.has(key)) {
        if (isMap(value)) this.#collect(yaml, value, `${key}.`, sections);
        else if (!isAbsent(value)) {
          yaml.report(at, `'${key}' must hold settings, such as 'name: value'`);
        }
        continue;
      }
      const text = isAbsent(value) ? undefined : scalarText(value);
      const isNested = !isAbsent(value) && !isScalar(value);
      this.#items.set(key, { text, isNested, source: yaml.sourceAt(at) });
    }
  }

  /** Whether something is given, be it wrong. */
  has(key: string): boolean {
    const item = this.#items.get(key);
    return item !== undefined && (item.text !== undefined || item.isNested);
  }

  /** Reports every key that is not known. */
  allow(known: ReadonlySet<string>): void {
    for (const [key, { source }] of this.#items) {
      if (known.has(key)) continue;
      this.#problem(source, `unknown key '${key}'${hint(key, known)}`);
    }
  }

  /** What is said about the value of a key, at its place. */
  report(key: string, message: string): void {
    const source = this.#items.get(key)?.source ?? { kind: "file", path: this.path, line: 1, column: 1 };
    this.#problem(source, message);
  }

  /** One value; undefined when it is absent, or not valid, which is reported then. */
  value<T>(key: string, parse: (text: string) => T): T | undefined {
    const item = this.#items.get(key);
    if (item?.isNested) this.report(key, `'${key}' needs one value`);
    if (item?.text === undefined) return undefined;
    try {
      return parse(item.text);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      this.report(key, `'${key}': '${error.text}' is not valid: expected ${error.expected}`);
      return undefined;
    }
  }

  /** One value that must be there. */
  required<T>(key: string, parse: (text: string) => T, reason: string): T | undefined {
    const value = this.value(key, parse);
    if (value === undefined && !this.has(key)) this.report(key, `'${key}' is missing: ${reason}`);
    return value;
  }

  #problem(source: Source, message: string): void {
    this.problems.push({ message: `${placePrefix(source) || "--set: "}${message}`, source });
  }
}

/** Nothing, `null` or an empty text. */
function isAbsent(value: Node | null | undefined): boolean {
  return value === null || value === undefined ||
    isScalar(value) && (value.value === null || value.value === "");
}
