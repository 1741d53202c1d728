/** One frame: rows × columns of a character and a style each. */
import { type Line, STYLE_ID } from "./line.ts";
import { codePointWidth } from "./text.ts";

/** Marks the right half of a character that takes two cells. */
export const WIDE_TAIL = 0;
const BLANK = 0x20;

const TO_ASCII: ReadonlyMap<string, string> = new Map([
  ["µ", "u"],
  ["·", "-"],
  ["…", "~"],
  ["−", "-"],
  ["–", "-"],
  ["×", "x"],
  ["σ", "s"],
  ["≤", "<"],
  ["≥", ">"],
  ["→", ">"],
  ["↑", "^"],
  ["↓", "v"],
  ["←", "<"],
  ["▸", ">"],
]);

export class CellBuffer {
  readonly columns: number;
  readonly rows: number;
  /** Code points by `row × columns + column`; `WIDE_TAIL` for the right half of a wide character. */
  readonly chars: Uint32Array;
  /** Indices into `STYLES`, in the same order. */
  readonly styles: Uint8Array;
  readonly #ascii: boolean;

  /** `ascii`: every character outside ASCII is replaced when written. */
  constructor(columns: number, rows: number, ascii = false) {
    this.columns = columns;
    this.rows = rows;
    this.chars = new Uint32Array(columns * rows).fill(BLANK);
    this.styles = new Uint8Array(columns * rows);
    this.#ascii = ascii;
  }

  clear(): void {
    this.chars.fill(BLANK);
    this.styles.fill(0);
  }

  /** Writes `text` from (`x`, `y`) up to the right edge, controls left out. Returns the next free column. */
  write(x: number, y: number, text: string, style: number): number {
    if (y < 0 || y >= this.rows || x < 0) return x;
    const { chars, styles, columns } = this;
    const start = y * columns;
    for (let i = 0; i < text.length && x < columns; i++) {
      let code = text.charCodeAt(i);
      let width = 1;
      if (code < 0x20 || code > 0x7e) {
        if (code >= 0xd800 && code < 0xdc00) code = text.codePointAt(i++) as number;
        width = codePointWidth(code);
        if (width === 0) continue;
        if (this.#ascii) {
          code = (TO_ASCII.get(String.fromCodePoint(code)) ?? "?").charCodeAt(0);
          width = 1;
        }
        if (x + width > columns) break;
      }
      const at = start + x;
      // A wide character that loses one half to what is written here loses the other half as well.
      if (x > 0 && chars[at] === WIDE_TAIL) chars[at - 1] = BLANK;
      if (x + width < columns && chars[at + width] === WIDE_TAIL) chars[at + width] = BLANK;
      chars[at] = code;
      styles[at] = style;
      if (width === 2) {
        chars[at + 1] = WIDE_TAIL;
        styles[at + 1] = style;
      }
      x += width;
    }
    return x;
  }

  /** Draws lines with their top left corner at (`x`, `y`); what lies outside the buffer is cut. */
  blit(x: number, y: number, lines: readonly Line[]): void {
    for (let row = 0; row < lines.length; row++) {
      let column = x;
      for (const segment of lines[row] as Line) {
        column = this.write(column, y + row, segment.text, STYLE_ID[segment.style]);
      }
    }
  }

  /** The characters of one row, trailing blanks included. */
  row(y: number): string {
    let text = "";
    for (let x = 0; x < this.columns; x++) {
      const code = this.chars[y * this.columns + x] as number;
      if (code !== WIDE_TAIL) text += String.fromCodePoint(code);
    }
    return text;
  }

  /** All rows, trailing blanks removed. */
  text(): string {
    const rows: string[] = [];
    for (let y = 0; y < this.rows; y++) rows.push(this.row(y).trimEnd());
    return rows.join("\n");
  }
}
