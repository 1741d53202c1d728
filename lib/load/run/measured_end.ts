/** When the measured part of a producer's run ended. */

/** What tells when the measured part ended. */
export interface MeasuredEnd {
  /** When its planned time was over, or it was told to end; clock microseconds. */
  readonly endedAt: number;
  /** When the last receipt came; 0 when there was none. */
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
