/** Lines as panels produce them: pieces of text with a meaning, not with a colour. The theme knows colours. */
import { clip, textWidth } from "./text.ts";

/** Every style there is; a cell stores the index. Four steps of `send` and `receive` shade charts by height. */
export const STYLES = [
  "text",
  "strong",
  "dim",
  "border",
  "title",
  "key",
  "accent",
  "good",
  "warn",
  "bad",
  "selected",
  "track",
  "target",
  "send1",
  "send2",
  "send3",
  "send4",
  "receive1",
  "receive2",
  "receive3",
  "receive4",
] as const;

export type Style = typeof STYLES[number];

export const STYLE_ID: Readonly<Record<Style, number>> = Object.freeze(
  Object.fromEntries(STYLES.map((name, index) => [name, index])) as Record<Style, number>,
);

export interface Segment {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Segment[];

export function seg(text: string, style: Style = "text"): Segment {
  return { text, style };
}

/** The plain characters of a line. */
export function lineText(line: Line): string {
  let text = "";
  for (const segment of line) text += segment.text;
  return text;
}

export function lineWidth(line: Line): number {
  let width = 0;
  for (const segment of line) width += textWidth(segment.text);
  return width;
}

/** Exactly `width` cells: cut with an ellipsis, or filled with blanks at the end. */
export function fit(line: Line, width: number): Segment[] {
  const out: Segment[] = [];
  let used = 0;
  for (const segment of line) {
    const cells = textWidth(segment.text);
    if (used + cells > width) {
      const text = clip(segment.text, width - used);
      if (text !== "") out.push({ text, style: segment.style });
      used += textWidth(text);
      break;
    }
    out.push(segment);
    used += cells;
  }
  if (used < width) out.push(seg(" ".repeat(width - used)));
  return out;
}

/** `left` at the left, `right` at the right, blanks between; `right` is dropped when both do not fit. */
export function spread(left: Line, right: Line, width: number): Segment[] {
  const rightWidth = lineWidth(right);
  const gap = width - lineWidth(left) - rightWidth;
  if (gap < (rightWidth === 0 ? 0 : 1)) return fit(left, width);
  return [...left, seg(" ".repeat(gap)), ...right];
}

/** Takes groups in order for as long as they fit whole, `gap` blanks between them. The first is always taken. */
export function flow(groups: readonly Line[], width: number, gap = 3): Segment[] {
  const out: Segment[] = [];
  let used = 0;
  for (const group of groups) {
    const cells = lineWidth(group);
    if (cells === 0) continue;
    const space = out.length === 0 ? 0 : gap;
    if (out.length > 0 && used + space + cells > width) break;
    if (space > 0) out.push(seg(" ".repeat(space)));
    out.push(...group);
    used += space + cells;
  }
  return out;
}
