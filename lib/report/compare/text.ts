/** A comparison as a table for the terminal. */
import { styleText } from "node:util";
import { clean, cleanStrings } from "../../config/foreign_text.ts";
import type { ComparedFigure, Comparison, Finding, SideFigure } from "./compare.ts";
import type { CompareCheck } from "./rules.ts";
import { alignTable, formatChange } from "../format.ts";

/** What is concluded from a figure, in words. */
export const FINDING_WORDS: Readonly<Record<Finding, string>> = {
  better: "better, ranges apart",
  worse: "worse, ranges apart",
  overlap: "ranges overlap",
  single: "spread unknown",
  equal: "equal",
};

const COLORS = { better: "green", worse: "red", overlap: "dim", single: "dim", equal: "dim" } as const;

/**
 * The comparison of side A with side B, ending in a newline.
 *
 * @param names how the two sides are called, e.g. their file names
 */
export function comparisonText(
  comparison: Comparison,
  names: { readonly a: string; readonly b: string },
  options: { readonly color: boolean },
  checks: readonly CompareCheck[] = [],
): string {
  const { config, cautions } = cleanStrings({ config: comparison.config, cautions: comparison.cautions });
  const paint = (style: "bold" | "dim" | "green" | "red" | "yellow", text: string): string =>
    options.color ? styleText(style, text, { validateStream: false }) : text;
  const several = comparison.figures.some(({ a, b }) => a.runs > 1 || b.runs > 1);
  const head = [
    "",
    "A",
    ...(several ? ["A min … max"] : []),
    "B",
    ...(several ? ["B min … max"] : []),
    "change",
    "",
  ];
  const rows = comparison.figures.map((figure) => [
    figure.name,
    figure.format(figure.a.median),
    ...(several ? [range(figure, figure.a)] : []),
    figure.format(figure.b.median),
    ...(several ? [range(figure, figure.b)] : []),
    formatChange(figure.change),
    paint(COLORS[figure.finding], FINDING_WORDS[figure.finding]),
  ]);
  const [headLine, ...lines] = alignTable([head, ...rows], several ? "lrlrlrl" : "lrrrl");
  const blocks = [
    [`${paint("bold", "A")}  ${clean(names.a)}`, `${paint("bold", "B")}  ${clean(names.b)}`],
    [paint("dim", headLine!), ...lines],
    config.length === 0 ? ["  same configuration, host and versions"] : [
      paint("dim", "  what differs"),
      ...alignTable(config.map(({ name, a, b }) => [name, a, "→", b]), "llll", "    "),
    ],
    cleanStrings(checks).map(({ rule, state, reason }) =>
      state === "holds"
        ? `  ${paint("green", "✓")} not ${rule}: ${reason}`
        : `  ${paint("red", "✗")} ${rule}: ${reason}`
    ),
    cautions.map((caution) => `  ${paint("yellow", "note")}  ${caution}`),
  ];
  return blocks.filter((block) => block.length > 0).map((block) => block.join("\n")).join("\n\n") + "\n";
}

function range(figure: ComparedFigure, side: SideFigure): string {
  return side.runs < 2 ? "" : `${figure.format(side.min)} … ${figure.format(side.max)}`;
}
