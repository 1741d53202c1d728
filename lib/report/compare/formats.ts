/** A comparison for other programs (JSON) and for the pages of code hosts (Markdown). */
import { printableJson } from "../../config/foreign_text.ts";
import type { ComparedFigure, Comparison, SideFigure } from "./compare.ts";
import type { CompareCheck } from "./rules.ts";
import { FINDING_WORDS } from "./text.ts";
import { formatChange } from "../format.ts";
import { cell, code, table } from "../markdown_text.ts";

/** How the two sides are called, and which files they are. */
export interface SideNames {
  readonly a: readonly string[];
  readonly b: readonly string[];
}

const COMPARISON_KIND = "pulsar-local-lab/comparison";

/** One JSON document, ending in a newline. Durations are microseconds; a change is a fraction, null where A is zero. */
export function comparisonJson(
  comparison: Comparison,
  names: SideNames,
  checks: readonly CompareCheck[],
): string {
  const finite = (value: number | undefined): number | null =>
    value === undefined || !Number.isFinite(value) ? null : value;
  return printableJson(JSON.stringify(
    {
      kind: COMPARISON_KIND,
      schemaVersion: 1,
      sides: names,
      figures: comparison.figures.map(({ format: _, change, ...figure }) => ({
        ...figure,
        change: finite(change),
      })),
      configuration: comparison.config,
      chanceOfLuck: comparison.luck ?? null,
      notes: comparison.cautions,
      rules: checks.map(({ change, ...check }) => ({ ...check, change: finite(change) })),
      failed: checks.some(({ state }) => state !== "holds"),
    },
    null,
    2,
  )) + "\n";
}

/** GitHub's Markdown: what failed, the table, what differs, the notes. */
export function comparisonMarkdown(
  comparison: Comparison,
  names: SideNames,
  checks: readonly CompareCheck[],
): string {
  const several = comparison.figures.some(({ a, b }) => a.runs > 1 || b.runs > 1);
  const value = (figure: ComparedFigure, side: SideFigure): string =>
    several && side.runs > 1
      ? `${figure.format(side.median)} (${figure.format(side.min)} … ${figure.format(side.max)})`
      : figure.format(side.median);
  const blocks = [
    [`**A** ${names.a.map(code).join(", ")}  `, `**B** ${names.b.map(code).join(", ")}`],
    checks.map((check) =>
      `- ${check.state === "holds" ? "✅" : "❌"} ${code(check.rule)}: ${cell(check.reason)}`
    ),
    table(
      ["", "A", "B", "change", ""],
      "lrrrl",
      comparison.figures.map((figure) => [
        figure.name,
        value(figure, figure.a),
        value(figure, figure.b),
        formatChange(figure.change),
        FINDING_WORDS[figure.finding],
      ]),
    ),
    comparison.config.length === 0
      ? ["Same configuration, host and versions."]
      : table(["what differs", "A", "B"], "lll", comparison.config.map(({ name, a, b }) => [name, a, b])),
    comparison.cautions.map((caution) => `- ${cell(caution)}`),
  ];
  return blocks.filter((block) => block.length > 0).map((block) => block.join("\n")).join("\n\n") + "\n";
}
