/**
 * Numbers in the notation of options and figures: `10k`, `64KiB`, `1h30m`, `5k/s` in, `12.3 ms` and `1,234,567` out.
 *
 * Parsers return the units of `RunConfig` (messages, bytes, milliseconds, messages per second) and throw a
 * `ValueError` that says what would be right. The `…Text` functions are their inverses: the shortest text
 * that parses back to the same value. The `format…` functions are for reading only.
 */

/** A text that is not a value of its option; `expected` completes the sentence "expected …". */
export class ValueError extends Error {
  override readonly name = "ValueError";
  readonly code = "invalid-value";
  readonly expected: string;
  /** What the text was likely meant to be, in quotes: `'5k'`, `'5k' or '5m'`. */
  readonly proposal: string | undefined;

  constructor(
    readonly text: string,
    expected: string,
    options: ErrorOptions & { readonly proposal?: string | undefined } = {},
  ) {
    const { proposal } = options;
    const whole = proposal === undefined ? expected : `${expected} (did you mean ${proposal}?)`;
    super(`'${text}' is not valid: expected ${whole}`, options);
    this.expected = whole;
    this.proposal = proposal;
  }
}

/** Inclusive bounds of a value, in the unit that the parser returns. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** No value is as long; of a text that is, work and memory could grow with the square. */
const MOST_CHARACTERS = 200;

const COUNT_UNITS: ReadonlyMap<string, number> = new Map([["", 1], ["k", 1e3], ["m", 1e6], ["g", 1e9]]);

const BYTE_UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ["k", 1e3],
  ["kb", 1e3],
  ["m", 1e6],
  ["mb", 1e6],
  ["g", 1e9],
  ["gb", 1e9],
  ["kib", 1024],
  ["mib", 1024 ** 2],
  ["gib", 1024 ** 3],
]);

const MILLIS_PER: ReadonlyMap<string, number> = new Map([
  ["us", 1e-3],
  ["µs", 1e-3],
  ["ms", 1],
  ["s", 1e3],
  ["m", 60e3],
  ["h", 3600e3],
  ["d", 86400e3],
]);

/** Digits with optional fraction and exponent, or a fraction alone; underscores may group digits (`1_000_000`). */
export const NUMBER = "(?:\\d[\\d_]*(?:\\.\\d+)?|\\.\\d+)(?:e\\d{1,2})?";
const QUANTITY = new RegExp(`^(${NUMBER})\\s*([a-zµ]*)$`, "i");
const DURATION_PART = new RegExp(`(${NUMBER})\\s*(us|µs|ms|s|m|h|d)\\s*`, "iy");

/** A number with an optional `k`, `m` or `g` (1,000, 1,000,000, 1,000,000,000); NaN for any other text. */
export function countOf(text: string): number {
  return quantity(text, COUNT_UNITS);
}

/** Bytes: `512`, `512B`, `4KiB` (4,096), `4k` or `4kB` (4,000), `1MiB`; NaN for any other text. */
export function bytesOf(text: string): number {
  return quantity(text, BYTE_UNITS);
}

/** Milliseconds from `250ms`, `30s`, `5m`, `1h30m`, `2d`; a unit is required except for `0`. NaN for any other text. */
export function millisOf(text: string): number {
  // Keyboards have the micro sign, Greek texts the letter.
  const trimmed = text.trim().replaceAll("\u03bc", "\u00b5");
  if (trimmed === "") return NaN;
  if (Number(trimmed) === 0) return 0;
  let value = 0;
  let previous = Infinity;
  for (let at = 0; at < trimmed.length; at = DURATION_PART.lastIndex) {
    DURATION_PART.lastIndex = at;
    const part = DURATION_PART.exec(trimmed);
    const unit = part === null ? undefined : MILLIS_PER.get(part[2]!.toLowerCase());
    // Units must fall (`1h30m`, not `30m1h`), or a typing error would pass as a sum.
    if (part === null || unit === undefined || unit >= previous) return NaN;
    value += plainNumber(part[1]!) * unit;
    previous = unit;
  }
  // Microseconds are the finest unit; rounding there removes the error of summing fractions.
  return Math.round(value * 1e3) / 1e3;
}

