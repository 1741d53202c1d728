/** How a worker opens its producers or consumers, on its start and when partitions were added, and what that takes. */
import { Backoff, errorCode, isRefusedForNow } from "../../client/mod.ts";
import { sleep } from "../../transport/timing.ts";
import type { OpeningTimes } from "../metrics/opening_times.ts";
import { openAtRate, type RateOptions } from "./open_at_rate.ts";
import { AT_ONCE, openInTurn } from "./open_in_turn.ts";
import type { WorkerOpening, WorkerTask } from "./protocol.ts";

export interface LaneOpening<T> {
  readonly task: Pick<WorkerTask, "opening"> & {
    readonly config: Pick<WorkerTask["config"], "operationTimeoutMs">;
  };
  /** Producers or consumers that there are to be. */
  readonly count: number;
  /** Those that there are, in order. */
  readonly lanes: T[];
  /** Of those that the worker began with, how many it has given up. */
  readonly missing: number;
  /** Where the plan wants times taken. */
  readonly times: OpeningTimes | undefined;
  open(index: number): Promise<T>;
  /** Whether nothing new is to be opened. */
  isOver(): boolean;
}

/** Longest sleep between two attempts, after which the worker looks whether the run is over. */
const LOOK_MS = 100;

/**
 * Where opening is measured, one that is refused is tried again, as at a reconnect, for as long as an operation may
 * take after its first refusal; then it is given up, and the others do without.
 *
 * @returns how many were given up
 * @throws the first error that trying again cannot cure, or the last one when none could be opened; where opening is
 *   measured, it says how many were open by then
 */
export async function openLanes<T>(options: LaneOpening<T>): Promise<number> {
  const { task: { opening, config }, count, lanes, missing, times, open, isOver } = options;
  // Partitions that were added come one by one, so that one that fails keeps none in front of it.
  if (lanes.length > 0) {
    await openInTurn(count - missing, lanes, 1, (index) => open(index + missing), isOver);
    return missing;
  }
  if (opening === undefined) {
    await openInTurn(count, lanes, AT_ONCE, open, isOver);
    return 0;
  }
  // Undefined where one was given up.
  const settled = new Map<number, T | undefined>();
  let next = 0;
  const givenUp: number[] = [];
  let ready = 0;
  let lastError: unknown;
  const attempt = async (index: number): Promise<T | undefined> => {
    const backoff = new Backoff();
    let deadline: number | undefined;
    while (!isOver()) {
      try {
        return await open(index);
      } catch (error) {
        if (isOver() || !isRefusedForNow(error)) throw error;
        times?.refused(errorCode(error));
        lastError = error;
        const now = performance.now();
        deadline ??= now + config.operationTimeoutMs;
        const wait = backoff.next();
        if (now + wait > deadline) break;
        await pause(wait, isOver);
      }
    }
    if (!isOver()) givenUp.push(index);
    return undefined;
  };
  const inOrder = async (index: number): Promise<T | undefined> => {
    const lane = await attempt(index);
    settled.set(index, lane);
    for (; settled.has(next); next++) {
      const one = settled.get(next);
      settled.delete(next);
      if (one !== undefined) lanes.push(one);
    }
    return lane;
  };
  try {
    await openMeasured<T | undefined>(opening, {
      count,
      lanes: [],
      open: inOrder,
      isOver,
      onReady: (ms, lane) => {
        if (lane === undefined) return;
        ready++;
        times?.record("ready", ms * 1000);
      },
      onBegin: (ms) => times?.begun(ms * 1000),
    });
    if (givenUp.length > 0 && lanes.length === 0) throw lastError;
  } catch (error) {
    if (error instanceof Error) error.message += ` (${ready} of this worker's ${count} were open by then)`;
    throw error;
  }
  times?.giveUp(givenUp);
  return givenUp.length;
}

async function pause(ms: number, isOver: () => boolean): Promise<void> {
  const until = performance.now() + ms;
  for (let left = ms; left > 0 && !isOver(); left = until - performance.now()) {
    await sleep(Math.min(left, LOOK_MS));
  }
}

async function openMeasured<T>(
  { pace }: WorkerOpening,
  options: Omit<RateOptions<T>, "dueMs">,
): Promise<void> {
  const { count, lanes, open, isOver, onReady } = options;
  if (pace !== undefined) {
    const { firstMs, everyMs } = pace;
    return await openAtRate({ ...options, dueMs: (index) => firstMs + index * everyMs });
  }
  const timed = async (index: number): Promise<T> => {
    const startedAt = performance.now();
    const lane = await open(index);
    onReady(performance.now() - startedAt, lane);
    return lane;
  };
  await openInTurn(count, lanes, AT_ONCE, timed, isOver);
}
