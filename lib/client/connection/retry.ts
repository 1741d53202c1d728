/** Waiting and trying again, for as long as somebody wants it. */
import type { Backoff } from "./backoff.ts";
import { ClosedError, isTransient } from "../errors.ts";

/** Resolves after `ms`, or at once when the signal fires. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
  });
}

export interface RetryOptions {
  /** No new attempt is begun after this long. */
  readonly limitMs: number;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
  onFailed?(error: Error): void;
}

/**
 * Repeats an attempt while it fails for reasons that pass.
 *
 * @throws {ClosedError} once the signal has fired
 */
export async function retryTransient<T>(options: RetryOptions, attempt: () => Promise<T>): Promise<T> {
  const { limitMs, backoff, signal, onFailed } = options;
  const deadline = performance.now() + limitMs;
  for (;;) {
    if (signal.aborted) throw new ClosedError("closed while connecting");
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted) throw new ClosedError("closed while connecting", { cause: error });
      const wait = backoff.next();
      if (!isTransient(error) || performance.now() + wait > deadline) throw error;
      onFailed?.(error as Error);
      await sleep(wait, signal);
    }
  }
}
