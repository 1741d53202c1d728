/** Draws one chart of a report page with uPlot, in the colours of the page as it is now. */
import { color } from "./charts.js";

/** @import uPlot from "uplot" */
/** @import { ChartSpec } from "./charts.js" */
/** @import { ChangeMark, Story } from "../chart_data.ts" */

/** The chart library, a script of its own on the page. */
const Plot = /** @type {{ uPlot: typeof uPlot }} */ (/** @type {unknown} */ (globalThis)).uPlot;

// A canvas can't read `light-dark()`, but an element that wears the colour tells what it came to.
const probe = document.createElement("i");
probe.hidden = true;
document.body.append(probe);

/**
 * The colour that a custom property stands for now.
 *
 * @param {string} name
 */
const css = (name) => {
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
};

/**
 * @param {string} name
 * @param {number} alpha
 */
const faded = (name, alpha) => css(name).replace("rgb(", "rgba(").replace(")", `, ${alpha})`);

/**
 * @param {(value: number) => string} text
 * @param {number} size pixels
 * @param {(value: number, step: number) => string} [ticks]
 * @returns {uPlot.Axis}
 */
function axis(text, size, ticks) {
  const line = () => ({ stroke: css("--grid"), width: 1 });
  return {
    font: "12px system-ui, sans-serif",
    size,
    stroke: css("--soft"),
    grid: line(),
    ticks: { ...line(), size: 4 },
    values: (_plot, splits, _axis, _space, step) =>
      // A filter puts null where a tick has no label.
      /** @type {(number | null)[]} */ (splits).map((split) =>
        split === null ? "" : ticks ? ticks(split, step) : text(split)
      ),
  };
}

/**
 * The range of an axis that shows values from `low` to `high`.
 *
 * @param {ChartSpec} spec
 * @returns {uPlot.Range.Function}
 */
const yRange = (spec) => (_plot, low, high) => {
  if (spec.yScale === 3) return Plot.rangeLog(low, high === low ? low * 10 : high, 10, false);
  // Above the lines of a story stand the names of its steps.
  const room = spec.story ? 1.18 : 1.08;
  return spec.zero || spec.yScale ? [0, (high || 1) * room] : Plot.rangeNum(low, high, 0.1, true);
};

/**
 * @param {ChartSpec} spec
 * @param {HTMLElement} holder
 * @param {boolean} many whether the page shows several results
 * @param {(index: number | null | undefined) => void} onCursor told of the point under the cursor
 */
export function draw(spec, holder, many, onCursor) {
  const stepped = Plot.paths.stepped?.({ align: 1 });
  const width = Math.max(280, holder.clientWidth);
  const xAxis = axis(spec.xAxis ?? spec.xText, 34, spec.xTicks);
  const yAxis = axis(spec.yAxis, 62);
  if (spec.xSteps) xAxis.incrs = [...spec.xSteps];
  if (spec.xScale === 3) useDecades(xAxis, Math.max(2, Math.floor((width - 90) / 64)), spec.dotted ?? false);
  if (spec.yScale === 3) useDecades(yAxis, 12, true);
  /** @type {uPlot.Options} */
  const options = {
    width,
    height: spec.story ? 230 : Math.round(Math.min(spec.dotted ? 420 : 320, Math.max(230, width * 0.5))),
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false },
      points: { size: 7, fill: (_plot, index) => css(spec.series[index - 1]?.color ?? "--ink") },
      y: false,
      // All charts of a story show the same moment, and zoom together.
      ...(spec.story ? { sync: { key: "story" } } : {}),
    },
    scales: {
      x: {
        time: false,
        distr: spec.xScale ?? 1,
        ...xRange(spec),
      },
      y: { distr: spec.yScale ?? 1, range: yRange(spec) },
    },
    axes: [xAxis, yAxis],
    series: [
      {},
      ...spec.series.map((series) => ({
        label: series.name,
        stroke: css(series.color),
        width: series.width ?? 2,
        dash: [...series.dash ?? []],
        // A pause of a scenario is a gap; results of different interval lengths have gaps that mean nothing.
        spanGaps: spec.story === undefined,
        points: {
          show: spec.dotted || (spec.x.length < 40 && !series.stepped),
          size: spec.dotted ? 7 : 5,
          fill: css("--card"),
        },
        ...(series.stepped && stepped ? { paths: stepped } : {}),
        ...(series.filled ? { fill: faded(series.color, many ? 0.2 : 0.3) } : {}),
      })),
    ],
    hooks: {
      setCursor: [(plot) => onCursor(plot.cursor.idx)],
      drawClear: [(plot) => spec.story && drawBands(plot, spec.story)],
      draw: [(plot) => {
        drawMarks(plot, spec.marks ?? [], many);
        if (spec.story) drawSteps(plot, spec.story);
        drawLabels(plot, spec);
      }],
    },
  };
  const plot = new Plot(options, [[...spec.x], ...spec.series.map(({ values }) => [...values])], holder);
  plot.root.setAttribute("aria-hidden", "true");
  return plot;
}

/**
 * The horizontal range where it is not simply that of the points.
 *
 * @param {ChartSpec} spec
 * @returns {Partial<uPlot.Scale>}
 */
function xRange({ story, xScale, dotted }) {
  if (dotted && xScale === 3) return { range: (_plot, low, high) => [low / 1.25, high * 1.25] };
  if (dotted) {
    return {
      range: (
        _plot,
        low,
        high,
      ) => [Math.max(0, low - (high - low) * 0.06), high + (high - low || high) * 0.06],
    };
  }
  if (xScale === 3) return { range: (_plot, low, high) => [low, high] };
  // Points stand in the middle of their intervals: the axis of a story begins and ends with the measured part.
  if (story) {
    return {
      range: (plot, low, high) => {
        const times = plot.data[0];
        const isWhole = low === times[0] && high === times[times.length - 1];
        return isWhole ? [0, Math.max(high, story.seconds)] : [low, high];
      },
    };
  }
  return {};
}

