/**
 * The last part of a run: its load ends, what is in flight is waited for, its workers are closed. Fixes what counts as
 * measured time, and takes no longer than one limit that is known before.
 */
import type { Role } from "../../config/run_config.ts";
import { nowMicros } from "../clock.ts";
import { CLOSING_MS, DRAIN_MS, DrainClock, type DrainState } from "../drain_clock.ts";
import type { EndWatch } from "./end_watch.ts";
import type { LoadDriver } from "./load_driver.ts";
import { lastSlotEnd, measuredEnd } from "./measured_end.ts";
import type { MetricsReader } from "../metrics/reader.ts";
import type { RunCrew } from "./crew.ts";
import type { EndReason } from "./types.ts";
import type { Schedule } from "../schedule/schedule.ts";

/** What a failed run still grants its workers: no receipts are waited for. */
const FAILED_DRAIN_MS = CLOSING_MS + 1000;
/** After the planned end: for messages that were due before it and are a little late. */
const LATE_MS = 500;
/** For the time of the last slot of a planned number; `lastSlotEnd` has the limit proper. */
const LAST_SLOT_MS = 10_500;
/** At the end of a consumer: for a connection that is just coming back. */
const RECONNECT_MS = 1500;

export interface EndingOptions {
  readonly role: Role;
  readonly reader: MetricsReader;
  readonly schedule: Schedule;
  readonly driver: LoadDriver;
  readonly crew: RunCrew;
  readonly end: EndWatch;
  /** Most time between the end of the load and the end of the run, where nobody stopped it, ms. */
  readonly drainMs: number;
  /** Nothing is waited for any more. */
  isAborted(): boolean;
}

export interface Ending {
  readonly reason: EndReason;
  readonly hasFailed: boolean;
  readonly wasPaused: boolean;
  /** Whether the measured part had begun. */
  readonly wasMeasuring: boolean;
}

export class RunEnding {
  readonly #options: EndingOptions;
  readonly #drain = new DrainClock();
  #measuredTo: number | undefined;
  #finalRate = Infinity;
  #isOver = false;

  constructor(options: EndingOptions) {
    this.#options = options;
  }

  /** End of the measured part, clock microseconds; undefined before. */
  get measuredTo(): number | undefined {
    return this.#measuredTo;
  }

  /** Messages per second asked for at the end; Infinity = unlimited. */
  get finalRate(): number {
    return this.#finalRate;
  }

  /** For how long the run has been ending, and may at most; undefined before, and when it has ended. */
  get state(): DrainState | undefined {
    return this.#isOver ? undefined : this.#drain.state;
  }

  /** When the planned number is done, clock microseconds; 0 when nothing has settled. */
  #countEnd(): number {
    const { reader, driver } = this.#options;
    reader.poll();
    const { settledAt } = reader;
    const { messages, failed, missed } = reader.total().counters;
    const slots = messages + failed + missed;
    return lastSlotEnd({ settledAt, slots, asked: driver.asked(settledAt), rate: this.#finalRate });
  }

  /** Resolves when all workers have ended, or the limit is reached. */
  async perform({ reason, hasFailed, wasPaused, wasMeasuring }: Ending): Promise<void> {
    const { role, reader, schedule, driver, crew, end, drainMs, isAborted } = this.#options;
    const isProducer = role === "producer";
    const isByCount = reason === "count" && isProducer;
    this.#finalRate = schedule.rateAt();
    if (isByCount) await end.waitFor(() => isAborted() || nowMicros() >= this.#countEnd(), LAST_SLOT_MS);
    const isStopped = reason === "signal" || reason === "quit";
    this.#drain.begin(hasFailed ? FAILED_DRAIN_MS : isStopped ? DRAIN_MS : drainMs);
    const isOver = driver.isOver || (isProducer && (reason === "duration" || reason === "stages"));
    if (isOver) this.#finalRate = driver.lastRate;
    const canWait = isProducer && !hasFailed && !wasPaused;
    const endedAt = isOver ? driver.endAt : nowMicros();
    const isUnlimited = canWait && this.#finalRate === Infinity;
    const stopTime = (): void => {
      const settledAt = isByCount ? this.#countEnd() : reader.settledAt;
      this.#measuredTo = measuredEnd({ endedAt, settledAt, isByCount, isUnlimited });
      reader.pause(this.#measuredTo);
    };
    if (!isUnlimited) stopTime();
    if (canWait && isOver) {
      const isDone = (): boolean => schedule.behind() === 0 && crew.unfinished === 0;
      await end.waitFor(() => isAborted() || isDone(), LATE_MS);
    }
    schedule.stop();
    if (canWait) await end.settle(this.#drain.left(CLOSING_MS), isAborted);
    if (!isProducer && !hasFailed && crew.disconnected !== undefined) {
      await end.waitFor(() => isAborted() || crew.disconnected === undefined, RECONNECT_MS);
    }
    if (isUnlimited) stopTime();
    if (!isAborted()) await crew.drain(this.#drain.left());
    this.#isOver = true;
    crew.poll();
    // What came since the last tick counts, and so does its time.
    end.look();
    // A warm-up is no part of the figures, also when nothing followed it.
    if (!wasMeasuring) reader.reset();
  }
}
