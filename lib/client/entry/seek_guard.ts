/**
 * What is to be dropped around a seek. From the request on, entries that arrive are of the old position, until the
 * broker has sent the consumer away and it is attached again.
 */
import { within } from "../../transport/timing.ts";

/** Brokers send the consumer away before they answer, or at once after it. One that does neither never will. */
const DETACH_WAIT_MS = 1000;

export class SeekGuard {
  #isActive = false;
  #isDetached = false;
  #endedSeek = false;
  #dropped = 0;
  #wake: (() => void) | undefined;

  /** Whether arriving entries are void. */
  get isActive(): boolean {
    return this.#isActive;
  }

  begin(): void {
    this.#isActive = true;
    this.#isDetached = false;
    this.#dropped = 0;
  }

  /** An entry was dropped that took `permits` permits. */
  drop(permits: number): void {
    this.#dropped += permits;
  }

  /** The consumer was sent away. */
  detached(): void {
    if (!this.#isActive) return;
    this.#isDetached = true;
    this.#wake?.();
  }

  /** The consumer is attached again: what comes now is of the new position. */
  attached(): void {
    this.#endedSeek = this.#isActive && this.#isDetached;
    if (this.#isDetached) this.#isActive = false;
  }

  /** Whether the last attachment was the end of a seek. */
  get endedSeek(): boolean {
    return this.#endedSeek;
  }

  /** Resolves once the consumer was sent away, or when that will not happen any more. */
  async untilDetached(waitMs: number = DETACH_WAIT_MS): Promise<void> {
    if (this.#isDetached) return;
    const { promise: detached, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await within(waitMs, detached);
    this.#wake = undefined;
  }

  /** Ends it. Permits of what was dropped, if the consumer was never sent away; else undefined. */
  end(): number | undefined {
    if (this.#isDetached) return undefined;
    this.#isActive = false;
    return this.#dropped;
  }
}
