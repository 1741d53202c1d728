/**
 * Display width of text, and its cleaning. Widths follow Unicode Standard Annex #11 closely enough for terminals:
 * East Asian wide and emoji ranges take two cells, combining marks and joiners none.
 */
export { clean } from "../config/foreign_text.ts";

const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x23e9, 0x23ec],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];

const ZERO: readonly (readonly [number, number])[] = [
  [0x0300, 0x036f],
  [0x0483, 0x0489],
  [0x0591, 0x05bd],
  [0x0610, 0x061a],
  [0x064b, 0x065f],
  [0x1ab0, 0x1aff],
  [0x1dc0, 0x1dff],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x2069],
  [0x20d0, 0x20ff],
  [0xfe00, 0xfe0f],
  [0xfe20, 0xfe2f],
  [0xfeff, 0xfeff],
  [0xe0000, 0xe01ef],
];

function inRanges(ranges: readonly (readonly [number, number])[], code: number): boolean {
  for (const [from, to] of ranges) {
    if (code < from) return false;
    if (code <= to) return true;
  }
  return false;
}

function widthOf(code: number): 0 | 1 | 2 {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 0;
  if (code < 0x0300) return 1;
  if (inRanges(ZERO, code)) return 0;
  return code >= 0x1100 && inRanges(WIDE, code) ? 2 : 1;
}

// Looked up for every cell of every frame: the first 65,536 code points are answered by a table.
const WIDTHS = Uint8Array.from({ length: 0x10000 }, (_, code) => widthOf(code));

/** Cells that one code point takes: 0, 1 or 2. Control characters count 0: they are never drawn. */
export function codePointWidth(code: number): 0 | 1 | 2 {
  return code < 0x10000 ? WIDTHS[code] as 0 | 1 | 2 : widthOf(code);
}

/** Cells that a text takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdbff) width += WIDTHS[unit] as number;
    else width += codePointWidth(text.codePointAt(i++) as number);
  }
  return width;
}

/** The longest head of `text` that takes at most `width` cells, with `ellipsis` when something was cut. */
export function clip(text: string, width: number, ellipsis = "…"): string {
  if (textWidth(text) <= width) return text;
  const room = width - textWidth(ellipsis);
  if (room < 0) return "";
  let used = 0;
  let out = "";
  for (const char of text) {
    const cells = codePointWidth(char.codePointAt(0) as number);
    if (used + cells > room) break;
    used += cells;
    out += char;
  }
  return out + ellipsis;
}

/** Keeps the end of `text`, where topic names differ. */
export function clipStart(text: string, width: number, ellipsis = "…"): string {
  if (textWidth(text) <= width) return text;
  const chars = [...text];
  let used = textWidth(ellipsis);
  let from = chars.length;
  while (from > 0) {
    const cells = codePointWidth((chars[from - 1] as string).codePointAt(0) as number);
    if (used + cells > width) break;
    used += cells;
    from--;
  }
  return width < textWidth(ellipsis) ? "" : ellipsis + chars.slice(from).join("");
}

export function padEnd(text: string, width: number): string {
  const missing = width - textWidth(text);
  return missing > 0 ? text + " ".repeat(missing) : text;
}

export function padStart(text: string, width: number): string {
  const missing = width - textWidth(text);
  return missing > 0 ? " ".repeat(missing) + text : text;
}

/** The text in lines of at most `width` cells, broken between words; a word that is longer has a line of its own. */
export function wrapWords(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && textWidth(line) + 1 + textWidth(word) > width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}
