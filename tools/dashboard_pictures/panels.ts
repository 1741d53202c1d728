/** Panels drawn from their JSON and from what Prometheus answered. */
import type { Series } from "../../tests/support/prometheus.ts";
import type { PanelModel } from "../../tests/support/prometheus_panels.ts";
import { clock, type Line, n, plotSvg } from "./plot.ts";
import { formatValue } from "./units.ts";

/** Answers in the order of the panel's targets. */
export type Answers = readonly (readonly Series[])[];

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly times: readonly number[];
}

const PALETTE = [
  "#7EB26D",
  "#EAB839",
  "#6ED0E0",
  "#EF843C",
  "#E24D42",
  "#1F78C1",
  "#BA43A9",
  "#705DA0",
  "#508642",
  "#CCA300",
  "#447EBC",
  "#C15C17",
];
const COLORS: Readonly<Record<string, string>> = {
  green: "#73BF69",
  orange: "#FF9830",
  red: "#F2495C",
  text: "#D8D9DA",
};

interface Defaults {
  readonly unit?: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly custom?: {
    readonly drawStyle?: string;
    readonly fillOpacity?: number;
    readonly stacking?: { readonly mode: string };
    readonly scaleDistribution?: { readonly type: string };
    readonly thresholdsStyle?: { readonly mode: string };
  };
  readonly thresholds?: Steps;
}

interface Steps {
  readonly steps: readonly { readonly value: number | null; readonly color: string }[];
}

/** HTML of a panel's inside; undefined where there is nothing to draw. */
export function panelBody(panel: PanelModel, answers: Answers, frame: Frame): string | undefined {
  const isEmpty = !answers.some((series) => series.some(({ values }) => values.length > 0));
  if (isEmpty) return undefined;
  switch (panel.type) {
    case "timeseries":
      return chartBody(panel, answers, frame);
    case "stat":
      return statBody(panel, answers, frame);
    case "table":
      return tableBody(panel, answers);
    case "heatmap":
      return heatBody(answers, frame);
    default:
      throw new Error(`panel '${panel.title}' is of a kind that cannot be drawn: '${panel.type}'`);
  }
}

const defaultsOf = (panel: PanelModel): Defaults => panel.fieldConfig?.defaults as Defaults;

function legendOf(format: string | undefined, metric: Series["metric"]): string {
  if (format === undefined || format === "") return metric.__name__ ?? "";
  return format.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => metric[label] ?? "");
}

function align(series: Series, times: readonly number[]): number[] {
  const at = new Map(series.values.map(([time, value]) => [Math.round(time * 10), value]));
  return times.map((time) => at.get(Math.round(time * 10)) ?? NaN);
}

function chartBody(panel: PanelModel, answers: Answers, frame: Frame): string {
  const { unit = "none", decimals, min, max, custom = {}, thresholds } = defaultsOf(panel);
  const dashed = new Set(
    panel.fieldConfig!.overrides
      .filter(({ properties }) => properties.some(({ id }) => id === "custom.lineStyle"))
      .map(({ matcher }) => matcher.options),
  );
  const lines: Line[] = answers.flatMap((series, index) =>
    series.map((one) => ({
      name: legendOf(panel.targets![index]!.legendFormat, one.metric),
      values: align(one, frame.times),
    }))
  ).map((line, index) => ({
    ...line,
    color: fixedColor(panel, line.name) ?? PALETTE[index % PALETTE.length]!,
    isDashed: dashed.has(line.name),
  }));
  const legend = legendTable(lines, unit, decimals, frame.height);
  const mode = custom.stacking?.mode;
  const svg = plotSvg({
    width: frame.width,
    height: frame.height - legend.height,
    times: frame.times,
    lines,
    unit,
    stack: mode === "normal" || mode === "percent" ? mode : "none",
    bars: custom.drawStyle === "bars",
    fill: custom.fillOpacity ?? 0,
    isLogarithmic: custom.scaleDistribution?.type === "log",
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    limits: custom.thresholdsStyle === undefined
      ? []
      : (thresholds?.steps ?? []).filter(({ value }) => value !== null)
        .map(({ value, color }) => ({ value: value!, color: COLORS[color]! })),
  });
  return svg + legend.html;
}