/** Messages per second: `5k`, `5k/s`, `300/m`, `36000/h`, `10 msg/s`; NaN for any other text. */
export function rateOf(text: string): number {
  const match = /^(.*?)(?:\s*(?:msg|msgs|messages))?(?:\s*\/\s*(s|m|h))?$/i.exec(text.trim());
  const divisor = { s: 1, m: 60, h: 3600 }[match?.[2]?.toLowerCase() ?? "s"] ?? NaN;
  return countOf(match?.[1] ?? "") / divisor;
}

/** A whole number, as `countOf` reads it. */
export function parseCount(text: string, bounds: Bounds): number {
  return inBounds(text, countOf, bounds, "a whole number", countText, true);
}

/** Whole bytes, as `bytesOf` reads them. */
export function parseBytes(text: string, bounds: Bounds): number {
  return inBounds(text, bytesOf, bounds, "a size", bytesText, true);
}

/** Milliseconds, as `millisOf` reads them. */
export function parseDuration(text: string, bounds: Bounds): number {
  return inBounds(text, millisOf, bounds, "a duration with its unit", durationText, false);
}

/** Messages per second, as `rateOf` reads them; fractions are allowed. */
export function parseRate(text: string, bounds: Bounds): number {
  return inBounds(text, rateOf, bounds, "messages per second", rateText, false);
}

/** Percent, with or without the sign: `30` and `30%` are both 30. */
export function parsePercent(text: string, bounds: Bounds = { min: 0, max: 100 }): number {
  const read = (given: string): number => quantity(given.replace(/\s*%$/, ""), new Map([["", 1]]));
  return inBounds(text, read, bounds, "a percentage", (percent) => `${percent}%`, false);
}

/** `true` and `false`, and their usual spellings. */
export function parseBoolean(text: string): boolean {
  switch (text.trim().toLowerCase()) {
    case "true":
    case "yes":
    case "on":
    case "1":
      return true;
    case "false":
    case "no":
    case "off":
    case "0":
      return false;
    default:
      throw new ValueError(text, "'true' or 'false'");
  }
}

/** The inverse of `parseCount`: `10k`, `1500`. */
export function countText(count: number): string {
  return withLargestUnit(count, [["g", 1e9], ["m", 1e6], ["k", 1e3]]) ?? plainText(count);
}

/** The inverse of `parseBytes`: `4KiB`, `1500B`. */
export function bytesText(bytes: number): string {
  return withLargestUnit(bytes, [["GiB", 1024 ** 3], ["MiB", 1024 ** 2], ["KiB", 1024]]) ??
    `${plainText(bytes)}B`;
}

const MICROS_PER = [
  ["d", 86400e6],
  ["h", 3600e6],
  ["m", 60e6],
  ["s", 1e6],
  ["ms", 1e3],
  ["us", 1],
] as const;

/** The inverse of `parseDuration`: `1h30m`, `250ms`, `0`. */
export function durationText(millis: number): string {
  if (millis === 0) return "0";
  let micros = Math.round(millis * 1e3);
  let text = "";
  for (const [unit, size] of MICROS_PER) {
    const count = Math.floor(micros / size);
    if (count > 0) text += `${count}${unit}`;
    micros -= count * size;
  }
  return text;
}

/** The inverse of `parseRate`: `5k/s`, `0.5/s`. */
export function rateText(rate: number): string {
  return `${countText(rate)}/s`;
}

