/** The rules for workflows beyond what actionlint judges: pinned actions, and no permission that nobody asked for. */
import { parse } from "yaml";

interface Job {
  readonly permissions?: unknown;
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly { readonly uses?: string }[];
}

/** What is wrong with a workflow, one line each. */
export function workflowProblems(text: string): string[] {
  const workflow = parse(text) as { permissions?: unknown; jobs: Readonly<Record<string, Job>> };
  const problems: string[] = [];
  if (JSON.stringify(workflow.permissions) !== "{}") {
    problems.push("permissions: must be {} for the workflow; each job names its own");
  }
  for (const [name, job] of Object.entries(workflow.jobs)) {
    if (typeof job.permissions !== "object") problems.push(`${name}: has no permissions of its own`);
    if (job["timeout-minutes"] === undefined) problems.push(`${name}: has no time limit`);
    for (const { uses } of job.steps ?? []) {
      if (uses !== undefined && !/@[0-9a-f]{40}$/.test(uses)) {
        problems.push(`${name}: '${uses}' is not pinned by the digest of a commit`);
      }
    }
  }
  for (const [, uses] of text.matchAll(/uses: (\S+@[0-9a-f]{40})(?! # v\d)/g)) {
    problems.push(`'${uses}' does not say which version it is`);
  }
  return problems;
}
