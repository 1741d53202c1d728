/**
 * One run of one role: connects its workers, starts and changes the load, and ends it. The main thread's half of the
 * engine; it never touches a message.
 */
import type { ProducerConfig, RunConfig } from "../../config/run_config.ts";
import { AnchoredClock, nowMicros } from "../clock.ts";
import { DRAIN_MS } from "../drain_clock.ts";
import { EndWatch } from "./end_watch.ts";
import { RunMemory } from "../worker/run_memory.ts";
import { LoadDriver, scheduleFor, START_LEAD_MICROS } from "./load_driver.ts";
import type { MetricsReader } from "../metrics/reader.ts";
import { OutageLog } from "./outage_log.ts";
import { WorkerFailedError } from "./worker_pool.ts";
import { RunCrew } from "./crew.ts";
import { RunEnding } from "./ending.ts";
import { RunIntegrity } from "./integrity.ts";
import { RunLog } from "./log.ts";
import type { EndReason, RunOptions, RunOutcome } from "./types.ts";
import { RunView, type ViewedRun } from "./view.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { Phase, StageSnapshot } from "../snapshot.ts";

const TICK_MS = 100;
/** Between the warm-up and the measured part: nothing of the one shall be left in the other. */
const WARM_UP_DRAIN_MS = 1000;

export class LoadRun implements ViewedRun {
  readonly log: RunLog;
  readonly reader: MetricsReader;
  readonly schedule: Schedule;
  readonly integrity: RunIntegrity;
  readonly outages = new OutageLog();
  /** Resolves when the run has ended, however it ended. */
  readonly done: Promise<RunOutcome>;
  readonly #clockUncertainty: () => number;
  readonly #crew: RunCrew;
  readonly #driver: LoadDriver;
  readonly ends: RunEnding;
  readonly #end: EndWatch;
  readonly #finishing: PromiseWithResolvers<RunOutcome> = Promise.withResolvers();
  /** Fires when the run ends, or is to end: nothing new may begin. */
  readonly #ending = new AbortController();
  #phase: Phase = "starting";
  /** What has been received so far came before the run. */
  #probesArrived = false;
  #tick: ReturnType<typeof setInterval> | undefined;
  #endTimer: ReturnType<typeof setTimeout> | undefined;
  #isAborted = false;
  readonly #clock = new AnchoredClock();
  #startedAt = this.#clock.at();
  #isMeasured = false;

