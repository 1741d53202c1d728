/** Retries of a first attempt, with growing waits, up to a time limit. */
import { sleep } from "../../transport/timing.ts";
import type { Backoff } from "./backoff.ts";
import { ClosedError, isTransient } from "../errors.ts";

export interface RetryOptions {
  /** No attempt starts later than this, milliseconds. */
  readonly limitMs: number;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
  /** Each failed attempt that will be retried. */
  readonly onFailed?: ((error: Error) => void) | undefined;
}

/**
 * Repeats an attempt while it fails with transient errors.
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
