/** The workers of a run: connected, told what to do, changed while they work, and let go with their books closed. */
import { MAX_WORKERS } from "../../config/limits.ts";
import type { ProducerConfig, RunConfig } from "../../config/run_config.ts";
import { BacklogWatch } from "./backlog_watch.ts";
import type { DownConnections } from "./connection_watch.ts";
import { consumerNotes } from "./consumer_notes.ts";
import { ConsumerQuota } from "../schedule/consumer_quota.ts";
import { CrewConnections } from "./crew_connections.ts";
import { EarlyArrivals } from "./early_arrivals.ts";
import { EndedTopics } from "./ended_topics.ts";
import type { RunMemory } from "../worker/run_memory.ts";
import type { MetricsReader } from "../metrics/reader.ts";
import type { Openings } from "../metrics/opening_times.ts";
import type { OutageLog } from "./outage_log.ts";
import type { Pacer } from "../pacing/pacer.ts";
import { AddedPartitions } from "./added_partitions.ts";
import { loadPayloads } from "../generator/payload_source.ts";
import { WorkerFailedError, WorkerPool } from "./worker_pool.ts";
import { ProbeBarrier } from "./probe_barrier.ts";
import { RunAccounts } from "./accounts.ts";
import type { RunIntegrity } from "./integrity.ts";
import type { RunLog } from "./log.ts";
import { openedText } from "./opened_text.ts";
import { OpeningWatch } from "./opening_watch.ts";
import type { RunOptions, RunOutcome } from "./types.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { TopicFigures } from "../snapshot.ts";
import { type RunThreads, threadsFor } from "./shared_thread.ts";
import { TaskFactory } from "./task_factory.ts";
import { allowedWorkers, namedTopics, resolveTopics } from "./topics.ts";
import { shareAnew, spreadWorkers } from "./spread_workers.ts";
import type { StreamExpectation } from "../verify/verdict.ts";
import { within } from "../../transport/timing.ts";
import type { FromWorker } from "../worker/protocol.ts";

/** Longest wait for a connection to close. */
const CLOSE_MS = 1000;
/** Longest wait for what the broker says is left at the end. */
const BACKLOG_MS = 1000;

export interface CrewOptions {
  readonly run: RunOptions;
  readonly memory: RunMemory;
  readonly reader: MetricsReader;
  readonly schedule: Schedule;
  readonly integrity: RunIntegrity;
  readonly log: RunLog;
  readonly outages: OutageLog;
  /** Longest wait for a worker that shall go, ms. */
  readonly drainMs: number;
  /** Fires when the run ends: nothing new may begin. */
  readonly ending: AbortSignal;
  /** Seconds of the measured part that are over. */
  elapsed(): number;
  /** Every worker says that nothing is left to do. */
  onAllFinished(): void;
  /** A worker cannot go on. */
  onFailed(error: WorkerFailedError): void;
}

export class RunCrew {
  readonly #options: CrewOptions;
  readonly #tasks: TaskFactory;
  readonly #quota: ConsumerQuota;
  readonly #early: EarlyArrivals;
  readonly #pool: WorkerPool;
  readonly #threads: RunThreads;
  readonly #accounts: RunAccounts;
  readonly #probes = new ProbeBarrier();
  readonly #endedTopics: EndedTopics;
  readonly #connections: CrewConnections;
  readonly #openings: OpeningWatch | undefined;
  readonly #ended = new AbortController();
  #config: RunConfig;
  #workers: number;
  #isConnected = false;
  #isPaused = false;
  #isHeld = true;
  #pacer: Pacer | undefined;
  #backlog: BacklogWatch | undefined;
  readonly #partitions: AddedPartitions;