  constructor(options: RunOptions) {
    const { config } = options;
    const memory = new RunMemory();
    this.done = this.#finishing.promise;
    this.log = new RunLog(options.onLog);
    this.schedule = scheduleFor(config, memory);
    this.reader = memory.reader(config.role);
    this.integrity = new RunIntegrity(config, (micros) => this.#clock.at(micros));
    this.#clockUncertainty = options.clockUncertainty ?? (() => 0);
    const activeMicros = (): number => this.activeSeconds(this.reader.elapsed) * 1e6;
    this.#driver = new LoadDriver(config, this.schedule, this.reader, activeMicros);
    this.#end = new EndWatch(config, this.reader);
    this.#crew = new RunCrew({
      run: options,
      memory,
      reader: this.reader,
      schedule: this.schedule,
      integrity: this.integrity,
      log: this.log,
      outages: this.outages,
      drainMs: DRAIN_MS,
      ending: this.#ending.signal,
      elapsed: () => this.#end.elapsed,
      onAllFinished: () => this.#onAllFinished(),
      onFailed: (error) => void this.finish("failure", error),
    });
    this.ends = new RunEnding({
      role: config.role,
      reader: this.reader,
      schedule: this.schedule,
      driver: this.#driver,
      crew: this.#crew,
      end: this.#end,
      drainMs: options.drainMs ?? DRAIN_MS,
      isAborted: () => this.#isAborted,
    });
  }

  get config(): RunConfig {
    return this.#crew.config;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Workers wanted now. */
  get workers(): number {
    return this.#crew.workers;
  }

  asked(at: number = nowMicros()): number | undefined {
    const asked = this.#driver.asked(this.ends.measuredTo ?? at);
    return Number.isFinite(asked) ? asked : undefined;
  }

  get stage(): StageSnapshot | undefined {
    return this.#driver.stage;
  }

  get topics(): readonly string[] {
    return this.#crew.topics;
  }

  /** What the workers have sent, by stream and topic, and sent again; and which connections are missing. */
  get counts(): Pick<
    RunCrew,
    "streams" | "resent" | "lanes" | "disconnected" | "openTopics" | "openings" | "topicFigures"
  > {
    return this.#crew;
  }

  get clockUncertaintyMicros(): number {
    return this.#clockUncertainty();
  }

  get backlog(): number | undefined {
    return this.#crew.backlog;
  }

  get elapsed(): number {
    return this.#end.elapsed;
  }
  get isMeasured(): boolean {
    return this.#isMeasured;
  }

  /** When the load began, microseconds since the Unix epoch. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** Wall time of a reading of `nowMicros`, of this moment by default; no step of the clock touches it. */
  timeOf(micros?: number): number {
    return this.#clock.at(micros);
  }

  get #isEnding(): boolean {
    return this.#ending.signal.aborted;
  }

  get #isProducer(): boolean {
    return this.config.role === "producer";
  }

  /** Seconds that count for rates. */
  activeSeconds(elapsed: number): number {
    return this.#end.activeSeconds(elapsed, !this.#isEnding);
  }

  /** Windows of their own for whoever looks at the run. */
  view(): RunView {
    return new RunView(this);
  }

  /**
   * Prepares topics and connects all workers; nothing is sent yet.
   *
   * @throws whatever kept the first worker from connecting; then everything is closed again
   * @throws {WorkerFailedError} of code `Stopped` when the run was ended meanwhile
   */
  async connect(): Promise<void> {
    try {
      await this.#crew.connect();
    } catch (error) {
      this.#ending.abort(error);
      await this.#conclude("failure", error as Error);
      throw error;
    }
    // A subscription that starts with its run, or behind a barrier, misses nothing that was sent before.
    if (this.config.barrier === 0) this.integrity.subscribed(Math.round(this.#clock.at()));
    this.#phase = "ready";
  }

  /** Producer: sends a probe on every topic; resolves when the broker has them. */
  async probe(): Promise<void> {
    await this.#crew.probe();
  }

  /**
   * Consumer: resolves when a probe has come through every topic.
   *
   * @param topics that somebody sends probes to; all by default
   * @throws {WorkerFailedError} when one is still missing after the time, or the run has ended meanwhile
   */
  async probesSeen(timeoutMs: number, topics?: readonly string[]): Promise<void> {
    this.#probesArrived = true;
    await this.#crew.probesSeen(timeoutMs, topics);
  }

  /** Starts the load: the warm-up if there is one, then the measured part. Does nothing for a run that has ended. */
  begin(): void {
    if (this.#isEnding) return;
    this.#clock.anchor();
    this.#startedAt = this.#clock.at();
    this.#crew.go();
    this.#tick = setInterval(() => this.#onTick(), TICK_MS);
    const { warmupMs } = this.config;
    if (warmupMs === 0) {
      this.#measure();
      return;
    }
    this.#phase = "warmup";
    this.reader.reset();
    this.#driver.warmUp();
    this.#endTimer = setTimeout(() => void this.#endWarmUp(), warmupMs);
  }

  async #endWarmUp(): Promise<void> {
    if (this.#isEnding) return;
    this.schedule.stop();
    // A consumer has nothing of its own in flight, and a flow that goes on never pauses for it.
    const isDone = (): boolean => this.reader.inFlight === 0 && this.#crew.unfinished === 0;
    if (this.#isProducer) await this.#end.waitFor(isDone, WARM_UP_DRAIN_MS);
    if (!this.#isEnding) this.#measure();
  }

  #measure(): void {
    // The measured part and its plan begin at the very same moment: the one is as long as the other.
    const at = nowMicros() + START_LEAD_MICROS;
    // What a consumer of its own was sent at once, while the last workers connected, is part of what it consumes.
    const isFresh = this.#isProducer || this.#probesArrived || this.#phase === "warmup";
    const early = isFresh ? 0 : this.#crew.earlyMicros;
    if (isFresh) this.reader.reset(at);
    else this.reader.restartTime(at - early);
    this.outages.reset(at);
    this.schedule.takeMissed();
    this.#end.begin(this.reader.startedAt + early, early > 0);
    // No run measures for longer than it lasts.
    this.#startedAt = Math.min(this.#startedAt, this.#clock.at(at - early));
    this.#isMeasured = true;
    this.#crew.countFrom(this.#end.messagesBefore);
    this.#phase = "running";
    this.#driver.begin(this.#isProducer ? this.config.count : undefined, at);
    this.#checkEnd();
  }

  /** Only the measured part can be paused. */
  pause(): void {
    if (this.#phase !== "running") return;
    this.#phase = "paused";
    this.#driver.pause();
    this.reader.pause();
    this.#crew.setPaused(true);
    this.log.add("info", "paused");
  }

  resume(): void {
    if (this.#phase !== "paused") return;
    this.#phase = "running";
    this.reader.resume();
    this.#driver.resume();
    this.#crew.setPaused(false);
    this.log.add("info", "resumed");
  }

  /** Starts the figures anew; the load goes on, to the end that was planned. */
  reset(): void {
    this.#startAnew();
    this.#end.afterReset();
    this.log.add("info", "figures start anew");
  }

  /** Messages per second from now on; stages have rates of their own, and the present one is shifted. */
  setRate(rate: number | "unlimited"): void {
    if (!this.#driver.isStaged) this.#crew.setRate(rate);
    this.#driver.setRate(rate === "unlimited" ? Infinity : rate);
  }

  /**
   * Adds workers, or drains some of them.
   *
   * @throws {WorkerFailedError} when a new one could not connect; the run goes on with those that there are
   */
  async resize(workers: number): Promise<void> {
    await this.#crew.resize(workers);
  }

  /**
   * Changes settings that workers read at their start: they are replaced one after another.
   *
   * @throws what kept a worker from starting with them; then the settings of before hold again
   */
  async reconfigure(
    changes: Partial<Pick<ProducerConfig, "size" | "batchMessages" | "batching" | "compression">>,
  ): Promise<void> {
    await this.#crew.reconfigure(changes);
  }

  /** All slots of the planned number are handed out, and every worker says that it has sent its own. */
  #onAllFinished(): void {
    if (this.schedule.left !== 0 || this.#crew.outstanding > 0) return;
    if (this.#phase === "running" || this.#phase === "paused") void this.finish("count");
  }

  #onTick(): void {
    this.#crew.poll();
    if (this.#driver.tick()) this.#searchIsOver();
    this.#checkEnd();
  }

  #searchIsOver(): void {
    const { rate } = this.#driver.search!;
    const text = rate > 0 ? `highest sustained rate: ${Math.round(rate)} msg/s` : "no rate was sustained";
    this.log.add("info", text);
    if (rate === 0 || this.config.durationMs === undefined) {
      void this.finish("search");
      return;
    }
    // The planned time belongs to the rate that was found.
    this.#driver.holdFound();
    this.#startAnew();
    this.#end.begin();
  }

  #startAnew(): void {
    const now = nowMicros();
    this.reader.reset(now);
    this.outages.reset(now);
    this.#driver.resetAsked(now);
  }

  #checkEnd(): void {
    if (this.#phase !== "running" || this.#driver.isSearching) return;
    const msLeft = this.#isProducer ? this.#driver.msLeft : this.#end.msLeft;
    // The last stretch by a timer, so that the end is exact to a millisecond.
    clearTimeout(this.#endTimer);
    if (msLeft < 2 * TICK_MS) {
      this.#endTimer = setTimeout(() => {
        if (this.#phase === "running") void this.finish(this.#driver.isStaged ? "stages" : "duration");
      }, Math.max(0, Math.ceil(msLeft)));
    }
    const { disconnected } = this.#crew;
    const reason = this.#end.check(disconnected === undefined, this.#crew.hasEndedTopics);
    if (reason !== undefined) void this.finish(reason);
    const hopeless = this.#end.hopeless(disconnected);
    if (hopeless !== undefined) void this.finish("failure", new WorkerFailedError("NoConnection", hopeless));
  }

  /** Ends the run: no new messages, what is in flight is waited for, workers are closed. Idempotent. */
  finish(reason: EndReason, failure?: Error): Promise<RunOutcome> {
    if (this.#isEnding) return this.done;
    this.#ending.abort(failure ?? new WorkerFailedError("Stopped", "the run was ended"));
    void this.#finish(reason, failure).catch((error) => this.#finishing.reject(error));
    return this.done;
  }

  async #finish(reason: EndReason, failure: Error | undefined): Promise<void> {
    clearTimeout(this.#endTimer);
    if (failure !== undefined) this.log.add("error", failure.message);
    const wasPaused = this.#phase === "paused";
    const wasMeasuring = this.#phase === "running" || wasPaused;
    this.#phase = "draining";
    await this.ends.perform({ reason, hasFailed: failure !== undefined, wasPaused, wasMeasuring });
    await this.#conclude(reason, failure);
  }

  async #conclude(reason: EndReason, failure: Error | undefined): Promise<void> {
    this.#phase = failure === undefined ? "done" : "failed";
    clearInterval(this.#tick);
    clearTimeout(this.#endTimer);
    await this.#crew.close();
    const found = this.integrity.conclude();
    this.#finishing.resolve({
      reason,
      failure,
      snapshot: this.view().snapshot(),
      delivery: this.#end.delivery(this.#crew.disconnected),
      ...this.#crew.told,
      search: this.#driver.search,
      ...found,
      startedAt: this.#startedAt,
      endedAt: this.#clock.at(),
    });
  }

  /** Ends everything at once, without waiting for anything. */
  abort(): void {
    this.#isAborted = true;
    this.schedule.stop();
    this.#crew.terminate();
    // A run that is ending already sees that there is nothing left to wait for.
    if (!this.#isEnding) void this.finish("quit");
  }
}
