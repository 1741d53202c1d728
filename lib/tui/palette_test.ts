import assert from "node:assert/strict";
import { luminance } from "./background.ts";
import { type Style, STYLE_ID, STYLES } from "./line.ts";
import { type Background, PALETTES } from "./palette.ts";
import { createTheme } from "./theme.ts";

/** Styles that text is written in; all others only draw lines, bars and charts. */
const TEXT_STYLES: readonly Style[] = [
  "text",
  "strong",
  "dim",
  "title",
  "key",
  "accent",
  "good",
  "warn",
  "bad",
  "selected",
  "target",
  "send3",
  "receive3",
];

/** Drawn, and of no meaning of their own: frames, and the empty part of a bar. */
const ORNAMENTS: readonly Style[] = ["border", "track"];

/** Backgrounds that people have: pure ones, and those of common colour schemes. */
const BACKGROUNDS: Readonly<Record<Background, readonly number[]>> = {
  dark: [0x000000, 0x0d1117, 0x1e1e1e, 0x282c34],
  light: [0xffffff, 0xfafafa, 0xfdf6e3],
};

/** The 16 colours of xterm, and those of VGA, which the Linux console and Windows have. */
const BASIC: readonly (readonly number[])[] = [
  [
    ...[0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5],
    ...[0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff],
  ],
  [
    ...[0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa],
    ...[0x555555, 0xff5555, 0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff],
  ],
];

const CUBE = [0, 95, 135, 175, 215, 255];

function rgbOf256(index: number): number {
  if (index >= 232) return (8 + (index - 232) * 10) * 0x010101;
  const at = index - 16;
  return (CUBE[Math.floor(at / 36)]! << 16) | (CUBE[Math.floor(at / 6) % 6]! << 8) | CUBE[at % 6]!;
}

function contrast(one: number, other: number): number {
  const [low, high] = [one, other].map((rgb) =>
    luminance((rgb >> 16) / 255, ((rgb >> 8) & 255) / 255, (rgb & 255) / 255)
  ).sort((a, b) => a - b);
  return (high! + 0.05) / (low! + 0.05);
}

/** The colours that a sequence may come out as; none when it keeps the terminal's own. */
function colorsOf(sgr: string): readonly number[] {
  const codes = sgr.slice(2, -1).split(";").map(Number);
  const at = codes.indexOf(38);
  if (at >= 0) {
    return codes[at + 1] === 5
      ? [rgbOf256(codes[at + 2]!)]
      : [(codes[at + 2]! << 16) | (codes[at + 3]! << 8) | codes[at + 4]!];
  }
  const basic = codes.find((code) => (code >= 30 && code <= 37) || (code >= 90 && code <= 97));
  if (basic === undefined) return [];
  return BASIC.map((palette) => palette[basic >= 90 ? basic - 82 : basic - 30]!);
}

for (const background of ["dark", "light"] as const) {
  for (const depth of ["truecolor", "256", "16"] as const) {
    Deno.test(`on a ${background} background in ${depth} colours all text can be read and all charts be seen`, () => {
      const { sgr } = createTheme(depth, "braille", background);
      for (const style of STYLES) {
        const wanted = TEXT_STYLES.includes(style) ? 4.5 : ORNAMENTS.includes(style) ? 1 : 3;
        // With 16 colours the terminal's own scheme decides; black and white are the ones to count on.
        const papers = depth === "16" ? BACKGROUNDS[background].slice(0, 1) : BACKGROUNDS[background];
        for (const paper of papers) {
          for (const color of colorsOf(sgr[STYLE_ID[style]]!)) {
            const found = contrast(color, paper);
            const name = `${style} #${color.toString(16)} on #${paper.toString(16)}`;
            assert.ok(found >= wanted, `${name}: ${found.toFixed(2)} is below ${wanted}`);
          }
        }
      }
    });
  }
}

Deno.test("text and numbers keep the user's own colour", () => {
  for (const palette of Object.values(PALETTES)) {
    for (const style of ["text", "strong"] as const) {
      assert.equal(palette[style].rgb ?? palette[style].basic, undefined);
    }
  }
});
