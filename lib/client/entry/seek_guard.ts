/**
 * Decides which entries are dropped around a seek: from the request on, arriving entries are of the old position, until
 * the broker has closed the consumer and it is attached again.
 */
import { within } from "../../transport/timing.ts";

/** Brokers close the consumer before they answer a seek, or right after. After this time, ms, it counts as kept. */
const DETACH_WAIT_MS = 1000;

export class SeekGuard {
  #isActive = false;
  #isDetached = false;
  #endedSeek = false;
  #dropped = 0;
  #wake: (() => void) | undefined;

  /** Whether arriving entries must be dropped. */
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

  /** The broker has closed the consumer, or the connection was lost. */
  detached(): void {
    if (!this.#isActive) return;
    this.#isDetached = true;
    this.#wake?.();
  }

  /** The consumer is attached again: entries are of the new position from here on. */
  attached(): void {
    this.#endedSeek = this.#isActive && this.#isDetached;
    if (this.#isDetached) this.#isActive = false;
  }

  /** Whether the last attachment completed a seek. */
  get endedSeek(): boolean {
    return this.#endedSeek;
  }

  /** Resolves once the consumer is detached, or after `waitMs` if the broker keeps it. */
  async untilDetached(waitMs: number = DETACH_WAIT_MS): Promise<void> {
    if (this.#isDetached) return;
    const { promise: detached, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await within(waitMs, detached);
    this.#wake = undefined;
  }

  /**
   * Ends the seek.
   *
   * @returns permits of the dropped entries if the broker kept the consumer attached, else undefined
   */
  end(): number | undefined {
    if (this.#isDetached) return undefined;
    this.#isActive = false;
    return this.#dropped;
  }
}
