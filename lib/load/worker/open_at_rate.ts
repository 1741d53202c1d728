/**
 * Opens a worker's producers or consumers at a rate: each begins when it is due, however long those before it take, as
 * clients do that come by themselves.
 */
import { sleep } from "../../transport/timing.ts";

/** Longest sleep: after it the worker looks whether the run is over. */
const LOOK_MS = 100;
/** On their way at the same time at most: each holds a socket. */
const MOST_AT_ONCE = 10_000;

export interface RateOptions<T> {
  readonly count: number;
  /** Gets what is open, in the order of its index; what stands in it already is open. */
  readonly lanes: T[];
  /** When one is due, milliseconds after the first begins. */
  dueMs(index: number): number;
  open(index: number): Promise<T>;
  /** One begins, so much later than it was due. */
  onBegin(lateMs: number): void;
  /** One is open, so long after it was due. */
  onReady(ms: number, lane: T): void;
  /** Whether nothing new is to be opened. */
  isOver(): boolean;
  readonly atOnce?: number | undefined;
}

/** @throws the first error, as soon as it comes: then nothing new is begun, and the caller closes what was opened */
export async function openAtRate<T>(options: RateOptions<T>): Promise<void> {
  const { count, lanes, open, isOver, onBegin, onReady, dueMs, atOnce = MOST_AT_ONCE } = options;
  const opened = new Map<number, T>();
  const startedAt = performance.now();
  let pending = 0;
  let failure: { readonly error: unknown } | undefined;
  let settled = Promise.withResolvers<void>();

  const begin = async (index: number, dueAt: number): Promise<void> => {
    pending++;
    onBegin(performance.now() - dueAt);
    try {
      const lane = await open(index);
      opened.set(index, lane);
      onReady(performance.now() - dueAt, lane);
      while (opened.has(lanes.length)) {
        const next = opened.get(lanes.length) as T;
        opened.delete(lanes.length);
        lanes.push(next);
      }
    } catch (error) {
      failure ??= { error };
    }
    pending--;
    settled.resolve();
    settled = Promise.withResolvers();
  };

  for (let index = lanes.length; index < count; index++) {
    const dueAt = startedAt + dueMs(index);
    for (;;) {
      if (failure !== undefined) throw failure.error;
      if (isOver()) break;
      const left = dueAt - performance.now();
      if (left > 0) await sleep(Math.min(left, LOOK_MS));
      else if (pending >= atOnce) await settled.promise;
      else break;
    }
    if (isOver()) break;
    void begin(index, dueAt);
  }
  while (pending > 0 && failure === undefined) await settled.promise;
  if (failure !== undefined) throw failure.error;
}
