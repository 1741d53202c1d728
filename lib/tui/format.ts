/** Numbers on the screen: the project's formatters, with a dash for values that are not known yet. */
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatElapsed,
  formatNumber,
  formatThroughput,
} from "../config/units.ts";

const UNKNOWN = "–";

/** Lateness below this is not shown: messages leave in small groups, and batches wait to fill. */
export const LATE_MICROS = 100_000;

/** `1234567` → `1,234,567`; from 10^12 on with a unit: `1.23 T`. */
export function integer(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  return Math.abs(value) < 1e12 ? formatCount(value) : `${formatNumber(value / 1e12)} T`;
}

/** Short form for axes and narrow columns: `950`, `1.5k`, `60k`, `2.5M`. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  for (const [unit, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]] as const) {
    if (Math.abs(value) >= size * 0.9995) return `${trimmed(value / size)}${unit}`;
  }
  return trimmed(value);
}

function trimmed(value: number): string {
  const text = formatNumber(value);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** A size in binary units: `512 B`, `4.00 KiB`; whole values without zeros at the end: `4 KiB`. */
export function bytes(value: number): string {
  return Number.isFinite(value) ? formatBytes(value).replace(/\.0+ /, " ") : UNKNOWN;
}

/** A data rate in decimal units: `48.6 MB/s`. */
export function throughput(bytesPerSecond: number): string {
  return Number.isFinite(bytesPerSecond) ? formatThroughput(bytesPerSecond) : UNKNOWN;
}

/** Microseconds in at most seven cells: `850 µs`, `1.23 ms`, `12.3 s`, `1:05`. The clock resolves no fractions of 1 µs. */
export function latency(micros: number | undefined): string {
  if (micros === undefined || !Number.isFinite(micros)) return UNKNOWN;
  return Math.abs(micros) < 999.5 ? `${micros.toFixed(0)} µs` : formatDuration(micros);
}

/** Seconds as a clock: `0:42`, `1:02:03`, `2d 01:02:03`. */
export function clock(seconds: number): string {
  const days = Math.floor(seconds / 86400);
  return days > 0 ? `${days}d ${formatElapsed(seconds % 86400).padStart(8, "0")}` : formatElapsed(seconds);
}

/** A span of time for labels: `30 s`, `5 min`, `1 h`. */
export function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** `0.123` → `12.3%`; never rounds something incomplete up to 100, nor something present down to 0. */
export function percent(fraction: number): string {
  if (!Number.isFinite(fraction)) return UNKNOWN;
  const value = fraction * 100;
  if (value > 0 && value < 0.05) return "<0.1%";
  if (value < 100 && value >= 99.95) return "99.9%";
  return `${value === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)}%`;
}

/** Local wall time of epoch microseconds: `14:03:59`. */
export function wallTime(atMicros: number): string {
  return new Date(atMicros / 1000).toTimeString().slice(0, 8);
}
