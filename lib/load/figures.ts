/** Figures derived from others, calculated here once for panels, lines, thresholds, summary, page and CSV alike. */

/**
 * A timer later than this means that the client's own threads are busy: every receipt is seen as late, so the figures may
 * be the client's and not the broker's. Microseconds.
 */
export const BUSY_LAG_MICROS = 50_000;

/** All errors, of every code. */
export function errorTotal(errors: ReadonlyMap<string, number> | Readonly<Record<string, number>>): number {
  let sum = 0;
  for (const count of errors instanceof Map ? errors.values() : Object.values(errors)) sum += count;
  return sum;
}

/** Errors as a share of messages and errors, 0–1; undefined where there was neither. */
export function errorShare(errors: Parameters<typeof errorTotal>[0], messages: number): number | undefined {
  const total = errorTotal(errors);
  return shareOf(total, total + messages);
}

/** `part` of `whole`, 0–1; undefined where the whole is nothing. */
export function shareOf(part: number, whole: number): number | undefined {
  return whole > 0 ? part / whole : undefined;
}

/** A count over the seconds of its span, per second; undefined for a span without length. */
export function perSecond(count: number, seconds: number): number | undefined {
  return seconds > 0 ? count / seconds : undefined;
}

/** Middle of values in ascending order, the mean of both middle ones for an even number; NaN for none. */
export function median(sorted: readonly number[]): number {
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

/** What a share of the workers' time is calculated from. */
export interface BlockedTime {
  /** Microseconds that workers waited for room in the in-flight window, summed over them. */
  readonly blockedMicros: number;
  /** Length of the span. */
  readonly seconds: number;
  readonly workers: number;
}

/** Share of the workers' time that was spent waiting for room in flight, 0–1; undefined where there was no time. */
export function backPressureShare({ blockedMicros, seconds, workers }: BlockedTime): number | undefined {
  const available = seconds * 1e6 * workers;
  return available > 0 ? Math.min(1, blockedMicros / available) : undefined;
}

/** Whether the client tells what goes over the wire: the native one makes batches of which nobody hears. */
export function knowsEntries({ messages, wireBytes }: { messages: number; wireBytes: number }): boolean {
  return wireBytes > 0 || messages === 0;
}
