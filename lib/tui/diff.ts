/** The shortest practical text that turns the frame on the screen into the next one. */
import { type CellBuffer, WIDE_TAIL } from "./cells.ts";

/** Rewriting this many unchanged cells is cheaper than a cursor movement of 5–8 bytes. */
const REWRITE = 4;

/**
 * ANSI text that changes `previous` (undefined: an unknown screen, everything is drawn) into `next`.
 * `sgr[style]` is the full sequence of a style, reset included. Empty when nothing changed; otherwise the style is
 * reset at the end. Buffers of different size count as unknown.
 */
export function diff(previous: CellBuffer | undefined, next: CellBuffer, sgr: readonly string[]): string {
  const { columns, rows, chars, styles } = next;
  const known = previous !== undefined && previous.columns === columns && previous.rows === rows;
  const oldChars = known ? previous.chars : undefined;
  const oldStyles = known ? previous.styles : undefined;
  let out = known ? "" : "\x1b[0m\x1b[2J";
  let style = -1;
  for (let y = 0; y < rows; y++) {
    const start = y * columns;
    let cursor = -1;
    for (let x = 0; x < columns; x++) {
      const at = start + x;
      const code = chars[at] as number;
      // The right half of a wide character is drawn by the left one.
      if (code === WIDE_TAIL) continue;
      const wide = x + 1 < columns && chars[at + 1] === WIDE_TAIL;
      if (oldChars !== undefined && oldStyles !== undefined) {
        const same = code === oldChars[at] && styles[at] === oldStyles[at];
        if (same && (!wide || oldChars[at + 1] === WIDE_TAIL)) continue;
      } else if (code === 0x20 && styles[at] === 0) {
        continue;
      }
      if (cursor !== x) {
        const gap = x - cursor;
        if (cursor >= 0 && gap > 0 && gap <= REWRITE && plainGap(chars, styles, start + cursor, at, style)) {
          for (let i = start + cursor; i < at; i++) out += String.fromCodePoint(chars[i] as number);
        } else {
          out += cursor >= 0 && gap > 0 ? `\x1b[${gap}C` : `\x1b[${y + 1};${x + 1}H`;
        }
      }
      if (styles[at] !== style) out += sgr[style = styles[at] as number] ?? "";
      out += code < 0x10000 ? String.fromCharCode(code) : String.fromCodePoint(code);
      cursor = x + (wide ? 2 : 1);
    }
  }
  return style === -1 ? out : out + "\x1b[0m";
}

function plainGap(chars: Uint32Array, styles: Uint8Array, from: number, to: number, style: number): boolean {
  for (let i = from; i < to; i++) {
    if (styles[i] !== style || chars[i] === WIDE_TAIL) return false;
  }
  return true;
}
