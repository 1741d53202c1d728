/** What the charts of a report page draw, and how their axes read: plain data, made from the figures of `chart_data.ts`. */
import { bytes, clock, clockTo, duration, percentile, rate, share, short, shortDuration } from "./numbers.js";

/** @import { ChangeMark, ChartData, Column, HealthChart, LatencyCharts, Story, SweepChart } from "../chart_data.ts" */

/**
 * A line of a chart.
 *
 * @typedef {object} Series
 * @property {string} name
 * @property {string} color name of a custom property of CSS
 * @property {Column} values
 * @property {readonly number[]} [dash]
 * @property {number} [width] pixels; 2 by default
 * @property {boolean} [filled]
 * @property {boolean} [stepped]
 * @property {readonly string[]} [labels] beside its points
 */

/**
 * A chart; an axis of scale 3 is logarithmic, as uPlot numbers them.
 *
 * @typedef {object} ChartSpec
 * @property {string} title
 * @property {string} unit
 * @property {readonly number[]} x
 * @property {readonly Series[]} series
 * @property {1 | 3} [xScale]
 * @property {1 | 3} [yScale]
 * @property {(value: number) => string} xText
 * @property {(value: number) => string} [xAxis] `xText` by default
 * @property {(value: number, step: number) => string} [xTicks] goes before `xAxis`
 * @property {readonly number[]} [xSteps] distances that ticks may have
 * @property {(value: number) => string} yText
 * @property {(value: number) => string} yAxis
 * @property {boolean} [zero] the axis begins at 0
 * @property {readonly ChangeMark[]} [marks]
 * @property {Story} [story] whose steps lie behind the lines; the chart takes the whole width
 * @property {boolean} [dotted] every point is drawn, and the horizontal axis has room beside the outer ones
 */

/**
 * What the controls of the page choose.
 *
 * @typedef {object} Choices
 * @property {keyof ChartData["latency"] | undefined} kind undefined where no latency was measured
 * @property {string} percentile
 * @property {1 | 3} scale of the latency axis
 */

/** @param {number} index of a result, or of a line */
export const color = (index) => `--s${index % 8}`;
const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [12, 4], [3, 6], [6, 2, 2, 2]];

/** Ticks at the distances that clocks have. */
const hours = [1, 2, 3, 6, 12, 24, 48].map((count) => count * 3600);
const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, ...hours];

/**
 * The charts of a page in their order, each to be made anew after a choice.
 *
 * @param {ChartData} data
 * @param {Choices} choices
 * @returns {(() => ChartSpec)[]}
 */
