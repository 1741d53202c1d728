/** The kinds of panels that all dashboards are made of, each with what a good one needs. */
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
} from "@grafana/grafana-foundation-sdk/common";
import * as common from "@grafana/grafana-foundation-sdk/common";
import {
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import * as heatmap from "@grafana/grafana-foundation-sdk/heatmap";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import * as stats from "@grafana/grafana-foundation-sdk/stat";
import * as tables from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";

/**
 * Selects the series of a subscription. A broker that exposes metrics of consumers too, as the chart's do, writes
 * `pulsar_out_*` a second time for each consumer, with a `consumer_id`; without this every sum would be doubled.
 */
export const OF_SUBSCRIPTION = `consumer_id=""`;
/** The rate window that Grafana fits to scrape interval and zoom. */
export const RATE = "$__rate_interval";

/** What a builder of the SDK makes. */
export interface PanelSource {
  build(): Panel;
}

export interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface Common {
  readonly title: string;
  /** What is shown, and what it means when it is high or low. */
  readonly description: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  readonly decimals?: number;
  /** In 24ths of the page. */
  readonly width?: number;
  readonly height?: number;
  /** Yellow from the first, red from the second. */
  readonly warnAt?: number;
  readonly failAt?: number;
}

export interface ChartSpec extends Common {
  readonly queries: readonly Query[];
  readonly stack?: boolean;
  /** Shares that add up to the whole. */
  readonly percentStack?: boolean;
  readonly max?: number;
  /** `undefined` starts the axis at zero, which is right for all that is counted. */
  readonly min?: number | "auto";
  readonly bars?: boolean;
  readonly logarithmic?: boolean;
  /** Colours by legend, where they mean something. */
  readonly colors?: Readonly<Record<string, string>>;
  /** Dashed lines: targets and limits, by their legend. */
  readonly dashed?: readonly string[];
}

export interface StatSpec extends Common {
  readonly expr: string;
  /** Below this red: for what should be there. Wins over warnAt and failAt. */
  readonly atLeast?: number;
  readonly spark?: boolean;
  /** Shows a label instead of the value. */
  readonly textOf?: string;
  /** `uid` of the dashboard where one looks next; a click on the figure leads there. */
  readonly next?: string;
}

export interface TableSpec {
  readonly title: string;
  readonly description: string;
  readonly height?: number;
  readonly width?: number;
  /** Labels that name a row, with the headings of their columns. */
  readonly keys: Readonly<Record<string, string>>;
  readonly columns: readonly {
    readonly name: string;
    readonly expr: string;
    readonly unit: string;
    readonly decimals?: number;
    readonly warnAt?: number;
    readonly failAt?: number;
  }[];
  readonly sortBy: string;
  /** Where a click on a key leads: heading → address. */
  readonly links?: Readonly<Record<string, string>>;
}

export const DATASOURCE = { type: "prometheus", uid: "${datasource}" } as const;

function target({ expr, legend }: Query, index: number): DataqueryBuilder {
  return new DataqueryBuilder().expr(expr).legendFormat(legend).refId(letter(index));
}

function letter(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}

function thresholds(spec: { warnAt?: number; failAt?: number; atLeast?: number }): ThresholdsConfigBuilder {
  const steps: Threshold[] = [{ value: null, color: "green" }];
  if (spec.atLeast !== undefined) {
    steps[0]!.color = "red";
    steps.push({ value: spec.atLeast, color: "green" });
  } else {
    if (spec.warnAt !== undefined) steps.push({ value: spec.warnAt, color: "orange" });
    if (spec.failAt !== undefined) steps.push({ value: spec.failAt, color: "red" });
  }
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

const isLimited = (spec: Common): boolean => spec.warnAt !== undefined || spec.failAt !== undefined;

/** Lines over time. */
export function chart(spec: ChartSpec): PanelSource {
  const panel = new timeseries.PanelBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(DATASOURCE)
    .span(spec.width ?? 8)
    .height(spec.height ?? 8)
    .unit(spec.unit)
    .lineWidth(spec.bars ? 0 : 1)
    .fillOpacity(spec.stack || spec.percentStack ? 40 : spec.bars ? 70 : 8)
    .drawStyle(spec.bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .showPoints(VisibilityMode.Never)
    .spanNulls(false)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic))
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .calcs(["lastNotNull", "mean", "max"]),
    )
    .tooltip(new common.VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .thresholds(thresholds(spec))
    .targets(spec.queries.map(target));
  if (isLimited(spec)) {
    panel.thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed),
    );
  }
  if (spec.stack || spec.percentStack) {
    const mode = spec.percentStack ? StackingMode.Percent : StackingMode.Normal;
    panel.stacking(new common.StackingConfigBuilder().mode(mode).group("A"));
  }
  if (spec.min !== "auto") panel.min(spec.min ?? 0);
  if (spec.max !== undefined) panel.max(spec.max);
  if (spec.decimals !== undefined) panel.decimals(spec.decimals);
  if (spec.logarithmic) {
    panel.scaleDistribution(
      new common.ScaleDistributionConfigBuilder().type(common.ScaleDistribution.Log).log(10),
    );
  }
  for (const name of spec.dashed ?? []) {
    panel.overrideByName(name, [
      { id: "custom.lineStyle", value: { fill: "dash", dash: [8, 8] } },
      { id: "custom.fillOpacity", value: 0 },
    ]);
  }
  for (const [name, fixedColor] of Object.entries(spec.colors ?? {})) {
    panel.overrideByName(name, [{ id: "color", value: { mode: "fixed", fixedColor } }]);
  }
  return panel;
}

