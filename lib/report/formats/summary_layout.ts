/** How summaries are laid out: blocks of labelled lines, fitted to the terminal. */
import { styleText } from "node:util";
import { formatElapsed } from "../../config/units.ts";
import { alignTable, displayWidth, wrapLine } from "../format.ts";

export interface SummaryOptions {
  readonly color: boolean;
  /** Columns of the terminal, to break long sentences at; without it they stay on one line. */
  readonly width?: number;
}

/** Width of the column of labels. */
const LABEL_WIDTH = 13;
/** What the indentation of a continued line leaves for its text at least, in columns. */
const MIN_TEXT_WIDTH = 30;
export const label = (text: string): string => text.padEnd(LABEL_WIDTH);

type Style = "bold" | "dim" | "green" | "red" | "yellow";
export type Paint = (style: Style, text: string) => string;

export function painter({ color }: SummaryOptions): Paint {
  return (style, text) => color ? styleText(style, text, { validateStream: false }) : text;
}

/** Blocks with an empty line between them, each line broken where the terminal ends; ends in a newline. */
export function blockText(blocks: readonly (readonly string[])[], options: SummaryOptions): string {
  const { width = Infinity } = options;
  const fitted = blocks.map((block) =>
    block.flatMap((line) =>
      wrapLine(line, width, Math.max(0, Math.min(LABEL_WIDTH + 4, width - MIN_TEXT_WIDTH)))
    )
  );
  return fitted.filter((block) => block.length > 0).map((block) => block.join("\n")).join("\n\n") + "\n";
}

/** A labelled sentence, broken between words where the terminal ends. */
export function sentence(painted: string, text: string, width = Infinity): string[] {
  const room = Math.max(20, width - LABEL_WIDTH - 4);
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && line.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.map((line, index) => `  ${index === 0 ? painted : label("")}  ${line}`);
}

/** Seconds with tenths below a minute, a clock above. */
export function formatSpan(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : formatElapsed(seconds);
}

export interface Column {
  readonly head: string;
  readonly align: "l" | "r";
  /** Left out in this order where the table is too wide, lowest first; absent: always shown. */
  readonly spare?: number;
}

/** A table with a quiet head that leaves out its least telling columns where it would be wider than the terminal. */
export function fittedTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paint: Paint,
  width = Infinity,
): string[] {
  const order = columns.map(({ spare }) => spare).filter((spare) => spare !== undefined).sort((a, b) =>
    a - b
  );
  for (let dropped = 0;; dropped++) {
    const gone = new Set(order.slice(0, dropped));
    const kept = columns.flatMap(({ spare }, index) => spare !== undefined && gone.has(spare) ? [] : [index]);
    const pick = (row: readonly string[]): string[] => kept.map((index) => row[index] ?? "");
    const lines = alignTable(
      [pick(columns.map(({ head }) => head)), ...rows.map(pick)],
      kept.map((index) => columns[index]!.align).join(""),
    );
    if (dropped < order.length && lines.some((line) => displayWidth(line) > width)) continue;
    const [head, ...rest] = lines;
    return [paint("dim", head!), ...rest];
  }
}
