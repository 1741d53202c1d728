/**
 * The grammar of `--threshold`:
 *
 * ```
 * threshold := metric op bound { "over" duration | "after" duration | "abort" }
 * op        := "<" | "<=" | ">" | ">=" | "==" | "!="
 * bound     := quantity | [number "*"] "target" | "target" "*" number
 * ```
 *
 * Quantities are written as in options (`lib/config/units.ts`): durations need a unit (`20ms`, `1m30s`), ratios a percent
 * sign (`0.1%`); counts and rates take `k` and `m`.
 */
import type { Role } from "../../config/run_config.ts";
import { nearest } from "../../config/suggest.ts";
import { bytesOf, countOf, millisOf, NUMBER, proposalFor, rateOf } from "../../config/units.ts";
import { findMetric, type MetricKind, metricNames, metricsOfStatistic } from "./metric_catalog.ts";
import type { Metric } from "./metric_catalog.ts";

export type ThresholdOperator = "<" | "<=" | ">" | ">=" | "==" | "!=";

/** Fixed in the metric's own unit (µs, fraction, messages, bytes per second), or a multiple of the target rate. */
export type ThresholdBound =
  | { readonly kind: "fixed"; readonly value: number }
  | { readonly kind: "target"; readonly factor: number };

export interface Threshold {
  /** As the user wrote it, outer blanks removed. */
  readonly text: string;
  readonly metric: Metric;
  readonly operator: ThresholdOperator;
  readonly bound: ThresholdBound;
  /** Judge every stretch of this many seconds instead of the whole run. */
  readonly overSeconds?: number;
  /** Leave the first seconds of the measured part unjudged. */
  readonly afterSeconds: number;
  /** End the run as soon as the threshold is violated. */
  readonly abort: boolean;
}

/** What the run is, as far as it decides which thresholds make sense. */
export interface ThresholdContext {
  readonly role: Role;
  /** True when the run has a numeric target rate, so that `target` means something. */
  readonly hasTarget: boolean;
  readonly verifies: boolean;
  /** True when the run opens its producers or consumers by a plan of its own, and times that. */
  readonly opens?: boolean;
}

/** A threshold that cannot be used, with the column of the trouble (1-based). */
export class ThresholdSyntaxError extends Error {
  override readonly name = "ThresholdSyntaxError";
  readonly code = "THRESHOLD_SYNTAX";
  readonly text: string;
  readonly column: number;

  constructor(text: string, column: number, problem: string) {
    super(`threshold '${text}', column ${column}: ${problem}`);
    this.text = text;
    this.column = column;
  }
}

/**
 * Parses one threshold and checks that this run can measure it.
 *
 * @throws {ThresholdSyntaxError} for anything the grammar does not allow, an unknown metric, or one that this
 * role does not measure
 */
export function parseThreshold(source: string, context: ThresholdContext): Threshold {
  const text = source.trim();
  const scanner = new Scanner(text);
  const metric = readMetric(scanner, context);
  const operator = readOperator(scanner);
  const bound = readBound(scanner, metric, context);
  const options = readOptions(scanner);
  return { text, metric, operator, bound, ...options };
}

/** Parses all thresholds of a configuration, in order. */
export function parseThresholds(sources: readonly string[], context: ThresholdContext): Threshold[] {
  return sources.map((source) => parseThreshold(source, context));
}

function readMetric(scanner: Scanner, context: ThresholdContext): Metric {
  const column = scanner.column;
  const name = scanner.take(/[A-Za-z][\w.]*/y);
  if (name === undefined) {
    const [example] = metricsOfStatistic("p99", context.role);
    throw scanner.error(`expected the name of a metric, for example '${example}'`, column);
  }
  const metric = findMetric(name);
  if (metric === undefined) {
    throw scanner.error(`unknown metric '${name}'; ${proposal(name, context.role)}`, column);
  }
  if (!metric.roles.includes(context.role)) {
    throw scanner.error(
      `'${name}' is measured by the ${metric.roles[0]}, this is the ${context.role}; ` +
        `'${context.role} --help-thresholds' lists what it measures`,
      column,
    );
  }
  if (metric.needsVerify && !context.verifies) {
    throw scanner.error(`'${name}' needs verification, which is off: use --verify=count or strict`, column);
  }
  if (metric.needsOpening && !context.opens) {
    throw scanner.error(
      `'${name}' needs a group of a scenario with 'connectRate' or 'ownConnections', which are timed`,
      column,
    );
  }
  return metric;
}

/** What an unknown name was likely meant to be, this role's metrics first; else where they are listed. */
function proposal(name: string, role: Role): string {
  const other = role === "producer" ? "consumer" : "producer";
  const near = nearest(name, metricNames(role)) ?? nearest(name, metricNames(other));
  const meant = near === undefined ? metricsOfStatistic(name, role) : [near];
  const list = `'${role} --help-thresholds' lists all`;
  return meant.length === 0 ? list : `did you mean '${meant.join("' or '")}'? ${list}`;
}

function readOperator(scanner: Scanner): ThresholdOperator {
  const column = scanner.column;
  const operator = scanner.take(/<=|>=|==|!=|<|>/y);
  if (operator === undefined) {
    const found = scanner.take(/=|\S/y);
    const hint = found === "=" ? "write '==' for equality" : "expected one of < <= > >= == !=";
    throw scanner.error(found === undefined ? `${hint}, found the end` : `${hint}, found '${found}'`, column);
  }
  return operator as ThresholdOperator;
}