/** One figure, with its course behind it. */
export function stat(spec: StatSpec): PanelSource {
  const query = new DataqueryBuilder().expr(spec.expr).refId("A");
  query.legendFormat(spec.textOf === undefined ? spec.title : `{{${spec.textOf}}}`);
  if (spec.textOf !== undefined) query.instant();
  const panel = new stats.PanelBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(DATASOURCE)
    .span(spec.width ?? 3)
    .height(spec.height ?? 4)
    .unit(spec.unit)
    .colorMode(
      isLimited(spec) || spec.atLeast !== undefined ? BigValueColorMode.Value : BigValueColorMode.None,
    )
    .graphMode(spec.spark === false || spec.textOf ? BigValueGraphMode.None : BigValueGraphMode.Area)
    .textMode(spec.textOf ? common.BigValueTextMode.Name : common.BigValueTextMode.Value)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .thresholds(thresholds(spec))
    .withTarget(query);
  if (spec.decimals !== undefined) panel.decimals(spec.decimals);
  if (spec.next !== undefined) {
    panel.overrideByName(spec.title, [{
      id: "links",
      value: [{
        title: "Where to look next",
        url: `/d/${spec.next}?\${__url_time_range}&\${cluster:queryparam}`,
      }],
    }]);
  }
  return panel;
}

/** One row for each combination of the keys. */
export function table(spec: TableSpec): PanelSource {
  const panel = new tables.PanelBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(DATASOURCE)
    .span(spec.width ?? 24)
    .height(spec.height ?? 8)
    .showHeader(true)
    .filterable(true)
    .sortBy([new common.TableSortByFieldStateBuilder().displayName(spec.sortBy).desc(true)])
    .thresholds(thresholds({}))
    .targets(
      spec.columns.map(({ expr }, index) =>
        new DataqueryBuilder().expr(expr).refId(letter(index)).format(PromQueryFormat.Table).instant()
      ),
    )
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({ id: "organize", options: organize(spec) });
  for (const column of spec.columns) panel.overrideByName(column.name, columnProperties(column));
  for (const [name, url] of Object.entries(spec.links ?? {})) {
    panel.overrideByName(name, [{ id: "links", value: [{ title: "Show only this", url }] }]);
  }
  return panel;
}

function organize(spec: TableSpec): Record<string, unknown> {
  const values = spec.columns.map(({ name }, index) => [`Value #${letter(index)}`, name]);
  const order = [...Object.keys(spec.keys), ...values.map(([from]) => from!)];
  return {
    excludeByName: { Time: true },
    renameByName: { ...spec.keys, ...Object.fromEntries(values) },
    indexByName: Object.fromEntries(order.map((name, index) => [name, index])),
  };
}

function columnProperties(column: TableSpec["columns"][number]): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [{ id: "unit", value: column.unit }];
  if (column.decimals !== undefined) properties.push({ id: "decimals", value: column.decimals });
  if (column.warnAt !== undefined || column.failAt !== undefined) {
    properties.push({ id: "thresholds", value: thresholds(column).build() });
    properties.push({ id: "custom.cellOptions", value: { type: "color-text" } });
  }
  return properties;
}

/** How a histogram's shape changes; `expr` gives increases by `le`. */
export function heat(spec: Common & { readonly expr: string }): PanelSource {
  return new heatmap.PanelBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(DATASOURCE)
    .span(spec.width ?? 8)
    .height(spec.height ?? 8)
    .calculate(false)
    .color(
      new heatmap.HeatmapColorOptionsBuilder().mode(heatmap.HeatmapColorMode.Scheme).scheme("Turbo").steps(
        64,
      ),
    )
    .yAxis(new heatmap.YAxisConfigBuilder().unit(spec.unit))
    .cellGap(1)
    .showLegend()
    .withTarget(
      new DataqueryBuilder().expr(spec.expr).legendFormat("{{le}}").refId("A").format(
        PromQueryFormat.Heatmap,
      ),
    );
}