  constructor(options: CrewOptions) {
    const { run, memory, reader, schedule, integrity, log, ending, outages, elapsed } = options;
    this.#options = options;
    this.#config = run.config;
    this.#workers = run.config.workers;
    this.#openings = run.topics?.opening === undefined ? undefined : new OpeningWatch();
    this.#threads = threadsFor(run.config);
    this.#tasks = new TaskFactory(memory.buffer, run, () => this.#workers, integrity.witness);
    this.#quota = new ConsumerQuota(this.#tasks.quota);
    this.#early = new EarlyArrivals(reader);
    this.#endedTopics = new EndedTopics(log);
    const { witness } = integrity;
    this.#connections = new CrewConnections({ outages, witness, elapsed, onConnection: run.onConnection });
    // Behind a barrier or a warm-up others come first; `countFrom` says later how many.
    const { role, count, barrier, warmupMs } = run.config;
    if (role === "consumer" && count !== undefined) {
      this.#quota.limit(barrier + warmupMs === 0 ? count : Infinity);
    }
    this.#pool = new WorkerPool({
      reader,
      createWorker: run.createWorker ?? this.#threads.createWorker,
      firstStreamWorker: (run.config.together?.attempt ?? 0) * MAX_WORKERS,
      task: (slot, streamWorker) => {
        const state = { isPaused: this.#isPaused, isHeld: this.#isHeld };
        return this.#tasks.make(this.#config, slot, streamWorker, state);
      },
      onMessage: (slot, message) => this.#onMessage(slot, message),
      log: (level, text) => log.add(level, text),
      onAllFinished: () => options.onAllFinished(),
      onStarted: (slot) => {
        this.#openings?.restart(slot);
        integrity.workerStarts(slot);
      },
      onEnded: (end) => {
        this.#connections.ended(end.slot);
        this.#accounts.close(end);
      },
    });
    this.#partitions = new AddedPartitions({
      run,
      tasks: this.#tasks,
      pool: this.#pool,
      log,
      ending,
      ended: this.#ended.signal,
      config: () => this.#config,
    });
    this.#accounts = new RunAccounts({
      reader,
      schedule,
      log,
      isUnlimited: () => this.#config.rate === "unlimited",
      isGoingOn: () => !ending.aborted,
      onRefund: () => this.#pool.rearm(),
    });
  }

  /** As it is now, after changes. */
  get config(): RunConfig {
    return this.#config;
  }

  /** Workers wanted now. */
  get workers(): number {
    return this.#workers;
  }

  get topics(): readonly string[] {
    return this.#tasks.topics;
  }

  /** Topics that have at least one of their producers or consumers. */
  get openTopics(): readonly string[] {
    return this.#openings?.open(this.topics, this.#tasks.placement.perTopic ?? 1, this.#workers) ??
      this.topics;
  }

  /** Consumer: every topic is terminated and all of it acknowledged, so that nothing will come any more. */
  get hasEndedTopics(): boolean {
    return this.#endedTopics.hasAll(this.topics);
  }

  /** How producers or consumers were opened, where that has a plan of its own. */
  get openings(): Openings | undefined {
    return this.#openings?.openings(this.lanes, this.#workers);
  }

  /** Messages by topic, where the run tells its topics apart. */
  get topicFigures(): TopicFigures | undefined {
    return this.#tasks.topicCounts?.read();
  }

  /** Entries that the broker still holds for the subscription, if it could be asked. */
  get backlog(): number | undefined {
    return this.#backlog?.backlog;
  }

  /** Messages in the workers' hands: taken and not sent, or sent and without receipt. */
  get outstanding(): number {
    return this.#pool.outstanding;
  }

  /** The same, and slots that workers keep for themselves. */
  get unfinished(): number {
    return this.#pool.unfinished;
  }

  /** Connections that are missing now; undefined when all stand. */
  get disconnected(): DownConnections | undefined {
    return this.#connections.down(this.#workers, this.#tasks.placement.lanes);
  }

  get streams(): readonly StreamExpectation[] {
    return this.#pool.streams;
  }

  /** Messages that producers have sent again after a reconnect. */
  get resent(): number {
    return this.#pool.resent;
  }

  /** Producers or consumers that the run has, or is to have. */
  get lanes(): number {
    return this.#tasks.placement.lanes;
  }

  /** What the outcome takes over at the end. */
  get told(): Pick<RunOutcome, "streams" | "openings" | "notes"> {
    const { reader, integrity } = this.#options;
    const notes = this.#config.role === "consumer"
      ? consumerNotes(reader.total(), integrity.current(false), this.#config.durable)
      : this.#accounts.notes(this.#pool.resent);
    return { streams: this.streams, openings: this.openings, notes };
  }

  /** Consumer: the time in which messages came before all workers were connected, microseconds. */
  get earlyMicros(): number {
    return this.#early.micros;
  }

  /** @throws whatever kept the first worker from connecting, or the reason of `ending` */
  async connect(): Promise<void> {
    const config = this.#config;
    const { run: { token }, ending, memory } = this.#options;
    if (config.role === "producer" && config.payload === "file") {
      this.#tasks.payloads = await loadPayloads(config.payloadFile!);
    }
    const named = namedTopics(this.#options.run);
    const onRefused = this.#openings?.refused;
    const { topics, admin } = await resolveTopics(config, named, token, this.#ended.signal, onRefused);
    ending.throwIfAborted();
    this.#tasks.setTopics(topics, config);
    if (admin !== undefined && config.role === "consumer") {
      this.#backlog = new BacklogWatch(admin, named.names, config.subscription);
    }
    this.#partitions.watch();
    this.#setWorkers(this.#allowedWorkers(this.#workers));
    this.#pacer = memory.startPacer();
    if (config.role === "consumer") this.#early.start();
    await this.#pool.start(Array.from({ length: this.#workers }, (_, slot) => slot));
    ending.throwIfAborted();
    this.#isConnected = true;
  }

  #setWorkers(workers: number): void {
    this.#workers = workers;
    this.#config = { ...this.#config, workers };
  }

  #allowedWorkers(wanted: number): number {
    const [{ placement }, { log }] = [this.#tasks, this.#options];
    return placement.isSpread
      ? spreadWorkers(this.#config, wanted, placement, log)
      : allowedWorkers(this.#config, wanted, log);
  }

  /** Sends a probe on every topic; resolves when the broker has them. Where all workers have all topics, one is enough. */
  async probe(): Promise<void> {
    const { isSpread } = this.#tasks.placement;
    if (isSpread) this.#pool.send({ kind: "probe" });
    else this.#pool.sendTo(0, { kind: "probe" });
    await this.#probes.sent(this.#options.ending, isSpread ? this.#workers : 1);
  }

  /**
   * @param topics that somebody sends probes to
   * @throws {WorkerFailedError} when a probe is still missing after the time
   */
  async probesSeen(timeoutMs: number, topics = this.openTopics): Promise<void> {
    // A probe can lie behind a backlog.
    this.go();
    const [missing] = await this.#probes.seen(topics, timeoutMs, this.#options.ending);
    if (missing === undefined) return;
    throw new WorkerFailedError("Timeout", `no probe came through '${missing}' within ${timeoutMs / 1000} s`);
  }

  /** The load begins. */
  go(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#early.stop();
    if (this.#config.role === "consumer") this.#pool.send({ kind: "go" });
  }

  /** Takes in what workers and schedule have counted. */
  poll(): void {
    // A consumer's slots are permissions to receive, which it need not use.
    if (this.#config.role === "producer") this.#accounts.collectMissed();
    this.#options.reader.poll();
    this.#backlog?.tick();
    this.#partitions.tick();
  }

  /** A consumer's planned number counts from now on: so many messages came before. */
  countFrom(before: number): void {
    const { role, count } = this.#config;
    if (role === "consumer" && count !== undefined) this.#quota.limit(before + count);
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    // Producers hear of it through the schedule.
    if (this.#config.role === "consumer") this.#pool.send({ kind: isPaused ? "pause" : "resume" });
  }

  setRate(rate: number | "unlimited"): void {
    this.#config = { ...this.#config, rate };
    if (this.#config.role === "consumer") this.#pool.send({ kind: "limit", isLimited: rate !== "unlimited" });
  }

  /** @throws {WorkerFailedError} when a new one could not connect; the run goes on with those that there are */
  async resize(workers: number): Promise<void> {
    const wanted = this.#allowedWorkers(Math.max(1, Math.min(MAX_WORKERS, workers)));
    if (this.#tasks.placement.isSpread) {
      const change = { config: this.#config, workers: wanted, set: () => this.#setWorkers(wanted) };
      return await shareAnew(this.#options, this.#pool, this.#tasks, change);
    }
    this.#setWorkers(wanted);
    await this.#pool.resize(wanted, this.#options.drainMs);
  }

  /** @throws what kept a worker from starting with the changes; then the settings of before hold again */
  async reconfigure(changes: Partial<ProducerConfig>): Promise<void> {
    const before = this.#config;
    this.#config = { ...before, ...changes } as RunConfig;
    try {
      await this.#pool.replaceAll(this.#options.drainMs);
    } catch (error) {
      const { workers, rate } = this.#config;
      this.#config = { ...before, workers, rate } as RunConfig;
      await this.#pool.resize(this.#workers, this.#options.drainMs);
      throw error;
    }
  }

  #onMessage(slot: number, message: FromWorker): void {
    const { log, integrity, onFailed } = this.#options;
    switch (message.kind) {
      case "log":
        return log.add(message.level, `worker ${slot}: ${message.text}`);
      case "ready":
        return this.#connections.ready(slot);
      case "opened":
        return this.#openings?.add(slot, message.report, this.#tasks.placement.of(slot));
      case "connection":
        return this.#connections.changed(slot, message);
      case "verification":
        return integrity.add(message.report, slot, message.resets);
      case "read":
        return this.#tasks.read(message.places);
      case "trace":
        return this.#options.run.onTrace?.(message.chunk, message.lines);
      case "damaged":
        return integrity.damaged(slot, message);
      case "probed":
        return this.#probes.setSent();
      case "topicEnded":
        return this.#endedTopics.add(message.topic);
      case "probeSeen":
        return this.#probes.add(message.topic);
      case "failed":
        // Before that, `connect` reports it.
        if (this.#isConnected) onFailed(new WorkerFailedError(message.code, message.text, message.stack));
        else if (this.#openings) log.add("warn", openedText(this.#openings.times, this.lanes));
    }
  }

  /** Lets all workers finish what is in flight, but not longer than the time. */
  async drain(limitMs: number): Promise<void> {
    this.#connections.stop();
    const reserveMs = this.#backlog === undefined ? 0 : BACKLOG_MS;
    // In one step for all of them: one that stopped later would take what another has left.
    this.#quota.stop();
    // Workers that are only connecting have nothing to lose.
    if (this.#isConnected) await this.#pool.drain(Math.max(0, limitMs - reserveMs));
    else this.#pool.terminate();
    await this.#backlog?.look(BACKLOG_MS);
  }

  /** Ends all workers at once. */
  terminate(): void {
    this.#pool.terminate();
  }

  /** Leaves nothing behind. */
  async close(): Promise<void> {
    this.#early.stop();
    this.#pool.terminate();
    this.#ended.abort();
    // Its connection is closing.
    await within(CLOSE_MS, this.#partitions.settled);
    const pacer = this.#pacer;
    this.#pacer = undefined;
    await pacer?.stop();
    this.#threads.leave();
  }
}
