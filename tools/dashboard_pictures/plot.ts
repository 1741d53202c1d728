/** One time-series panel as SVG: axes, grid, lines, areas, stacks, bars, limits. */
import { formatValue } from "./units.ts";

export interface Line {
  readonly name: string;
  readonly color: string;
  /** One for each time; NaN where there is nothing. */
  readonly values: readonly number[];
  readonly isDashed: boolean;
}

export interface Plot {
  readonly width: number;
  readonly height: number;
  /** Seconds since the epoch, evenly spaced. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly unit: string;
  readonly stack: "none" | "normal" | "percent";
  readonly bars: boolean;
  /** 0–100. */
  readonly fill: number;
  readonly min?: number;
  readonly max?: number;
  readonly isLogarithmic?: boolean;
  readonly limits: readonly { readonly value: number; readonly color: string }[];
}

const LEFT = 66;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 20;

export function plotSvg(plot: Plot): string {
  const stacked = plot.stack === "none" ? plot.lines : stackUp(plot);
  const { low, high, ticks } = axis(plot, stacked);
  const innerWidth = plot.width - LEFT - RIGHT;
  const innerHeight = plot.height - TOP - BOTTOM;
  const [first, last] = [plot.times[0]!, plot.times.at(-1)!];
  const x = (time: number): number => LEFT + (time - first) / Math.max(1, last - first) * innerWidth;
  const scale = plot.isLogarithmic ? Math.log10 : (value: number): number => value;
  const y = (value: number): number =>
    TOP + (1 - (scale(value) - scale(low)) / (scale(high) - scale(low))) * innerHeight;
  const unit = plot.stack === "percent" ? "percent" : plot.unit;
  const parts = ticks.map((tick) =>
    `<line x1="${LEFT}" x2="${plot.width - RIGHT}" y1="${n(y(tick))}" y2="${n(y(tick))}" stroke="#24272c"/>` +
    `<text x="${LEFT - 6}" y="${n(y(tick) + 4)}" text-anchor="end">${formatValue(tick, unit)}</text>`
  );
  for (const time of timeTicks(first, last, innerWidth)) {
    parts.push(
      `<line y1="${TOP}" y2="${plot.height - BOTTOM}" x1="${n(x(time))}" x2="${
        n(x(time))
      }" stroke="#24272c"/>`,
      `<text x="${n(x(time))}" y="${plot.height - 5}" text-anchor="middle">${clock(time)}</text>`,
    );
  }
  const draw = plot.bars ? drawBars : drawLine;
  stacked.forEach((line, index) => {
    const below = plot.stack === "none" ? undefined : stacked[index - 1]?.values;
    parts.push(draw(plot, line, below, x, (value) => y(Math.min(high, Math.max(low, value)))));
  });
  for (const { value, color } of plot.limits) {
    if (value < low || value > high) continue;
    parts.push(
      `<line x1="${LEFT}" x2="${plot.width - RIGHT}" y1="${n(y(value))}" y2="${
        n(y(value))
      }" stroke="${color}" stroke-dasharray="7 6"/>`,
    );
  }
  return `<svg width="${plot.width}" height="${plot.height}">${parts.join("")}</svg>`;
}

type Scale = (value: number) => number;

function drawLine(
  plot: Plot,
  line: Line,
  below: readonly number[] | undefined,
  x: Scale,
  y: Scale,
): string {
  let out = "";
  for (const stretch of stretches(line.values)) {
    const points = stretch.map((i) => `${n(x(plot.times[i]!))},${n(y(line.values[i]!))}`);
    if (plot.fill > 0 && !line.isDashed) {
      const floor = stretch.toReversed().map((i) =>
        `${n(x(plot.times[i]!))},${n(y(below?.[i] ?? Math.max(0, plot.min ?? 0)))}`
      );
      out += `<polygon points="${[...points, ...floor].join(" ")}" fill="${line.color}" opacity="${
        plot.fill / 100
      }"/>`;
    }
    const dash = line.isDashed ? ' stroke-dasharray="6 5"' : "";
    out += `<polyline points="${
      points.join(" ")
    }" fill="none" stroke="${line.color}" stroke-width="1.4"${dash}/>`;
  }
  return out;
}

function drawBars(
  plot: Plot,
  line: Line,
  below: readonly number[] | undefined,
  x: Scale,
  y: Scale,
): string {
  const width = Math.max(1, (plot.width - LEFT - RIGHT) / plot.times.length);
  return line.values.map((value, i) => {
    const floor = below?.[i] ?? 0;
    if (!(value > floor)) return "";
    const top = y(value);
    return `<rect x="${n(x(plot.times[i]!) - width / 2)}" y="${n(top)}" width="${n(width)}" height="${
      n(y(floor) - top)
    }" fill="${line.color}" opacity="0.8"/>`;
  }).join("");
}

/** Indices of values without a gap between them. */
function stretches(values: readonly number[]): number[][] {
  const found: number[][] = [];
  let open = false;
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) open = false;
    else if (open) found.at(-1)!.push(i);
    else open = found.push([i]) > 0;
  });
  return found;
}

function stackUp(plot: Plot): Line[] {
  const whole = plot.times.map((_, i) => plot.lines.reduce((sum, { values }) => sum + (values[i] || 0), 0));
  const sums = plot.times.map(() => 0);
  return plot.lines.map((line) => ({
    ...line,
    values: line.values.map((value, i) => {
      sums[i]! += value || 0;
      if (plot.stack !== "percent") return sums[i]!;
      return whole[i] === 0 ? NaN : sums[i]! / whole[i]! * 100;
    }),
  }));
}

function axis(plot: Plot, lines: readonly Line[]): { low: number; high: number; ticks: number[] } {
  const values = lines.flatMap((line) => line.values.filter(Number.isFinite));
  if (plot.isLogarithmic) return decades(values.filter((value) => value > 0));
  const top = plot.stack === "percent" ? 100 : plot.max ?? Math.max(...values, 0);
  const low = plot.min ?? Math.min(...values, 0);
  const isBinary = plot.unit === "bytes" || plot.unit === "binBps";
  const step = niceStep((top - low || 1) / 4, isBinary);
  const high = plot.max ?? (plot.stack === "percent" ? 100 : Math.max(step, Math.ceil(top / step) * step));
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step / 1000; tick += step) ticks.push(tick);
  return { low, high, ticks };
}

function decades(values: readonly number[]): { low: number; high: number; ticks: number[] } {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  return { low: ticks[0]!, high: ticks.at(-1)!, ticks };
}

function niceStep(rough: number, isBinary: boolean): number {
  const base = isBinary ? 1024 ** Math.floor(Math.log(Math.max(rough * 4, 1)) / Math.log(1024)) : 1;
  const scaled = rough / base;
  const power = 10 ** Math.floor(Math.log10(scaled));
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= scaled) ?? 10;
  return factor * power * base;
}

function timeTicks(first: number, last: number, width: number): number[] {
  const wanted = (last - first) / Math.max(2, width / 90);
  const step = [5, 10, 15, 30, 60, 120, 300, 600].find((candidate) => candidate >= wanted) ?? 900;
  const ticks: number[] = [];
  for (let tick = Math.ceil(first / step) * step; tick <= last; tick += step) ticks.push(tick);
  return ticks.filter((tick) => tick - first > (last - first) * 0.03 && last - tick > (last - first) * 0.03);
}

export function clock(time: number): string {
  return new Date(time * 1000).toISOString().slice(11, 19);
}

/** Coordinates with one decimal keep the page small. */
export function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
