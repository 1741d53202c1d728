/** Drawings made of characters: plots, sparklines, gauges and bars, in Braille, blocks or ASCII. */
import { type Line, seg, type Segment, type Style } from "./line.ts";
import type { Glyphs } from "./theme.ts";

/** The smallest of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 × 10^k that is at least `value`: an axis that changes seldom. */
export function niceMax(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8]) {
    if (step * power >= value * (1 - 1e-12)) return step * power;
  }
  return 10 * power;
}

/** Values that a plot of this width can show: two per cell in Braille, one otherwise. */
export function plotPoints(width: number, glyphs: Glyphs): number {
  return glyphs.level === "braille" ? width * 2 : width;
}

export interface PlotSeries {
  /** `plotPoints(width)` values from old to new; NaN leaves a gap. */
  readonly values: ArrayLike<number>;
  readonly kind: "area" | "line";
  /** One style, or shades from the bottom to the top. */
  readonly styles: readonly Style[];
  /** A line that stays visible where it crosses what was drawn before; otherwise it gives way. */
  readonly over?: true;
}

const BRAILLE_BASE = 0x2800;
/** Bits of the left and the right dot column, from the top dot down (Unicode Braille patterns). */
const DOTS = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]] as const;

interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Characters by cell; 0 = empty. */
  readonly cells: Uint32Array;
  readonly styles: Style[];
}

/** Plots series over each other: areas first in the order given, lines never hide an area's cell. */
export function plot(
  series: readonly PlotSeries[],
  max: number,
  width: number,
  height: number,
  glyphs: Glyphs,
): Segment[][] {
  const canvas: Canvas = {
    width,
    height,
    cells: new Uint32Array(width * height),
    styles: new Array<Style>(width * height).fill("text"),
  };
  const areas = series.filter((one) => one.kind === "area");
  const lines = series.filter((one) => one.kind === "line");
  for (const one of [...areas, ...lines]) {
    if (glyphs.level === "braille") drawBraille(canvas, one, max);
    else drawBlocks(canvas, one, max, glyphs);
  }
  return canvasLines(canvas);
}

function shade(styles: readonly Style[], rowFromBottom: number, height: number): Style {
  const index = Math.min(styles.length - 1, Math.floor((rowFromBottom / height) * styles.length));
  return styles[index] ?? "text";
}

function drawBraille(canvas: Canvas, series: PlotSeries, max: number): void {
  const { width, height } = canvas;
  const shades = Array.from({ length: height }, (_, row) => shade(series.styles, height - 1 - row, height));
  const taken = series.kind === "line" && !series.over ? canvas.cells.slice() : undefined;
  let before = -1;
  for (let column = 0; column < width * 2; column++) {
    const value = series.values[column] ?? NaN;
    if (Number.isNaN(value)) {
      before = -1;
      continue;
    }
    const top = level(value, max, height * 4);
    let from = 1;
    let to = top;
    if (series.kind === "line") {
      const at = Math.max(1, top);
      [from, to] = before === -1 || before === at
        ? [at, at]
        : before < at
        ? [before + 1, at]
        : [at, before - 1];
      before = at;
    }
    drawColumn(canvas, column, from, to, shades, taken);
  }
}

/** Sets the dots `from` to `to` (1 = lowest) of a dot column, cell by cell; cells in `taken` are left alone. */
function drawColumn(
  canvas: Canvas,
  column: number,
  from: number,
  to: number,
  shades: readonly Style[],
  taken: Uint32Array | undefined,
): void {
  const { width, height, cells, styles } = canvas;
  const bits = DOTS[(column & 1) as 0 | 1];
  for (let low = from; low <= to;) {
    const fromBottom = (low - 1) >> 2;
    const high = Math.min(to, fromBottom * 4 + 4);
    let mask = 0;
    for (let dot = low; dot <= high; dot++) mask |= bits[(3 - ((dot - 1) & 3)) as 0 | 1 | 2 | 3];
    const row = height - 1 - fromBottom;
    const cell = row * width + (column >> 1);
    if (taken === undefined || taken[cell] === 0) {
      cells[cell] = (cells[cell] as number) | BRAILLE_BASE | mask;
      styles[cell] = shades[row] as Style;
    }
    low = high + 1;
  }
}

/** Steps of `steps` that a value fills; a value above 0 always shows. */
function level(value: number, max: number, steps: number): number {
  if (!(value > 0)) return 0;
  return Math.max(1, Math.min(steps, Math.round((value / max) * steps)));
}

function drawBlocks(canvas: Canvas, series: PlotSeries, max: number, glyphs: Glyphs): void {
  const { width, height, cells, styles } = canvas;
  const parts = glyphs.up.length;
  const full = (glyphs.up[parts - 1] as string).codePointAt(0) as number;
  const mark = glyphs.mark.codePointAt(0) as number;
  for (let column = 0; column < width; column++) {
    const value = series.values[column] ?? NaN;
    if (Number.isNaN(value)) continue;
    const steps = level(value, max, height * parts);
    if (series.kind === "line") {
      const fromBottom = Math.max(0, Math.ceil(steps / parts) - 1);
      const cell = (height - 1 - fromBottom) * width + column;
      if (cells[cell] !== 0 && !series.over) continue;
      cells[cell] = mark;
      styles[cell] = shade(series.styles, fromBottom, height);
      continue;
    }
    for (let fromBottom = 0; fromBottom * parts < steps; fromBottom++) {
      const cell = (height - 1 - fromBottom) * width + column;
      const rest = steps - fromBottom * parts;
      cells[cell] = rest >= parts ? full : (glyphs.up[rest - 1] as string).codePointAt(0) as number;
      styles[cell] = shade(series.styles, fromBottom, height);
    }
  }
}