function readBound(scanner: Scanner, metric: Metric, context: ThresholdContext): ThresholdBound {
  const column = scanner.column;
  if (scanner.take(/target\b/y) !== undefined) {
    const factor = scanner.take(/\*/y) === undefined ? 1 : numberOf(readDigits(scanner));
    return targetBound(scanner, metric, context, factor, column);
  }
  const digits = readDigits(scanner);
  if (scanner.take(/\*/y) !== undefined) {
    if (scanner.take(/target\b/y) === undefined) {
      throw scanner.error("only 'target' can follow '*'", scanner.column);
    }
    return targetBound(scanner, metric, context, numberOf(digits), column);
  }
  return { kind: "fixed", value: readQuantity(scanner, metric.kind, digits) };
}

function targetBound(
  scanner: Scanner,
  metric: Metric,
  context: ThresholdContext,
  factor: number,
  column: number,
): ThresholdBound {
  if (metric.kind !== "rate") {
    throw scanner.error(`'target' is a rate and '${metric.name}' is not`, column);
  }
  if (!context.hasTarget) {
    throw scanner.error("'target' needs a run with a numeric --rate", column);
  }
  return { kind: "target", factor };
}

const DIGITS = new RegExp(NUMBER, "iy");

function readDigits(scanner: Scanner): string {
  const column = scanner.column;
  const digits = scanner.take(DIGITS);
  if (digits !== undefined) return digits;
  const found = scanner.rest();
  throw scanner.error(`expected a number, found ${found ? `'${found}'` : "the end"}`, column);
}

function numberOf(digits: string): number {
  return Number(digits.replaceAll("_", ""));
}

/** How a quantity of each kind is read, in the metric's unit (NaN for what is none), and what it needs. */
const QUANTITIES: Readonly<
  Record<MetricKind, { read: (text: string) => number; needs: (digits: string) => string }>
> = {
  duration: {
    read: (text) => Math.round(millisOf(text) * 1e3),
    needs: (digits) => `a duration needs us, ms, s, m, h or d, for example '${numberOf(digits) || 20}ms'`,
  },
  ratio: {
    read: (text) =>
      text.endsWith("%") ? Number(text.slice(0, -1).replaceAll("_", "")) / 100 : Number(text) === 0 ? 0 : NaN,
    needs: (digits) => `a share is given in percent, for example '${digits}%'`,
  },
  byteRate: {
    read: (text) => bytesOf(text.replace(/\/s$/i, "")),
    needs: () => "write MB, MiB, GB … a second",
  },
  rate: { read: rateOf, needs: () => "write k or m, or nothing" },
  count: { read: countOf, needs: () => "write k or m, or nothing" },
  number: { read: countOf, needs: () => "write k or m, or nothing" },
};

/** The rest of a quantity whose first digits have been read. */
function readQuantity(scanner: Scanner, kind: MetricKind, digits: string): number {
  const column = scanner.position + 1;
  const unit = scanner.takeHere(/[A-Za-z\u00b5\u03bc%][\w.\u00b5\u03bc%]*(?:\/[A-Za-z]+)?|\/[A-Za-z]+/y) ??
    "";
  const { read, needs } = QUANTITIES[kind];
  const value = read(digits + unit);
  if (!Number.isNaN(value)) return value;
  if (unit === "") throw scanner.error(`missing unit; ${needs(digits)}`, column);
  const proposal = proposalFor(digits + unit, (candidate) => !Number.isNaN(read(candidate)));
  const meant = proposal === undefined ? "" : ` (did you mean ${proposal}?)`;
  throw scanner.error(`unknown unit '${unit}'; ${needs(digits)}${meant}`, column);
}

function readOptions(scanner: Scanner): { overSeconds?: number; afterSeconds: number; abort: boolean } {
  const found: { overSeconds?: number; afterSeconds?: number; abort: boolean } = { abort: false };
  while (!scanner.done) {
    const column = scanner.column;
    const word = scanner.take(/[A-Za-z]+/y) ?? scanner.rest();
    if (word === "abort" && !found.abort) found.abort = true;
    else if (word === "over" && found.overSeconds === undefined) found.overSeconds = readSeconds(scanner);
    else if (word === "after" && found.afterSeconds === undefined) found.afterSeconds = readSeconds(scanner);
    else if (word === "abort" || word === "over" || word === "after") {
      throw scanner.error(`'${word}' is given twice`, column);
    } else {
      throw scanner.error(`expected 'over 10s', 'after 30s' or 'abort', found '${word}'`, column);
    }
  }
  return { ...found, afterSeconds: found.afterSeconds ?? 0 };
}

function readSeconds(scanner: Scanner): number {
  const column = scanner.column;
  const seconds = readQuantity(scanner, "duration", readDigits(scanner)) / 1e6;
  if (!(seconds > 0)) throw scanner.error("a length of time must be above zero", column);
  return seconds;
}

/** Walks over the text, skipping blanks before each piece. */
class Scanner {
  position = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** 1-based column of the next piece. */
  get column(): number {
    this.#skipBlanks();
    return this.position + 1;
  }

  get done(): boolean {
    this.#skipBlanks();
    return this.position >= this.#text.length;
  }

  /** Takes a piece after any blanks; stays where it is when there is none. */
  take(pattern: RegExp): string | undefined {
    const before = this.position;
    this.#skipBlanks();
    const found = this.takeHere(pattern);
    if (found === undefined) this.position = before;
    return found;
  }

  /** Takes a piece that follows without a blank. */
  takeHere(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  rest(): string {
    this.#skipBlanks();
    return this.#text.slice(this.position);
  }

  error(problem: string, column: number): ThresholdSyntaxError {
    return new ThresholdSyntaxError(this.#text, column, problem);
  }

  #skipBlanks(): void {
    while (this.#text[this.position] === " " || this.#text[this.position] === "\t") this.position++;
  }
}
