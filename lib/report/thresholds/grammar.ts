/**
 * The grammar of `--threshold`:
 *
 * ```
 * threshold := metric op bound { "over" duration | "after" duration | "abort" }
 * op        := "<" | "<=" | ">" | ">=" | "==" | "!="
 * bound     := number [unit] | [number "*"] "target" | "target" "*" number
 * ```
 *
 * Durations need a unit (`20ms`), ratios a percent sign (`0.1%`); counts and rates take `k` and `m`.
 */
import { nearest } from "../../config/suggest.ts";
import type { Role } from "../../load/snapshot.ts";
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

const DURATION_UNITS: Readonly<Record<string, number>> = {
  us: 1,
  "µs": 1,
  "μs": 1,
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3600e6,
};
const COUNT_UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };
const BYTE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

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
    const factor = scanner.take(/\*/y) === undefined ? 1 : readNumber(scanner);
    return targetBound(scanner, metric, context, factor, column);
  }
  const value = readNumber(scanner);
  if (scanner.take(/\*/y) !== undefined) {
    if (scanner.take(/target\b/y) === undefined) {
      throw scanner.error("only 'target' can follow '*'", scanner.column);
    }
    return targetBound(scanner, metric, context, value, column);
  }
  const unitColumn = scanner.position + 1;
  const unit = scanner.takeHere(/[A-Za-zµμ%]+(?:\/s)?/y) ?? "";
  return { kind: "fixed", value: value * unitFactor(scanner, metric.kind, unit, value, unitColumn) };
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

function readNumber(scanner: Scanner): number {
  const column = scanner.column;
  const digits = scanner.take(/\d+(?:_\d+)*(?:\.\d+)?|\.\d+/y);
  if (digits === undefined) {
    const found = scanner.rest();
    throw scanner.error(`expected a number, found ${found ? `'${found}'` : "the end"}`, column);
  }
  return Number(digits.replaceAll("_", ""));
}

function unitFactor(scanner: Scanner, kind: MetricKind, unit: string, value: number, column: number): number {
  const bad = (allowed: string): ThresholdSyntaxError =>
    scanner.error(unit === "" ? `missing unit; ${allowed}` : `unknown unit '${unit}'; ${allowed}`, column);
  switch (kind) {
    case "duration":
      if (unit === "" && value === 0) return 1;
      return DURATION_UNITS[unit] ??
        raise(bad(`a duration needs us, ms, s, m or h, for example '${value || 20}ms'`));
    case "ratio":
      if (unit === "%") return 0.01;
      return unit === "" && value === 0
        ? 1
        : raise(bad(`a share is given in percent, for example '${value}%'`));
    case "byteRate":
      return BYTE_UNITS[unit.replace(/\/s$/, "").toLowerCase()] ?? raise(bad("write MB, MiB, GB … a second"));
    case "rate":
      return COUNT_UNITS[unit.replace(/\/s$/, "").toLowerCase()] ?? raise(bad("write k or m, or nothing"));
    default:
      return COUNT_UNITS[unit.toLowerCase()] ?? raise(bad("write k or m, or nothing"));
  }
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
  const value = readNumber(scanner);
  const unitColumn = scanner.position + 1;
  const unit = scanner.takeHere(/[A-Za-zµμ%]+/y) ?? "";
  const seconds = value * unitFactor(scanner, "duration", unit, value, unitColumn) / 1e6;
  if (!(seconds > 0)) throw scanner.error("a length of time must be above zero", column);
  return seconds;
}

function raise(error: Error): never {
  throw error;
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
