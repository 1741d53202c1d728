/**
 * One run of one role: connects its workers, starts and changes the load, and ends it. The main thread's half of the
 * engine; it never touches a message.
 */
import type { ProducerConfig, RunConfig } from "../config/run_config.ts";
import { BacklogWatch } from "./backlog_watch.ts";
import { wallMicros } from "./clock.ts";
import { loadPayloads } from "./payload_source.ts";
import { EndWatch } from "./end_watch.ts";
import { LoadDriver, scheduleFor } from "./load_driver.ts";
import { createRunMemory, MAX_WORKERS, runLayout } from "./layout.ts";
import { MetricsReader } from "./metrics_reader.ts";
import { type Pacer, startPacer } from "./pacer.ts";
import { WorkerFailedError, WorkerPool } from "./pool.ts";
import { ProbeBarrier } from "./probe_barrier.ts";
import { RunIntegrity } from "./run_integrity.ts";
import { RunLog } from "./run_log.ts";
import type { EndReason, RunOptions, RunOutcome } from "./run_types.ts";
import { RunView, type ViewedRun } from "./run_view.ts";
import type { Schedule } from "./schedule.ts";
import type { Phase, StageSnapshot } from "./snapshot.ts";
import { allowedWorkers, resolveTopics, shareTopics } from "./topics.ts";
import type { FromWorker, WorkerTask } from "./worker_protocol.ts";

const TICK_MS = 100;
const DRAIN_MS = 10_000;
const LAYOUT = runLayout(MAX_WORKERS);