function fixedColor(panel: PanelModel, name: string): string | undefined {
  const own = panel.fieldConfig!.overrides.find(({ matcher }) => matcher.options === name);
  const color = own?.properties.find(({ id }) => id === "color")?.value;
  return (color as { fixedColor: string } | undefined)?.fixedColor;
}

const LEGEND_ROW = 19;

/** As many rows as fit into two fifths of the panel; Grafana scrolls the rest. */
function legendTable(
  lines: readonly Line[],
  unit: string,
  decimals: number | undefined,
  height: number,
): { html: string; height: number } {
  const shown = lines.slice(0, Math.max(2, Math.floor(height * 0.42 / LEGEND_ROW) - 1));
  const rows = shown.map(({ name, color, values }) => {
    const known = values.filter(Number.isFinite);
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    const figures = known.length === 0 ? ["", "", ""] : [known.at(-1)!, mean, Math.max(...known)]
      .map((value) => formatValue(value, unit, decimals));
    return `<tr><td class="name"><i style="background:${color}"></i>${escape(name)}</td>${
      figures.map((figure) => `<td>${figure}</td>`).join("")
    }</tr>`;
  });
  const head = `<tr><th></th><th>Last *</th><th>Mean</th><th>Max</th></tr>`;
  return {
    html: `<table class="legend">${head}${rows.join("")}</table>`,
    height: (shown.length + 1) * LEGEND_ROW + 4,
  };
}

function colorOf(value: number, thresholds: Steps | undefined): string {
  const step = thresholds?.steps.findLast((candidate) =>
    candidate.value === null || value >= candidate.value
  );
  return COLORS[step?.color ?? "text"] ?? COLORS.text!;
}

function statBody(panel: PanelModel, answers: Answers, frame: Frame): string {
  const { unit = "none", decimals, thresholds } = defaultsOf(panel);
  const { colorMode, graphMode, textMode } = panel.options as Record<string, string>;
  const series = answers[0]!;
  const value = series[0]!.values.findLast(([, one]) => Number.isFinite(one))?.[1] ?? NaN;
  const color = colorMode === "none" ? COLORS.text! : colorOf(value, thresholds);
  const text = textMode === "name"
    ? series.map(({ metric }) => legendOf(panel.targets![0]!.legendFormat, metric)).join(", ")
    : formatValue(value, unit, decimals);
  const spark = graphMode === "area" ? sparkline(align(series[0]!, frame.times), frame, color) : "";
  const size = text.length > 13 ? 20 : text.length > 8 ? 25 : 34;
  return `<div class="stat" style="color:${color};font-size:${size}px">${escape(text)}</div>${spark}`;
}

function sparkline(values: readonly number[], { width, height }: Frame, color: string): string {
  const known = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...known, 0), Math.max(...known)];
  const top = height * 0.62;
  const points = values.flatMap((value, i) =>
    Number.isFinite(value)
      ? [
        `${n(i / (values.length - 1) * width)},${
          n(height - (value - low) / (high - low || 1) * (height - top))
        }`,
      ]
      : []
  );
  const stroke = color === COLORS.text ? "#7EB26D" : color;
  const start = points[0]?.split(",")[0];
  return `<svg class="spark" width="${width}" height="${height}"><polygon points="${start},${height} ${
    points.join(" ")
  } ${width},${height}" fill="${stroke}" opacity="0.16"/><polyline points="${
    points.join(" ")
  }" fill="none" stroke="${stroke}"/></svg>`;
}

