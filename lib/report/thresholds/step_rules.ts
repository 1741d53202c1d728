/**
 * Thresholds of a scenario's steps: on what the step did (`recovery<10s`), or on the figures of a group while it lasted
 * (`web: response.p99<1s`).
 */
import { countOf, formatCount, formatDuration, formatRate, millisOf, rateOf } from "../../config/units.ts";
import type { RunSnapshot, ThresholdState } from "../../load/snapshot.ts";
import type { StepOutcome } from "../../scenario/snapshot.ts";
import type { StepThreshold } from "../../scenario/types.ts";
import {
  compareValues,
  parseThreshold,
  type Threshold,
  type ThresholdContext,
  type ThresholdOperator,
  ThresholdSyntaxError,
  ThresholdWatch,
} from "./thresholds.ts";

interface StepMetric {
  readonly help: string;
  readonly kind: "seconds" | "count" | "rate";
  /** What a step did; undefined where it did nothing of the kind. */
  read(outcome: StepOutcome): number | undefined;
  /** What holds where there is nothing to measure: a step that cut nobody off needed no recovery. */
  readonly none?: number;
}

/** What a step can be held against by itself. */
export const STEP_METRICS: Readonly<Record<string, StepMetric>> = {
  recovery: {
    help: "time from its beginning until all producers and consumers were connected again",
    kind: "seconds",
    read: ({ recovery, missing }) => missing > 0 ? Infinity : recovery,
    none: 0,
  },
  firstError: {
    help: "time from its beginning to the first lost connection",
    kind: "seconds",
    read: ({ firstError }) => firstError,
    none: Infinity,
  },
  outage: {
    help: "the longest time that one producer or consumer had no connection",
    kind: "seconds",
    read: ({ outages, missing }) =>
      missing > 0
        ? Infinity
        : outages.size === 0
        ? undefined
        : Math.max(...[...outages.values()].map(({ max }) => max)) / 1e6,
    none: 0,
  },
  missing: {
    help: "producers and consumers without connection at its end",
    kind: "count",
    read: ({ missing }) => missing,
  },
  resent: { help: "messages that producers sent again", kind: "count", read: ({ resent }) => resent },
  drain: {
    help: "of a hold: time until the backlog was taken",
    kind: "seconds",
    read: ({ drain }) => drain?.seconds,
  },
  drainRate: {
    help: "of a hold: messages per second while the backlog was taken",
    kind: "rate",
    read: ({ drain }) => drain?.rate,
  },
};

export type StepRule =
  | { readonly group: string; readonly threshold: Threshold; readonly text: string }
  | {
    readonly group?: undefined;
    readonly metric: StepMetric;
    readonly operator: ThresholdOperator;
    readonly limit: number;
    readonly text: string;
  };

/**
 * @param contextOf what the run of a group measures
 * @throws {ThresholdSyntaxError}
 */
export function parseStepRule(
  { group, text }: StepThreshold,
  contextOf: (group: string) => ThresholdContext,
): StepRule {
  if (group !== undefined) {
    // What a step asked for is not known by itself, so 'target' has no meaning there.
    const threshold = parseThreshold(text, { ...contextOf(group), hasTarget: false });
    return { group, threshold, text: `${group}: ${threshold.text}` };
  }
  const match = /^\s*([A-Za-z]+)\s*(<=|>=|==|!=|<|>)\s*(\S.*?)\s*$/.exec(text);
  if (match === null) throw new ThresholdSyntaxError(text, 1, "expected a rule such as 'recovery<10s'");
  const [, name, operator, bound] = match as unknown as [string, string, ThresholdOperator, string];
  const metric = Object.hasOwn(STEP_METRICS, name) ? STEP_METRICS[name] : undefined;
  if (metric === undefined) {
    const known = Object.keys(STEP_METRICS).join(", ");
    throw new ThresholdSyntaxError(
      text,
      1,
      `unknown metric '${name}' of a step, expected one of ${known}, or 'GROUP: rule'`,
    );
  }
  const limit = LIMITS[metric.kind](bound);
  if (Number.isNaN(limit)) {
    const example = { seconds: "10s", count: "100", rate: "10k" }[metric.kind];
    throw new ThresholdSyntaxError(
      text,
      text.indexOf(bound) + 1,
      `'${bound}' is not valid: expected such as '${example}'`,
    );
  }
  return { metric, operator, limit, text: text.trim() };
}

const LIMITS: Readonly<Record<StepMetric["kind"], (text: string) => number>> = {
  seconds: (text) => millisOf(text) / 1000,
  count: countOf,
  rate: rateOf,
};

/** @param snapshotOf the run of a group as it is now; undefined for one that has not begun */
export function judgeStep(
  rules: readonly StepRule[],
  outcome: StepOutcome,
  snapshotOf: (group: string) => RunSnapshot | undefined,
): ThresholdState[] {
  return rules.map((rule) => {
    if (rule.group === undefined) return judgeOwn(rule, outcome);
    const span = outcome.inside.get(rule.group);
    const snapshot = snapshotOf(rule.group);
    if (span === undefined || snapshot === undefined) {
      return { text: rule.text, state: "fail", value: "nothing measured" };
    }
    const stretch = { ...snapshot, measured: true, total: span, window: span };
    const [state] = new ThresholdWatch([rule.threshold]).finish(stretch);
    return { ...state!, text: rule.text };
  });
}

function judgeOwn(rule: StepRule & { group?: undefined }, outcome: StepOutcome): ThresholdState {
  const { metric, operator, limit, text } = rule;
  const found = metric.read(outcome);
  const measured = found ?? metric.none;
  if (measured === undefined) return { text, state: "fail", value: "nothing measured" };
  const state = compareValues(measured, operator, limit) ? "pass" : "fail";
  if (!Number.isFinite(measured)) return { text, state, value: found === undefined ? "none" : "never" };
  return { text, state, value: found === undefined ? "none" : shown(metric.kind, measured), measured };
}

function shown(kind: StepMetric["kind"], value: number): string {
  if (kind === "seconds") return formatDuration(value * 1e6);
  return kind === "rate" ? formatRate(value) : formatCount(value);
}
