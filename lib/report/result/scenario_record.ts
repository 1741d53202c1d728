/** Makes the records of a scenario and of a sweep, and the verdicts on several groups or combinations together. */
import type { ThresholdState } from "../../load/snapshot.ts";
import type { ScenarioSnapshot, StepSnapshot } from "../../scenario/snapshot.ts";
import { isoTimes } from "./result.ts";
import {
  type BacklogPoint,
  SCENARIO_KIND,
  SCENARIO_SCHEMA_VERSION,
  type ScenarioRecord,
  type StepRecord,
  SWEEP_KIND,
  SWEEP_SCHEMA_VERSION,
  type SweepPointRecord,
  type SweepRecord,
} from "./scenario_types.ts";
import { histogramRecord, spanRecord } from "./span_record.ts";
import type { HostRecord, ThresholdRecord, Versions } from "./types.ts";
import { failedText, type Verdict, verdictOf, type VerdictStatus } from "./verdict.ts";

export interface ScenarioInput {
  /** The last one. */
  readonly snapshot: ScenarioSnapshot;
  readonly description: string;
  readonly runId: string;
  /** Without credentials. */
  readonly serviceUrl: string;
  readonly embedded: boolean;
  readonly startedAtUs: number;
  readonly endedAtUs: number;
  readonly measuredAtUs: number;
  readonly verdict: Verdict;
  readonly versions: Versions;
  readonly host?: HostRecord | undefined;
  /** Names of the groups in the order in which their results follow; that of the snapshot by default. */
  readonly order?: readonly string[] | undefined;
  /** Of a combination of a sweep. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Which of several processes it is of, from 0. */
  readonly process?: { readonly index: number; readonly of: number } | undefined;
  /** Backlog over time of its subscriptions, by group. */
  readonly backlogs?: ReadonlyMap<string, readonly BacklogPoint[]> | undefined;
  /** By group, full names without partition. */
  readonly topicNames?: ReadonlyMap<string, readonly string[]> | undefined;
  readonly notes?: readonly string[] | undefined;
}

/**
 * The record that stands in front of the groups' results.
 *
 * @throws {TypeError} for a group that `order` does not name
 */
export function scenarioRecord(input: ScenarioInput): ScenarioRecord {
  const { snapshot, measuredAtUs, settings, host, process } = input;
  const order = input.order ?? snapshot.groups.map(({ name }) => name);
  return {
    kind: SCENARIO_KIND,
    schemaVersion: SCENARIO_SCHEMA_VERSION,
    name: snapshot.name,
    description: input.description,
    runId: input.runId,
    startedAtUs: input.startedAtUs,
    endedAtUs: input.endedAtUs,
    ...isoTimes(input),
    measuredAtUs,
    seconds: snapshot.elapsed,
    ...(snapshot.duration === undefined ? {} : { plannedSeconds: snapshot.duration }),
    embedded: input.embedded,
    serviceUrl: input.serviceUrl,
    versions: input.versions,
    ...(host === undefined ? {} : { host }),
    verdict: input.verdict,
    groups: snapshot.groups.map(({ name, role, topics, lanes, backlog }) => {
      const result = order.indexOf(name);
      if (result < 0) throw new TypeError(`group '${name}' has no result: 'order' names ${order.join(", ")}`);
      const topicNames = input.topicNames?.get(name);
      const backlogOverTime = input.backlogs?.get(name);
      return {
        ...{ name, role, topics, lanes, result },
        ...(backlog === undefined ? {} : { backlog }),
        ...(backlogOverTime === undefined ? {} : { backlogOverTime }),
        ...(topicNames === undefined ? {} : { topicNames }),
      };
    }),
    steps: snapshot.steps.map((step) => stepRecord(step, measuredAtUs)),
    ...(settings === undefined ? {} : { settings }),
    ...(process === undefined ? {} : { process: { index: process.index, of: process.of } }),
    notes: input.notes ?? [],
  };
}

function stepRecord(step: StepSnapshot, measuredAtUs: number): StepRecord {
  const { name, kind, state, at, began, ended, text, outcome, thresholds = [] } = step;
  const moment = (seconds: number): number => measuredAtUs + Math.round(seconds * 1e6);
  return {
    name,
    kind,
    state,
    atSeconds: at,
    ...(began === undefined ? {} : { beganUs: moment(began) }),
    ...(ended === undefined ? {} : { endedUs: moment(ended) }),
    text,
    ...(outcome?.firstError === undefined ? {} : { firstErrorSeconds: outcome.firstError }),
    ...(outcome?.recovery === undefined ? {} : { recoverySeconds: outcome.recovery }),
    outages: recordOf(outcome?.outages, histogramRecord),
    inside: recordOf(outcome?.inside, spanRecord),
    resent: outcome?.resent ?? 0,
    ...(outcome?.drain === undefined ? {} : { drain: outcome.drain }),
    thresholds: thresholds.map(thresholdRecord),
  };
}

