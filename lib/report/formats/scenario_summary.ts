/** The text that a finished scenario leaves behind: groups, steps, thresholds and the verdict; a view of its record. */
import { cleanStrings } from "../../config/foreign_text.ts";
import {
  formatCount,
  formatDuration,
  formatElapsed,
  formatPercent,
  formatRate,
  plural,
} from "../../config/units.ts";
import { errorTotal } from "../../load/figures.ts";
import { alignTable, wrapLine } from "../format.ts";
import { meanTarget } from "../result/result_figures.ts";
import { insideStep, leadOf, longestOutageUs, outsideSteps } from "../result/scenario_figures.ts";
import { settingsText } from "../result/scenario_record.ts";
import type { ScenarioRecord, StepRecord, SweepRecord } from "../result/scenario_types.ts";
import type { RunResult } from "../result/types.ts";
import { leftTexts } from "./integrity_text.ts";
import { integrityFinding, integrityViolations } from "../result/verdict.ts";
import { OPENING_HEAD, OPENING_NOTES, openingRows } from "./opening_text.ts";
import { verdictBlock } from "./summary.ts";
import {
  blockText,
  type Column,
  fittedTable,
  formatSpan,
  label,
  type Paint,
  painter,
  sentence,
  type SummaryOptions,
} from "./summary_layout.ts";

/**
 * The summary of a scenario, ending in a newline.
 *
 * @param results in the order of `record.groups`
 */
export function scenarioSummaryText(
  given: ScenarioRecord,
  results: readonly RunResult[],
  options: SummaryOptions,
): string {
  const record = cleanStrings(given);
  const paint = painter(options);
  const { width } = options;
  return blockText([
    headBlock(record, paint, width),
    groupBlock(record, results, paint, width),
    missingBlock(record, results, paint, width),
    openingBlock(record, results, paint, width),
    ...stepBlocks(record, results, paint, width),
    thresholdBlock(record, results, paint),
    record.notes.flatMap((note) => sentence(paint("yellow", label("note")), note, width)),
    verdictBlock(record, paint, width),
  ], options);
}

function descriptionLines({ description }: { readonly description: string }, width = Infinity): string[] {
  return description === "" ? [] : wrapLine(description, width, 0);
}

function headBlock(record: ScenarioRecord, paint: Paint, width: number | undefined): string[] {
  const wall = (record.endedAtUs - record.startedAtUs) / 1e6;
  const target = record.embedded ? "embedded broker" : record.serviceUrl;
  return [
    `${paint("bold", "scenario")}  ${record.name}`,
    ...descriptionLines(record, width),
    ...(record.settings === undefined ? [] : [settingsText(record.settings)]),
    paint(
      "dim",
      `${target} · run ${record.runId} · ${formatSpan(record.seconds)} measured of ${formatSpan(wall)}`,
    ),
  ];
}

/** `✓ intact`, `✗ 3 lost`; a producer verifies nothing. */
export function integrityWord({ integrity }: RunResult): string {
  const finding = integrityFinding(integrity);
  if (finding === undefined) return "";
  if (finding === "off") return "not verified";
  if (finding === "violated") return `✗ ${integrityViolations(integrity).join(", ")}`;
  return finding === "proven" ? `✓ ${formatCount(integrity!.verified)} intact` : "– nothing verified";
}

/** Rate as a share of what was asked for; a dash where nothing was. */
export function reachedText(result: RunResult): string {
  const target = meanTarget(result);
  return target === undefined || target <= 0 ? "–" : formatPercent(result.totals.messagesPerSecond / target);
}

const micros = (value: number | undefined): string => value === undefined ? "–" : formatDuration(value);

const GROUP_COLUMNS: readonly Column[] = [
  { head: "", align: "l" },
  { head: "group", align: "l" },
  { head: "", align: "l", spare: 1 },
  { head: "topics", align: "r", spare: 4 },
  { head: "p/c", align: "r", spare: 7 },
  { head: "rate", align: "r" },
  { head: "of asked", align: "r", spare: 5 },
  { head: "P50", align: "r", spare: 3 },
  { head: "P99", align: "r" },
  { head: "errors", align: "r", spare: 6 },
  { head: "outages", align: "r", spare: 2 },
  { head: "backlog", align: "r", spare: 0 },
  { head: "", align: "l" },
];

