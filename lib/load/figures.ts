/** Figures that are made of others: worked out here once, for panels, lines, thresholds, summary, page and CSV alike. */

/**
 * A timer later than this means that the client's own threads are busy: every receipt is seen as late, so the figures may
 * be the client's and not the broker's. Microseconds.
 */
export const BUSY_LAG_MICROS = 50_000;

/** All errors, whatever their code. */
export function errorTotal(errors: ReadonlyMap<string, number> | Readonly<Record<string, number>>): number {
  let sum = 0;
  for (const count of errors instanceof Map ? errors.values() : Object.values(errors)) sum += count;
  return sum;
}

/** What a share of the workers' time is made of. */
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
