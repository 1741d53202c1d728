/** When a run has reached its planned end: time, number of messages, or silence; and which of its time counts. */
import type { RunConfig } from "../config/run_config.ts";
import { ConsumerProgress } from "./consumer_progress.ts";
import type { MetricsReader } from "./metrics_reader.ts";
import type { EndReason } from "./run_types.ts";

const LOOK_MS = 5;

/** What is looked at of the figures. */
type Figures = Pick<MetricsReader, "activeMicros" | "elapsed" | "total" | "ever" | "inFlight">;

export class EndWatch {
  readonly #config: RunConfig;
  readonly #reader: Figures;
  readonly #progress = new ConsumerProgress();
  /** Active time at the start of the measured part. */
  #begunAt: number | undefined;
  /** Messages that do not belong to the measured part. */
  #messagesBefore = 0;

  constructor(config: RunConfig, reader: Figures) {
    this.#config = config;
    this.#reader = reader;
  }

  /** The measured part begins: with what the figures show now, which a consumer may have had before. */
  begin(): void {
    this.#begunAt = this.#reader.activeMicros();
    this.#messagesBefore = this.#reader.ever("messages") - this.#reader.total().counters.messages;
    this.#progress.reset();
  }

  /** The figures have just been reset; the planned end stays what it is. */
  afterReset(): void {
    this.#progress.reset();
  }

  /** Seconds since the measured part began, pauses excluded; 0 before. */
  get elapsed(): number {
    return this.#begunAt === undefined ? 0 : (this.#reader.activeMicros() - this.#begunAt) / 1e6;
  }

  /** Milliseconds until the planned duration is over; Infinity without one. */
  get msLeft(): number {
    const { durationMs } = this.#config;
    return durationMs === undefined ? Infinity : durationMs - this.elapsed * 1000;
  }

  /** Consumer: why the run is over, if it is. A producer's end is the schedule's to keep. */
  check(): EndReason | undefined {
    const { role, count } = this.#config;
    if (role !== "consumer") return undefined;
    const { messages } = this.#reader.total().counters;
    const { elapsed } = this.#reader;
    this.#progress.observe(messages, elapsed);
    const all = this.#reader.ever("messages") - this.#messagesBefore;
    if (count !== undefined && all >= count) return "count";
    const { idleMs } = this.#config;
    return idleMs > 0 && this.#progress.idleSeconds(elapsed) * 1000 > idleMs ? "idle" : undefined;
  }

  /** Waits until nothing is in flight, the wait is given up, or the time is up. */
  async settle(timeoutMs: number, isGivenUp: () => boolean = () => false): Promise<void> {
    await this.waitFor(() => isGivenUp() || this.#reader.inFlight === 0, timeoutMs);
  }

  /** Looks often whether something is so, until the time is up. */
  async waitFor(isSo: () => boolean, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!isSo() && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Seconds that count for rates. */
  activeSeconds(elapsed: number, isRunning: boolean): number {
    return this.#config.role === "producer" ? elapsed : this.#progress.activeSeconds(elapsed, isRunning);
  }
}
