/**
 * Lists the keys of the chart's values: `deno task chart-keys CHART_FOLDER` writes k8s/helm/chart-keys.json, which
 * the tests hold our values against where no chart is at hand.
 */
import { join } from "node:path";
import { parse } from "yaml";
import { keyPaths, parseValues } from "../cli/lab/cluster/chart_values.ts";

export interface ChartKeys {
  readonly chart: string;
  readonly version: string;
  readonly keys: readonly string[];
}

/** Values of other charts, of which only the switch is ours to set. */
const OTHERS = ["victoria-metrics-k8s-stack"];

export function chartKeys(folder: string): ChartKeys {
  const read = (name: string): string => Deno.readTextFileSync(join(folder, name));
  const { name, version } = parse(read("Chart.yaml")) as { name: string; version: string };
  const keys = keyPaths(parseValues(read("values.yaml"))).filter((path) =>
    !OTHERS.some((other) => path.startsWith(`${other}.`) && path !== `${other}.enabled`)
  );
  return { chart: name, version, keys };
}

if (import.meta.main) {
  const [folder] = Deno.args;
  if (folder === undefined) {
    console.error("chart_keys: give the folder of the unpacked chart");
    Deno.exit(2);
  }
  const output = new URL("../k8s/helm/chart-keys.json", import.meta.url);
  Deno.writeTextFileSync(output, JSON.stringify(chartKeys(folder), null, 1) + "\n");
}