const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1,234,567`. */
export function formatCount(count: number): string {
  return GROUPED.format(count);
}

/** `1 slot`, `2,000 slots`; `many` where the plural is not made with an s. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Three significant digits, never an exponent: `0.12`, `1.23`, `12.3`, `123`, `1,234`. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95 || size === 0) return GROUPED.format(value);
  return value.toFixed(size >= 9.995 ? 1 : 2);
}

/** Messages per second: `12,345 msg/s`, `0.50 msg/s`. */
export function formatRate(rate: number): string {
  return `${formatNumber(rate)} msg/s`;
}

/** Memory and payload sizes in binary units: `512 B`, `4.00 KiB`. */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);
}

/** Amounts of data that were sent, in the decimal units of their rate: `614 MB`. */
export function formatData(bytes: number): string {
  return scaled(bytes, 1000, ["B", "kB", "MB", "GB", "TB"]);
}

/** Data rates in decimal units, as network figures are given: `12.3 MB/s`. */
export function formatThroughput(bytesPerSecond: number): string {
  return `${formatData(bytesPerSecond)}/s`;
}

/** Microseconds as `812 µs`, `1.23 ms`, `4.50 s`, `2:05`. */
export function formatDuration(micros: number): string {
  const size = Math.abs(micros);
  if (size < 999.5) return `${formatNumber(micros)} µs`;
  if (size < 999_500) return `${formatNumber(micros / 1e3)} ms`;
  if (size < 60e6) return `${formatNumber(micros / 1e6)} s`;
  return formatElapsed(micros / 1e6);
}

/** Seconds as a clock: `0:42`, `5:07`, `1:02:03`. */
export function formatElapsed(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A fraction of one as percent: 0.0123 → `1.23%`. */
export function formatPercent(fraction: number): string {
  return `${formatNumber(fraction * 100)}%`;
}

function quantity(text: string, units: ReadonlyMap<string, number>): number {
  const match = QUANTITY.exec(text.trim());
  if (match === null) return NaN;
  return plainNumber(match[1]!) * (units.get(match[2]!.toLowerCase()) ?? NaN);
}

function plainNumber(digits: string): number {
  return Number(digits.replaceAll("_", ""));
}

function inBounds(
  text: string,
  read: (text: string) => number,
  bounds: Bounds,
  what: string,
  write: (value: number) => string,
  whole: boolean,
): number {
  const given = text.length > MOST_CHARACTERS ? NaN : read(text);
  const value = settle(given, whole);
  const isValid = (candidate: number): boolean =>
    candidate >= bounds.min && candidate <= bounds.max && (!whole || Number.isInteger(candidate));
  if (isValid(value)) return value;
  const range = bounds.min === bounds.max
    ? write(bounds.min)
    : Number.isFinite(bounds.max)
    ? `from ${write(bounds.min)} to ${write(bounds.max)}`
    : `of at least ${write(bounds.min)}`;
  const proposal = Number.isNaN(given)
    ? proposalFor(text, (candidate) => isValid(settle(read(candidate), whole)))
    : undefined;
  throw new ValueError(text, `${what} ${range}`, { proposal });
}

/** 1.5k is whole although 1.5 is not; the product may be a rounding error off. */
function settle(value: number, whole: boolean): number {
  return whole && Math.abs(value - Math.round(value)) < 1e-6 ? Math.round(value) : value;
}

/**
 * What a text with a wrong unit was likely meant to be, in quotes: a number alone lacks its seconds, and a unit may have
 * letters too many (`10ss`, `30sec`). A proposal is only shown, never used.
 */
export function proposalFor(text: string, accepts: (candidate: string) => boolean): string | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return quoted([`${trimmed}s`], accepts);
  const [, number = "", unit = ""] = /^(.*\d\s*)([a-z\xb5\u03bc][^\d]*)$/i.exec(trimmed) ?? [];
  // `kk` may mean a thousand or a million.
  if (/^k{2,}$/i.test(unit)) return quoted([`${number}k`, `${number}m`], accepts);
  // Bits are an eighth of what a byte unit would make of them.
  if (/bit/i.test(unit)) return undefined;
  const shorter = Array.from(unit, (_, length) => number + unit.slice(0, length)).slice(1);
  return quoted(shorter.filter(accepts).slice(-1), accepts);
}

function quoted(candidates: readonly string[], accepts: (candidate: string) => boolean): string | undefined {
  const fitting = candidates.filter(accepts);
  return fitting.length === 0 ? undefined : `'${fitting.join("' or '")}'`;
}

function withLargestUnit(value: number, units: readonly (readonly [string, number])[]): string | undefined {
  for (const [unit, size] of units) {
    if (value >= size && value % size === 0) return `${plainText(value / size)}${unit}`;
  }
  return undefined;
}

/** A number without exponent, which is easier to read. */
function plainText(value: number): string {
  return Number.isInteger(value) ? value.toFixed(0) : value.toFixed(9).replace(/\.?0+$/, "");
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let rest = value;
  let unit = 0;
  while (Math.abs(rest) >= step * 0.9995 && unit < units.length - 1) {
    rest /= step;
    unit++;
  }
  return `${unit === 0 ? GROUPED.format(rest) : formatNumber(rest)} ${units[unit]}`;
}
