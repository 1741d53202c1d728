/**
 * The rules of `lab compare --fail-if`: which change from side A to side B is too much.
 *
 * ```
 * rule  := figure op change
 * op    := "<" | "<=" | ">" | ">="
 * change := [ "+" | "-" ] number "%"
 * ```
 *
 * `response.p99>+10%` fails when the median of B is more than 10 % above that of A; `rate<-5%` when it is more than
 * 5 % below.
 */
import { nearest } from "../../config/suggest.ts";
import { type Comparison, FIGURE_KEYS } from "./compare.ts";
import { formatChange } from "../format.ts";

type Operator = "<" | "<=" | ">" | ">=";

export interface CompareRule {
  /** As the user wrote it, blanks removed. */
  readonly text: string;
  /** Key of a figure. */
  readonly key: string;
  readonly operator: Operator;
  /** As a fraction: +10% is 0.1. */
  readonly change: number;
}

/** A rule that cannot be used. */
export class CompareRuleError extends Error {
  override readonly name = "CompareRuleError";
  readonly code = "COMPARE_RULE";
}

/** A judged rule. */
export interface CompareCheck {
  readonly rule: string;
  /** `missing`: one side did not measure the figure, so that nothing was checked. */
  readonly state: "holds" | "violated" | "missing";
  /** As a fraction; infinite when the figure grew from zero. Undefined when `missing`. */
  readonly change: number | undefined;
  /** One sentence. */
  readonly reason: string;
}

const RULE = /^([A-Za-z][\w.-]*)\s*(<=|>=|<|>)\s*([+\-−]?)(\d+(?:\.\d+)?)\s*%$/;

/** @throws {CompareRuleError} naming what is wrong and what would be right */
export function parseCompareRule(source: string): CompareRule {
  const text = source.trim();
  const match = RULE.exec(text);
  if (match === null) {
    throw new CompareRuleError(
      `--fail-if '${text}' is not valid: expected a figure and a change in percent, as in 'response.p99>+10%' or 'rate<-5%'`,
    );
  }
  const key = match[1]!.toLowerCase();
  if (!FIGURE_KEYS.includes(key)) {
    const near = nearest(key, FIGURE_KEYS);
    const hint = near === undefined ? `expected one of ${FIGURE_KEYS.join(", ")}` : `did you mean '${near}'?`;
    throw new CompareRuleError(`--fail-if '${text}': unknown figure '${match[1]}'; ${hint}`);
  }
  const sign = match[3] === "-" || match[3] === "−" ? -1 : 1;
  return { text, key, operator: match[2] as Operator, change: sign * Number(match[4]) / 100 };
}

/** Judges every rule; a rule whose figure was not measured is `missing`, never skipped. */
export function checkRules(comparison: Comparison, rules: readonly CompareRule[]): CompareCheck[] {
  return rules.map((rule): CompareCheck => {
    const figure = comparison.measured.find(({ key }) => key === rule.key);
    if (figure === undefined) {
      const reason = `'${rule.key}' was not measured on both sides, so nothing was checked`;
      return { rule: rule.text, state: "missing", change: undefined, reason };
    }
    const change = changeOf(figure.a.median, figure.b.median);
    const from = `${figure.name} went from ${figure.format(figure.a.median)} to ${
      figure.format(figure.b.median)
    }`;
    return {
      rule: rule.text,
      state: isTrue(change, rule) ? "violated" : "holds",
      change,
      reason: `${from} (${Number.isFinite(change) ? formatChange(change) : "from nothing"})`,
    };
  });
}

/** Growth from zero has no percentage, and is more than any. */
function changeOf(a: number, b: number): number {
  if (a === b) return 0;
  return a === 0 ? Infinity : (b - a) / a;
}

function isTrue(change: number, { operator, change: bound }: CompareRule): boolean {
  // 110 against 100 is +10 %, whatever the last bit of the quotient says.
  const isEqual = Math.abs(change - bound) < 1e-12;
  switch (operator) {
    case "<":
      return change < bound && !isEqual;
    case "<=":
      return change < bound || isEqual;
    case ">":
      return change > bound && !isEqual;
    case ">=":
      return change > bound || isEqual;
  }
}
