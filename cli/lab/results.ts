/** What `lab` does with result files: a page, a comparison, or one result out of many. */
import { basename, resolve } from "node:path";
import { comparisonText } from "../../lib/report/compare/text.ts";
import { compareSides, SIDES_APART } from "../../lib/report/compare/compare.ts";
import { comparisonJson, comparisonMarkdown } from "../../lib/report/compare/formats.ts";
import {
  checkRules,
  type CompareRule,
  CompareRuleError,
  parseCompareRule,
} from "../../lib/report/compare/rules.ts";
import { reportHtml, scenarioHtml, sweepHtml } from "../../lib/report/page/html.ts";
import { type MergedSide, mergeRun } from "../../lib/report/merge/merge.ts";
import { type MergedScenario, mergeScenario } from "../../lib/report/merge/scenario.ts";
import { ResultError, resultLine, type RunResult } from "../../lib/report/result/result.ts";
import { resultsMarkdown } from "../../lib/report/formats/markdown.ts";
import { type LabRecords, readRecordStream } from "../../lib/report/result/reader.ts";
import { recordLine } from "../../lib/report/result/records.ts";
import { scenarioSummaryText } from "../../lib/report/formats/scenario_summary.ts";
import { summaryText } from "../../lib/report/formats/summary.ts";
import type { SummaryOptions } from "../../lib/report/formats/summary_layout.ts";
import { type OutputError, prepareOutput } from "../../lib/report/formats/write.ts";
import { UsageError } from "../command.ts";
import { EXIT, type ExitCode, worstCode } from "../exit_codes.ts";
import { print } from "../console.ts";
import { reportError } from "../main.ts";

async function readRecords(path: string): Promise<LabRecords> {
  if (path === "-") return await readRecordStream(Deno.stdin.readable, "standard input");
  try {
    return await readRecordStream((await Deno.open(path)).readable, path);
  } catch (cause) {
    if (cause instanceof ResultError) throw cause;
    const reason = cause instanceof Deno.errors.NotFound
      ? "it does not exist"
      : cause instanceof Deno.errors.PermissionDenied
      ? "permission denied"
      : "it is no readable file";
    throw new ResultError("RESULT_UNREADABLE", path, `cannot be read: ${reason}`, { cause });
  }
}

async function readAll(paths: readonly string[]): Promise<RunResult[]> {
  return (await Promise.all(paths.map(readRecords))).flatMap(({ results }) => results);
}

interface ReadFile {
  readonly name: string;
  readonly records: LabRecords;
}

async function readFiles(paths: readonly string[]): Promise<ReadFile[]> {
  return await Promise.all(paths.map(async (path) => (
    { name: basename(path).replace(/\.json$/, ""), records: await readRecords(path) }
  )));
}

/** The page of a sweep or a scenario where that is all there is; otherwise all results overlaid. */
function pageOf(files: readonly ReadFile[]): string {
  const [file] = files;
  if (files.length === 1 && file !== undefined) {
    const { results, scenarios: [scenario, ...others], sweeps: [sweep] } = file.records;
    if (sweep !== undefined) return sweepHtml(sweep.record, sweep.results);
    if (scenario !== undefined && others.length === 0 && scenario.results.length === results.length) {
      return scenarioHtml(scenario.record, scenario.results);
    }
  }
  return reportHtml(namedOf(files));
}

/** All results, with the name of their file and of their group. */
function namedOf(files: readonly ReadFile[]): { name: string; result: RunResult }[] {
  return files.flatMap(({ name, records: { results, scenarios } }) => {
    const groupOf = (result: RunResult): string | undefined => {
      for (const { record, results } of scenarios) {
        const at = results.indexOf(result);
        if (at >= 0) return record.groups[at]!.name;
      }
      return undefined;
    };
    return results.map((result, index) => ({
      name: results.length === 1 ? name : `${name} ${groupOf(result) ?? index + 1}`,
      result,
    }));
  });
}

/** Prints the results as Markdown, for the page of a build. */
export async function labReportMarkdown(paths: readonly string[]): Promise<ExitCode> {
  print(resultsMarkdown(namedOf(await readFiles(paths))));
  return EXIT.ok;
}

