/** What the terminal can show, and how styles and shapes are written for it. */
import type { ThemeWish } from "../config/run_config.ts";
import { backgroundOfEnvironment, type Environment } from "./background.ts";
import { STYLES } from "./line.ts";
import { type Background, type Paint, PALETTES } from "./palette.ts";

export type ColorDepth = "truecolor" | "256" | "16" | "none";
export type GlyphLevel = "braille" | "block" | "ascii";

export type { Environment } from "./background.ts";

export interface Glyphs {
  readonly level: GlyphLevel;
  readonly corner: readonly [topLeft: string, topRight: string, bottomLeft: string, bottomRight: string];
  readonly horizontal: string;
  readonly vertical: string;
  /** Axis with a tick, and the axis alone. */
  readonly tickMark: string;
  readonly axis: string;
  readonly bullet: string;
  readonly pass: string;
  readonly fail: string;
  readonly pending: string;
  /** A step that is under way. */
  readonly underWay: string;
  readonly pointer: string;
  readonly dot: string;
  readonly progress: string;
  readonly progressRest: string;
  readonly gauge: string;
  readonly gaugeRest: string;
  /** Growing fillings of one cell from the left, the last one full. */
  readonly across: readonly string[];
  /** Growing fillings of one cell from the bottom, the last one full. */
  readonly up: readonly string[];
  /** A mark of a line chart where there is no Braille. */
  readonly mark: string;
  readonly arrows: readonly [vertical: string, horizontal: string];
}

const ACROSS = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
const UP = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

const BRAILLE: Glyphs = {
  level: "braille",
  corner: ["╭", "╮", "╰", "╯"],
  horizontal: "─",
  vertical: "│",
  tickMark: "┤",
  axis: "│",
  bullet: "●",
  pass: "✓",
  fail: "✗",
  pending: "○",
  underWay: "◐",
  pointer: "▸",
  dot: "·",
  progress: "━",
  progressRest: "━",
  gauge: "■",
  gaugeRest: "■",
  across: ACROSS,
  up: UP,
  mark: "•",
  arrows: ["↑↓", "←→"],
};

export const GLYPHS: Readonly<Record<GlyphLevel, Glyphs>> = {
  braille: BRAILLE,
  block: {
    ...BRAILLE,
    level: "block",
    corner: ["┌", "┐", "└", "┘"],
    pass: "√",
    fail: "x",
    bullet: "•",
    pending: "o",
    underWay: ">",
    pointer: ">",
    progress: "█",
    progressRest: "░",
    gauge: "█",
    gaugeRest: "░",
    across: ["▌", "█"],
    up: ["▄", "█"],
  },
  ascii: {
    ...BRAILLE,
    level: "ascii",
    corner: ["+", "+", "+", "+"],
    horizontal: "-",
    vertical: "|",
    tickMark: "|",
    axis: "|",
    bullet: "*",
    pass: "+",
    fail: "x",
    pending: "o",
    underWay: ">",
    pointer: ">",
    dot: "-",
    progress: "=",
    progressRest: "-",
    gauge: "#",
    gaugeRest: "-",
    across: ["#"],
    up: [".", ":", "#"],
    mark: "*",
    arrows: ["up/down", "left/right"],
  },
};

export interface Theme {
  readonly depth: ColorDepth;
  readonly background: Background;
  readonly glyphs: Glyphs;
  /** Full escape sequence of a style by its index in `STYLES`, starting with a reset. */
  readonly sgr: readonly string[];
}

const CUBE = [0, 95, 135, 175, 215, 255];

/** Nearest colour of the 256-colour palette: the 6×6×6 cube (16–231) or the grey ramp (232–255). */
export function nearest256(rgb: number): number {
  const channels = [rgb >> 16, (rgb >> 8) & 255, rgb & 255];
  const cube = channels.map((c) =>
    CUBE.reduce((best, v, i) => near(v, CUBE[best] as number, c) ? i : best, 0)
  );
  const grey = Math.max(0, Math.min(23, Math.round((channels.reduce((a, b) => a + b) / 3 - 8) / 10)));
  const cubeOff = channels.reduce((sum, c, i) => sum + (c - (CUBE[cube[i] as number] as number)) ** 2, 0);
  const greyOff = channels.reduce((sum, c) => sum + (c - (8 + grey * 10)) ** 2, 0);
  return greyOff < cubeOff ? 232 + grey : 16 + 36 * (cube[0] ?? 0) + 6 * (cube[1] ?? 0) + (cube[2] ?? 0);
}

