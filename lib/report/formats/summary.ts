/**
 * The text a finished run leaves behind: a view of its result, so that it can never disagree with the file.
 *
 * Every rate is a count divided by the measured seconds: warm-up and pauses are in neither.
 */
import { cleanStrings } from "../../config/foreign_text.ts";
import {
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatRate,
  formatThroughput,
  plural,
} from "../../config/units.ts";
import { givenUpText, outageText } from "./gap_text.ts";
import { counterexampleText } from "./counterexample_text.ts";
import { OPENING_HEAD, OPENING_NOTES, openingRows } from "./opening_text.ts";
import { topicsText } from "../../config/topics_text.ts";
import { corruptText, leftTexts, provenText } from "./integrity_text.ts";
import { BUSY_LAG_MICROS, errorShare, errorTotal, perSecond } from "../../load/figures.ts";
import { alignTable } from "../format.ts";
import {
  blockText,
  formatSpan,
  label,
  type Paint,
  painter,
  sentence,
  type SummaryOptions,
} from "./summary_layout.ts";
import { changeLine } from "./changes.ts";
import { backPressureOf, largestLoopLag, meanTarget } from "../result/result_figures.ts";
import type { RunResult, SpanRecord } from "../result/types.ts";
import { integrityFinding, integrityViolations } from "../result/verdict.ts";

export type { SummaryOptions } from "./summary_layout.ts";

/** The whole summary, ending in a newline. */
export function summaryText(given: RunResult, options: SummaryOptions): string {
  const result = printable(given);
  const paint = painter(options);
  const blocks = [
    headBlock(result, paint),
    [...throughputRows(result), ...healthRows(result, paint)],
    latencyBlock(result, paint, options.width),
    openingBlock(result, paint, options.width),
    errorBlock(result.totals, paint),
    integrityBlock(result, paint, options.width),
    thresholdBlock(result, paint),
    searchBlock(result, paint),
    instanceBlock(result, paint),
    changeBlock(result, paint),
    result.notes.flatMap((note) => sentence(paint("yellow", label("note")), note, options.width)),
    verdictBlock(result, paint, options.width),
  ];
  return blockText(blocks, options);
}

/** Topic, notes, reasons and names come from brokers and from files of others. Figures by the thousand hold no text. */
function printable(result: RunResult): RunResult {
  const { intervals, integrity, sent, ...rest } = result;
  return {
    ...cleanStrings(rest),
    intervals,
    ...(integrity === undefined ? {} : { integrity }),
    ...(sent === undefined ? {} : { sent }),
  };
}

/** Smallest, mean, largest and standard deviation (of the population) of some values. */
export function spreadOf(
  values: readonly number[],
): { min: number; mean: number; max: number; stdDev: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { min: Math.min(...values), mean, max: Math.max(...values), stdDev: Math.sqrt(variance) };
}

function headBlock(result: RunResult, paint: Paint): string[] {
  const { run, totals } = result;
  const wall = (run.endedAtUs - run.startedAtUs) / 1e6;
  const target = run.embedded ? "embedded broker" : run.serviceUrl;
  const client = result.config.driver?.value === "native" ? " · native client" : "";
  return [
    `${paint("bold", run.role)}  ${topicsText(run)}`,
    paint(
      "dim",
      `${target}${client} · profile ${run.profile} · run ${run.id} · ${
        formatSpan(totals.seconds)
      } measured of ${formatSpan(wall)}`,
    ),
  ];
}

function throughputRows(result: RunResult): string[] {
  const { totals, run } = result;
  const rows: string[][] = [[
    label(run.role === "producer" ? "published" : "received"),
    formatRate(totals.messagesPerSecond),
    formatThroughput(totals.bytesPerSecond),
    plural(totals.messages, "message"),
    "",
  ]];
  const target = meanTarget(result);
  if (target !== undefined) {
    const reached = target > 0 ? `${formatPercent(totals.messagesPerSecond / target)} reached` : "";
    const missed = run.role === "producer" ? `${plural(totals.missed, "slot")} missed` : "";
    rows.push([label("target"), formatRate(target), reached, missed, ""]);
  } else if (totals.missed > 0) {
    rows.push([label("missed"), "", "", plural(totals.missed, "slot"), ""]);
  }
  if (run.role === "consumer") {
    const rate = perSecond(totals.sent, totals.seconds) ?? 0;
    const again = totals.redelivered > 0
      ? `${formatCount(totals.redelivered)} redelivered`
      : "none redelivered";
    const left = result.backlog === undefined ? "" : `backlog ${formatCount(result.backlog)}`;
    rows.push([label("acknowledged"), formatRate(rate), "", again, left]);
  }
  const workers = result.workers.map((worker) => perSecond(worker.messages, totals.seconds) ?? 0);
  const table = alignTable(rows, "lrrll");
  if (totals.entries > 0 && totals.entries < totals.messages) {
    const size = formatNumber(totals.messages / totals.entries);
    table.push(`  ${label("batches")}  ${formatCount(totals.entries)} of ${size} messages`);
  }
  if (workers.length > 1) {
    const { min, mean, max, stdDev } = spreadOf(workers);
    table.push(
      `  ${label(`${workers.length} workers`)}  min ${formatNumber(min)}  avg ${formatNumber(mean)}  max ${
        formatNumber(max)
      }  stddev ${formatNumber(stdDev)} msg/s`,
    );
  }
  return table;
}

