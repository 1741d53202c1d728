/**
 * A screen as xterm.js understands it (test support): what the renderer writes, and what `tmux capture-pane -e` prints,
 * seen by an independent terminal. Widths are those of Unicode 11.
 */
import unicode11 from "@xterm/addon-unicode11";
import xterm from "@xterm/headless";

/** Colour by number 0–255 of the palette, or `#rrggbb`; undefined is the terminal's own. */
export type ScreenColor = number | string | undefined;

export interface ScreenStyle {
  readonly foreground: ScreenColor;
  readonly background: ScreenColor;
  readonly bold: boolean;
  readonly faint: boolean;
  readonly inverse: boolean;
}

export interface ScreenCell {
  /** Empty for the right half of a wide character. */
  readonly char: string;
  readonly style: ScreenStyle;
}

/** One picture of a screen, row by row. */
export interface ScreenPicture {
  readonly columns: number;
  readonly rows: number;
  readonly cells: readonly (readonly ScreenCell[])[];
}

type XtermCell = NonNullable<ReturnType<xterm.IBufferLine["getCell"]>>;

/** A terminal without a window. Writing returns at once; what is read has seen everything written before. */
export class XtermScreen {
  readonly columns: number;
  readonly rows: number;
  readonly #terminal: xterm.Terminal;
  /** Written and not yet given to the terminal, which would set a timer for it. */
  #pending = "";
  /** Private modes that are on: cursor and wrapping from the start, then 1049, 2004, 2026 … as written. */
  readonly #modes = new Set([7, 25]);

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.#terminal = new xterm.Terminal({
      cols: columns,
      rows,
      scrollback: 0,
      allowProposedApi: true,
    });
    this.#terminal.loadAddon(new unicode11.Unicode11Addon());
    this.#terminal.unicode.activeVersion = "11";
    const onMode = (final: string, change: (mode: number) => void): void => {
      this.#terminal.parser.registerCsiHandler({ prefix: "?", final }, (modes) => {
        modes.flat().forEach(change);
        return false; // xterm handles them as well
      });
    };
    onMode("h", (mode) => this.#modes.add(mode));
    onMode("l", (mode) => this.#modes.delete(mode));
  }

  /** Takes output; a sequence cut at the end is continued by the next call. */
  write(text: string): void {
    this.#pending += text;
  }

  /** Characters of all rows, trailing blanks removed. */
  async text(): Promise<string> {
    await this.#seen();
    const { active } = this.#terminal.buffer;
    const rows = Array.from({ length: this.rows }, (_, y) => active.getLine(y)!.translateToString(true));
    return rows.map((row) => row.trimEnd()).join("\n");
  }

  async modes(): Promise<readonly number[]> {
    await this.#seen();
    return [...this.#modes].sort((a, b) => a - b);
  }

  /** Cells of one style share one object. */
  async picture(): Promise<ScreenPicture> {
    await this.#seen();
    const styles = new Map<string, ScreenStyle>();
    const { active } = this.#terminal.buffer;
    const cells = Array.from({ length: this.rows }, (_, y) => {
      const line = active.getLine(y)!;
      return Array.from({ length: this.columns }, (_, x): ScreenCell => {
        const cell = line.getCell(x)!;
        const style = styleOf(cell);
        const key = JSON.stringify(style);
        const shared = styles.get(key) ?? style;
        styles.set(key, shared);
        return { char: cell.getWidth() === 0 ? "" : cell.getChars() || " ", style: shared };
      });
    });
    return { columns: this.columns, rows: this.rows, cells };
  }

  #seen(): Promise<void> {
    const text = this.#pending;
    this.#pending = "";
    return new Promise((resolve) => this.#terminal.write(text, resolve));
  }
}

function styleOf(cell: XtermCell): ScreenStyle {
  return {
    foreground: colorOf(cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor()),
    background: colorOf(cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor()),
    bold: cell.isBold() !== 0,
    faint: cell.isDim() !== 0,
    inverse: cell.isInverse() !== 0,
  };
}

function colorOf(isRgb: boolean, isPalette: boolean, value: number): ScreenColor {
  if (isRgb) return `#${value.toString(16).padStart(6, "0")}`;
  return isPalette ? value : undefined;
}
