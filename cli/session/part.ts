/** One run of a session, with everything that belongs to it. */
import type { LoadRun } from "../../lib/load/run/load_run.ts";
import type { RunOutcome } from "../../lib/load/run/types.ts";
import type { Observer } from "../../lib/report/recording/observer.ts";
import { resultOf } from "../../lib/report/recording/result_of.ts";
import type { RunResult } from "../../lib/report/result/result.ts";
import type { Controls } from "./actions.ts";
import { hostRecord, versions } from "./host.ts";
import type { Outputs } from "./outputs.ts";
import type { Plan } from "./plan.ts";

export interface Part {
  readonly plan: Plan;
  readonly run: LoadRun;
  readonly controls: Controls;
  readonly outputs: Outputs;
  readonly observer: Observer;
}

/** The group's name, or the role. */
export function nameOf({ name, config }: Plan): string {
  return name ?? config.role;
}

export interface PartEnd {
  readonly outcome: RunOutcome;
  /** Key or signal that stopped the session. */
  readonly interrupted: string | undefined;
  /** Whether any run of the session would have ended by itself. */
  readonly hasEnd: boolean;
}

export function resultOfPart(
  { plan, run, observer, controls, outputs }: Part,
  { outcome, interrupted, hasEnd }: PartEnd,
): RunResult {
  return resultOf({
    run,
    outcome,
    asked: plan.config,
    sources: plan.sources,
    changes: controls.changes,
    thresholds: observer.finish(outcome),
    intervals: observer.recorder.records,
    topics: plan.topics?.names,
    byTopic: observer.topics.record,
    areTopicsShared: plan.topics?.areShared,
    interrupted,
    hasEnd,
    versions: versions(),
    host: hostRecord(),
    notes: [...plan.together?.notes ?? [], ...outputs.trace?.notes ?? []],
  });
}
