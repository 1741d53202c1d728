/** Makes a result and its verdict from the outcome of a run. */
import type { OptionKey } from "../../config/option_spec.ts";
import type { RunConfig } from "../../config/run_config.ts";
import { formatSource, type Source } from "../../config/source.ts";
import type { LoadRun } from "../../load/run/load_run.ts";
import type { RunOutcome } from "../../load/run/types.ts";
import { hashRunId } from "../../load/header/header.ts";
import { plannedMillis } from "../../load/schedule/stages.ts";
import { openingRecord, refusedText } from "../result/opening_record.ts";
import { rateSearchRecord } from "../result/rate_search_record.ts";
import {
  buildResult,
  type ChangeRecord,
  type HostRecord,
  type IntervalRecord,
  type ResultInput,
  type RunResult,
  type Versions,
} from "../result/result.ts";
import type { TopicsRecord } from "../result/topics_record.ts";
import type { ThresholdState } from "../../load/snapshot.ts";
import { decideVerdict, type VerdictInput } from "../result/verdict.ts";

export interface ResultParts {
  readonly run: Pick<LoadRun, "integrity">;
  readonly outcome: RunOutcome;
  /** The configuration as it was asked for, whatever was changed since. */
  readonly asked: RunConfig;
  readonly sources: ReadonlyMap<OptionKey, Source>;
  readonly intervals: readonly IntervalRecord[];
  /** Of a run of several topics: their names, and what each of them had. */
  readonly topics?: readonly string[] | undefined;
  readonly byTopic?: TopicsRecord | undefined;
  /** Whether other processes have producers or consumers on the same topics. */
  readonly areTopicsShared?: boolean | undefined;
  readonly thresholds: readonly ThresholdState[];
  readonly versions: Versions;
  readonly host: HostRecord;
  /** What stopped the run before its plan was fulfilled: `q`, or the name of a signal. */
  readonly interrupted?: string | undefined;
  /** Whether the run, or the run beside it that it follows, would have ended by itself. */
  readonly hasEnd: boolean;
  /** The run failed before its load began. */
  readonly isUnstarted?: boolean | undefined;
  /** What was changed while it ran. */
  readonly changes?: readonly ChangeRecord[] | undefined;
  /** Added to those of the outcome. */
  readonly notes?: readonly string[] | undefined;
}

/** The result of a run that has ended, or that failed before it began. */
export function resultOf(
  {
    run,
    outcome,
    asked: config,
    sources,
    isUnstarted = false,
    changes,
    intervals,
    topics = [],
    byTopic,
    areTopicsShared = false,
    thresholds,
    interrupted,
    hasEnd,
    versions,
    host,
    notes = [],
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
    unopened: unopenedOf(outcome),
  });
  return buildResult({
    config,
    sources: Object.fromEntries([...sources].map(([key, source]) => [key, formatSource(source)])),
    snapshot: outcome.snapshot,
    intervals,
    topics: topics.length,
    byTopic: byTopic && areTopicsShared ? { ...byTopic, shared: true } : byTopic,
    thresholds,
    verdict,
    startedAtUs: outcome.startedAt,
    endedAtUs: outcome.endedAt,
    versions,
    host,
    verification: outcome.received && { report: outcome.received, head: integrity.head },
    sent: config.role === "producer" ? { run: hashRunId(config.runId), streams: outcome.streams } : undefined,
    counterexamples: outcome.counterexamples,
    opening: outcome.openings && openingRecord(outcome.openings),
    rateSearch: outcome.search && rateSearchRecord({ kind: "verdict", ...outcome.search }),
    instance: instanceOf(config),
    changes,
    notes: [...outcome.notes, ...notes],
  });
}

function unopenedOf({ openings }: RunOutcome): VerdictInput["unopened"] {
  if (openings === undefined) return undefined;
  const { unopened, wanted, refusals } = openings;
  return { count: unopened, of: wanted, refused: refusedText(Object.fromEntries(refusals)) };
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
): ResultInput["instance"] {
  if (instances === 1 && barrier === 0) return undefined;
  return {
    name: `${role}-${instance}`,
    index: instance,
    expected: instances,
    restarts: together?.attempt ?? 0,
  };
}
