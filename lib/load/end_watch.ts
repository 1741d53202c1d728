/** When a run has reached its planned end: time, number of messages, or silence. */
import type { RunConfig } from "../config/run_config.ts";
import { ConsumerProgress } from "./consumer_progress.ts";
import type { MetricsReader } from "./metrics_reader.ts";
import type { EndReason } from "./run_types.ts";

export class EndWatch {
  readonly #config: RunConfig;
  readonly #reader: MetricsReader;
  readonly #progress = new ConsumerProgress();

  constructor(config: RunConfig, reader: MetricsReader) {
    this.#config = config;
    this.#reader = reader;
  }

  /** The measured part begins anew. */
  reset(): void {
    this.#progress.reset();
  }

  /** Milliseconds until the planned duration is over; Infinity without one. */
  get msLeft(): number {
    const { durationMs } = this.#config;
    return durationMs === undefined ? Infinity : durationMs - this.#reader.elapsed * 1000;
  }

  /** Consumer: why the run is over, if it is. A producer's number of messages is the schedule's to keep. */
  check(): EndReason | undefined {
    const { config, reader } = { config: this.#config, reader: this.#reader };
    if (config.role !== "consumer") return undefined;
    const { messages } = reader.total().counters;
    const { elapsed } = reader;
    this.#progress.observe(messages, elapsed);
    if (config.count !== undefined && messages >= config.count) return "count";
    const isIdle = config.idleMs > 0 && this.#progress.idleSeconds(elapsed) * 1000 > config.idleMs;
    return isIdle ? "idle" : undefined;
  }

  /** Waits until nothing is in flight, or the time is up. */
  async settle(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (this.#reader.inFlight > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Seconds that count for rates. */
  activeSeconds(elapsed: number, isRunning: boolean): number {
    return this.#config.role === "producer" ? elapsed : this.#progress.activeSeconds(elapsed, isRunning);
  }
}