function canvasLines(canvas: Canvas): Segment[][] {
  const { width, height, cells, styles } = canvas;
  const lines: Segment[][] = [];
  for (let row = 0; row < height; row++) {
    const line: Segment[] = [];
    let text = "";
    let style: Style = "text";
    for (let column = 0; column < width; column++) {
      const cell = row * width + column;
      const code = cells[cell] as number;
      // Blanks take any style, which keeps the pieces few.
      const own: Style = code === 0 ? style : styles[cell] as Style;
      if (own !== style) {
        if (text !== "") line.push({ text, style });
        text = "";
        style = own;
      }
      text += code === 0 ? " " : String.fromCharCode(code);
    }
    if (text !== "") line.push({ text, style });
    lines.push(line);
  }
  return lines;
}

/** A plot with labels on the left and, when there are rows to spare, the times below. */
export interface ChartOptions {
  readonly series: readonly PlotSeries[];
  readonly max: number;
  readonly width: number;
  readonly height: number;
  readonly label: (value: number) => string;
  /** Length of the time axis in words: `60 s`. */
  readonly timeSpan: string;
  readonly glyphs: Glyphs;
}

/** Width of the label column of `chart`, the axis included. */
export function axisWidth(max: number, label: (value: number) => string): number {
  return Math.max(label(max).length, label(max / 2).length, label(0).length) + 2;
}

export function chart(options: ChartOptions): Line[] {
  const { max, width, height, label, glyphs } = options;
  const left = axisWidth(max, label);
  const timeRow = height >= 7;
  const plotHeight = timeRow ? height - 1 : height;
  const plotWidth = Math.max(1, width - left);
  const rows = plot(options.series, max, plotWidth, plotHeight, glyphs);
  const labels = new Map<number, string>([[0, label(max)], [plotHeight - 1, label(0)]]);
  if (plotHeight >= 5 && plotHeight % 2 === 1) labels.set((plotHeight - 1) / 2, label(max / 2));
  const lines: Line[] = rows.map((row, y) => {
    const text = labels.get(y);
    const gap = " ".repeat(left - 2 - (text?.length ?? 0));
    const mark = text === undefined ? glyphs.axis : glyphs.tickMark;
    return [seg(`${gap}${text ?? ""} `, "dim"), seg(mark, "border"), ...row];
  });
  if (timeRow) {
    const start = `−${options.timeSpan}`;
    const gap = Math.max(1, plotWidth - start.length - 3);
    lines.push([seg(" ".repeat(left) + start + " ".repeat(gap) + "now", "dim")]);
  }
  return lines;
}

/** One row of growing marks, as wide as there are values. NaN is a blank. */
export function sparkline(values: ArrayLike<number>, max: number, glyphs: Glyphs): string {
  let text = "";
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const steps = Number.isNaN(value) ? 0 : level(value, max, glyphs.up.length);
    text += steps === 0 ? " " : glyphs.up[steps - 1];
  }
  return text;
}

/** A horizontal gauge: the filled part in `style`, the rest as a quiet track. `fraction` is cut to 0–1. */
export function gauge(fraction: number, width: number, glyphs: Glyphs, style: Style): Segment[] {
  const filled = steps(fraction, width);
  const parts = [
    seg(glyphs.gauge.repeat(filled), style),
    seg(glyphs.gaugeRest.repeat(width - filled), "track"),
  ];
  return parts.filter((part) => part.text !== "");
}

/** A thin progress line. */
export function progress(fraction: number, width: number, glyphs: Glyphs, style: Style): Segment[] {
  const filled = steps(fraction, width);
  const parts = [
    seg(glyphs.progress.repeat(filled), style),
    seg(glyphs.progressRest.repeat(width - filled), "track"),
  ];
  return parts.filter((part) => part.text !== "");
}

function steps(fraction: number, width: number): number {
  if (!(fraction > 0)) return 0;
  return Math.max(1, Math.min(width, Math.floor(fraction * width + 1e-9)));
}

/** A bar of exactly `width` cells, filled to `fraction` with parts of a cell. Something above 0 always shows. */
export function bar(fraction: number, width: number, glyphs: Glyphs): string {
  const parts = glyphs.across.length;
  const filled = level(fraction, 1, width * parts);
  const whole = Math.floor(filled / parts);
  const rest = filled % parts;
  const text = (glyphs.across[parts - 1] as string).repeat(whole) +
    (rest === 0 ? "" : glyphs.across[rest - 1]);
  return text + " ".repeat(Math.max(0, width - whole - (rest === 0 ? 0 : 1)));
}
