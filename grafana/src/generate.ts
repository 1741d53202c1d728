/** Writes each dashboard to grafana/dashboards, as Grafana imports it: `deno task dashboards`. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { bookkeeper } from "./bookkeeper.ts";
import { broker } from "./broker.ts";
import { consumers } from "./consumers.ts";
import { functions } from "./functions.ts";
import { geoReplication } from "./geo_replication.ts";
import { jvm } from "./jvm.ts";
import { loadBalancing } from "./load_balancing.ts";
import { loadRun } from "./load_run.ts";
import { offload } from "./offload.ts";
import { overview } from "./overview.ts";
import { proxy } from "./proxy.ts";
import { topics } from "./topics.ts";
import { transactions } from "./transactions.ts";

/** In the order in which they are best looked at. */
export const DASHBOARDS: readonly Dashboard[] = [
  overview,
  loadRun,
  broker,
  topics,
  consumers,
  bookkeeper,
  jvm,
  proxy,
  loadBalancing,
  geoReplication,
  transactions,
  functions,
  offload,
];

/** File name → content. */
export function dashboardFiles(): Map<string, string> {
  return new Map(
    DASHBOARDS.map((dashboard) => [`${dashboard.uid}.json`, `${JSON.stringify(dashboard, null, 2)}\n`]),
  );
}

if (import.meta.main) {
  const folder = new URL("../dashboards/", import.meta.url);
  for (const [name, text] of dashboardFiles()) await Deno.writeTextFile(new URL(name, folder), text);
}
