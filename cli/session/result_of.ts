/** From the outcome of a run to its result and verdict. */
import type { OptionKey } from "../../lib/config/option_spec.ts";
import type { RunConfig } from "../../lib/config/run_config.ts";
import { formatSource, type Source } from "../../lib/config/source.ts";
import type { LoadRun } from "../../lib/load/run/load_run.ts";
import type { RunOutcome } from "../../lib/load/run/types.ts";
import { hashRunId } from "../../lib/load/header/header.ts";
import { plannedMillis } from "../../lib/load/schedule/stages.ts";
import { rateSearchRecord } from "../../lib/report/result/rate_search_record.ts";
import {
  buildResult,
  type ChangeRecord,
  type IntervalRecord,
  type ResultInput,
  type RunResult,
} from "../../lib/report/result/result.ts";
import type { ThresholdState } from "../../lib/report/thresholds/thresholds.ts";
import { decideVerdict } from "../../lib/report/result/verdict.ts";
import type { Together } from "./together.ts";
import { hostRecord, versions } from "./host.ts";

export interface ResultParts {
  readonly run: LoadRun;
  readonly outcome: RunOutcome;
  /** The configuration as it was asked for, whatever was changed since. */
  readonly asked: RunConfig;
  readonly sources: ReadonlyMap<OptionKey, Source>;
  readonly intervals: readonly IntervalRecord[];
  readonly thresholds: readonly ThresholdState[];
  /** What stopped the run before its plan was fulfilled: `q`, or the name of a signal. */
  readonly interrupted?: string | undefined;
  /** Whether the run, or one beside it that it follows, would have ended by itself. */
  readonly hasEnd: boolean;
  /** It never came to begin. */
  readonly isUnstarted?: boolean;
  /** What was changed while it ran. */
  readonly changes?: readonly ChangeRecord[];
  readonly notes?: readonly string[];
  /** Where several processes do the run. */
  readonly together?: Together | undefined;
}

export function resultOf(
  {
    run,
    outcome,
    asked: config,
    sources,
    isUnstarted = false,
    changes,
    intervals,
    thresholds,
    interrupted,
    hasEnd,
    notes,
    together,
  }: ResultParts,
): RunResult {
  const { integrity } = run;
  const verdict = decideVerdict({
    role: config.role,
    failure: outcome.failure?.message,
    integrity: outcome.snapshot.integrity,
    thresholds,
    interrupted,
    hasEnd,
    time: timeOf(config, outcome),
    isAborted: outcome.reason === "threshold",
    delivery: outcome.delivery,
    isPart: config.instances > 1,
    isUnstarted,
  });
  return buildResult({
    config,
    sources: Object.fromEntries([...sources].map(([key, source]) => [key, formatSource(source)])),
    snapshot: outcome.snapshot,
    intervals,
    thresholds,
    verdict,
    startedAtUs: outcome.startedAt,
    endedAtUs: outcome.endedAt,
    versions: versions(),
    host: hostRecord(),
    ...(outcome.received === undefined
      ? {}
      : { verification: { report: outcome.received, head: integrity.head } }),
    ...(config.role === "producer"
      ? { sent: { run: hashRunId(config.runId), streams: outcome.streams } }
      : {}),
    ...(outcome.search === undefined
      ? {}
      : { rateSearch: rateSearchRecord({ kind: "verdict", ...outcome.search }) }),
    ...instanceOf(config),
    ...(changes === undefined ? {} : { changes }),
    notes: [...outcome.notes, ...notes ?? [], ...together?.notes ?? []],
  });
}

function timeOf(
  config: RunConfig,
  { snapshot }: RunOutcome,
): { seconds: number; planned: number } | undefined {
  const millis = plannedMillis(config);
  if (millis === undefined) return undefined;
  const planned = millis / 1000;
  // Waiting for the last receipts is no part of the plan.
  return { seconds: Math.min(planned, snapshot.elapsed), planned };
}

/** Whether the run would have ended by itself. */
export function hasEnd(config: RunConfig): boolean {
  if (config.durationMs !== undefined || config.count !== undefined || config.rate === "max") return true;
  return config.role === "consumer" ? config.idleMs > 0 : config.stages.length > 0;
}

function instanceOf(
  { role, instance, instances, barrier, together }: RunConfig,
): Pick<ResultInput, "instance"> {
  if (instances === 1 && barrier === 0) return {};
  const restarts = together?.attempt ?? 0;
  return { instance: { name: `${role}-${instance}`, index: instance, expected: instances, restarts } };
}
