/**
 * The one stretch of shared memory of a run: everything that the main thread and the workers share lies in it, so
 * that a worker is started with one buffer and its number.
 */
import { MAX_WORKERS } from "../../config/limits.ts";
import { CLOCK_LINK_BYTES } from "../clock.ts";
import { BLOCK_BYTES } from "../metrics/layout.ts";
import { SCHEDULE_BYTES } from "../schedule/words.ts";
import { SharedWords } from "../schedule/shared_words.ts";
import { wakeBoardBytes } from "../pacing/wake_board.ts";

export { MAX_WORKERS };

/** 32-bit words at the start of the memory that belong to whoever runs the workers: commands, acknowledgements. */
export const CONTROL_WORDS = 256;

const CONTROL_BYTES = CONTROL_WORDS * 4;

/** Byte offsets of the parts; the same on both sides because they follow from the number of workers alone. */
export interface RunLayout {
  readonly workers: number;
  /** `CONTROL_WORDS` 32-bit words. */
  readonly control: number;
  /** One `ClockLink` per worker, `CLOCK_LINK_BYTES` apart. */
  readonly clocks: number;
  /** For `new SharedWords(memory, schedule, SCHEDULE_BYTES)`. */
  readonly schedule: number;
  /** For `new WakeBoard(memory, wake, workers)`. */
  readonly wake: number;
  /** One block per worker, `BLOCK_BYTES` apart. */
  readonly metrics: number;
  readonly bytes: number;
}

/** @throws {RangeError} when `workers`, the most that a run may grow to, is not 1 … 64 */
export function runLayout(workers: number): RunLayout {
  if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS) {
    throw new RangeError(
      `number of workers must be a whole number from 1 to ${MAX_WORKERS}, not "${workers}"`,
    );
  }
  const clocks = CONTROL_BYTES;
  const schedule = align(clocks + workers * CLOCK_LINK_BYTES);
  const wake = align(schedule + SCHEDULE_BYTES);
  const metrics = align(wake + wakeBoardBytes(workers));
  return {
    workers,
    control: 0,
    clocks,
    schedule,
    wake,
    metrics,
    bytes: metrics + workers * BLOCK_BYTES,
  };
}

/** Zeroed memory for a run of up to this many workers; about 0.75 MiB each, touched only when used. */
export function createRunMemory(layout: RunLayout): SharedArrayBuffer {
  return new SharedArrayBuffer(layout.bytes);
}

export function scheduleWords(memory: SharedArrayBuffer, layout: RunLayout): SharedWords {
  return new SharedWords(memory, layout.schedule, SCHEDULE_BYTES);
}

export function clockOffset(layout: RunLayout, worker: number): number {
  return layout.clocks + worker * CLOCK_LINK_BYTES;
}

export function metricsOffset(layout: RunLayout, worker: number): number {
  return layout.metrics + worker * BLOCK_BYTES;
}

/** To a cache line, so that parts don't slow each other down. */
function align(offset: number): number {
  return Math.ceil(offset / 64) * 64;
}
