/** Numbers as ASCII, four characters a store: tables hold four digits as one little-endian word. */

const ZERO = 0x30;

/** `0000` … `9999`. */
export const PADDED = new Uint32Array(10_000);
/** `   0` … `9999`, blanks in front. */
export const SPACED = new Uint32Array(10_000);
/** Byte → its two lower-case hex characters, little-endian. */
const HEX = new Uint16Array(256);
/** Four blanks. */
export const BLANK = 0x20202020;

for (let value = 0; value < 10_000; value++) {
  const padded = String(value).padStart(4, "0");
  const spaced = String(value).padStart(4, " ");
  PADDED[value] = word(padded);
  SPACED[value] = word(spaced);
}
for (let value = 0; value < 256; value++) {
  const text = value.toString(16).padStart(2, "0");
  HEX[value] = text.charCodeAt(0) | (text.charCodeAt(1) << 8);
}

function word(text: string): number {
  return (text.charCodeAt(0) | (text.charCodeAt(1) << 8) | (text.charCodeAt(2) << 16) |
    (text.charCodeAt(3) << 24)) >>> 0;
}

/**
 * The four words of `value` (an integer in [0, 10^16)) right-aligned in 16 characters, blanks in front.
 * JSON allows blanks before a number and forbids leading zeros, so a number of fixed width looks like this.
 */
export function spacedWords(value: number, out: Uint32Array): void {
  let rest = value;
  for (let index = 3; index >= 0; index--) {
    const upper = Math.floor(rest / 10_000);
    const group = rest - upper * 10_000;
    out[index] = upper > 0 ? PADDED[group]! : (group > 0 || index === 3 ? SPACED[group]! : BLANK);
    rest = upper;
  }
}

/** `value` < 10^8 as eight digits with leading zeros. */
export function writeEightDigits(view: DataView, at: number, value: number): void {
  const upper = (value / 10_000) | 0;
  view.setUint32(at, PADDED[upper]!, true);
  view.setUint32(at + 4, PADDED[value - upper * 10_000]!, true);
}

/** Four hex characters of a 16-bit number, as one little-endian word. */
export function hexDigits(value: number): number {
  return HEX[value >>> 8]! | (HEX[value & 255]! << 16);
}

/** A 32-bit word as eight hex characters, most significant first. */
export function writeHexWord(view: DataView, at: number, value: number): void {
  view.setInt32(at, hexDigits(value >>> 16), true);
  view.setInt32(at + 4, hexDigits(value & 0xffff), true);
}

/** Characters that `value` (a non-negative integer) takes in decimal. */
export function decimalWidth(value: number): number {
  let width = 1;
  for (let bound = 10; value >= bound; bound *= 10) width++;
  return width;
}

/** The last `width` decimal digits of `value`, leading zeros included; returns the position behind them. */
export function writeDecimal(bytes: Uint8Array, at: number, value: number, width: number): number {
  let rest = value;
  for (let index = at + width - 1; index >= at; index--) {
    const upper = Math.floor(rest / 10);
    bytes[index] = ZERO + (rest - upper * 10);
    rest = upper;
  }
  return at + width;
}
