/**
 * When a consumer's messages came. Its time runs from the first message to the last: waiting for a producer is not
 * consuming, and must not make the rate look low.
 */
const GRAIN_SECONDS = 0.1;

export class ConsumerProgress {
  #messages = 0;
  #first: number | undefined;
  #last = 0;

  /** Takes in the state at a tick: messages and seconds since the start of the measured part. */
  observe(messages: number, seconds: number): void {
    if (messages === this.#messages) return;
    this.#messages = messages;
    this.#first ??= Math.max(0, seconds - GRAIN_SECONDS);
    this.#last = seconds;
  }

  /** Messages have been coming since the start of the measured part. */
  begin(): void {
    this.#first = 0;
  }

  reset(): void {
    this.#messages = 0;
    this.#first = undefined;
    this.#last = 0;
  }

  /** Seconds since anything came, or since the start. */
  idleSeconds(seconds: number): number {
    return seconds - this.#last;
  }

  /** Seconds that count, up to now while the run runs and up to the last message afterwards. */
  activeSeconds(seconds: number, isRunning: boolean): number {
    if (this.#first === undefined) return 0;
    return Math.max(0.001, (isRunning ? seconds : this.#last) - this.#first);
  }
}
