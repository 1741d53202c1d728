/**
 * The results of runs that never began: a pipeline that reads them finds why, and not the file of another day. What kept
 * the run from starting is their failure; no figure of theirs says anything.
 */
import { LoadRun } from "../../lib/load/run/load_run.ts";
import { resultOf } from "../../lib/report/recording/result_of.ts";
import type { RunResult } from "../../lib/report/result/result.ts";
import { ThresholdWatch } from "../../lib/report/thresholds/thresholds.ts";
import type { OutputError } from "../../lib/report/formats/write.ts";
import { exitCodeOf, InterruptedError } from "../errors.ts";
import { EXIT } from "../exit_codes.ts";
import { hostRecord, versions } from "./host.ts";
import { Outputs } from "./outputs.ts";
import type { Plan } from "./plan.ts";
import { haveEnd } from "./scenario_report.ts";

export interface UnstartedPart {
  readonly plan: Plan;
  readonly run: LoadRun;
  readonly outputs: Outputs;
}

/**
 * The same for a run that did not even come to connect its workers, because the processes of the run did not meet.
 *
 * @throws {OutputError} when its outputs cannot be used either
 */
export async function reportUnjoined(plan: Plan, error: unknown): Promise<void> {
  const outputs = await Outputs.open(plan.config);
  await reportUnstarted([{ plan, run: new LoadRun({ config: plan.config }), outputs }], error);
}

/** Ends the runs, writes their results and closes their outputs; returns what could not be written. */
export async function reportUnstarted(
  parts: readonly UnstartedPart[],
  error: unknown,
): Promise<OutputError[]> {
  const results = await unstartedResults(parts, error);
  if (results.length === 0) return [];
  const problems: OutputError[] = [];
  for (const [index, { outputs }] of parts.entries()) {
    problems.push(...await outputs.finish(results[index]!, [], index === 0 ? results.slice(1) : []));
  }
  return problems;
}

/**
 * Ends the runs, with the result of each. Mistakes of the command line, files and ports are found before there is a
 * run: they leave none.
 */
export async function unstartedResults(
  parts: readonly UnstartedPart[],
  error: unknown,
): Promise<RunResult[]> {
  for (const { run } of parts) run.abort();
  const code = exitCodeOf(error);
  if (code === EXIT.usage || code === EXIT.configuration) return [];
  const isStopped = error instanceof InterruptedError;
  const failure = error instanceof Error ? error : new Error(String(error));
  return await Promise.all(parts.map(async ({ plan, run }) => {
    const { failure: _failure, ...outcome } = await run.done;
    return resultOf({
      run,
      outcome: isStopped ? outcome : { ...outcome, failure },
      asked: plan.config,
      isUnstarted: true,
      sources: plan.sources,
      thresholds: new ThresholdWatch(plan.thresholds).finish(outcome.snapshot),
      intervals: [],
      topics: plan.topics?.names,
      interrupted: isStopped ? error.signal : undefined,
      hasEnd: haveEnd(parts.map(({ plan }) => plan)),
      versions: versions(),
      host: hostRecord(),
      notes: plan.together?.notes,
    });
  }));
}