/** @param {Story["steps"][number]} step */
const stepColor = ({ state }) => state === "failed" ? "--bad" : "--soft";

/**
 * The stretches of time that steps took, behind the lines.
 *
 * @param {uPlot} plot
 * @param {Story} story
 */
function drawBands(plot, { steps }) {
  const { ctx, bbox } = plot;
  const right = bbox.left + bbox.width;
  ctx.save();
  for (const step of steps) {
    if (step.isStage || step.to <= step.from) continue;
    const from = Math.max(bbox.left, plot.valToPos(step.from, "x", true));
    // Of a step of a moment a line of a pixel is left to see.
    const to = Math.min(right, Math.max(plot.valToPos(step.to, "x", true), from + devicePixelRatio));
    if (to <= from) continue;
    ctx.fillStyle = faded(stepColor(step), 0.16);
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
  }
  ctx.restore();
}

/**
 * A dotted line where each step begins, with its name where the one before leaves room.
 *
 * @param {uPlot} plot
 * @param {Story} story
 */
function drawSteps(plot, { steps }) {
  const marks = steps.map((step) => ({ x: step.from, text: step.name, color: stepColor(step) }));
  drawLines(plot, marks);
}

/**
 * What each point is the outcome of, beside it.
 *
 * @param {uPlot} plot
 * @param {ChartSpec} spec
 */
function drawLabels(plot, { series, x }) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = "bottom";
  /** @type {[left: number, top: number, right: number, bottom: number][]} */
  const taken = [];
  for (const { labels, values, color: ink } of series) {
    labels?.forEach((text, index) => {
      const value = values[index] ?? null;
      const at = x[index];
      if (text === "" || value === null || at === undefined) return;
      const left = plot.valToPos(at, "x", true);
      const top = plot.valToPos(value, "y", true);
      const width = ctx.measureText(text).width;
      const height = 12 * ratio;
      // Above the point, or where others stand, below it, or at either side.
      const places = [
        [left - width / 2, top - 6 * ratio],
        [left - width / 2, top + 6 * ratio + height],
        [left + 7 * ratio, top + height / 2],
        [left - 7 * ratio - width, top + height / 2],
      ];
      for (const [textLeft = 0, bottom = 0] of places) {
        const box = /** @type {const} */ ([textLeft, bottom - height, textLeft + width, bottom]);
        const isInside = box[0] >= bbox.left && box[2] <= bbox.left + bbox.width && box[1] >= bbox.top &&
          box[3] <= bbox.top + bbox.height;
        const isFree = taken.every((other) =>
          box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3]
        );
        if (!isInside || !isFree) continue;
        taken.push([...box]);
        ctx.fillStyle = css(ink);
        ctx.fillText(text, textLeft, bottom);
        return;
      }
    });
  }
  ctx.restore();
}

/**
 * A dotted line at each moment something was changed; its text too, where the one before leaves room.
 *
 * @param {uPlot} plot
 * @param {readonly ChangeMark[]} marks
 * @param {boolean} many
 */
function drawMarks(plot, marks, many) {
  const times = plot.data[0];
  const [first = 0, last = 0] = [times[0], times[times.length - 1]];
  drawLines(
    plot,
    marks.map(({ x, text, result }) => ({
      // Points stand in the middle of their intervals: half of the first and of the last lies beyond them.
      x: Math.min(Math.max(x, first), last),
      text,
      color: many ? color(result) : "--soft",
    })),
  );
}

/**
 * Dotted vertical lines; a text beside each where the one before leaves room.
 *
 * @param {uPlot} plot
 * @param {readonly { x: number, text: string, color: string }[]} lines
 */
function drawLines(plot, lines) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  let free = bbox.left;
  ctx.save();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([2 * ratio, 3 * ratio]);
  for (const { x, text, color: ink } of lines) {
    const at = plot.valToPos(x, "x", true);
    if (at < bbox.left || at > bbox.left + bbox.width) continue;
    ctx.strokeStyle = ctx.fillStyle = css(ink);
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
    const gap = 4 * ratio;
    const width = ctx.measureText(text).width;
    // To the left of the line where the right has no room.
    const left = at + gap + width <= bbox.left + bbox.width ? at + gap : at - gap - width;
    if (left < free) continue;
    ctx.fillText(text, left, bbox.top + 2 * ratio);
    free = left + width + gap;
  }
  ctx.restore();
}

/**
 * Ticks of a logarithmic axis: whole decades.
 *
 * @param {uPlot.Axis} axis
 * @param {number} room how many ticks fit
 * @param {boolean} dense
 */
function useDecades(axis, room, dense) {
  axis.splits = (_plot, _axis, low, high) => logSplits(low, high, room, dense);
  axis.filter = (_plot, splits) => splits;
}

/**
 * Whole decades, no more than there is room for; where they are few and `dense`, also 2 and 5 of each.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} room
 * @param {boolean} dense
 */
function logSplits(low, high, room, dense) {
  const inside = (/** @type {number} */ value) => value >= low * 0.999 && value <= high * 1.001;
  const first = Math.floor(Math.log10(low));
  const count = Math.ceil(Math.log10(high)) - first + 1;
  const decades = Array.from({ length: count }, (_, index) => 10 ** (first + index));
  const whole = decades.filter(inside);
  if (dense && whole.length < 3) return decades.flatMap((at) => [at, 2 * at, 5 * at]).filter(inside);
  const step = Math.ceil(whole.length / room);
  return whole.filter((_, index) => index % step === 0);
}