export function chartSpecs(data, choices) {
  const many = data.names.length > 1;
  const { story, sweep } = data;
  const timeAxis = {
    xText: clock,
    xTicks: clockTo,
    xSteps: steps,
    marks: data.changes,
    ...(story ? { story } : {}),
  };
  /** @param {Choices["kind"]} kind */
  const latencyOf = (kind = choices.kind) => {
    const charts = kind && data.latency[kind];
    if (charts === undefined) throw new RangeError(`no latency '${kind}' in this report`);
    return charts;
  };

  /**
   * A line a result, without the results that say nothing.
   *
   * @param {readonly Column[]} columns
   * @returns {Series[]}
   */
  const perResult = (columns) =>
    columns.map((values, index) => ({
      name: data.names[index] ?? "",
      color: color(index),
      dash: dashes[index % 8] ?? [],
      values,
    })).filter(({ values }) => values.some((value) => value !== null));

  /** @returns {ChartSpec} */
  function rateSpec() {
    /** @type {Series[]} */
    const series = data.names.map((name, index) => ({
      name: many ? name : "actual",
      color: color(index),
      values: data.rate.columns[index] ?? [],
    }));
    data.target.columns.forEach((values, index) => {
      if (values.every((value) => value === null)) return;
      const repeated = data.target.columns.findIndex((other) => String(other) === String(values)) < index;
      if (repeated) return;
      series.push({
        name: many ? `target of ${data.names[index]}` : "target",
        color: many ? color(index) : "--soft",
        dash: [6, 5],
        width: 1.5,
        values,
      });
    });
    return {
      title: "Throughput",
      unit: "messages per second",
      x: data.rate.x,
      series,
      ...timeAxis,
      yText: rate,
      yAxis: short,
      zero: true,
    };
  }

  /**
   * @param {LatencyCharts} latency
   * @returns {ChartSpec}
   */
  function timeSpec(latency) {
    const shared = {
      title: `${latency.title} over time`,
      ...timeAxis,
      yText: duration,
      yAxis: shortDuration,
      yScale: choices.scale,
    };
    const chosen = latency.overTime[choices.percentile];
    if (many && chosen !== undefined) {
      const name = choices.percentile === "max" ? "max" : `P${choices.percentile}`;
      return { ...shared, unit: name, x: chosen.x, series: perResult(chosen.columns) };
    }
    const lines = Object.entries(latency.overTime);
    const series = lines.map(([key, chart], index) => ({
      name: key === "max" ? "max" : `P${key}`,
      color: color(index),
      dash: dashes[index] ?? [],
      values: chart.columns[0] ?? [],
    }));
    return { ...shared, unit: "per interval", x: lines[0]?.[1].x ?? [], series };
  }

  /** @returns {ChartSpec} */
  function curveSpec() {
    const { title, curve } = latencyOf();
    return {
      title: `${title} by percentile`,
      unit: "whole run",
      x: curve.x,
      series: perResult(curve.columns).map((series) => ({ ...series, name: many ? series.name : title })),
      xScale: 3,
      xText: percentile,
      xAxis: (inverse) => inverse === 1 ? "0%" : `${+(100 * (1 - 1 / inverse)).toFixed(6)}%`,
      yText: duration,
      yAxis: shortDuration,
      yScale: choices.scale,
    };
  }

  /** @returns {ChartSpec} */
  function binSpec() {
    const { title, bins } = latencyOf();
    return {
      title: `${title}: distribution`,
      unit: "share of messages",
      x: bins.x,
      series: perResult(bins.columns).map((series) => ({
        ...series,
        name: many ? series.name : "share",
        dash: [],
        filled: true,
        stepped: true,
      })),
      xScale: 3,
      xText: (us) => `from ${duration(us)}`,
      xAxis: shortDuration,
      yText: share,
      yAxis: (value) => `${+(value * 100).toPrecision(3)}%`,
      zero: true,
    };
  }

  /**
   * @param {HealthChart} health
   * @returns {() => ChartSpec}
   */
  const healthSpec = (health) => () => {
    const texts = /** @type {const} */ ({
      count: [short, short],
      duration: [duration, shortDuration],
      share: [share, share],
      bytes: [bytes, bytes],
    });
    const [yText, yAxis] = texts[health.kind];
    return {
      title: health.title,
      unit: health.unit,
      x: health.chart.x,
      series: perResult(health.chart.columns).map((series) => ({
        ...series,
        name: many ? series.name : health.title.toLowerCase(),
      })),
      ...timeAxis,
      yText,
      yAxis,
      zero: true,
    };
  };

  const hasTime = data.rate.x.length > 0;
  const hasLatency = choices.kind !== undefined;
  if (sweep) return sweep.map((chart) => () => sweepSpec(chart, choices));
  if (story && hasTime) {
    // What users feel of each role, one below the other; what the broker needs is a choice of the charts below.
    const felt = /** @type {const} */ (["response", "endToEnd"]).flatMap((kind) => data.latency[kind] ?? []);
    const first = ["Backlog", "In flight", "Errors"];
    const rank = (/** @type {HealthChart} */ { title }) =>
      (first.indexOf(title) + first.length) % first.length;
    const known = data.health.filter(({ title }) => first.includes(title)).sort((a, b) => rank(a) - rank(b));
    return [
      rateSpec,
      ...felt.map((latency) => () => timeSpec(latency)),
      ...known.map(healthSpec),
      ...(hasLatency ? [curveSpec, binSpec] : []),
      ...data.health.filter((chart) => !known.includes(chart)).map(healthSpec),
    ];
  }
  return [
    ...(hasTime ? [rateSpec] : []),
    ...(hasTime && hasLatency ? [() => timeSpec(latencyOf())] : []),
    ...(hasLatency ? [curveSpec, binSpec] : []),
    ...data.health.map(healthSpec),
  ];
}

/**
 * @param {SweepChart} sweep
 * @param {Choices} choices
 * @returns {ChartSpec}
 */
function sweepSpec({ title, x, lines }, { scale }) {
  const [low = 1, high = 1] = [x[0], x[x.length - 1]];
  return {
    title,
    unit: "at each rate that was reached",
    x,
    series: lines.map(({ name, color: index, dashed, values, labels }) => ({
      name,
      color: color(index),
      dash: dashed ? [5, 5] : [],
      values,
      labels,
    })),
    xScale: high > 8 * low && low > 0 ? 3 : 1,
    xText: rate,
    xAxis: short,
    yText: duration,
    yAxis: shortDuration,
    yScale: scale,
    dotted: true,
  };
}
