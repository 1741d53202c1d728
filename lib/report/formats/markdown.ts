/** Results as Markdown, for the page of a build: verdict, rates, times, integrity, thresholds of each. */
import { errorTotal } from "../../load/figures.ts";
import { formatCount, formatDuration, formatRate, formatThroughput, plural } from "../../config/units.ts";
import { topicsText } from "../../config/topics_text.ts";
import { cell, code, table } from "../markdown_text.ts";
import type { RunResult } from "../result/types.ts";
import { integrityFinding, integrityViolations } from "../result/verdict.ts";
import { provenText } from "./integrity_text.ts";

const TIMES = [["service", "service"], ["response", "response"], ["endToEnd", "end-to-end"]] as const;
const PERCENTILES = ["50", "95", "99", "99.9"] as const;

/** One section a result, under the name that its reader knows it by. */
export function resultsMarkdown(
  results: readonly { readonly name: string; readonly result: RunResult }[],
): string {
  return results.map(({ name, result }) => section(name, result)).join("\n");
}

function section(name: string, result: RunResult): string {
  const { run, verdict, thresholds, notes, totals } = result;
  const blocks: readonly (readonly string[])[] = [
    [`### ${mark(result)} ${cell(name)}: ${run.role}, ${verdict.status}, exit code ${verdict.exitCode}`],
    verdict.reasons.map((reason) => `- ${cell(reason)}`),
    [
      `${topicsText({ ...run, topic: code(run.topic) })} at ${
        run.embedded ? "the embedded broker" : code(run.serviceUrl)
      }, profile ${code(run.profile)}, run ${code(run.id)}`,
    ],
    table(["rate", "data", "messages", "failed", "missed", "errors"], "rrrrrr", [[
      formatRate(totals.messagesPerSecond),
      formatThroughput(totals.bytesPerSecond),
      formatCount(totals.messages),
      formatCount(totals.failed),
      formatCount(totals.missed),
      formatCount(errorTotal(totals.errors)),
    ]]),
    latencyTable(result),
    integrityLine(result),
    thresholds.length === 0 ? [] : table(
      ["threshold", "", "measured"],
      "llr",
      thresholds.map(({ text, state, value }) => [text, state === "pass" ? "✅" : "❌", value]),
    ),
    notes.map((note) => `- ${cell(note)}`),
  ];
  return blocks.filter((block) => block.length > 0).map((block) => block.join("\n")).join("\n\n") + "\n";
}

/** A tick is a proof: an unverified consumer has none. */
function mark({ verdict, integrity }: RunResult): string {
  if (verdict.status !== "ok") return "❌";
  return integrityFinding(integrity) === "unverified" ? "⚪" : "✅";
}

function latencyTable({ totals: { latency } }: RunResult): string[] {
  const rows = TIMES.flatMap(([name, title]) => {
    const histogram = latency[name];
    if (histogram === undefined || histogram.count === 0) return [];
    const values = PERCENTILES.map((percent) => histogram.percentilesUs[percent]);
    return [[
      title,
      ...[...values, histogram.maxUs].map((value) => value === undefined ? "–" : formatDuration(value)),
    ]];
  });
  if (rows.length === 0) return [];
  return table(["time", ...PERCENTILES.map((percent) => `P${percent}`), "max"], "lrrrrr", rows);
}

function integrityLine(result: RunResult): string[] {
  const { integrity } = result;
  if (integrity === undefined) return [];
  const words = {
    proven: provenText(result),
    violated: integrityViolations(integrity).join(", "),
    unverified: "nothing verified",
    off: "not looked at",
  }[integrityFinding(integrity)!];
  return [`Integrity: ${words} (${plural(integrity.verified, "message")} verified)`];
}
