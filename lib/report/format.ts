/** Tables and relative changes for reports; numbers with units come from `lib/config/units.ts`. */
import { formatNumber } from "../config/units.ts";

/** From this multiple on a change is written as one: `×168` instead of `+16671%`. */
const MULTIPLE = 10;

/** A signed relative change: 0.05 → `+5.0%`, 167 → `×168`; what is not a number is shown as a dash. */
export function formatChange(fraction: number): string {
  if (!Number.isFinite(fraction)) return "–";
  if (fraction + 1 >= MULTIPLE) return `×${formatNumber(fraction + 1)}`;
  const percent = fraction * 100;
  const text = Math.abs(percent) >= 99.95 ? Math.abs(percent).toFixed(0) : Math.abs(percent).toFixed(1);
  if (Number(text) === 0) return "±0.0%";
  return `${percent < 0 ? "−" : "+"}${text}%`;
}

/** Columns of a table: left (`l`) or right (`r`) aligned, two spaces apart, no trailing blanks. */
export function alignTable(rows: readonly (readonly string[])[], align: string, indent = "  "): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell)));
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const fill = " ".repeat(widths[column]! - displayWidth(cell));
      return align[column] === "r" ? fill + cell : cell + fill;
    });
    return (indent + cells.join("  ")).trimEnd();
  });
}

/** Terminal cells of a text made of narrow characters, ANSI colour sequences not counted. */
export function displayWidth(text: string): number {
  // deno-lint-ignore no-control-regex
  return [...text.replace(/\x1b\[[0-9;]*m/g, "")].length;
}

/**
 * A line broken between words so that no part is wider than `width`, if words allow; what follows the first part is
 * indented. Colour sequences take no room.
 */
export function wrapLine(line: string, width: number, indent: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (displayWidth(rest) > width) {
    let at = -1;
    for (const gap of rest.matchAll(/(?<=\S) +(?=\S)/g)) {
      // The first gap is taken even beyond the width: a word is never broken.
      if (at >= 0 && displayWidth(rest.slice(0, gap.index)) > width) break;
      if (lines.length > 0 && rest.slice(0, gap.index).trim() === "") continue;
      at = gap.index;
    }
    if (at < 0) break;
    lines.push(rest.slice(0, at));
    const next = rest.slice(at).trimStart();
    // A long word comes before the indentation.
    const room = width - displayWidth(next.slice(0, (next + " ").indexOf(" ")));
    rest = " ".repeat(Math.max(0, Math.min(indent, room))) + next;
  }
  return [...lines, rest];
}
