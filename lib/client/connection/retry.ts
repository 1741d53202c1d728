/** Retries of a first attempt, with growing waits, up to a time limit. */
import { sleep } from "../../transport/timing.ts";
import type { Backoff } from "./backoff.ts";
import { ClosedError, isTransient } from "../errors.ts";

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
