/**
 * The offset between two clocks from messages that go there and back (Cristian's algorithm with both times of the
 * answer, as in NTP, RFC 5905 section 8). Whatever the two ways take, the true offset lies within half a round trip
 * of the estimate, so the shortest trip gives the best one.
 */
import type { ClockReading } from "./messages.ts";

/** One round: `sent` and `back` in our clock, `heard` and `answered` in the other; epoch microseconds. */
export interface RoundTrip {
  readonly sent: number;
  readonly heard: number;
  readonly answered: number;
  readonly back: number;
}

/** What to add to our clock to get the other's time. */
export function offsetOf({ sent, heard, answered, back }: RoundTrip): ClockReading {
  return {
    offset: (heard - sent + (answered - back)) / 2,
    error: Math.max(0, back - sent - (answered - heard)) / 2,
  };
}

/** The offset to the reference through another clock whose own offset is known. */
export function through(toOther: ClockReading, other: ClockReading): ClockReading {
  return { offset: toOther.offset + other.offset, error: toOther.error + other.error };
}

/**
 * What to do about a reading: an offset that the measurement could have made up is left alone, so that a good clock
 * is never made worse.
 *
 * @returns the correction, and how far the corrected clock may still be off; microseconds
 */
export function correctionOf({ offset, error }: ClockReading): { shift: number; doubt: number } {
  return Math.abs(offset) > error
    ? { shift: offset, doubt: error }
    : { shift: 0, doubt: Math.abs(offset) + error };
}
