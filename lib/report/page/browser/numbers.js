/** Numbers as people read them, for the charts of a report page. */

/** @param {number} value */
const digits = (value) => {
  const size = Math.abs(value);
  if (size >= 99.95 || size === 0) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 9.995 ? 1 : 2);
};
/** @param {number} us microseconds */
export const duration = (us) => {
  if (us < 999.5) return `${digits(us)} µs`;
  if (us < 999500) return `${digits(us / 1e3)} ms`;
  return `${digits(us / 1e6)} s`;
};
/** @param {number} value messages per second */
export const rate = (value) => `${digits(value)} msg/s`;
/** @param {number} value 0–1 */
export const share = (value) => `${digits(value * 100)}%`;
/** @param {number} value bytes */
export const bytes = (value) => {
  if (value >= 2 ** 30) return `${+(value / 2 ** 30).toPrecision(3)} GiB`;
  return `${+(value / 2 ** 20).toPrecision(3)} MiB`;
};
/** @param {number} seconds */
export const clock = (seconds) => {
  const whole = Math.floor(seconds);
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  if (whole >= 3600) {
    return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  }
  return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
};
/** @param {number} value */
export const short = (value) => {
  if (value >= 1e6) return `${+(value / 1e6).toPrecision(3)}M`;
  if (value >= 1e3) return `${+(value / 1e3).toPrecision(3)}k`;
  return `${+value.toPrecision(3)}`;
};
/** @param {number} us microseconds */
export const shortDuration = (us) => {
  if (us >= 1e6) return `${+(us / 1e6).toPrecision(3)} s`;
  if (us >= 1e3) return `${+(us / 1e3).toPrecision(3)} ms`;
  return `${+us.toPrecision(3)} µs`;
};
/**
 * 1 / (1 − p) back to a percentile with as many nines as it has.
 *
 * @param {number} inverse
 */
export const percentile = (inverse) => {
  const percent = 100 * (1 - 1 / inverse);
  const places = Math.max(0, Math.ceil(Math.log10(inverse)) - 1);
  return `P${+percent.toFixed(Math.min(6, places + 1))}`;
};
/**
 * A tick of a time axis whose ticks are `step` seconds apart: tenths only where they tell ticks apart.
 *
 * @param {number} seconds
 * @param {number} step
 */
export const clockTo = (seconds, step) => {
  if (step >= 1) return clock(Math.round(seconds));
  const tenths = Math.round(seconds * 10);
  return `${clock(Math.floor(tenths / 10))}.${tenths % 10}`;
};
