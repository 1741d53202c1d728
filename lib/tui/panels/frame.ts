/** The box around a panel, and small pieces that several panels share. */
import { fit, type Line, lineWidth, seg, type Segment, type Style } from "../line.ts";
import { clip, padEnd, padStart } from "../text.ts";
import type { Glyphs } from "../theme.ts";

export interface FrameOptions {
  readonly title: string;
  /** Key that enlarges the panel; left out where there is none. */
  readonly number?: number | undefined;
  /** Short fact in the top border, at the right. */
  readonly note?: Line;
  readonly glyphs: Glyphs;
}

/** Cells inside a frame of this width, one blank at either side. */
export function innerWidth(width: number): number {
  return Math.max(0, width - 4);
}

/** Lines of exactly `width` × `height` cells: body in a titled box, cut or filled to fit. */
export function frame(options: FrameOptions, body: readonly Line[], width: number, height: number): Line[] {
  const { glyphs, note = [], title } = options;
  const [topLeft, topRight, bottomLeft, bottomRight] = glyphs.corner;
  const h = glyphs.horizontal;
  const head: Segment[] = [seg(topLeft + h, "border")];
  if (options.number !== undefined) head.push(seg(` ${options.number}`, "key"));
  head.push(seg(` ${clip(title, Math.max(1, width - 8))} `, "title"));
  const noteWidth = lineWidth(note);
  const used = lineWidth(head);
  const withNote = noteWidth > 0 && used + noteWidth + 6 <= width;
  const rest = width - used - 1 - (withNote ? noteWidth + 3 : 0);
  head.push(seg(h.repeat(Math.max(0, rest)), "border"));
  if (withNote) head.push(seg(" "), ...note, seg(" "), seg(h, "border"));
  head.push(seg(topRight, "border"));

  const lines: Line[] = [fit(head, width)];
  const inner = innerWidth(width);
  for (let row = 0; row < height - 2; row++) {
    const content = fit(body[row] ?? [], inner);
    lines.push([seg(`${glyphs.vertical} `, "border"), ...content, seg(` ${glyphs.vertical}`, "border")]);
  }
  lines.push([seg(bottomLeft + h.repeat(Math.max(0, width - 2)) + bottomRight, "border")]);
  return lines.slice(0, height);
}

/** A label and its value, the label quiet. */
export function pair(label: string, value: string, style: Style = "text"): Segment[] {
  return label === "" ? [seg(value, style)] : [seg(`${label} `, "dim"), seg(value, style)];
}

/** A row of a small table: label at the left in `labelWidth` cells, value after it. */
export function row(label: string, labelWidth: number, value: string, style: Style = "text"): Segment[] {
  return [seg(padEnd(label, labelWidth), "dim"), seg(value, style)];
}

export interface Column {
  readonly head: string;
  readonly width: number;
  /** Text columns stand at the left, numbers at the right. */
  readonly left?: true;
}

/** The heading of a table; columns are separated by one blank. */
export function tableHead(columns: readonly Column[]): Line {
  return [seg(columns.map((c) => place(c, c.head)).join(" "), "dim")];
}

/** One row of a table; cells are cut to their column. */
export function tableRow(columns: readonly Column[], cells: readonly Segment[]): Line {
  return columns.flatMap((column, i) => {
    const cell = cells[i] ?? seg("");
    const text = place(column, clip(cell.text, column.width));
    return i === 0 ? [{ text, style: cell.style }] : [seg(" "), { text, style: cell.style }];
  });
}

function place(column: Column, text: string): string {
  return column.left ? padEnd(text, column.width) : padStart(text, column.width);
}
