/**
 * What one worker's block of shared memory holds, and where.
 *
 * A block has a head and two halves. The worker writes into the half that the reader does not look at; the reader
 * swaps the halves (`PHASE`), waits until the worker has left the record it was in (`SEQUENCE`: odd inside a
 * record), and then owns the other half: it takes the figures out and zeroes it. This is the writer-reader phaser of
 * HdrHistogram's recorders; the reader never sees half of a record however fast the worker writes, and nobody waits.
 */
import { TRANSPORT_ERRORS } from "../../transport/errors.ts";
import { SERVER_ERRORS } from "../../wire/enums.ts";
import { CELLS } from "../histogram/layout.ts";

/** Counters of `Counters` in snapshot.ts. */
export const COUNTERS = [
  "messages",
  "bytes",
  "wireBytes",
  "entries",
  "sent",
  "failed",
  "missed",
  "missedLate",
  "blockedMicros",
  "reconnects",
  "redelivered",
  "nacked",
] as const;
export type CounterName = (typeof COUNTERS)[number];

/** Pulsar's `ServerError` by number (PulsarApi.proto), then the client's (`errorCode`), then what it could not read. */
export const ERRORS = [
  ...SERVER_ERRORS,
  ...TRANSPORT_ERRORS,
  "ConnectionClosed",
  "Timeout",
  "Handshake",
  "Lookup",
  "MessageTooLarge",
  "Closed",
  "Unacknowledged",
  "ChecksumMismatch",
  "Encrypted",
  "Decode",
  "Other",
] as const;

const errorNumbers = new Map<string, number>(ERRORS.map((name, number) => [name, number]));

/** Number of an error by its name; `Other` for a name that is not in the table. */
export function errorNumber(name: string): number {
  return errorNumbers.get(name) ?? ERRORS.length - 1;
}

export const HISTOGRAMS = ["service", "response", "endToEnd", "batchSize"] as const;
export const SERVICE = 0;
export const RESPONSE = 1;
export const END_TO_END = 2;
export const BATCH_SIZE = 3;

// Floats of a half: all additive but the last.
export const ERRORS_AT = COUNTERS.length;
export const SATURATED_AT = ERRORS_AT + ERRORS.length;
export const NEGATIVES_AT = SATURATED_AT + HISTOGRAMS.length;
/** Number of additive floats. */
export const SUMS = NEGATIVES_AT + HISTOGRAMS.length;
/** Largest event-loop lag since the halves were swapped, microseconds. */
export const LAG_AT = SUMS;

// Head, 32-bit words, each group on its own cache line.
/** Odd while the worker is inside a record. */
export const SEQUENCE = 0;
/** Half that the worker writes to, 0 or 1; set by the reader. */
export const PHASE = 16;
export const STATE = 32;
/** Starts of this worker after the first; set by the main thread. */
export const RESTARTS = 33;
// Head, floats: gauges.
export const IN_FLIGHT = 17;
export const BEHIND = 18;
/** Messages handed to the socket by a producer since the block was made. Only ever grows, outside of any record. */
export const HANDED = 19;
/** Clock time of the last receipt, microseconds; 0 before the first. */
export const SETTLED_AT = 20;
const HEAD_BYTES = 192;

const RANGE_BYTES_AT = Math.ceil((LAG_AT + 1) * 8 / 64) * 64;
const CELLS_BYTES_AT = RANGE_BYTES_AT + 64;
const HALF_BYTES = CELLS_BYTES_AT + HISTOGRAMS.length * CELLS * 4;

/** Bytes of one worker's block, a multiple of 64. */
export const BLOCK_BYTES = HEAD_BYTES + 2 * HALF_BYTES;

/** Float index of a half's sums. */
export function sumsAt(phase: number): number {
  return (HEAD_BYTES + phase * HALF_BYTES) / 8;
}

/**
 * 32-bit index of a half's touched ranges: two words per histogram, `CELLS − lowest cell` and `highest cell + 1`, so
 * that zero means untouched.
 */
export function rangesAt(phase: number): number {
  return (HEAD_BYTES + phase * HALF_BYTES + RANGE_BYTES_AT) / 4;
}

/** 32-bit index of the first cell of a half's first histogram; the others follow. */
export function cellsAt(phase: number): number {
  return (HEAD_BYTES + phase * HALF_BYTES + CELLS_BYTES_AT) / 4;
}