/** Writes the page and says where, in full: who gave no name must not have to look for it. */
export async function labReport(
  paths: readonly string[],
  output: string,
  say: (text: string) => void = console.log,
): Promise<ExitCode> {
  const target = await prepareOutput(output);
  const problem = await target.commit(pageOf(await readFiles(paths)));
  if (problem !== undefined) return failedToWrite(problem);
  if (output !== "-") say(`wrote ${resolve(output)}`);
  return EXIT.ok;
}

/** How a comparison is judged and shown. */
export interface CompareOptions {
  readonly color: boolean;
  readonly failIf?: readonly string[];
  readonly json?: boolean;
  readonly markdown?: boolean;
}

/** Two results, or two groups with `vs` between them; the exit code says whether a rule of `failIf` came true. */
export async function labCompare(paths: readonly string[], options: CompareOptions): Promise<ExitCode> {
  if (options.json && options.markdown) throw new UsageError("--json and --markdown exclude each other");
  const rules = (options.failIf ?? []).map(ruleOf);
  const at = paths.indexOf(SIDES_APART);
  const [a, b] = at >= 0 ? [paths.slice(0, at), paths.slice(at + 1)] : [paths.slice(0, 1), paths.slice(1)];
  if (a.length === 0 || b.length === 0 || (at < 0 && paths.length !== 2)) {
    throw new UsageError(
      `compare takes two results, or two groups with '${SIDES_APART}' between them, not ${paths.length}`,
    );
  }
  const comparison = compareSides(await readAll(a), await readAll(b));
  const checks = checkRules(comparison, rules);
  const isColored = options.color && Deno.stdout.isTerminal();
  const text = options.json
    ? comparisonJson(comparison, { a, b }, checks)
    : options.markdown
    ? comparisonMarkdown(comparison, { a, b }, checks)
    : `${comparisonText(comparison, { a: a.join(" "), b: b.join(" ") }, { color: isColored }, checks)}\n`;
  print(text);
  return checks.every(({ state }) => state === "holds") ? EXIT.ok : EXIT.thresholds;
}

function ruleOf(text: string): CompareRule {
  try {
    return parseCompareRule(text);
  } catch (cause) {
    if (!(cause instanceof CompareRuleError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}

/** Prints a summary a side, or that of a scenario; the exit code is the worst verdict. */
export async function labMerge(
  paths: readonly string[],
  output: string | undefined,
  color: boolean,
): Promise<ExitCode> {
  const target = output === undefined ? undefined : await prepareOutput(output);
  const joined = joinRecords(await Promise.all(paths.map(readRecords)));
  const isColored = color && Deno.stdout.isTerminal();
  (output === "-" ? console.error : console.log)(joined.summary({ color: isColored }));
  const problem = await target?.commit(joined.lines);
  return problem === undefined ? joined.exitCode : failedToWrite(problem);
}

/** What several processes of one run have measured together. */
export interface Joined {
  summary(options: SummaryOptions): string;
  /** JSON lines. */
  readonly lines: string;
  readonly exitCode: ExitCode;
}

/** @throws {MergeError} for records that do not belong together */
function joinRecords(all: readonly LabRecords[]): Joined {
  const scenarios = all.flatMap((records) => records.scenarios);
  return scenarios.length === 0
    ? joinedSides(mergeRun(all.flatMap(({ results }) => results)))
    : joinedScenario(mergeScenario(scenarios));
}

export function joinedSides(sides: readonly MergedSide[]): Joined {
  const results = sides.map(({ result }) => result);
  return {
    summary: (options) => results.map((result) => summaryText(result, options)).join("\n"),
    lines: results.map(resultLine).join(""),
    exitCode: worstCode(results.map(({ verdict }) => verdict.exitCode)),
  };
}

export function joinedScenario({ record, results }: MergedScenario): Joined {
  return {
    summary: (options) => scenarioSummaryText(record, results, options),
    lines: [recordLine(record), ...results.map(resultLine)].join(""),
    exitCode: worstCode([record.verdict.exitCode]),
  };
}

/** What could be written before and cannot now is a failure, not a wrong argument. */
export function failedToWrite(problem: OutputError): ExitCode {
  reportError("lab", problem);
  return EXIT.failure;
}
