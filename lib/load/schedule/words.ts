/** Where the schedule keeps what in its stretch of shared memory. */
import type { Epoch } from "./epoch.ts";
import type { SharedWords } from "./shared_words.ts";

/** Epochs that can be alive at once; the oldest one is given up when it is needed again. */
export const RING = 256;
const HEADER_BYTES = 128;
const EPOCH_BYTES = 128;

/** Size of the stretch, a multiple of 64. */
export const SCHEDULE_BYTES = HEADER_BYTES + RING * EPOCH_BYTES;

// 32-bit words.
/** Id of the newest epoch; ids count from 1 and live at `id % RING`. */
export const CURRENT = 0;
/** Epochs below this id were given up: what is left of them is not sent any more. */
export const ABANDONED_BELOW = 1;
/** 1 when only `BUDGET` more messages may be sent. */
export const COUNTED = 2;
// 64-bit words.
/** Longest lateness that is caught up, microseconds (float). */
export const BOUND = 2;
/** Messages left of a `--count` (counter), on its own cache line. */
export const BUDGET = 8;

/** 64-bit word of an epoch's slot counter; alone in its cache line but for constants. */
export function counterOf(id: number): number {
  return (HEADER_BYTES + id % RING * EPOCH_BYTES) / 8;
}

/** 32-bit word of the id that currently lives there. */
export function idOf(id: number): number {
  return counterOf(id) * 2 + 16;
}

/** Float: slots at or beyond this one belong to the next epoch. `Infinity` while the epoch is the newest. */
export function limitOf(id: number): number {
  return counterOf(id) + 14;
}

/** Float: when the next epoch takes over. */
export function endOf(id: number): number {
  return counterOf(id) + 15;
}

export function writeEpoch(words: SharedWords, epoch: Epoch): void {
  const at = counterOf(epoch.id);
  words.store64(at, 0);
  words.setFloat(at + 1, epoch.burst);
  words.setFloat(at + 9, epoch.start);
  words.setFloat(at + 10, epoch.rate);
  words.setFloat(at + 11, epoch.endRate);
  words.setFloat(at + 12, epoch.ramp);
  words.setFloat(at + 13, epoch.lead);
  words.setFloat(limitOf(epoch.id), Infinity);
  words.setFloat(endOf(epoch.id), Infinity);
  words.store(idOf(epoch.id), epoch.id);
}

export function readEpoch(words: SharedWords, id: number, into: Epoch): void {
  const at = counterOf(id);
  into.id = id;
  into.burst = words.float(at + 1);
  into.start = words.float(at + 9);
  into.rate = words.float(at + 10);
  into.endRate = words.float(at + 11);
  into.interval = 1 / into.endRate;
  into.ramp = words.float(at + 12);
  into.lead = words.float(at + 13);
}
