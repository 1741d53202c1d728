/** When the measured part of a producer's run ended. */

/** What tells when the measured part ended. */
export interface MeasuredEnd {
  /** When its planned time was over, or it was told to end; clock microseconds. */
  readonly endedAt: number;
  /** When the last receipt had come, and the time of its slot was over; 0 when there was none. */
  readonly settledAt: number;
  /** It ended because the planned number of messages was sent and settled. */
  readonly isByCount: boolean;
  /** There was no rate that says what was due. */
  readonly isUnlimited: boolean;
}

/**
 * When a producer's measured part ended. How late somebody notices it, and the wait for the last receipts, is no part
 * of it: what was due at a rate was due by the end of the plan, and a planned number is done with its last receipt.
 * Without a rate, the time of the last receipts belongs to what they confirm, or the rate would look too high.
 */
export function measuredEnd({ endedAt, settledAt, isByCount, isUnlimited }: MeasuredEnd): number {
  if (isByCount) return settledAt > 0 ? Math.min(endedAt, settledAt) : endedAt;
  return isUnlimited ? Math.max(endedAt, settledAt) : endedAt;
}

/** A run is not kept up for longer than this by the time of a slot, microseconds. */
const LONGEST_SLOT_MICROS = 10e6;

/** What tells when the time of a planned number's last slot is over. */
export interface LastSlot {
  /** When the last receipt came, clock microseconds; 0 when there was none. */
  readonly settledAt: number;
  /** Slots that were sent, or given up. */
  readonly slots: number;
  /** What the plan had asked for when the last receipt came; `Infinity` where it knew no limit. */
  readonly asked: number;
  /** Messages per second at the end. */
  readonly rate: number;
}

/**
 * When a planned number is done. N slots at a rate of R take N/R seconds, and the last of them begins a slot's length
 * before: a run that ended with it would have been faster than its plan. Of slots longer than 10 s nothing is waited
 * for. Clock microseconds, at least `settledAt`.
 */
export function lastSlotEnd({ settledAt, slots, asked, rate }: LastSlot): number {
  const missing = Math.min(1, slots - asked);
  if (settledAt === 0 || !(missing > 0 && rate > 0)) return settledAt;
  return 1e6 / rate <= LONGEST_SLOT_MICROS ? settledAt + missing / rate * 1e6 : settledAt;
}