function recordOf<V, R>(values: ReadonlyMap<string, V> | undefined, of: (value: V) => R): Record<string, R> {
  return Object.fromEntries([...values ?? []].map(([group, value]) => [group, of(value)]));
}

/** What was never measured has not passed. */
function thresholdRecord({ state, ...rest }: ThresholdState): ThresholdRecord {
  return { ...rest, state: state === "pass" ? "pass" : "fail" };
}

/** Strongest first, as for a single run. */
const PRECEDENCE: readonly VerdictStatus[] = [
  "failure",
  "integrity",
  "thresholds",
  "interrupted",
  "unverified",
  "ok",
];

export interface ScenarioVerdictInput {
  readonly groups: readonly { readonly name: string; readonly verdict: Verdict }[];
  readonly steps: readonly Pick<StepSnapshot, "name" | "state" | "text" | "thresholds">[];
  /** What ended the scenario as a whole, if it did not end by itself. */
  readonly failure?: string | undefined;
}

/** The verdict on all groups and steps: the worst of them, and every reason with the name of whom it is about. */
export function scenarioVerdict({ groups, steps, failure }: ScenarioVerdictInput): Verdict {
  const found: (readonly [VerdictStatus, string])[] = failure === undefined ? [] : [["failure", failure]];
  for (const step of steps) {
    if (step.state === "failed") {
      found.push(["failure", `step '${step.name}' failed${step.text === "" ? "" : `: ${step.text}`}`]);
    }
    for (const threshold of step.thresholds ?? []) {
      if (threshold.state === "pass") continue;
      found.push(["thresholds", `step '${step.name}': ${failedText(threshold)}`]);
    }
  }
  // The same stop is told by every group; once is enough.
  const stops = new Set<string>();
  for (const { name, verdict } of groups) {
    for (const reason of verdict.reasons) {
      if (verdict.status === "interrupted") stops.add(reason);
      else found.push([verdict.status, `${name}: ${reason}`]);
    }
  }
  // Those that had a plan of their own also say how far they came.
  const isTold = (reason: string): boolean =>
    [...stops].some((other) => other !== reason && other.startsWith(reason));
  for (const reason of stops) if (!isTold(reason)) found.push(["interrupted", reason]);
  return joined(found);
}

/** The verdict on all combinations of a sweep. */
export function sweepVerdict(points: readonly SweepPointRecord[]): Verdict {
  return joined(
    points.flatMap(({ settings, verdict }) =>
      verdict.reasons.map((reason) => [verdict.status, `${settingsText(settings)}: ${reason}`] as const)
    ),
  );
}

function joined(found: readonly (readonly [VerdictStatus, string])[]): Verdict {
  const ordered = [...found].sort(([a], [b]) => PRECEDENCE.indexOf(a) - PRECEDENCE.indexOf(b));
  return verdictOf(ordered[0]?.[0] ?? "ok", ordered.map(([, reason]) => reason));
}

/** `size 1KiB, rate 20k`. */
export function settingsText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings).map(([name, value]) => `${name} ${value}`).join(", ");
}

export interface SweepInput {
  readonly name: string;
  readonly description: string;
  readonly startedAtUs: number;
  readonly endedAtUs: number;
  readonly versions: Versions;
  /** In the order they ran. Their results follow the record in the same order, group by group. */
  readonly points: readonly {
    readonly settings: Readonly<Record<string, string>>;
    readonly groups: readonly string[];
    readonly verdict: Verdict;
  }[];
  readonly notes?: readonly string[] | undefined;
}

/** The record that stands in front of the records and results of all combinations. */
export function sweepRecord(input: SweepInput): SweepRecord {
  let next = 0;
  const points = input.points.map(({ settings, groups, verdict }): SweepPointRecord => ({
    settings,
    results: groups.map((group) => ({ group, result: next++ })),
    verdict,
  }));
  return {
    kind: SWEEP_KIND,
    schemaVersion: SWEEP_SCHEMA_VERSION,
    name: input.name,
    description: input.description,
    startedAtUs: input.startedAtUs,
    endedAtUs: input.endedAtUs,
    ...isoTimes(input),
    versions: input.versions,
    verdict: sweepVerdict(points),
    points,
    notes: input.notes ?? [],
  };
}
