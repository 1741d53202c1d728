/** A dashboard of ours: rows of panels, variables, and links to the others. */
import {
  type AnnotationQuery,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DATASOURCE, type PanelSource } from "./panels.ts";

export interface Row {
  readonly title: string;
  readonly panels: readonly PanelSource[];
}

export interface Variable {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  /** A series selector; its values of `ofLabel` (by default the variable's name) are offered. */
  readonly from: string;
  readonly ofLabel?: string;
  /** Regular expression that stands for all; `.*` by default. */
  readonly all?: string;
}

export interface DashboardSpec {
  /** Part of the address and of the file's name. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
  /** How far back it looks at first. */
  readonly from?: string;
  readonly refresh?: string;
}

export const TAG = "pulsar";

/** All Pulsar clusters that Prometheus knows; every dashboard has it. */
export const CLUSTER: Variable = {
  name: "cluster",
  label: "Cluster",
  description: "Name of the Pulsar cluster",
  from: "pulsar_version_info",
  // Not `.*`: what has no cluster, Prometheus itself for one, is not meant.
  all: ".+",
};

/** A mark over all charts for as long as `expr` returns something; labels in `{{}}`. */
function annotation(name: string, iconColor: string, expr: string, text: string): AnnotationQuery {
  return {
    name,
    iconColor,
    expr,
    enable: true,
    datasource: DATASOURCE,
    step: "15s",
    titleFormat: name,
    textFormat: text,
  };
}

/** What happened, beside what one sees of it. */
export const ANNOTATIONS: readonly AnnotationQuery[] = [
  annotation(
    "Alert",
    "red",
    `max by (alertname, severity) (ALERTS{alertstate="firing",alertname!="Watchdog",cluster=~"$cluster|"})`,
    "{{alertname}} ({{severity}})",
  ),
  annotation(
    "Restart",
    "orange",
    // A pod keeps its name, so a new process shows as a changed start time; two minutes bridge its absence.
    `max by (job, instance) (changes(process_start_time_seconds{cluster=~"$cluster"}[2m])) > 0`,
    "{{job}} {{instance}} restarted",
  ),
  annotation(
    "Load run",
    "blue",
    `count by (run) (pulsar_lab_run_info{cluster=~"$cluster"})`,
    "load run {{run}}, from its start to its end",
  ),
  {
    ...annotation(
      "Scenario step",
      "purple",
      `pulsar_lab_step_start_time_seconds{cluster=~"$cluster"} * 1000`,
      "{{name}} ({{kind}})",
    ),
    // However rarely it is scraped, a mark stands where the step began.
    useValueForTime: true,
  },
];

export function dashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([TAG])
    .time({ from: spec.from ?? "now-30m", to: "now" })
    .refresh(spec.refresh ?? "15s")
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(
      new DatasourceVariableBuilder("datasource")
        .label("Data source")
        .description("The Prometheus (or what speaks its language) that scrapes the cluster")
        .type("prometheus"),
    )
    .link(
      new DashboardLinkBuilder("Pulsar")
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .tooltip("The other dashboards, with the same time and variables")
        .includeVars(true)
        .keepTime(true),
    );
  for (const variable of spec.variables) builder.withVariable(queryVariable(variable));
  for (const row of spec.rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  const built = builder.build();
  built.annotations = { list: [...ANNOTATIONS] };
  // The SDK asks for a place in a menu, which hides them behind a click where Grafana knows that place.
  for (const link of built.links ?? []) delete link.placement;
  built.panels?.forEach((panel, index) => (panel.id = index + 1));
  return built;
}

function queryVariable(
  { name, label, description, from, ofLabel = name, all = ".*" }: Variable,
): QueryVariableBuilder {
  const query = `label_values(${from}, ${ofLabel})`;
  return new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(DATASOURCE)
    .query({ qryType: 1, query, refId: "PrometheusVariableQueryEditor-VariableQuery" })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    // Not the list of all values: that would be a long query, and miss what appears later.
    .allValue(all)
    .current({ selected: true, text: ["All"], value: ["$__all"] });
}
