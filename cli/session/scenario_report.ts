/** The record that a scenario leaves, whether its load was begun or not. */
import { hasEnd } from "../../lib/report/recording/result_of.ts";
import type { RunResult } from "../../lib/report/result/result.ts";
import { scenarioRecord, scenarioVerdict } from "../../lib/report/result/scenario_record.ts";
import type { BacklogPoint, ScenarioRecord } from "../../lib/report/result/scenario_types.ts";
import type { ScenarioRun } from "../../lib/scenario/engine/scenario_run.ts";
import type { Scenario } from "../../lib/scenario/types.ts";
import { hostRecord, versions } from "./host.ts";
import type { ProcessPlace } from "../../lib/scenario/processes/divide.ts";
import type { Plan } from "./plan.ts";

export interface ScenarioEnd {
  readonly scenario: Scenario;
  readonly settings?: Readonly<Record<string, string>> | undefined;
  readonly run: ScenarioRun;
  readonly plans: readonly Plan[];
  /** In the order of the plans. */
  readonly results: readonly RunResult[];
  /** Of this process, where others run the rest of the scenario. */
  readonly place?: ProcessPlace | undefined;
  /** Backlog over time, by group. */
  readonly backlogs?: ReadonlyMap<string, readonly BacklogPoint[]> | undefined;
  /** What kept the load from beginning: the one reason, whatever each group says of it. */
  readonly failure?: string | undefined;
}

/** All groups and steps, with the one verdict on them. */
export function recordOf(
  { scenario, settings, run, plans, results, failure, place, backlogs }: ScenarioEnd,
): ScenarioRecord {
  const snapshot = run.snapshot();
  const { serviceUrl, embedded } = plans[0]!.config;
  const startedAtUs = Math.min(...results.map((result) => result.run.startedAtUs));
  const groups = snapshot.groups.map(({ name }, index) => ({ name, verdict: results[index]!.verdict }));
  return scenarioRecord({
    snapshot,
    description: scenario.description,
    runId: scenario.runId,
    serviceUrl,
    embedded: embedded !== undefined,
    startedAtUs,
    endedAtUs: Math.max(...results.map((result) => result.run.endedAtUs)),
    measuredAtUs: run.measuredAtUs ?? startedAtUs,
    verdict: scenarioVerdict({
      groups: failure === undefined ? groups : [],
      steps: snapshot.steps,
      failure,
    }),
    versions: versions(),
    host: hostRecord(),
    settings,
    process: place,
    backlogs,
    topicNames: place === undefined
      ? undefined
      : new Map(run.groups.map(({ name, bases }) => [name, [...bases]])),
  });
}

/** Whether any of the plans has an end. */
export function haveEnd(plans: readonly Plan[]): boolean {
  return plans.some(({ config }) => hasEnd(config));
}