function groupBlock(
  record: ScenarioRecord,
  results: readonly RunResult[],
  paint: Paint,
  width: number | undefined,
): string[] {
  const rows = record.groups.flatMap((group, index) => {
    const result = results[index];
    if (result === undefined) return [];
    const { totals } = result;
    const lead = leadOf(totals.latency);
    const word = integrityWord(result);
    return [[
      result.verdict.exitCode === 0 ? paint("green", "✓") : paint("red", "✗"),
      cleanStrings(group.name),
      group.role,
      formatCount(group.topics),
      formatCount(group.lanes),
      formatRate(totals.messagesPerSecond),
      reachedText(result),
      micros(lead?.percentilesUs["50"]),
      micros(lead?.percentilesUs["99"]),
      formatCount(errorTotal(totals.errors)),
      formatCount(result.outages?.count ?? 0),
      group.backlog === undefined ? "–" : formatCount(group.backlog),
      word.startsWith("✗") ? paint("red", word) : word,
    ]];
  });
  return fittedTable(GROUP_COLUMNS, rows, paint, width);
}

/** What subscriptions have not received, and what is no loss. */
function missingBlock(
  record: ScenarioRecord,
  results: readonly RunResult[],
  paint: Paint,
  width: number | undefined,
): string[] {
  return record.groups.flatMap(({ name }, index) => {
    const { integrity, config = {} } = results[index] ?? {};
    if (integrity === undefined) return [];
    return leftTexts({ ...integrity, reordered: 0 }, config).flatMap((text) =>
      sentence(paint("yellow", label("no loss")), `${cleanStrings(name)}: ${text}`, width)
    );
  });
}

/** What opening took, for the groups that measure it. */
function openingBlock(
  record: ScenarioRecord,
  results: readonly RunResult[],
  paint: Paint,
  width: number | undefined,
): string[] {
  const rows = record.groups.flatMap(({ name, role }, index) => {
    const result = results[index];
    return result === undefined ? [] : openingRows(result).map((row, line) => [
      line === 0 ? cleanStrings(name) : "",
      line === 0 ? role : "",
      ...row,
    ]);
  });
  if (rows.length === 0) return [];
  const [head, ...lines] = alignTable([["opening", "", "", ...OPENING_HEAD], ...rows], "lllrrrr");
  const notes = OPENING_NOTES.flatMap(([title, textOf]) =>
    record.groups.flatMap(({ name }, index) => {
      const text = results[index] && textOf(results[index]);
      return text === undefined
        ? []
        : sentence(paint("yellow", label(title)), `${cleanStrings(name)}: ${text}`, width);
    })
  );
  return [paint("dim", head!), ...lines, ...notes];
}

const MARKS = {
  done: ["green", "✓"],
  failed: ["red", "✗"],
  planned: ["dim", "○"],
  running: ["yellow", "◐"],
} as const;

