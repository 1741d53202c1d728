/** The ready barrier of one run: probes sent by a producer, and come through every topic to a consumer. */
import { within } from "../../transport/timing.ts";
export class ProbeBarrier {
  readonly #seen = new Set<string>();
  readonly #looks = new Set<() => void>();
  #isSent = false;

  /** Producer: the broker has all probes. */
  setSent(): void {
    this.#isSent = true;
    this.#look();
  }

  /** Consumer: a probe has come. */
  add(topic: string): void {
    this.#seen.add(topic);
    this.#look();
  }

  #look(): void {
    for (const look of this.#looks) look();
  }

  /**
   * Producer: resolves when the broker has all probes.
   *
   * @throws the signal's reason
   */
  async sent(signal: AbortSignal): Promise<void> {
    await this.#until(() => this.#isSent, Infinity, signal);
    if (!this.#isSent) throw signal.reason;
  }

  /**
   * Consumer: resolves with the topics that are still missing after the time: none when all is well.
   *
   * @throws the signal's reason
   */
  async seen(topics: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<string[]> {
    const missing = (): string[] => topics.filter((topic) => !this.#seen.has(topic));
    await this.#until(() => missing().length === 0, timeoutMs, signal);
    if (missing().length > 0) signal.throwIfAborted();
    return missing();
  }

  /** Ends when something is so, after the time, or with the signal. */
  async #until(isSo: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (isSo() || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (isSo()) resolve();
    };
    const onAbort = (): void => resolve();
    signal.addEventListener("abort", onAbort);
    this.#looks.add(look);
    await within(timeoutMs, promise);
    this.#looks.delete(look);
    signal.removeEventListener("abort", onAbort);
  }
}
