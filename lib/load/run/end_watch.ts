/** When a run has reached its planned end: time, number of messages, or silence; and which of its time counts. */
import type { RunConfig } from "../../config/run_config.ts";
import { formatElapsed } from "../../config/units.ts";
import type { DownConnections } from "./connection_watch.ts";
import { ConsumerProgress } from "./consumer_progress.ts";
import type { MetricsReader } from "../metrics/reader.ts";
import type { Delivery, EndReason } from "./types.ts";
import { sleep } from "../../transport/timing.ts";

const LOOK_MS = 5;
/** A run that waits for silence, or for its number, gives up when every connection is missing for this long, or for the time of silence. */
const HOPELESS_SECONDS = 300;

/** What is looked at of the figures. */
type Figures = Pick<MetricsReader, "activeMicros" | "elapsed" | "total" | "ever" | "inFlight">;

export class EndWatch {
  readonly #config: RunConfig;
  readonly #reader: Figures;
  readonly #progress = new ConsumerProgress();
  /** Active time at the start of the measured part. */
  #begunAt: number | undefined;
  /** Messages that came before the measured part, and do not belong to it. */
  #messagesBefore = 0;
  #failedBefore = 0;
  /** Until then, silence means nothing: a connection was missing. */
  #silentFrom = 0;

  constructor(config: RunConfig, reader: Figures) {
    this.#config = config;
    this.#reader = reader;
  }

  /**
   * The measured part begins: with what the figures show now, which a consumer may have had before.
   *
   * @param at active time from which it counts, which may be a moment ahead
   * @param isUnderWay whether the time of the figures began before, with a consumer's first message
   */
  begin(at: number = this.#reader.activeMicros(), isUnderWay = false): void {
    this.#begunAt = at;
    this.#messagesBefore = this.#reader.ever("messages") - this.#reader.total().counters.messages;
    this.#failedBefore = this.#reader.ever("failed") - this.#reader.total().counters.failed;
    this.#progress.reset();
    if (isUnderWay) this.#progress.begin();
    this.#silentFrom = 0;
  }

  /** Messages of the measured part, whatever resets have taken out of the figures. */
  get #messages(): number {
    return this.#reader.ever("messages") - this.#messagesBefore;
  }

  /** How the messages of the measured part fared; nothing, when there was none. */
  delivery(disconnected: DownConnections | undefined): Delivery {
    const { role, count } = this.#config;
    const hasBegun = this.#begunAt !== undefined;
    return {
      messages: hasBegun ? this.#messages : 0,
      planned: count,
      unacknowledged: hasBegun && role === "producer" ? this.#reader.ever("failed") - this.#failedBefore : 0,
      ...(disconnected === undefined ? {} : { disconnected }),
    };
  }

  /** The figures have just been reset; the planned end stays what it is. */
  afterReset(): void {
    this.#progress.reset();
    this.#silentFrom = 0;
  }

  get messagesBefore(): number {
    return this.#messagesBefore;
  }

  /** Seconds since the measured part began, pauses excluded; 0 before. */
  get elapsed(): number {
    if (this.#begunAt === undefined) return 0;
    return Math.max(0, this.#reader.activeMicros() - this.#begunAt) / 1e6;
  }

  /** Milliseconds until the planned duration is over; Infinity without one. */
  get msLeft(): number {
    const { durationMs } = this.#config;
    return durationMs === undefined ? Infinity : durationMs - this.elapsed * 1000;
  }

  /** Consumer: what has come since the last look. The last one comes when the time of the figures has stopped. */
  look(): void {
    this.#progress.observe(this.#reader.total().counters.messages, this.#reader.elapsed);
  }

  /**
   * Consumer: why the run is over, if it is. A producer's end is the schedule's to keep.
   *
   * @param isConnected whether all connections stand; while one is missing, silence is no sign of the end
   * @param isTopicOver whether nothing can come any more: it is not waited for
   */
  check(isConnected = true, isTopicOver = false): EndReason | undefined {
    const { role, count } = this.#config;
    if (role !== "consumer") return undefined;
    const { elapsed } = this.#reader;
    this.look();
    if (count !== undefined && this.#messages >= count) return "count";
    if (isTopicOver) return "idle";
    const { idleMs } = this.#config;
    if (!isConnected) this.#silentFrom = elapsed;
    const idleSeconds = Math.min(this.#progress.idleSeconds(elapsed), elapsed - this.#silentFrom);
    return idleMs > 0 && idleSeconds * 1000 > idleMs ? "idle" : undefined;
  }

  /**
   * Why it is no use to wait on: neither silence nor a number of messages can end a run that is not connected, so that
   * without this it would wait for ever. Undefined while there is hope, and for runs that end by the clock or by hand.
   */
  hopeless(disconnected: DownConnections | undefined): string | undefined {
    const idleMs = this.#config.role === "consumer" ? this.#config.idleMs : 0;
    const { count, durationMs } = this.#config;
    const waits = idleMs > 0 || (count !== undefined && durationMs === undefined);
    if (!waits || disconnected === undefined) return undefined;
    const { down, of, seconds, code } = disconnected;
    const limit = Math.max(HOPELESS_SECONDS, idleMs / 1000);
    if (down < of || this.elapsed - seconds < limit) return undefined;
    return `given up after ${formatElapsed(limit)} without a connection (${code})`;
  }

  /** Waits until nothing is in flight, the wait is given up, or the time is up. */
  async settle(timeoutMs: number, isGivenUp: () => boolean = () => false): Promise<void> {
    await this.waitFor(() => isGivenUp() || this.#reader.inFlight === 0, timeoutMs);
  }

  /** Looks often whether something is so, until the time is up. */
  async waitFor(isSo: () => boolean, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!isSo() && performance.now() < deadline) {
      await sleep(LOOK_MS);
    }
  }

  /** Seconds that count for rates. */
  activeSeconds(elapsed: number, isRunning: boolean): number {
    return this.#config.role === "producer" ? elapsed : this.#progress.activeSeconds(elapsed, isRunning);
  }
}