function healthRows(result: RunResult, paint: Paint): string[] {
  const { totals, workers, run } = result;
  const rows: string[] = [];
  const blocked = backPressureOf(totals, result);
  if (run.role === "producer" && blocked !== undefined) {
    rows.push(
      `  ${label("back-pressure")}  ${formatPercent(blocked)} of the workers' time waited for room in flight`,
    );
  }
  const lag = largestLoopLag(result);
  if (lag > BUSY_LAG_MICROS) {
    rows.push(
      `  ${paint("yellow", label("loop lag"))}  up to ${
        formatDuration(lag)
      }: this client was itself a bottleneck`,
    );
  }
  const restarts = workers.reduce((sum, worker) => sum + worker.restarts, 0);
  if (totals.reconnects > 0 || restarts > 0) {
    rows.push(
      `  ${label("reconnects")}  ${formatCount(totals.reconnects)}, worker restarts ${formatCount(restarts)}`,
    );
  }
  const outages = outageText(result);
  if (outages !== undefined) rows.push(`  ${paint("yellow", label("outages"))}  ${outages}`);
  return rows;
}

const LATENCY_TITLES = { service: "service", response: "response", endToEnd: "end-to-end" } as const;

function latencyBlock(result: RunResult, paint: Paint, width: number | undefined): string[] {
  const { totals } = result;
  const rows = [[label("latency"), "P50", "P95", "P99", "P99.9", "max"]];
  for (const [name, title] of Object.entries(LATENCY_TITLES)) {
    const histogram = totals.latency[name as keyof typeof LATENCY_TITLES];
    if (histogram === undefined) continue;
    if (histogram.count === 0) {
      rows.push([title, "–", "–", "–", "–", "–"]);
      continue;
    }
    const of = (percent: string): string => formatDuration(histogram.percentilesUs[percent] ?? NaN);
    rows.push([title, of("50"), of("95"), of("99"), of("99.9"), formatDuration(histogram.maxUs)]);
  }
  if (rows.length === 1) return [];
  const [head, ...lines] = alignTable(rows, "lrrrrr");
  const givenUp = givenUpText(result);
  const gap = givenUp === undefined ? [] : sentence(paint("yellow", label("given up")), givenUp, width);
  return [paint("dim", head!), ...lines, ...gap];
}

function openingBlock(result: RunResult, paint: Paint, width: number | undefined): string[] {
  const rows = openingRows(result);
  if (rows.length === 0) return [];
  const [head, ...lines] = alignTable([[label("opening"), ...OPENING_HEAD], ...rows], "lrrrr");
  const notes = OPENING_NOTES.flatMap(([title, textOf]) => {
    const text = textOf(result);
    return text === undefined ? [] : sentence(paint("yellow", label(title)), text, width);
  });
  return [paint("dim", head!), ...lines, ...notes];
}

function errorBlock(totals: SpanRecord, paint: Paint): string[] {
  const codes = Object.entries(totals.errors).sort(([, a], [, b]) => b - a);
  if (codes.length === 0) {
    return totals.failed === 0
      ? [`  ${label("errors")}  none`]
      : [`  ${paint("red", label("failed"))}  ${plural(totals.failed, "message")}`];
  }
  const sum = errorTotal(totals.errors);
  const share = formatPercent(errorShare(totals.errors, totals.messages) ?? 0);
  return [
    `  ${paint("red", label("errors"))}  ${formatCount(sum)} (${share}), ${
      plural(totals.failed, "message")
    } failed`,
    ...alignTable(codes.map(([code, count]) => [label(""), formatCount(count), code]), "lrl"),
  ];
}

