/** Waiting for a time, or for work with a time limit. It stands this low so that every layer with timers can use it. */

/** Longest time that a timer of the runtime takes, milliseconds; with a longer one it fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Resolves after `ms` milliseconds, or at once when the signal fires. Leaves no timer and no listener behind. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, MAX_TIMER_MS));
    signal?.addEventListener("abort", end, { once: true });
  });
}

/**
 * Waits until `work` has ended, in success or failure, but at most `timeoutMs` milliseconds (`Infinity`: no limit).
 * Never rejects: a caller that needs the result or the error awaits `work` itself afterwards.
 *
 * @returns whether the work has ended
 */
export async function within(timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
  const ended = work.then(() => true, () => true);
  if (timeoutMs === Infinity) return await ended;
  const { promise: timeout, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), Math.min(timeoutMs, MAX_TIMER_MS));
  try {
    return await Promise.race([ended, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