export class LoadRun implements ViewedRun {
  readonly log: RunLog;
  readonly reader: MetricsReader;
  readonly schedule: Schedule;
  readonly integrity: RunIntegrity;
  /** Settles when the run has ended, however it ended. */
  readonly done: Promise<RunOutcome>;
  finalRate = Infinity;
  readonly #options: RunOptions;
  readonly #memory = createRunMemory(LAYOUT);
  readonly #pool: WorkerPool;
  #driver: LoadDriver;
  readonly #finishing: PromiseWithResolvers<RunOutcome> = Promise.withResolvers();
  #config: RunConfig;
  #phase: Phase = "starting";
  #topics: readonly string[] = [];
  #payloads: readonly Uint8Array[] | undefined;
  #workers: number;
  #pacer: Pacer | undefined;
  #tick: ReturnType<typeof setInterval> | undefined;
  #endTimer: ReturnType<typeof setTimeout> | undefined;
  #startedAt = wallMicros();
  #backlog: BacklogWatch | undefined;
  #isEnding = false;
  readonly #end: EndWatch;
  readonly #probes = new ProbeBarrier();
  #onProbed: (() => void) | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#workers = options.config.workers;
    this.log = new RunLog(options.onLog);
    this.done = this.#finishing.promise;
    this.schedule = scheduleFor(options.config, this.#memory, LAYOUT);
    this.reader = new MetricsReader(this.#memory, LAYOUT.metrics, MAX_WORKERS, options.config.role);
    this.#driver = new LoadDriver(options.config, this.schedule, this.reader);
    this.#end = new EndWatch(options.config, this.reader);
    this.integrity = new RunIntegrity(options.config);
    this.#pool = new WorkerPool({
      reader: this.reader,
      task: () => this.#task(),
      onMessage: (slot, message) => this.#onMessage(slot, message),
      log: (level, text) => this.log.add(level, text),
      onAllFinished: () => this.#onAllFinished(),
    });
  }

  get config(): RunConfig {
    return this.#config;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Workers wanted now. */
  get workers(): number {
    return this.#workers;
  }

  get stage(): StageSnapshot | undefined {
    return this.#driver.stage;
  }

  get topics(): readonly string[] {
    return this.#topics;
  }

  get clockUncertaintyMicros(): number {
    return this.#options.clockUncertainty?.() ?? 0;
  }

  get backlog(): number | undefined {
    return this.#backlog?.backlog;
  }

  /** Seconds that count for rates. */
  activeSeconds(elapsed: number): number {
    return this.#end.activeSeconds(elapsed, !this.#isEnding);
  }

  /** Windows of their own for whoever looks at the run. */
  view(): RunView {
    return new RunView(this);
  }

  #task(): Omit<WorkerTask, "slot" | "streamWorker"> {
    const { token, adoptRun = false } = this.#options;
    return {
      config: this.#config,
      memory: this.#memory,
      instance: this.#config.instance,
      adoptRun,
      topics: this.#topics,
      ...(this.#payloads === undefined ? {} : { payloads: this.#payloads }),
      ...(token === undefined ? {} : { token }),
    };
  }

  /**
   * Prepares topics and connects all workers; nothing is sent yet.
   *
   * @throws whatever kept the first worker from connecting; then everything is closed again
   */
  async connect(): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      this.#isEnding = true;
      this.#pool.terminate();
      await this.#close();
      throw error;
    }
  }

  async #connect(): Promise<void> {
    const { token } = this.#options;
    if (this.#config.role === "producer" && this.#config.payload === "file") {
      this.#payloads = await loadPayloads(this.#config.payloadFile!);
    }
    const { topics, admin } = await resolveTopics(this.#config, token);
    this.#topics = shareTopics(this.#config, topics);
    if (admin !== undefined && this.#config.role === "consumer") {
      this.#backlog = new BacklogWatch(admin, this.#config.topic, this.#config.subscription);
    }
    this.#workers = allowedWorkers(this.#config, this.#workers, this.log);
    this.#pacer = startPacer(this.#memory, LAYOUT.wake, LAYOUT.workers);
    await this.#pool.start(Array.from({ length: this.#workers }, (_, slot) => slot));
    this.#phase = "ready";
  }

  /** Producer: sends a probe on every topic through its first worker; resolves when the broker has them. */
  async probe(): Promise<void> {
    const probed = Promise.withResolvers<void>();
    this.#onProbed = () => probed.resolve();
    this.#pool.sendTo(0, { kind: "probe" });
    await probed.promise;
  }

  /**
   * Consumer: resolves when a probe has come through every topic.
   *
   * @throws {WorkerFailedError} when one is still missing after the time
   */
  async probesSeen(timeoutMs: number): Promise<void> {
    const [missing] = await this.#probes.wait(this.#topics, timeoutMs);
    if (missing === undefined) return;
    throw new WorkerFailedError("Timeout", `no probe came through '${missing}' within ${timeoutMs / 1000} s`);
  }

  /** Starts the load: the warm-up if there is one, then the measured part. */
  begin(): void {
    this.#startedAt = wallMicros();
    this.#tick = setInterval(() => this.#onTick(), TICK_MS);
    const { warmupMs } = this.#config;
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
    await this.#end.settle(1000);
    if (!this.#isEnding) this.#measure();
  }

  #measure(): void {
    this.reader.reset();
    this.schedule.takeMissed();
    this.#end.reset();
    this.#phase = "running";
    this.#driver.begin(this.#config.role === "producer" ? this.#config.count : undefined);
  }

  pause(): void {
    if (this.#phase !== "running") return;
    this.#phase = "paused";
    this.#driver.pause();
    this.reader.pause();
    if (this.#config.role === "consumer") this.#pool.send({ kind: "pause" });
    this.log.add("info", "paused");
  }

  resume(): void {
    if (this.#phase !== "paused") return;
    this.#phase = "running";
    this.reader.resume();
    this.#driver.resume();
    if (this.#config.role === "consumer") this.#pool.send({ kind: "resume" });
    this.log.add("info", "resumed");
  }

  /** Starts the figures anew; the load goes on. */
  reset(): void {
    this.reader.reset();
    this.#end.reset();
    this.log.add("info", "figures start anew");
  }

  /** Messages per second from now on. */
  setRate(rate: number | "unlimited"): void {
    this.#config = { ...this.#config, rate };
    this.#driver.setRate(rate === "unlimited" ? Infinity : rate);
  }

  /** Adds workers, or drains some of them. */
  async resize(workers: number): Promise<void> {
    this.#workers = Math.max(1, Math.min(MAX_WORKERS, workers));
    this.#workers = allowedWorkers(this.#config, this.#workers, this.log);
    this.#config = { ...this.#config, workers: this.#workers };
    await this.#pool.resize(this.#workers, DRAIN_MS);
  }

  /** Changes settings that workers read at their start: they are replaced one after another. */
  async reconfigure(
    changes: Partial<Pick<ProducerConfig, "size" | "batchMessages" | "batching" | "compression">>,
  ): Promise<void> {
    this.#config = { ...this.#config, ...changes } as RunConfig;
    await this.#pool.replaceAll(DRAIN_MS);
  }

  /** For tests of what happens when a worker dies. */
  crashWorker(slot: number): void {
    this.#pool.sendTo(slot, { kind: "crash" });
  }

  #onMessage(slot: number, message: FromWorker): void {
    switch (message.kind) {
      case "log":
        this.log.add(message.level, `worker ${slot}: ${message.text}`);
        return;
      case "verification":
        this.integrity.add(message.report);
        return;
      case "probed":
        this.#onProbed?.();
        return;
      case "probeSeen":
        this.#probes.add(message.topic);
        return;
      case "failed":
        if (this.#phase === "starting") return; // `connect` reports it
        void this.finish("failure", new WorkerFailedError(message.code, message.text, message.stack));
    }
  }

  /** All slots of the planned number are handed out: were all of them sent, or did a worker die with some? */
  #onAllFinished(): void {
    const { count } = this.#config;
    if (count === undefined || this.#phase !== "running") return;
    this.#collectMissed();
    this.reader.poll();
    const { messages, failed, missed } = this.reader.total().counters;
    const unsent = this.#pool.restarts > 0 ? count - messages - failed - missed : 0;
    if (unsent > 0) {
      this.log.add("warn", `${unsent} messages of a crashed worker are sent by others`);
      this.schedule.refund(unsent);
      return;
    }
    void this.finish("count");
  }

  #collectMissed(): void {
    const missed = this.schedule.takeMissed();
    if (missed > 0) this.reader.add("missed", missed);
  }

  #onTick(): void {
    this.#collectMissed();
    this.reader.poll();
    this.#follow();
    this.#checkEnd();
    this.#backlog?.tick();
  }

  #follow(): void {
    const event = this.#driver.tick();
    if (event === "stagesOver") void this.finish("stages");
    if (event !== "searchOver") return;
    const { rate } = this.#driver.search!;
    this.log.add(
      "info",
      rate > 0 ? `highest sustained rate: ${Math.round(rate)} msg/s` : "no rate was sustained",
    );
    if (rate === 0 || this.#config.durationMs === undefined) void this.finish("search");
    else {
      // The planned time belongs to the rate that was found.
      this.#driver.setRate(rate);
      this.reader.reset();
    }
  }

  #checkEnd(): void {
    if (this.#phase !== "running" || this.#driver.isSearching) return;
    const { msLeft } = this.#end;
    // The last stretch by a timer, so that the end is exact to a millisecond.
    if (msLeft < 2 * TICK_MS) {
      clearTimeout(this.#endTimer);
      this.#endTimer = setTimeout(() => {
        if (this.#phase === "running") void this.finish("duration");
      }, Math.max(0, msLeft));
    }
    const reason = this.#end.check();
    if (reason !== undefined) void this.finish(reason);
  }

  /** Ends the run: no new messages, what is in flight is waited for, workers are closed. Idempotent. */
  finish(reason: EndReason, failure?: Error): Promise<RunOutcome> {
    if (this.#isEnding) return this.done;
    this.#isEnding = true;
    void this.#finish(reason, failure).catch((error) => this.#finishing.reject(error));
    return this.done;
  }

  async #finish(reason: EndReason, failure: Error | undefined): Promise<void> {
    clearTimeout(this.#endTimer);
    if (failure !== undefined) this.log.add("error", failure.message);
    this.finalRate = this.schedule.rateAt();
    const wasPaused = this.#phase === "paused";
    this.#phase = "draining";
    this.schedule.stop();
    // The time of the last receipts belongs to the run: without it, an unlimited rate would look too high.
    if (this.#config.role === "producer" && failure === undefined && !wasPaused) {
      await this.#end.settle(DRAIN_MS);
    }
    this.reader.pause();
    await this.#pool.drain(failure === undefined ? DRAIN_MS : 1000);
    this.#collectMissed();
    this.reader.poll();
    this.#phase = failure === undefined ? "done" : "failed";
    await this.#close();
    const received = this.integrity.report();
    this.#finishing.resolve({
      reason,
      ...(failure === undefined ? {} : { failure }),
      snapshot: this.view().snapshot(),
      streams: this.#pool.streams,
      ...(this.#driver.search === undefined ? {} : { search: this.#driver.search }),
      ...(received === undefined ? {} : { received }),
      startedAt: this.#startedAt,
      endedAt: wallMicros(),
    });
  }

  /** Ends everything at once, without waiting for anything. */
  abort(): void {
    this.#isEnding = true;
    this.schedule.stop();
    this.#pool.terminate();
    void this.#close();
  }

  async #close(): Promise<void> {
    clearInterval(this.#tick);
    clearTimeout(this.#endTimer);
    await this.#pacer?.stop();
    this.#pacer = undefined;
  }
}
