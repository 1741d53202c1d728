/** The page of the metrics endpoint, read from what the endpoint answers. */
import { histogramOf, snapshotOf, spanOf } from "../../lib/report/report_test_support.ts";
import { exposition } from "../../lib/report/formats/exposition.ts";
import { ROLES } from "../../lib/config/option_spec.ts";
import type { Role } from "../../lib/config/run_config.ts";
import { NOTHING_VERIFIED } from "../../lib/load/snapshot_test_support.ts";
import type { WorkerSnapshot } from "../../lib/load/snapshot.ts";
import { code, page, prose, table } from "./markdown.ts";

export interface MetricFamily {
  /** As a query names it: counters with `_total`, infos with `_info`. */
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Labels beside `role`. */
  readonly labels: readonly string[];
  readonly roles: readonly Role[];
}

const SUFFIX: Readonly<Record<string, string>> = { counter: "_total", info: "_info" };

/** Every family that a page of either role can have. */
export function metricFamilies(): readonly MetricFamily[] {
  const found = new Map<string, MetricFamily>();
  for (const role of ROLES) {
    for (const family of familiesOf(everything(role), role)) {
      const known = found.get(family.name);
      found.set(family.name, known === undefined ? family : { ...known, roles: [...known.roles, role] });
    }
  }
  return [...found.values()];
}

/** The page of a run in which everything is measured. */
function everything(role: Role): string {
  const worker: WorkerSnapshot = {
    id: 0,
    state: "running",
    rate: 0,
    messages: 1,
    errors: 1,
    inFlight: 0,
    loopLagMicros: 0,
    restarts: 0,
  };
  const latency = role === "producer"
    ? { service: histogramOf(1), response: histogramOf(1) }
    : { endToEnd: histogramOf(1) };
  const snapshot = snapshotOf(role, {
    total: spanOf(role, { errors: new Map([["CODE", 1]]), latency }),
    workers: [worker],
    targetRate: 1,
    residentBytes: 1,
    ...(role === "consumer" ? { backlog: 1, integrity: NOTHING_VERIFIED } : {}),
  });
  const info = { run_id: "", topic: "" };
  const thresholds = [{ text: "errors==0", state: "pass", value: "" }] as const;
  const steps = [{ number: 1, name: "", kind: "", began: 0 }];
  return exposition(
    { build: { version: "", commit: "" }, runs: [{ snapshot, info, thresholds }], steps },
    "openmetrics",
  );
}

function* familiesOf(text: string, role: Role): Generator<MetricFamily> {
  for (const [, family, type] of text.matchAll(/^# TYPE (\S+) (\w+)$/gm)) {
    const name = `${family}${SUFFIX[type!] ?? ""}`;
    const help = text.match(new RegExp(`^# HELP ${family} (.*)$`, "m"))![1]!;
    const sample = text.match(
      new RegExp(`^${type === "histogram" ? `${family}_bucket` : name}(?:\\{(.*)\\})? `, "m"),
    )![1] ?? "";
    const labels = [...sample.matchAll(/(\w+)="/g)].map(([, label]) => label!).filter((label) =>
      label !== "role"
    );
    yield { name, type: type!, help, labels: type === "info" ? [] : labels, roles: [role] };
  }
}

export function metricsPage(): string {
  return page(
    "# Prometheus metrics",
    "`--metrics-port 9464` serves them at `http://127.0.0.1:9464/metrics` (`--metrics-host` for other addresses): OpenMetrics 1.0 where " +
      "the scraper asks for it, else the text format 0.0.4. Each sample has the label `role` (`producer` or `consumer`), and one of a " +
      "[scenario](../scenarios.md) the name of its `group`; steps, and the memory of the process, belong to no run.",
    "Counters and histograms count from the start of the process and never go back: neither the end of a warm-up nor a reset by hand touches " +
      "them. Gauges are of the moment. A histogram has `_bucket` (label `le`), `_sum` and `_count`. The two `_info` metrics carry versions and the " +
      "run's settings as labels. Dashboards that show them: [dashboards](../dashboards/README.md); alerts: [runbooks](../runbooks/README.md).",
    table(
      ["Metric", "Type", "Of", "Labels", "Meaning"],
      metricFamilies().map(({ name, type, help, labels, roles }) => [
        code(name),
        type,
        roles.length === ROLES.length ? "both" : roles.join(),
        labels.length === 0 ? "–" : labels.map(code).join(", "),
        prose(help),
      ]),
    ),
  );
}
