/**
 * Whether a terminal is dark or light: what it says when asked for its background (OSC 11, as xterm does), or what
 * `COLORFGBG` says, which rxvt, Konsole and others set.
 */
import type { Background } from "./palette.ts";

/** The environment variables that detection reads, injected for tests. */
export type Environment = (name: string) => string | undefined;

/** Asks for the background colour; terminals that do not support the query do not answer. */
export const BACKGROUND_QUERY = "\x1b]11;?\x1b\\";

/** False for consoles that print unknown sequences, or are always black. */
export function answersQueries(env: Environment): boolean {
  return !/^(dumb|linux|vt\d+|cons\d+|emacs)/.test(env("TERM") ?? "dumb");
}

/** The answer to the question, without its introducer and terminator: `11;rgb:ffff/ffff/ffff`. */
export function backgroundOfReply(text: string): Background | undefined {
  const match = /^11;rgba?:([0-9a-f]{1,4})\/([0-9a-f]{1,4})\/([0-9a-f]{1,4})/i.exec(text);
  if (match === null) return undefined;
  const [red, green, blue] = match.slice(1, 4).map((hex) => parseInt(hex, 16) / (16 ** hex.length - 1));
  return luminance(red!, green!, blue!) > 0.18 ? "light" : "dark";
}

/** `15;0` is white on black; the last number is the background in the palette of 16. */
export function backgroundOfEnvironment(env: Environment): Background | undefined {
  const last = /(?:^|;)(\d{1,2})$/.exec(env("COLORFGBG") ?? "")?.[1];
  if (last === undefined) return undefined;
  const color = Number(last);
  return color === 7 || (color >= 9 && color <= 15) ? "light" : "dark";
}

/** Relative luminance of sRGB channels from 0 to 1 (WCAG 2.2): 0 is black, 1 is white. */
export function luminance(red: number, green: number, blue: number): number {
  const [r, g, b] = [red, green, blue].map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
