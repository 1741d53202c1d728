/** The verdict on several instances together: what any of them failed at, and what they prove together. */
import { EXIT_CODES } from "../result/exit_codes.ts";
import type { InstanceRecord, RunResult } from "../result/types.ts";
import { decideVerdict, type Findings, type Verdict, type VerdictInput } from "../result/verdict.ts";

/** Worst last: of all instances, the worst finding holds. */
const DELIVERY: readonly Findings["delivery"][] = ["complete", "disconnected", "unacknowledged"];
const PLAN: readonly Findings["plan"][] = ["fulfilled", "stopped", "aborted", "failed"];

/**
 * @param instances the last start of each
 * @param missing indexes of the planned ones that left no result
 * @param together integrity and thresholds, judged on what all measured together
 */
export function mergeVerdict(
  results: readonly RunResult[],
  instances: readonly InstanceRecord[],
  missing: readonly number[],
  together: Pick<VerdictInput, "integrity" | "thresholds">,
): Verdict {
  const stopped = instances.filter(({ exitCode }) => exitCode === EXIT_CODES.interrupted)
    .map(({ name }) => name);
  const verdict = decideVerdict({
    ...together,
    failure: failureOf(results, instances, missing),
    interrupted: stopped.length === 0 ? undefined : `the user or a signal (${stopped.join(", ")})`,
  });
  const found = results.flatMap(({ verdict }) => verdict.findings ?? []);
  return {
    ...verdict,
    findings: {
      ...verdict.findings!,
      delivery: worst(DELIVERY, found.map(({ delivery }) => delivery)),
      plan: worst(PLAN, [verdict.findings!.plan, ...found.map(({ plan }) => plan)]),
    },
  };
}

function worst<T>(order: readonly T[], found: readonly T[]): T {
  return order[found.reduce((most, one) => Math.max(most, order.indexOf(one)), 0)]!;
}

/** Names the instances that are missing and those that failed, the latter with their first reason. */
function failureOf(
  results: readonly RunResult[],
  instances: readonly InstanceRecord[],
  missing: readonly number[],
): string | undefined {
  const problems: string[] = [];
  if (missing.length > 0) {
    const planned = instances[0]!.expected;
    problems.push(`${missing.length} of ${planned} instances left no result: ${missing.join(", ")}`);
  }
  const failed = instances.filter(({ exitCode }) => exitCode === EXIT_CODES.failure);
  if (failed.length > 0) {
    const named = failed.map((instance) => {
      const reason = results.find(({ instances: [one] }) =>
        one!.index === instance.index && one!.startedAtUs === instance.startedAtUs
      )?.verdict.reasons[0];
      return reason === undefined ? instance.name : `${instance.name} (${reason})`;
    });
    problems.push(`failed: ${named.join(", ")}`);
  }
  return problems.length > 0 ? problems.join("; ") : undefined;
}
