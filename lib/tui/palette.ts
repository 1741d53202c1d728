/**
 * The colours of the styles, for dark and for light backgrounds. Everything that is read as text has a contrast of at
 * least 4.5 to 1 (WCAG 2.2, 1.4.3), what is only drawn 3 to 1; plain text and numbers keep the user's own colour.
 */
import type { Style } from "./line.ts";

export type Background = "dark" | "light";

export interface Paint {
  readonly rgb?: number;
  /** SGR foreground where there are 16 colours. Absent: the terminal's own, which is readable everywhere. */
  readonly basic?: number;
  readonly bold?: true;
  /** Without colours it is written faint. */
  readonly faint?: true;
  readonly inverse?: true;
}

export type Palette = Readonly<Record<Style, Paint>>;

const DARK: Palette = {
  text: {},
  strong: { bold: true },
  dim: { rgb: 0xa0a9b3, faint: true },
  border: { rgb: 0x616b77, basic: 90, faint: true },
  title: { rgb: 0xc3ccd6, bold: true },
  key: { rgb: 0xe0ad4b, basic: 93, bold: true },
  accent: { rgb: 0x6cb2ff, basic: 96, bold: true },
  good: { rgb: 0x56c271, basic: 92 },
  warn: { rgb: 0xe3b04b, basic: 93 },
  bad: { rgb: 0xff7b72, basic: 91, bold: true },
  selected: { rgb: 0x6cb2ff, basic: 96, bold: true, inverse: true },
  track: { rgb: 0x4a535e, basic: 90, faint: true },
  target: { rgb: 0xe3b04b, basic: 93 },
  send1: { rgb: 0x3f87ea, basic: 96 },
  send2: { rgb: 0x4c94f2, basic: 96 },
  send3: { rgb: 0x6cb2ff, basic: 96 },
  send4: { rgb: 0x9cceff, basic: 96 },
  receive1: { rgb: 0x1c9a8a, basic: 95 },
  receive2: { rgb: 0x26ae9c, basic: 95 },
  receive3: { rgb: 0x35c2ae, basic: 95 },
  receive4: { rgb: 0x7fdccd, basic: 95 },
};

const LIGHT: Palette = {
  text: {},
  strong: { bold: true },
  dim: { rgb: 0x57606a, faint: true },
  border: { rgb: 0x8c959f, basic: 90, faint: true },
  title: { rgb: 0x24292f, bold: true },
  key: { rgb: 0x7d4e00, basic: 35, bold: true },
  accent: { rgb: 0x0550ae, basic: 34, bold: true },
  good: { rgb: 0x116329 },
  warn: { rgb: 0x8a4600, basic: 35 },
  bad: { rgb: 0xa40e26, basic: 31, bold: true },
  selected: { rgb: 0x0550ae, basic: 34, bold: true, inverse: true },
  track: { rgb: 0xc0c7cf, basic: 90, faint: true },
  target: { rgb: 0x8a4600, basic: 35 },
  send1: { rgb: 0x0550ae, basic: 34 },
  send2: { rgb: 0x0a5cc4, basic: 34 },
  send3: { rgb: 0x0b60cc, basic: 34 },
  send4: { rgb: 0x218bff, basic: 34 },
  receive1: { rgb: 0x0b4f47, basic: 35 },
  receive2: { rgb: 0x0c5c53, basic: 35 },
  receive3: { rgb: 0x0d6a60, basic: 35 },
  receive4: { rgb: 0x14877a, basic: 35 },
};

export const PALETTES: Readonly<Record<Background, Palette>> = { dark: DARK, light: LIGHT };