/** Counterexamples shown; the result has more. */
const SHOWN_EXAMPLES = 3;

function integrityBlock(result: RunResult, paint: Paint, width: number | undefined): string[] {
  const { integrity } = result;
  if (integrity === undefined || integrity.mode === "off") return [];
  const verified = `${formatCount(integrity.verified)} verified in ${plural(integrity.streams, "stream")}`;
  const foreign = integrity.foreign > 0 ? `, ${formatCount(integrity.foreign)} of other runs` : "";
  const findings = {
    off: "",
    proven: `${paint("green", "✓")} ${provenText(result)}`,
    violated: `${paint("red", "✗")} ${integrityViolations(integrity).join(", ")}`,
    // Nothing was verified: neither mark would be true.
    unverified: `${paint("yellow", "–")} nothing verified`,
  };
  const finding = findings[integrityFinding(integrity)!];
  const damaged = corruptText(integrity);
  const { counterexamples: examples = [] } = result;
  const hidden = examples.length - SHOWN_EXAMPLES;
  return [
    `  ${label("integrity")}  ${finding}`,
    ...[verified + foreign, ...leftTexts(integrity, result.config)].map((text) =>
      paint("dim", `  ${label("")}  ${text}`)
    ),
    ...(damaged === undefined ? [] : sentence(label(""), damaged, width)),
    ...examples.slice(0, SHOWN_EXAMPLES).flatMap((example) =>
      sentence(label("e.g."), counterexampleText(example), width)
    ),
    ...(hidden > 0 ? [`  ${label("")}  ${plural(hidden, "more example")} in the result`] : []),
  ];
}

function thresholdBlock({ thresholds }: RunResult, paint: Paint): string[] {
  const rows = thresholds.map(({ text, state, value }) => [
    state === "pass" ? paint("green", "✓") : paint("red", "✗"),
    text,
    value,
  ]);
  return alignTable(rows.map((row, index) => [label(index === 0 ? "thresholds" : ""), ...row]), "lllr");
}

function searchBlock({ rateSearch }: RunResult, paint: Paint): string[] {
  if (rateSearch === undefined) return [];
  const rows = rateSearch.steps.map((step) => [
    label(""),
    step.sustained ? paint("green", "✓") : paint("red", "✗"),
    formatRate(step.rate),
    formatRate(step.achieved),
    formatDuration(step.responseP99Us),
    step.reason,
  ]);
  return [
    `  ${label("sustainable")}  ${paint("bold", formatRate(rateSearch.sustainableRate))}`,
    ...alignTable([[label(""), "", "asked", "reached", "response P99", ""], ...rows], "llrrrl"),
  ];
}

/** Most lines of changes; the result has all. */
const SHOWN_CHANGES = 20;

function changeBlock({ changes = [] }: RunResult, paint: Paint): string[] {
  const shown = changes.length > SHOWN_CHANGES ? changes.slice(0, SHOWN_CHANGES - 1) : changes;
  const lines = shown.map((change) => changeLine(change));
  if (shown.length < changes.length) {
    lines.push(`${formatCount(changes.length - shown.length)} more, all in the result`);
  }
  return lines.map((line, index) => `  ${paint("yellow", label(index === 0 ? "changed" : ""))}  ${line}`);
}

function instanceBlock({ instances }: RunResult, paint: Paint): string[] {
  if (instances.length < 2) return [];
  const rows = instances.map((instance) => [
    instance.exitCode === 0 ? paint("green", "✓") : paint("red", "✗"),
    instance.name,
    `exit ${instance.exitCode}`,
    instance.restarts > 0 ? `restarted ${plural(instance.restarts, "time")}` : "",
  ]);
  return [
    `  ${instances.length} of ${plural(instances[0]!.expected, "instance")}`,
    ...alignTable(rows, "lllr"),
  ];
}

export function verdictBlock(
  { verdict, integrity }: Pick<RunResult, "verdict" | "integrity">,
  paint: Paint,
  width: number | undefined,
): string[] {
  if (verdict.status === "ok") {
    // One of several consumers may have received nothing; that proves nothing either.
    return integrityFinding(integrity) === "unverified"
      ? [`  ${paint("yellow", "–")} ended as asked, nothing verified`]
      : [`  ${paint("green", "✓ ok")}`];
  }
  return verdict.reasons.flatMap((reason, index) =>
    sentence(paint("red", label(index === 0 ? `✗ ${verdict.status}` : "")), reason, width)
  );
}