function near(candidate: number, best: number, wanted: number): boolean {
  return Math.abs(candidate - wanted) < Math.abs(best - wanted);
}

function sequence(paint: Paint, depth: ColorDepth): string {
  const codes: (number | string)[] = [0];
  if (paint.bold) codes.push(1);
  if (depth === "none" && paint.faint) codes.push(2);
  if (paint.inverse) codes.push(7);
  if (paint.rgb !== undefined) {
    const { rgb } = paint;
    if (depth === "truecolor") codes.push(`38;2;${rgb >> 16};${(rgb >> 8) & 255};${rgb & 255}`);
    else if (depth === "256") codes.push(`38;5;${nearest256(rgb)}`);
  }
  if (depth === "16" && paint.basic !== undefined) codes.push(paint.basic);
  return `\x1b[${codes.join(";")}m`;
}

export function createTheme(depth: ColorDepth, level: GlyphLevel, background: Background = "dark"): Theme {
  // Without colours the shape alone has to tell the filled part of a gauge from its rest.
  const glyphs = depth === "none" && level === "braille"
    ? { ...GLYPHS.braille, gaugeRest: "□", progressRest: "─" }
    : GLYPHS[level];
  const palette = PALETTES[background];
  return { depth, background, glyphs, sgr: STYLES.map((style) => sequence(palette[style], depth)) };
}

/** The same theme for another background. */
export function onBackground({ depth, glyphs }: Theme, background: Background): Theme {
  return createTheme(depth, glyphs.level, background);
}

/**
 * Colours by `--color`, then `NO_COLOR`/`PLL_NO_COLOR` (set and not empty), then what `COLORTERM` and `TERM` promise.
 * `always` wins over the variables, being a flag, and gives 16 colours where nothing is known.
 */
export function detectColorDepth(
  env: Environment,
  isTty: boolean,
  color: "auto" | "always" | "never",
): ColorDepth {
  if (color === "never") return "none";
  if (color === "auto") {
    if (!isTty || env("NO_COLOR") || env("PLL_NO_COLOR") || env("TERM") === "dumb") return "none";
  }
  const term = env("TERM") ?? "";
  if (/truecolor|24bit/i.test(env("COLORTERM") ?? "") || env("WT_SESSION")) return "truecolor";
  if (/direct|kitty|ghostty|alacritty|wezterm/.test(term)) return "truecolor";
  if (term.includes("256")) return "256";
  return "16";
}

/** Shapes by `PLL_GLYPHS` (`braille`, `block`, `ascii`), then the locale's character set and the terminal. */
export function detectGlyphs(env: Environment, windows = false): GlyphLevel {
  const wish = env("PLL_GLYPHS");
  if (wish === "braille" || wish === "block" || wish === "ascii") return wish;
  const term = env("TERM") ?? "";
  if (term === "dumb") return "ascii";
  if (windows) return env("WT_SESSION") || env("TERM_PROGRAM") ? "braille" : "block";
  const locale = env("LC_ALL") || env("LC_CTYPE") || env("LANG") || "";
  if (!/utf-?8/i.test(locale)) return "ascii";
  // The Linux console and old serial terminals have fonts of 256 or 512 glyphs, without Braille.
  return /^(linux|vt\d+|cons\d+)/.test(term) ? "block" : "braille";
}

export function detectTheme(
  env: Environment,
  options: { isTty: boolean; color: "auto" | "always" | "never"; theme?: ThemeWish; windows?: boolean },
): Theme {
  const depth = detectColorDepth(env, options.isTty, options.color);
  const { theme = "auto" } = options;
  // Most terminals are dark; one that is not says so when asked.
  const background = theme === "auto" ? backgroundOfEnvironment(env) ?? "dark" : theme;
  return createTheme(depth, detectGlyphs(env, options.windows), background);
}
