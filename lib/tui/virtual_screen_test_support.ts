/**
 * A small terminal without a terminal: understands what the renderer writes and what `tmux capture-pane -e` prints, so
 * that tests can look at a screen and pictures can be made of one. Colours as in ECMA-48 and xterm.
 */
import { codePointWidth } from "./text.ts";

/** Colour by number 0–255 of the palette, or `#rrggbb`; undefined is the terminal's own. */
export type ScreenColor = number | string | undefined;

export interface ScreenStyle {
  readonly foreground: ScreenColor;
  readonly background: ScreenColor;
  readonly bold: boolean;
  readonly faint: boolean;
  readonly inverse: boolean;
  readonly underline: boolean;
}

export interface ScreenCell {
  /** Empty for the right half of a wide character. */
  char: string;
  style: ScreenStyle;
}

const PLAIN: ScreenStyle = {
  foreground: undefined,
  background: undefined,
  bold: false,
  faint: false,
  inverse: false,
  underline: false,
};

// deno-lint-ignore no-control-regex
const CSI = new RegExp("^\\x1b\\[([?<=>]?)([0-9;:]*)([ -/]*)([@-~])");
// deno-lint-ignore no-control-regex
const OTHER = new RegExp("^\\x1b(?:\\][^\\x07\\x1b]*(?:\\x07|\\x1b\\\\)|[()][0-9A-B]|[ -'*-Z\\\\^-~])");

export class VirtualScreen {
  readonly columns: number;
  readonly rows: number;
  readonly cells: ScreenCell[][];
  /** Private modes that are on now: 1049, 25, 7, 2026 … */
  readonly modes = new Set<number>([7, 25]);
  #x = 0;
  #y = 0;
  #style = PLAIN;
  #rest = "";

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.cells = Array.from({ length: rows }, () => blankRow(columns));
  }

  get cursor(): { x: number; y: number } {
    return { x: this.#x, y: this.#y };
  }

  /** Takes output; a sequence cut at the end is continued by the next call. */
  write(text: string): void {
    text = this.#rest + text;
    this.#rest = "";
    for (let i = 0; i < text.length;) {
      const char = String.fromCodePoint(text.codePointAt(i) as number);
      if (char !== "\x1b") {
        this.#put(char);
        i += char.length;
        continue;
      }
      const tail = text.slice(i, i + 256);
      const csi = CSI.exec(tail);
      const other = csi === null ? OTHER.exec(tail) : null;
      const next = tail.indexOf("\x1b", 1);
      if (csi === null && other === null && next !== -1 && tail[1] === "[") {
        // A new sequence in the middle of an unfinished one cancels it.
        i += next;
        continue;
      }
      if (csi === null && other === null) {
        this.#rest = text.slice(i);
        return;
      }
      if (csi !== null) this.#control(csi[1] ?? "", csi[2] ?? "", csi[4] ?? "");
      i += (csi ?? other as RegExpExecArray)[0].length;
    }
  }

  /** Characters of all rows, trailing blanks removed. */
  text(): string {
    return this.cells.map((row) => row.map((cell) => cell.char).join("").trimEnd()).join("\n");
  }

  #put(char: string): void {
    if (char === "\r") this.#x = 0;
    else if (char === "\n") this.#newLine();
    else if (char === "\b") this.#x = Math.max(0, this.#x - 1);
    else this.#draw(char, codePointWidth(char.codePointAt(0) as number));
  }

  #newLine(): void {
    if (this.#y + 1 < this.rows) this.#y++;
    else {
      this.cells.shift();
      this.cells.push(blankRow(this.columns));
    }
  }

  #draw(char: string, width: number): void {
    if (width === 0) return;
    if (this.#x + width > this.columns) {
      if (!this.modes.has(7)) this.#x = this.columns - width;
      else {
        this.#x = 0;
        this.#newLine();
      }
    }
    const row = this.cells[this.#y] as ScreenCell[];
    for (let i = 0; i < width; i++) this.#eraseHalf(row, this.#x + i);
    row[this.#x] = { char, style: this.#style };
    if (width === 2) row[this.#x + 1] = { char: "", style: this.#style };
    this.#x += width;
  }

  /** Terminals blank the other half of a wide character that is overwritten by half. */
  #eraseHalf(row: ScreenCell[], x: number): void {
    if (row[x]?.char === "" && x > 0) row[x - 1] = { char: " ", style: PLAIN };
    if (row[x + 1]?.char === "") row[x + 1] = { char: " ", style: PLAIN };
  }

  #control(prefix: string, parameters: string, final: string): void {
    const numbers = parameters.split(/[;:]/).map((n) => n === "" ? NaN : Number(n));
    const first = Number.isNaN(numbers[0]) ? undefined : numbers[0];
    const count = first ?? 1;
    if (prefix === "?") {
      for (const mode of numbers) {
        if (final === "h") this.modes.add(mode);
        if (final === "l") this.modes.delete(mode);
      }
      return;
    }
    switch (final) {
      case "H":
        this.#y = Math.min(this.rows, Math.max(1, first ?? 1)) - 1;
        this.#x = Math.min(this.columns, Math.max(1, numbers[1] || 1)) - 1;
        return;
      case "A":
        this.#y = Math.max(0, this.#y - count);
        return;
      case "C":
        this.#x = Math.min(this.columns - 1, this.#x + count);
        return;
      case "J":
        for (const row of this.cells) row.splice(0, row.length, ...blankRow(this.columns));
        return;
      case "K":
        this.#eraseLine(first ?? 0);
        return;
      case "m":
        this.#style = select(this.#style, numbers.map((n) => Number.isNaN(n) ? 0 : n));
    }
  }

  #eraseLine(mode: number): void {
    const row = this.cells[this.#y] as ScreenCell[];
    const from = mode === 0 ? this.#x : 0;
    const to = mode === 1 ? this.#x + 1 : this.columns;
    for (let x = from; x < to; x++) row[x] = { char: " ", style: PLAIN };
  }
}

function blankRow(columns: number): ScreenCell[] {
  return Array.from({ length: columns }, () => ({ char: " ", style: PLAIN }));
}

function select(style: ScreenStyle, codes: readonly number[]): ScreenStyle {
  let now = style;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number;
    if (code === 38 || code === 48) {
      const [color, used] = extended(codes, i + 1);
      now = code === 38 ? { ...now, foreground: color } : { ...now, background: color };
      i += used;
    } else now = simple(now, code);
  }
  return now;
}

function extended(codes: readonly number[], at: number): [ScreenColor, number] {
  if (codes[at] === 5) return [codes[at + 1], 2];
  const hex = codes.slice(at + 1, at + 4).map((n) => n.toString(16).padStart(2, "0")).join("");
  return [`#${hex}`, 4];
}

function simple(style: ScreenStyle, code: number): ScreenStyle {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, faint: true };
  if (code === 4) return { ...style, underline: true };
  if (code === 7) return { ...style, inverse: true };
  if (code === 22) return { ...style, bold: false, faint: false };
  if (code === 24) return { ...style, underline: false };
  if (code === 27) return { ...style, inverse: false };
  if (code >= 30 && code <= 37) return { ...style, foreground: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, foreground: code - 82 };
  if (code === 39) return { ...style, foreground: undefined };
  if (code >= 40 && code <= 47) return { ...style, background: code - 40 };
  if (code >= 100 && code <= 107) return { ...style, background: code - 92 };
  return code === 49 ? { ...style, background: undefined } : style;
}
