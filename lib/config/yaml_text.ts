/** A YAML text whose every mistake is reported with its place: what readers of files have in common. */
import {
  type CST,
  type Document,
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
  type YAMLMap,
} from "yaml";
import type { Problem, Source } from "./source.ts";
import type { ValueKind } from "./value_kinds.ts";

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

/** Collections, and the document and value around and in them, that may be open before reading goes no further. */
const MOST_OPEN = 110;
/** Mistakes that are told; a text with more of them is no file of settings. */
const MOST_PROBLEMS = 100;

/** Characters of an unknown setting, or of a wrong value, that are shown. */
const MOST_SHOWN = 200;

/** Of a character in a text, from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** Where something stands, with a place in a text. */
export type PlacedSource = Extract<Source, TextPlace>;

export class YamlText {
  readonly problems: Problem[] = [];
  readonly #text: string;
  readonly #path: string;
  readonly #sourceOf: (place: TextPlace) => PlacedSource;
  readonly #lines = new LineCounter();
  #document: Document | undefined;

  /** @param path of the file, in messages */
  constructor(text: string, path: string, sourceOf: (place: TextPlace) => PlacedSource) {
    this.#text = text;
    this.#path = path;
    this.#sourceOf = sourceOf;
  }

  /**
   * The mapping that the text is; undefined when it is empty or has mistakes, which are in `problems` then.
   *
   * @param mostDepth of nesting: every reader of a text needs a stack as deep
   * @param expected what is said of a text that is no mapping
   * @param values to put in the place of what the text has, by their path
   */
  root(
    mostDepth: number,
    expected: string,
    values: ReadonlyMap<readonly string[], string> = new Map(),
  ): YAMLMap | undefined {
    const depth = depthOf(this.#text);
    if (depth > mostDepth) {
      this.#lines.addNewLine(0);
      const found = depth === Infinity ? `over ${MOST_OPEN - 10}` : depth;
      this.report(0, `settings are nested ${found} deep, expected ${mostDepth} at most`);
      return undefined;
    }
    const document = parseDocument(this.#text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      // Checked by who reads the keys: the library compares every key with every other.
      uniqueKeys: false,
    });
    this.#document = document;
    for (const { code, pos, message } of document.errors) {
      // The library reports one wrong indentation twice at the same place.
      if (code === "MULTILINE_IMPLICIT_KEY" && document.errors.length > 1) continue;
      this.report(pos[0], SYNTAX_WORDS[code] ?? message);
      if (this.isFull) break;
    }
    if (document.errors.length > 0) return undefined;
    if (document.contents === null || isMap(document.contents)) this.#put(document, values);
    const root = document.contents;
    if (isMap(root)) return root;
    if (root !== null && !(isScalar(root) && root.value === null)) {
      this.report(root.range?.[0] ?? 0, expected);
    }
    return undefined;
  }

  #put(document: Document, values: ReadonlyMap<readonly string[], string>): void {
    for (const [path, text] of values) {
      try {
        document.setIn(path, document.createNode(plainValue(text)));
      } catch {
        // The library throws where the path leads through something that has no parts.
        this.report(
          0,
          `'${shortened(path.join("."))}' cannot be set: a part of this path holds a single value`,
        );
      }
    }
  }

  /** Replaces an alias (`*x`) by what it stands for. */
  follow(node: Node | null): Node | null | undefined {
    return isAlias(node) ? node.resolve(this.#document!) : node;
  }

  /** The texts of a value, or undefined when its shape is wrong. */
  textsOf(
    kind: Pick<ValueKind<unknown>, "list" | "mapping">,
    value: Node | null | undefined,
  ): readonly string[] | undefined {
    const single = scalarText(value);
    if (single !== undefined) return [single];
    const texts: string[] = [];
    if (kind.list && isSeq(value)) {
      for (const element of value.items as Node[]) {
        const text = scalarText(this.follow(element));
        if (text === undefined) return undefined;
        texts.push(text);
      }
      return texts;
    }
    if (kind.mapping && isMap(value)) {
      const seen = new Set<string>();
      for (const pair of value.items as Pair<Node, Node | null>[]) {
        this.isRepeated(pair.key, keyText(pair.key), seen);
        const text = scalarText(this.follow(pair.value));
        if (text === undefined) return undefined;
        texts.push(`${keyText(pair.key)}=${text}`);
      }
      return texts;
    }
    return undefined;
  }

  /** Whether so much is wrong that nothing more needs to be looked at. */
  get isFull(): boolean {
    return this.problems.length >= MOST_PROBLEMS;
  }

  /** Whether a key of a mapping stood there before, which is reported. */
  isRepeated(node: Node | string, key: string, seen: Set<string>): boolean {
    const isRepeated = (typeof node === "string" || isScalar(node)) && seen.has(key);
    if (isRepeated) this.report(startOf(undefined, node), `'${shortened(key)}' stands here twice`);
    seen.add(key);
    return isRepeated;
  }

  report(offset: number, message: string): void {
    const source = this.sourceAt(offset);
    this.problems.push({ message: `${this.#path}:${source.line}:${source.column}: ${message}`, source });
  }

  sourceAt(offset: number): PlacedSource {
    const { line, col } = this.#lines.linePos(offset);
    return this.#sourceOf({ line, column: col });
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

/** `[a, b]` is a list, everything else a text. */
function plainValue(text: string): string | string[] {
  const list = /^\[(.*)\]$/.exec(text.trim());
  return list === null ? text : list[1]!.split(",").map((part) => part.trim());
}

/** A key that was put in, instead of read, is a plain text. */
export function keyText(node: Node | string): string {
  if (typeof node === "string") return node;
  return isScalar(node) ? String(node.value) : "?";
}

/** A scalar as it was written: `1e6` and `0x10` stay so, and the value's own parser judges them. */
export function scalarText(node: Node | null | undefined): string | undefined {
  if (!isScalar(node)) return undefined;
  const text = typeof node.value === "string" ? node.value : node.source ?? "";
  return text === "" ? undefined : text;
}

export function startOf(node: Node | null | undefined, otherwise: Node | string): number {
  // An absent value has an empty range after its key; the key is the better place to point at.
  const range = node?.range;
  if (range && range[1] > range[0]) return range[0];
  return typeof otherwise === "string" ? 0 : otherwise.range?.[0] ?? 0;
}

/** For messages. */
export function shortened(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
