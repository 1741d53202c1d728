/** Scenario files run through `lab run` as a user runs them, and what their result files say. */
import assert from "node:assert/strict";
import { parseRecord, SCENARIO_KIND, type ScenarioRecord } from "../../lib/report/result/records.ts";
import { parseResult, type RunResult } from "../../lib/report/result/result.ts";
import { type CliOptions, type CliOutcome, runCli } from "./cli.ts";

export interface ScenarioTarget {
  readonly serviceUrl: string;
  readonly adminUrl: string;
}

export interface ScenarioOutcome extends CliOutcome {
  readonly record: ScenarioRecord;
  /** In the order of the record's groups. */
  readonly results: readonly RunResult[];
  /** What the program said, for assertions that fail. */
  readonly said: string;
}

/** Values in place of the file's, by their paths. */
export type Overrides = Readonly<Record<string, string | number>>;

export interface ScenarioOptions extends CliOptions {
  readonly args?: readonly string[];
}

/** The arguments of `lab run` for a file, a target and values in place of the file's. */
export function scenarioArguments(
  file: string,
  { serviceUrl, adminUrl }: ScenarioTarget,
  overrides: Overrides = {},
): string[] {
  return [
    ...["run", file, "-u", serviceUrl, "--admin-url", adminUrl, "--ui", "plain", "--no-color"],
    ...Object.entries(overrides).flatMap(([path, value]) => ["--set", `${path}=${value}`]),
  ];
}

/** Runs a scenario to its end and reads the file that it leaves. */
export async function runScenario(
  file: string,
  target: ScenarioTarget,
  overrides: Overrides = {},
  { args = [], ...options }: ScenarioOptions = {},
): Promise<ScenarioOutcome> {
  const output = await Deno.makeTempFile({ prefix: "pll-scenario-", suffix: ".json" });
  try {
    const outcome = await runCli(
      "lab",
      [...scenarioArguments(file, target, overrides), ...args, "--output", output],
      options,
    );
    const said = `${outcome.stdout}\n${outcome.stderr}`;
    const text = await Deno.readTextFile(output);
    assert.notEqual(text, "", `no result was written:\n${said}`);
    return { ...outcome, said, ...readScenarioResult(text) };
  } finally {
    await Deno.remove(output);
  }
}

/** The lines of a result file: the scenario's, then one for each group. */
export function readScenarioResult(text: string): Pick<ScenarioOutcome, "record" | "results"> {
  const [first = "", ...rest] = text.trimEnd().split("\n");
  const record = parseRecord(first, "the first line");
  assert.ok(record?.kind === SCENARIO_KIND, "the first line is the scenario's");
  return { record, results: rest.map((line, index) => parseResult(line, `line ${index + 2}`)) };
}

/** Whether the broker of a run drops what a producer sends again. */
export interface Proof {
  readonly deduplicates?: boolean;
}

/**
 * Every subscription proves that it has all, in order as far as its type promises that; all steps were done, and
 * whatever the file demands was met.
 */
export function assertProven(outcome: ScenarioOutcome, { deduplicates = true }: Proof = {}): void {
  const { record, results, said } = outcome;
  const unmet = [
    ...results.flatMap(({ thresholds }) => thresholds),
    ...record.steps.flatMap(({ thresholds }) => thresholds),
  ].filter(({ state }) => state !== "pass");
  assert.deepEqual(unmet, [], said);
  const undone = record.steps.filter(({ state }) => state !== "done").map(({ name, state, text }) =>
    `${name}: ${state} ${text}`
  );
  assert.deepEqual(undone, [], said);
  for (const [index, { name, role }] of record.groups.entries()) {
    const result = results[index]!;
    if (role === "producer") {
      assert.equal(result.verdict.exitCode, 0, `${name}: ${result.verdict.reasons}\n${said}`);
      continue;
    }
    const { lost, corrupt, outOfOrder, notReceived = 0, verified } = result.integrity!;
    assert.deepEqual(
      { name, lost, corrupt, outOfOrder, notReceived },
      { name, lost: 0, corrupt: 0, outOfOrder: 0, notReceived: 0 },
      `${said}\n${examplesOf(result)}`,
    );
    assert.equal(unexplainedDuplicates(result, deduplicates), 0, `${name}\n${said}`);
    assert.ok(verified > 0, `${name}\n${said}`);
  }
  if (results.some(({ integrity }) => (integrity?.duplicates ?? 0) > 0)) return;
  assert.deepEqual(record.verdict.reasons, [], said);
  assert.equal(outcome.code, 0, said);
}

/** The messages themselves, with all that is known of them: a fault that comes once in a hundred runs cannot be looked at again. */
function examplesOf({ counterexamples = [], sent }: RunResult): string {
  return [...counterexamples, ...sent?.streams ?? []].map((one) => JSON.stringify(one)).join("\n");
}

/** What came twice, and not because its producer had sent it again to a broker that keeps both. */
function unexplainedDuplicates({ integrity }: RunResult, deduplicates: boolean): number {
  const { duplicates, duplicatesExplained = 0 } = integrity!;
  return deduplicates ? duplicates : duplicates - duplicatesExplained;
}
