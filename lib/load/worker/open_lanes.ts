/** How a worker opens its producers or consumers, on its start and when partitions were added, and what that takes. */
import type { OpeningTimes } from "../metrics/opening_times.ts";
import { openAtRate } from "./open_at_rate.ts";
import { AT_ONCE, openInTurn } from "./open_in_turn.ts";
import type { WorkerTask } from "./protocol.ts";

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

/** @throws the first error */
export async function openLanes<T>(
  { task, count, lanes, times, open, isOver }: LaneOpening<T>,
): Promise<void> {
  const pace = task.opening?.pace;
  // Partitions that were added come one by one, so that one that fails keeps none in front of it.
  if (lanes.length > 0) return await openInTurn(count, lanes, 1, open, isOver);
  if (pace === undefined) {
    const timed = async (index: number): Promise<T> => {
      const startedAt = performance.now();
      const lane = await open(index);
      times?.record("ready", (performance.now() - startedAt) * 1000);
      return lane;
    };
    return await openInTurn(count, lanes, AT_ONCE, timed, isOver);
  }
  await openAtRate({
    count,
    lanes,
    open,
    isOver,
    dueMs: (index) => pace.firstMs + index * pace.everyMs,
    onBegin: (lateMs) => times?.begun(lateMs * 1000),
    onReady: (ms) => times?.record("ready", ms * 1000),
  });
}
