/** How a worker opens its producers or consumers, on its start and when partitions were added, and what that takes. */
import type { OpeningTimes } from "../metrics/opening_times.ts";
import { openAtRate, type RateOptions } from "./open_at_rate.ts";
import { AT_ONCE, openInTurn } from "./open_in_turn.ts";
import type { WorkerOpening, WorkerTask } from "./protocol.ts";

export interface LaneOpening<T> {
  readonly task: Pick<WorkerTask, "opening">;
  /** Producers or consumers that there are to be. */
  readonly count: number;
  /** Those that there are, in order. */
  readonly lanes: T[];
  /** Where the plan wants times taken. */
  readonly times: OpeningTimes | undefined;
  open(index: number): Promise<T>;
  /** Whether nothing new is to be opened. */
  isOver(): boolean;
}

/** @throws the first error; where opening is measured, it says how many were open by then */
export async function openLanes<T>(
  { task, count, lanes, times, open, isOver }: LaneOpening<T>,
): Promise<void> {
  const { opening } = task;
  // Partitions that were added come one by one, so that one that fails keeps none in front of it.
  if (lanes.length > 0) return await openInTurn(count, lanes, 1, open, isOver);
  if (opening === undefined) return await openInTurn(count, lanes, AT_ONCE, open, isOver);
  let ready = 0;
  const onReady = (ms: number): void => {
    ready++;
    times?.record("ready", ms * 1000);
  };
  try {
    await openMeasured(opening, {
      count,
      lanes,
      open,
      isOver,
      onReady,
      onBegin: (ms) => times?.begun(ms * 1000),
    });
  } catch (error) {
    if (error instanceof Error) error.message += ` (${ready} of this worker's ${count} were open by then)`;
    throw error;
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
    onReady(performance.now() - startedAt);
    return lane;
  };
  await openInTurn(count, lanes, AT_ONCE, timed, isOver);
}