/** What a step did to the load, in words; empty where nothing is to be told. */
export function outcomeText(step: StepRecord): string {
  const { drain, recoverySeconds, firstErrorSeconds, resent } = step;
  const longest = longestOutageUs(step);
  const parts = [
    drain === undefined
      ? ""
      : `${formatCount(drain.backlog)} messages drained in ${formatDuration(drain.seconds * 1e6)} (${
        formatRate(drain.rate)
      })`,
    recoverySeconds === undefined ? "" : `recovered in ${formatDuration(recoverySeconds * 1e6)}`,
    firstErrorSeconds === undefined ? "" : `first error after ${formatDuration(firstErrorSeconds * 1e6)}`,
    longest > 0 ? `longest outage ${formatDuration(longest)}` : "",
    resent > 0 ? `${plural(resent, "message")} sent again` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** Steps by groups may be many; the result has all. */
const MOST_ROWS = 40;

const STEP_COLUMNS: readonly Column[] = [
  { head: "step", align: "l" },
  { head: "group", align: "l" },
  { head: "rate in it", align: "r" },
  { head: "rate outside", align: "r", spare: 2 },
  { head: "P50 in it", align: "r", spare: 0 },
  { head: "P99 in it", align: "r" },
  { head: "P99 outside", align: "r" },
  { head: "longest outage", align: "r", spare: 1 },
];

/** A line for each step, then what it did to each group's rate and latency, with what they are outside of steps. */
function stepBlocks(
  record: ScenarioRecord,
  results: readonly RunResult[],
  paint: Paint,
  width: number | undefined,
): string[][] {
  if (record.steps.length === 0) return [];
  const widest = Math.max(...record.steps.map(({ name }) => name.length));
  const lines = record.steps.flatMap((step) => {
    const [style, mark] = MARKS[step.state];
    const texts = [step.text, outcomeText(step)].filter((text) => text !== "");
    const at = formatElapsed(step.atSeconds);
    const said = texts.length > 0 ? texts.join("; ") : step.state === "planned" ? "never begun" : step.kind;
    return sentence(paint(style, label(`${mark} ${at}`)), `${step.name.padEnd(widest)}  ${said}`, width);
  });
  const outside = record.groups.map((_, index) =>
    results[index] === undefined ? undefined : outsideSteps(record, results[index])
  );
  const rows = record.steps.flatMap((step) =>
    step.kind === "stage" ? [] : record.groups.flatMap((group, index) => {
      const inside = insideStep(step, group.name);
      if (inside === undefined) return [];
      const quiet = outside[index];
      return [[
        step.name,
        group.name,
        formatRate(inside.messagesPerSecond),
        quiet === undefined ? "–" : formatRate(quiet.messagesPerSecond),
        micros(inside.p50Us),
        micros(inside.p99Us),
        micros(quiet?.p99Us),
        longestOutageUs(step, group.name) > 0 ? formatDuration(longestOutageUs(step, group.name)) : "–",
      ]];
    })
  );
  if (rows.length === 0) return [lines];
  const table = fittedTable(STEP_COLUMNS, rows.slice(0, MOST_ROWS), paint, width);
  const left = rows.length - MOST_ROWS;
  if (left > 0) table.push(paint("dim", `  ${formatCount(left)} more lines, all in the result`));
  return [lines, table];
}

function thresholdBlock(record: ScenarioRecord, results: readonly RunResult[], paint: Paint): string[] {
  const all = [
    ...record.groups.flatMap(({ name }, index) =>
      (results[index]?.thresholds ?? []).map((one) => ({ ...one, of: name }))
    ),
    ...record.steps.flatMap(({ name, thresholds }) => thresholds.map((one) => ({ ...one, of: `'${name}'` }))),
  ];
  return alignTable(
    all.map(({ of, text, state, value }, index) => [
      label(index === 0 ? "thresholds" : ""),
      state === "pass" ? paint("green", "✓") : paint("red", "✗"),
      of,
      cleanStrings(text),
      value,
    ]),
    "llllr",
  );
}

/**
 * The summary of a sweep: a line for each combination.
 *
 * @param results of each combination, in the order of `record.points`
 */
export function sweepSummaryText(
  given: SweepRecord,
  results: readonly (readonly RunResult[])[],
  options: SummaryOptions,
): string {
  const record = cleanStrings(given);
  const paint = painter(options);
  const names = [...new Set(record.points.flatMap(({ settings }) => Object.keys(settings)))];
  const rows = record.points.flatMap(({ settings, verdict, results: named }, index) =>
    named.flatMap(({ group }, place) => {
      const result = results[index]?.[place];
      if (result === undefined) return [];
      const lead = leadOf(result.totals.latency);
      return [[
        place > 0 ? " " : verdict.exitCode === 0 ? paint("green", "✓") : paint("red", "✗"),
        ...names.map((name) => place === 0 ? settings[name] ?? "" : ""),
        group,
        formatRate(result.totals.messagesPerSecond),
        reachedText(result),
        ...["50", "99", "99.9"].map((percentile) => micros(lead?.percentilesUs[percentile])),
      ]];
    })
  );
  const columns: readonly Column[] = [
    { head: "", align: "l" },
    ...names.map((head): Column => ({ head, align: "r" })),
    { head: "group", align: "l" },
    { head: "rate", align: "r" },
    { head: "of asked", align: "r", spare: 1 },
    { head: "P50", align: "r" },
    { head: "P99", align: "r" },
    { head: "P99.9", align: "r", spare: 0 },
  ];
  return blockText([
    [
      `${paint("bold", "sweep")}  ${record.name}`,
      ...descriptionLines(record, options.width),
      paint("dim", plural(record.points.length, "combination")),
    ],
    fittedTable(columns, rows, paint, options.width),
    record.notes.flatMap((note) => sentence(paint("yellow", label("note")), note, options.width)),
    verdictBlock(record, paint, options.width),
  ], options);
}
