/** The ready barrier of one run: probes sent by a producer, and come through every topic to a consumer. */
import { within } from "../../transport/timing.ts";
export class ProbeBarrier {
  readonly #seen = new Set<string>();
  readonly #looks = new Set<() => void>();
  #sent = 0;

  /** Producer: the broker has all probes of a worker. */
  setSent(): void {
    this.#sent++;
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
   * Producer: resolves when the broker has the probes of so many workers.
   *
   * @throws the signal's reason
   */
  async sent(signal: AbortSignal, workers = 1): Promise<void> {
    await this.#until(() => this.#sent >= workers, Infinity, signal);
    if (this.#sent < workers) throw signal.reason;
  }

  /**
   * Consumer: resolves with the topics that are still missing after the time: none when all is well.
   *
   * @throws the signal's reason
   */
  async seen(topics: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<string[]> {
    const missing = new Set(topics);
    // Each topic is looked at once or twice, however many there are.
    const isThere = (): boolean => {
      for (const topic of missing) {
        if (!this.#seen.has(topic)) return false;
        missing.delete(topic);
      }
      return true;
    };
    if (isThere()) return [];
    await this.#until(isThere, timeoutMs, signal);
    if (!isThere()) signal.throwIfAborted();
    return topics.filter((topic) => !this.#seen.has(topic));
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
