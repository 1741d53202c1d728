/**
 * The kinds of values that options take: how each is read, written back, completed by a shell, and
 * described to an editor. Every layer (flags, environment, files) hands over texts, so one parser serves all.
 */
import { hint } from "./suggest.ts";
import {
  type Bounds,
  bytesText,
  countText,
  durationText,
  parseBoolean,
  parseBytes,
  parseCount,
  parseDuration,
  parsePercent,
  ValueError,
} from "./units.ts";

/** The part of JSON Schema (draft 7) that the table needs. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** How values of type `T` are read and written. */
export interface ValueKind<T> {
  /** @throws {ValueError} with the invalid text and what is expected. */
  parse(texts: readonly string[]): T;
  /** The canonical texts: `parse(format(value))` equals `value`. One text unless `list`. */
  format(value: T): readonly string[];
  /** Several texts are allowed (a repeated flag, a YAML list). */
  readonly list?: true;
  /** A YAML mapping is allowed; its entries arrive as `key=value`. */
  readonly mapping?: true;
  /** A flag without a value means `true`. */
  readonly isBoolean?: true;
  readonly choices?: readonly string[];
  /** Shells complete file names. */
  readonly isFile?: true;
  /** What the reference says a value can be: `1 to 10k`. Absent where `choices` or `isBoolean` say it. */
  readonly values?: string;
  readonly schema: JsonSchema;
}

/** What distinguishes one single-text kind from the next. */
type Scalar<T> =
  & { readonly parse: (text: string) => T; readonly format?: (value: T) => string }
  & Omit<ValueKind<T>, "parse" | "format">;

/** A kind whose value is one text; of several, the last counts. */
export function scalar<T>(kind: Scalar<T>): ValueKind<T> {
  const write = kind.format ?? String;
  return {
    ...kind,
    parse: (texts) => kind.parse(texts.at(-1) ?? ""),
    format: (value) => [write(value)],
  };
}

/** A kind that takes any number of texts of another kind. */
export function listOf<T>(item: ValueKind<T>): ValueKind<readonly T[]> {
  return {
    list: true,
    ...(item.values === undefined ? {} : { values: item.values }),
    parse: (texts) => texts.map((text) => item.parse([text])),
    format: (values) => values.flatMap((value) => item.format(value)),
    schema: { oneOf: [item.schema, { type: "array", items: item.schema }] },
  };
}

/** Free text that must match `pattern`. */
export function text(expected: string, pattern = /\S/): ValueKind<string> {
  return scalar({
    parse: (given) => {
      if (!pattern.test(given)) throw new ValueError(given, expected);
      return given;
    },
    values: expected,
    schema: { type: "string", pattern: pattern.source },
  });
}

/** One of some words; case, dashes and underscores do not matter, so `Key_Shared` is `key-shared`. */
export function choice<const T extends string>(...choices: readonly T[]): ValueKind<T> {
  const simplify = (word: string): string => word.trim().toLowerCase().replace(/[-_ ]/g, "");
  return scalar({
    choices,
    parse: (given) => {
      const found = choices.find((word) => simplify(word) === simplify(given));
      if (found === undefined) {
        throw new ValueError(given, `one of ${choices.join(", ")}${hint(given, choices)}`);
      }
      return found;
    },
    schema: { enum: choices },
  });
}

export const boolean: ValueKind<boolean> = scalar({
  isBoolean: true,
  parse: parseBoolean,
  schema: { type: "boolean" },
});

/** A whole number of things: `10k`. */
export function count(min: number, max: number): ValueKind<number> {
  return scalar({
    parse: (given) => parseCount(given, { min, max }),
    format: countText,
    values: max === Number.MAX_SAFE_INTEGER ? `from ${countText(min)}` : range(min, max, countText),
    schema: {
      anyOf: [{ type: "integer", minimum: min, maximum: max }, {
        type: "string",
        pattern: "^\\d[\\d_.]*[kmgKMG]?$",
      }],
    },
  });
}

/** A whole number that is written in full, such as a port. */
export function integer(min: number, max: number): ValueKind<number> {
  const bounds: Bounds = { min, max };
  return scalar({
    parse: (given) => {
      if (!/^\d+$/.test(given.trim()) || Number(given) < bounds.min || Number(given) > bounds.max) {
        throw new ValueError(given, `a whole number from ${min} to ${max}`);
      }
      return Number(given);
    },
    values: range(min, max, String),
    schema: { type: "integer", minimum: min, maximum: max },
  });
}

/** Bytes: `64KiB`. */
export function bytes(min: number, max: number): ValueKind<number> {
  return scalar({
    parse: (given) => parseBytes(given, { min, max }),
    format: bytesText,
    values: range(min, max, bytesText),
    schema: BYTES_SCHEMA,
  });
}

function range(min: number, max: number, write: (value: number) => string): string {
  return `${write(min)} to ${write(max)}`;
}

/** Milliseconds, written with a unit: `30s`. */
export function duration(minMillis: number, maxMillis: number): ValueKind<number> {
  return scalar({
    parse: (given) => parseDuration(given, { min: minMillis, max: maxMillis }),
    format: durationText,
    values: range(minMillis, maxMillis, durationText),
    schema: {
      anyOf: [{ const: 0 }, { type: "string", pattern: "^(\\d[\\d_.]*(us|µs|μs|ms|s|m|h|d)\\s*)+$" }],
      examples: ["250ms", "30s", "1h30m"],
    },
  });
}

export const percent: ValueKind<number> = scalar({
  parse: (given) => parsePercent(given),
  values: "0 to 100, '%' may follow",
  schema: {
    anyOf: [{ type: "number", minimum: 0, maximum: 100 }, { type: "string", pattern: "^\\d+(\\.\\d+)?%?$" }],
  },
});

/** A path. It is not opened here, so it may turn out to be unreadable later. */
export const file: ValueKind<string> = { ...text("the path of a file"), isFile: true };

export const BYTES_SCHEMA: JsonSchema = {
  anyOf: [
    { type: "integer", minimum: 0 },
    { type: "string", pattern: "^\\d[\\d_.]*\\s*([kKmMgG]i?)?[bB]?$" },
  ],
  examples: ["512B", "1KiB", "64KiB"],
};
