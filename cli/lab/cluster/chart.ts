/** The chart: is it the one that our values are written for? */
import { parse } from "yaml";
import { parseValues, readValues, unknownKeys } from "./chart_values.ts";
import { keyPaths } from "./chart_values.ts";
import { firstLine } from "./answers.ts";
import { LabError } from "../../lab_error.ts";
import { CHART } from "./names.ts";
import type { Tools } from "./tools.ts";

/** Where the chart comes from: its repository, or a folder or archive that is at hand. */
export type ChartSource = { readonly kind: "repository" } | { readonly kind: "local"; readonly path: string };

/** Arguments that name the chart to Helm. */
export function chartArgs(source: ChartSource): string[] {
  return source.kind === "local"
    ? [source.path]
    : [CHART.name, "--repo", CHART.repo, "--version", CHART.version];
}

/**
 * Fetches the chart's description and values and compares them with ours.
 *
 * @throws {LabError} when it cannot be had, or does not know a key of ours any more
 */
export async function checkChart(tools: Tools, source: ChartSource, files: readonly string[]): Promise<void> {
  const chart = parse(await show(tools, "chart", source)) as { name?: string; version?: string } | null;
  if (chart?.name !== CHART.name) {
    throw new LabError("Chart", `chart '${chart?.name ?? "?"}' is not '${CHART.name}'`);
  }
  const values = parseValues(await show(tools, "values", source));
  const known = new Set(keyPaths(values));
  const unknown = files.flatMap((file) => unknownKeys(parseValues(readValues(file)), known));
  if (unknown.length === 0) return;
  const named = unknown.slice(0, 5).map((path) => `'${path}'`).join(", ");
  throw new LabError(
    "Chart",
    `chart ${CHART.name} ${
      chart.version ?? "?"
    } has no value ${named} (any more): the lab is made for ${CHART.version}`,
  );
}

async function show(tools: Tools, what: "chart" | "values", source: ChartSource): Promise<string> {
  const { code, stdout, stderr } = await tools.ask({
    tool: "helm",
    args: ["show", what, ...chartArgs(source)],
  });
  if (code === 0) return stdout;
  const from = source.kind === "local" ? source.path : `${CHART.name} ${CHART.version} of ${CHART.repo}`;
  throw new LabError("Chart", `chart ${from} cannot be had: ${firstLine(stderr).replace(/^Error: /, "")}`);
}