function tableBody(panel: PanelModel, answers: Answers): string {
  const organize = panel.transformations!.find(({ id }) => id === "organize")!.options as {
    renameByName: Record<string, string>;
    indexByName: Record<string, number>;
  };
  const columns = Object.keys(organize.indexByName)
    .sort((a, b) => organize.indexByName[a]! - organize.indexByName[b]!);
  const keys = columns.filter((column) => !column.startsWith("Value #"));
  const rows = new Map<string, Record<string, string | number>>();
  answers.forEach((series, index) => {
    for (const { metric, values } of series) {
      const key = keys.map((name) => metric[name] ?? "").join("\n");
      const row = rows.get(key) ?? Object.fromEntries(keys.map((name) => [name, metric[name] ?? ""]));
      row[`Value #${panel.targets![index]!.refId}`] = values.at(-1)![1];
      rows.set(key, row);
    }
  });
  const sortName = (panel.options!.sortBy as { displayName: string }[])[0]!.displayName;
  const sortKey = columns.find((column) => organize.renameByName[column] === sortName)!;
  const sorted = [...rows.values()].sort((a, b) => Number(b[sortKey] ?? 0) - Number(a[sortKey] ?? 0));
  const head = columns.map((column) => `<th>${escape(organize.renameByName[column] ?? column)}</th>`);
  const body = sorted.map((row) =>
    `<tr>${columns.map((column) => cell(panel, organize.renameByName[column]!, row[column])).join("")}</tr>`
  );
  return `<table class="rows"><tr>${head.join("")}</tr>${body.join("")}</table>`;
}

function cell(panel: PanelModel, name: string, value: string | number | undefined): string {
  const properties = panel.fieldConfig!.overrides.find(({ matcher }) => matcher.options === name)?.properties;
  const property = (id: string): unknown => properties?.find((one) => one.id === id)?.value;
  if (value === undefined) return "<td></td>";
  if (typeof value === "string") {
    return `<td class="key${property("links") ? " link" : ""}">${escape(value)}</td>`;
  }
  const text = formatValue(
    value,
    String(property("unit") ?? "none"),
    property("decimals") as number | undefined,
  );
  const steps = property("thresholds") as Steps | undefined;
  return `<td${steps ? ` style="color:${colorOf(value, steps)}"` : ""}>${text}</td>`;
}

/** Buckets as rows, the slowest on top. */
function heatBody(answers: Answers, frame: Frame): string {
  const bounds = answers[0]!
    .map((series) => ({ le: Number(series.metric.le === "+Inf" ? Infinity : series.metric.le), series }))
    .sort((a, b) => a.le - b.le);
  const cumulative = bounds.map(({ series }) => align(series, frame.times));
  const counts = cumulative.map((row, i) => row.map((value, t) => value - (cumulative[i - 1]?.[t] ?? 0)));
  const used = bounds.map((_, i) => i).filter((i) => counts[i]!.some((count) => count > 0));
  const [first, last] = [Math.max(0, used[0]! - 1), Math.min(bounds.length - 1, used.at(-1)! + 1)];
  const most = Math.max(...counts.flat().filter(Number.isFinite));
  const [left, bottom] = [66, 20];
  const rowHeight = (frame.height - bottom) / (last - first + 1);
  const cellWidth = (frame.width - left) / frame.times.length;
  const parts: string[] = [];
  for (let i = first; i <= last; i++) {
    const y = (last - i) * rowHeight;
    const name = bounds[i]!.le === Infinity ? "+Inf" : formatValue(bounds[i]!.le, "s");
    parts.push(`<text x="${left - 6}" y="${n(y + rowHeight / 2 + 4)}" text-anchor="end">${name}</text>`);
    counts[i]!.forEach((count, t) => {
      if (!(count > 0)) return;
      parts.push(
        `<rect x="${n(left + t * cellWidth)}" y="${n(y)}" width="${n(cellWidth - 0.5)}" height="${
          n(rowHeight - 1)
        }" fill="${heatColor(Math.sqrt(count / most))}"/>`,
      );
    });
  }
  const middle = frame.times[Math.floor(frame.times.length / 2)]!;
  parts.push(
    `<text x="${left + (frame.width - left) / 2}" y="${frame.height - 5}" text-anchor="middle">${
      clock(middle)
    }</text>`,
  );
  return `<svg width="${frame.width}" height="${frame.height}">${parts.join("")}</svg>`;
}

/** Blue for few, through green and yellow, to red for most. */
function heatColor(share: number): string {
  return `hsl(${Math.round(240 - 240 * share)} 80% ${Math.round(35 + 20 * share)}%)`;
}

export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
