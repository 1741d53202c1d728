/** The page of thresholds: their grammar and the metrics that they can judge. */
import { THRESHOLD_EXAMPLES, THRESHOLD_GRAMMAR, UNITS } from "../../cli/help_thresholds.ts";
import { ROLES } from "../../lib/config/option_spec.ts";
import { METRICS } from "../../lib/report/thresholds/metric_catalog.ts";
import { code, page, prose, table } from "./markdown.ts";

export function thresholdsPage(): string {
  return page(
    "# Thresholds",
    "`--threshold RULE` (any number of times) makes a run fail with [exit code](exit-codes.md) 99 when the rule does not hold, or when what it " +
      "judges was never measured. `producer --help-thresholds` and `consumer --help-thresholds` print the same.",
    "```text\nMETRIC OPERATOR BOUND [over TIME] [after TIME] [abort]\n```",
    table(
      ["Part", "Meaning"],
      THRESHOLD_GRAMMAR.map(([part, meaning]) => [code(part), grammarText(meaning)]),
    ),
    ...ROLES.flatMap((role) => [
      `## Examples for ${role}`,
      table(
        ["Rule", "Holds when"],
        THRESHOLD_EXAMPLES[role].map(([rule, meaning]) => [code(rule), prose(meaning)]),
      ),
    ]),
    "## Metrics",
    table(
      ["Metric", "Of", "Unit of the bound", "Meaning"],
      METRICS.map(({ name, kind, roles, what, needsOpening }) => [
        code(name),
        `${roles.length === ROLES.length ? "both" : roles.join()}${needsOpening ? " ¹" : ""}`,
        UNITS[kind],
        prose(what),
      ]),
    ),
    "¹ Of a scenario's groups with `connectRate` or `ownConnections`: [docs/scenarios.md](../scenarios.md#connection-storms).",
  );
}

/** The operators are code as a whole. */
function grammarText(meaning: string): string {
  return meaning.startsWith("<") ? meaning.split(" ").map(code).join(" ") : prose(meaning);
}
