/** What the charts of a report page draw, and how their axes read: plain data, made from the figures of `chart_data.ts`. */
import { clock, clockTo, duration, percentile, rate, share, short, shortDuration } from "./numbers.js";

/** @import { ChangeMark, ChartData, Column, HealthChart } from "../chart_data.ts" */

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
  const timeAxis = { xText: clock, xTicks: clockTo, xSteps: steps, marks: data.changes };
  const latencyOf = () => {
    const charts = choices.kind && data.latency[choices.kind];
    if (charts === undefined) throw new RangeError(`no latency '${choices.kind}' in this report`);
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

  /** @returns {ChartSpec} */
  function timeSpec() {
    const latency = latencyOf();
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
  return [
    ...(hasTime ? [rateSpec] : []),
    ...(hasTime && hasLatency ? [timeSpec] : []),
    ...(hasLatency ? [curveSpec, binSpec] : []),
    ...data.health.map(healthSpec),
  ];
}
