/** One mapping of a scenario file: its values read by name, every mistake reported at its place. */
import { isMap, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import type { RawValue } from "../../config/config_file.ts";
import { parseValue } from "../../config/config_file.ts";
import type { OptionEntry } from "../../config/options.ts";
import { ConfigError, type Source } from "../../config/source.ts";
import { hint } from "../../config/suggest.ts";
import { ValueError } from "../../config/units.ts";
import { keyText, scalarText, shortened, startOf, type YamlText } from "../../config/yaml_text.ts";

interface Item {
  readonly key: Node | string;
  readonly value: Node | null | undefined;
}

export class Section {
  /** As errors name it: `producers.web`, empty for the whole file. */
  readonly name: string;
  readonly #yaml: YamlText;
  readonly #at: number;
  readonly #items = new Map<string, Item>();

  constructor(yaml: YamlText, name: string, map: YAMLMap | undefined, at = 0) {
    this.#yaml = yaml;
    this.name = name;
    this.#at = at;
    const seen = new Set<string>();
    for (const { key, value } of (map?.items ?? []) as Pair<Node, Node | null>[]) {
      if (yaml.isRepeated(key, keyText(key), seen)) continue;
      this.#items.set(keyText(key), { key, value: yaml.follow(value) });
    }
  }

  get keys(): readonly string[] {
    return [...this.#items.keys()];
  }

  has(key: string): boolean {
    return this.#items.has(key);
  }

  /** Reports every key that is not known. */
  allow(known: Iterable<string>): void {
    const all = new Set(known);
    for (const [key, item] of this.#items) {
      if (!all.has(key)) {
        this.#yaml.report(
          startOf(undefined, item.key),
          `unknown setting '${shortened(this.#path(key))}'${hint(key, all)}`,
        );
      }
    }
  }

  /** Where a value stands, or the section itself. */
  source(key?: string): Source {
    return this.#yaml.sourceAt(this.#offset(key));
  }

  report(key: string | undefined, message: string): void {
    this.#yaml.report(this.#offset(key), message);
  }

  /** Whether the whole file has been well so far. */
  get isWell(): boolean {
    return this.#yaml.problems.length === 0;
  }

  #offset(key: string | undefined): number {
    const item = key === undefined ? undefined : this.#items.get(key);
    return item === undefined ? this.#at : startOf(item.value, item.key);
  }

  #path(key: string): string {
    return this.name === "" ? key : `${this.name}.${key}`;
  }

  text(key: string): string | undefined {
    return this.value(key, (text) => text);
  }

  /** One value; undefined when it is absent or not valid, which is reported then. */
  value<T>(key: string, parse: (text: string) => T): T | undefined {
    const item = this.#items.get(key);
    if (item === undefined) return undefined;
    const text = scalarText(item.value);
    if (text === undefined) {
      this.report(key, `'${this.#path(key)}' needs one value`);
      return undefined;
    }
    return this.#parsed(key, text, parse);
  }

  #parsed<T>(key: string, text: string, parse: (text: string) => T): T | undefined {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      this.report(
        key,
        `'${this.#path(key)}': '${shortened(error.text)}' is not valid: expected ${error.expected}`,
      );
      return undefined;
    }
  }

  /** One value, or a list of them; empty when absent. */
  texts(key: string): readonly string[] {
    const item = this.#items.get(key);
    if (item === undefined) return [];
    const texts = this.#yaml.textsOf({ list: true }, item.value);
    if (texts !== undefined) return texts;
    this.report(key, `'${this.#path(key)}' needs a value or a list`);
    return [];
  }

  /** The mapping under a key; reported when it is something else. */
  section(key: string): Section | undefined {
    const item = this.#items.get(key);
    if (item === undefined) return undefined;
    return this.#sectionOf(this.#path(key), item.value, startOf(item.value, item.key));
  }

  #sectionOf(name: string, value: Node | null | undefined, at: number): Section | undefined {
    if (isMap(value)) return new Section(this.#yaml, name, value, at);
    this.#yaml.report(at, `'${name}' must hold settings, such as 'name: value'`);
    return undefined;
  }

  /** The named mappings under a key, in their order. */
  named(key: string): ReadonlyMap<string, Section> {
    const outer = this.section(key);
    const found = new Map<string, Section>();
    for (const name of outer?.keys ?? []) {
      const item = outer!.#items.get(name)!;
      // A group may have nothing to say.
      const isEmpty = scalarText(item.value) === undefined && !isMap(item.value) && !isSeq(item.value);
      const at = startOf(item.value, item.key);
      const inner = isEmpty
        ? new Section(this.#yaml, `${key}.${name}`, undefined, at)
        : this.#sectionOf(`${key}.${name}`, item.value, at);
      if (inner !== undefined) found.set(name, inner);
    }
    return found;
  }

  /** The mappings of a list under a key. */
  list(key: string): readonly Section[] {
    const item = this.#items.get(key);
    if (item === undefined) return [];
    if (!isSeq(item.value)) {
      this.report(key, `'${this.#path(key)}' must be a list, each line beginning with '- '`);
      return [];
    }
    return (item.value.items as Node[]).flatMap((node, index) => {
      const value = this.#yaml.follow(node);
      return this.#sectionOf(`${this.#path(key)}[${index}]`, value, startOf(value, item.key)) ?? [];
    });
  }

  /** Settings of the option table, as texts, and checked one by one. */
  options(known: ReadonlyMap<string, OptionEntry>): Map<OptionEntry["key"], RawValue> {
    const layer = new Map<OptionEntry["key"], RawValue>();
    for (const [key, { value }] of this.#items) {
      const entry = known.get(key);
      if (entry === undefined) continue;
      const texts = this.#yaml.textsOf(entry.kind, value);
      if (texts === undefined) {
        this.report(key, `'${this.#path(key)}' needs ${entry.kind.list ? "a value or a list" : "one value"}`);
        continue;
      }
      const raw = { texts, source: this.source(key) };
      try {
        parseValue(entry, raw);
        layer.set(entry.key, raw);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        this.#yaml.problems.push(...error.problems);
      }
    }
    return layer;
  }
}
