/**
 * What a producer worker does: takes due slots of the shared schedule, has its lanes send them, and waits in between.
 *
 * A slot is never skipped silently: it is sent, or counted as missed. Its intended time goes with it, so that waiting
 * for room, for a reconnect or for a stalled broker shows in the response time.
 */
import type { ProducerConfig } from "../../config/run_config.ts";
import { errorCode } from "../../client/mod.ts";
import type { Driver } from "../../driver/driver.ts";
import { nowMicros } from "../clock.ts";
import { Generator } from "../generator/generator.ts";
import { hashRunId } from "../header/header.ts";
import { watchLoopLag } from "../loop_lag.ts";
import { OpeningTimes } from "../metrics/opening_times.ts";
import { TopicCounter } from "../metrics/topic_counts.ts";
import type { WorkerMetrics } from "../metrics/writer.ts";
import { errorNumber } from "../metrics/layout.ts";
import { PartitionPicker } from "../generator/partition_picker.ts";
import { type LaneOwner, ProducerLane } from "./producer_lane.ts";
import { RunMemory } from "./run_memory.ts";
import type { ScheduleCursor } from "../schedule/cursor.ts";
import { EARLY_MICROS, type Waiter } from "../pacing/waiter.ts";
import { within } from "../../transport/timing.ts";
import { connectDriver } from "./connect_driver.ts";
import { EntryRing } from "./entry_ring.ts";
import { WorkerProgress } from "./progress.ts";
import { failed, type FromWorker, type Place, type WorkerTask } from "./protocol.ts";
import { type Trace, traceOf } from "./trace.ts";
import { openLanes } from "./open_lanes.ts";

/** A worker that is always busy lets its event loop read receipts and write frames this often. */
const TURN_MICROS = 500;
/** Waking up costs about as much CPU time as this; a batch that is filling is not looked at more often. */
const SHORTEST_WAIT_MICROS = 100;
/** A batch that stays open for longer is looked at in between. */
const LONGEST_BLIND_MICROS = 5000;
const CLOSE_MS = 1000;

export class ProducerTask implements LaneOwner {
  readonly task: WorkerTask;
  readonly config: ProducerConfig;
  readonly metrics: WorkerMetrics;
  readonly progress: WorkerProgress;
  readonly topics: TopicCounter | undefined;
  readonly entries: EntryRing | undefined;
  readonly trace: Trace | undefined;
  client!: Driver;
  readonly #post: (message: FromWorker) => void;
  readonly #cursor: ScheduleCursor;
  readonly #waiter: Waiter;
  readonly #generator: Generator;
  #picker: PartitionPicker;
  /** Lanes that could not be opened. */
  #missing = 0;
  /** Where the run wants to know what opening took. */
  readonly #times: OpeningTimes | undefined;
  readonly #lanes: ProducerLane[] = [];
  /** What the lanes are of, open or not. */
  #places: readonly Place[] = [];
  readonly #stopLag: () => void;
  readonly #most: number;
  /** Messages sent and not settled. */
  #inFlight = 0;
  #behind = 0;
  /** A wait for room has been counted up to this time; 0 while there is none. */
  #waitingSince = 0;
  #isDraining = false;
  #loop: Promise<void> = Promise.resolve();
  #opening: Promise<void> = Promise.resolve();
  #settled: (() => void) | undefined;
  // Messages taken and not sent: how many, when the first one is due, and the time between neighbours.
  #left = 0;
  #intended = 0;
  #interval = 0;
  /** Where the next entry goes, once that is decided. */
  #lane: ProducerLane | undefined;
  #key = -1;

  constructor(task: WorkerTask, config: ProducerConfig, post: (message: FromWorker) => void) {
    this.task = task;
    this.config = config;
    this.#post = post;
    const memory = new RunMemory(task.memory);
    this.metrics = memory.metrics(task.slot);
    this.progress = new WorkerProgress(task.progress);
    this.topics = task.topicPlaces && new TopicCounter(task.topicPlaces);
    this.entries = task.entries.byteLength === 0 ? undefined : new EntryRing(task.entries);
    this.trace = traceOf(task, post, (lane) => this.#places[lane]?.topic);
    this.#times = task.opening === undefined ? undefined : new OpeningTimes();
    this.#cursor = memory.cursor();
    this.#waiter = memory.waiter(task.slot);
    this.#most = Math.min(config.batching ? config.batchMessages : 1, config.maxInFlight);
    this.#generator = new Generator({
      ...config,
      runHash: hashRunId(config.runId),
      producer: config.producerName ?? `${config.runId}-${task.instance}-${task.streamWorker}`,
      worker: task.streamWorker,
      keyPerBatch: true,
      payloads: task.payloads,
    });
    this.#picker = this.#pickerOf(task.places.length);
    this.#stopLag = watchLoopLag((micros) => {
      this.metrics.recordLoopLag(micros);
      if (this.#waitingSince > 0) this.#onWait(nowMicros());
    });
  }

  async start(): Promise<void> {
    await (this.#opening = this.#connect().finally(() => this.#tellTimes()));
    if (this.#isDraining) return;
    this.metrics.setState("ready");
    this.#post({ kind: "ready" });
    this.#loop = this.#run().catch((error: Error) => this.onFailed(error));
  }

  async #connect(): Promise<void> {
    const onTiming = this.#times?.record.bind(this.#times);
    this.client = await connectDriver(this.task.config, { ...this.task, onTiming });
    await this.#open(this.task.places);
  }

  /** Partitions were added to the topic: batches go to them too as soon as they are open. Never rejects. */
  addTopics(places: readonly Place[]): Promise<void> {
    return this.#opening = this.#opening.then(() => this.#open(places)).catch((error: Error) => {
      if (this.#isDraining) return;
      this.metrics.recordError(errorNumber(errorCode(error)));
      this.log("warn", `an added partition is not used yet: ${error.message}`);
    });
  }

  #pickerOf(lanes: number): PartitionPicker {
    return new PartitionPicker(this.config.routing, lanes, this.task.streamWorker);
  }

  /** A lane that is not open yet was refused, and tries again. */
  onRefused(error: Error): void {
    this.#times?.refused(errorCode(error));
  }

  /** Opens what is not open yet, in order. */
  async #open(places: readonly Place[]): Promise<void> {
    this.#places = places;
    const lanes = this.#lanes;
    try {
      this.#missing = await openLanes({
        task: this.task,
        count: places.length,
        lanes,
        missing: this.#missing,
        times: this.#times,
        open: (index) => ProducerLane.open(this, places[index]!, index, this.#generator),
        isOver: () => this.#isDraining,
      });
    } finally {
      // Nothing is sent before the worker has all those that it starts with, or can start with.
      const started = this.task.places.length - this.#missing;
      if (lanes.length > started) this.#picker.grow(lanes.length);
      else if (this.#missing > 0) this.#picker = this.#pickerOf(started);
    }
  }

  /** What opening has taken, or reconnecting since. */
  #tellTimes(): void {
    const report = this.#times?.take();
    if (report !== undefined) this.#post({ kind: "opened", report });
  }

  async #run(): Promise<void> {
    const { batching, batchDelayMs } = this.config;
    const delay = batching ? batchDelayMs * 1000 : 0;
    let turnAt = 0;
    while (!this.#isDraining) {
      const now = nowMicros();
      const most = this.#mostAt(now, delay);
      if (this.#take(now, most) === 0) {
        if (this.#cursor.finished) await this.#finished();
        this.#gauges(now);
        await this.#waiter.until(this.#cursor.nextAt + this.#openFor(delay), batching);
        continue;
      }
      if (this.#left < most && now < this.#intended + delay - EARLY_MICROS) {
        await this.#gather(this.#intended + delay, most);
      }
      while (this.#left > 0) {
        const sentAt = this.#send();
        if (sentAt === 0) await this.#room();
        else if (sentAt > turnAt) {
          await this.#waiter.turn();
          turnAt = nowMicros() + TURN_MICROS;
        }
      }
      this.#gauges(now);
    }
  }

  /** Messages of the next entry: where each producer has a rate of its own, what one has in the time of a batch. */
  #mostAt(now: number, delay: number): number {
    const { spread } = this.task;
    if (spread === 0) return this.#most;
    return Math.min(this.#most, 1 + Math.floor(this.#cursor.rateAt(now) / spread * delay));
  }

  /**
   * How long after the next slot it is time to look: when its batch is to be closed, or can be full. One wait instead
   * of one for the slot and one for the batch; a longer one must notice when no more slots will come.
   */
  #openFor(delay: number): number {
    const { nextAt } = this.#cursor;
    if (nextAt === Infinity) return 0;
    return Math.min(delay, LONGEST_BLIND_MICROS, this.#mostAt(nextAt, delay) / this.#cursor.rateAt(nextAt));
  }

  /** Takes slots that are due into hand; returns how many. */
  #take(now: number, max: number): number {
    const cursor = this.#cursor;
    const count = cursor.take(now, max);
    this.#recordMissed();
    this.progress.reserved = cursor.reserved;
    if (count === 0) return 0;
    this.progress.take(count);
    if (this.#left === 0) this.#intended = cursor.firstIntended;
    this.#left += count;
    this.#interval = this.#left > 1 ? (cursor.lastIntended - this.#intended) / (this.#left - 1) : 0;
    return count;
  }

  #recordMissed(): void {
    const missed = this.#cursor.takeMissed();
    if (missed === 0) return;
    const late = this.#cursor.takeMissedLate();
    this.metrics.begin();
    this.metrics.add("missed", missed);
    this.metrics.add("missedLate", late);
    this.metrics.end();
  }

  /** A batch stays open for the batch delay after its first message was due, unless it is full or no more will come. */
  async #gather(closeAt: number, most: number): Promise<void> {
    while (this.#left < most && !this.#isDraining) {
      const now = nowMicros();
      const missing = most - this.#left;
      if (this.#take(now, missing) > 0) continue;
      const { nextAt } = this.#cursor;
      if (now >= closeAt - EARLY_MICROS || nextAt >= closeAt) return;
      // Not before all missing ones can be due: waking up for each would cost more than sending it.
      const full = now + Math.max(SHORTEST_WAIT_MICROS, missing / this.#cursor.rateAt(now));
      await this.#waiter.until(Math.min(closeAt, Math.max(nextAt, full)), true);
    }
  }

  /** Sends one entry of the taken messages, if there is room, and returns when it did; else 0. */
  #send(): number {
    const lane = this.#lane ??= this.#chooseLane();
    if (!this.#isOpen) return 0;
    const key = this.#key >= 0 ? this.#picker.keyBytes(this.#key) : undefined;
    const sent = lane.send(this.#left, this.#intended, this.#interval, key);
    if (sent === 0) return 0;
    this.#lane = undefined;
    this.#inFlight += sent;
    this.#left -= sent;
    this.#intended += this.#interval * sent;
    return lane.sentAt;
  }

  #chooseLane(): ProducerLane {
    this.#key = this.#generator.keyed ? this.#generator.nextKey : -1;
    return this.#lanes[this.#picker.next(this.#key)]!;
  }

  /** Whether the window has room for what is in hand. */
  get #isOpen(): boolean {
    return this.#inFlight === 0 || this.#inFlight + this.#left <= this.config.maxInFlight;
  }

  /** Waits until something has made room; whether it is enough, the next `#send` finds out. */
  async #room(): Promise<void> {
    this.#waitingSince = nowMicros();
    try {
      // Receipts of any lane can make room in the window, only this lane's can make a frame free.
      if (this.#isOpen) await this.#lane!.room();
      else await new Promise<void>((resolve) => this.#settled = resolve);
    } finally {
      this.#countWait(nowMicros());
      this.#waitingSince = 0;
    }
  }

  /** Counts a wait up to now. When nothing is asked for any more, nothing is held back. */
  #countWait(now: number): void {
    if (!this.#cursor.isSilent) this.metrics.record("blockedMicros", Math.max(0, now - this.#waitingSince));
    this.#waitingSince = now;
  }

  /** Some times a second while this worker has no room: what the wait costs shows at once, not when it ends. */
  #onWait(now: number): void {
    this.#countWait(now);
    this.#cursor.giveUpLate(now);
    this.#recordMissed();
    this.progress.reserved = this.#cursor.reserved;
    this.#behind = Math.max(this.#cursor.behind(now), now - this.#intended);
    this.metrics.setGauges(this.#inFlight, this.#behind);
  }

  onSettled(messages: number): void {
    this.#inFlight -= messages;
    this.metrics.setGauges(this.#inFlight, this.#behind);
    const settled = this.#settled;
    this.#settled = undefined;
    settled?.();
  }

  onFailed(error: Error): void {
    if (this.#isDraining) return;
    this.#post(failed(error));
  }

  log(level: "info" | "warn", text: string): void {
    this.#post({ kind: "log", level, text });
  }

  onConnection(lane: number, lostBy?: string): void {
    this.trace?.connection(lane, lostBy);
    this.#post({ kind: "connection", lane, at: nowMicros(), lostBy });
  }

  onResent(lane: number, from: number, to: number): void {
    this.#post({ kind: "resent", lane, from, to });
  }

  #gauges(now: number): void {
    this.#behind = this.#cursor.behind(now);
    this.metrics.setGauges(this.#inFlight, this.#behind);
  }

  async #finished(): Promise<void> {
    await this.#flush();
    this.#gauges(nowMicros());
    // A worker that dies may give its share back: then there is more to do.
    if (this.#cursor.finished && this.#inFlight === 0) this.#post({ kind: "finished" });
  }

  async #flush(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.flush()));
  }

  /** One message on every topic that belongs to no stream; resolves when the broker has them all. */
  async probe(): Promise<void> {
    for (const lane of this.#lanes) {
      lane.probe();
      this.#inFlight++;
    }
    await this.#flush();
    this.#post({ kind: "probed" });
  }

  /** Sends nothing more but what is in hand, and waits for receipts. */
  async drain(timeoutMs: number): Promise<void> {
    this.#isDraining = true;
    this.metrics.setState("draining");
    this.#waiter.poke();
    await within(timeoutMs, this.#loop.then(() => this.#flush()));
    this.#cursor.release();
    this.#take(0, 0);
    await within(CLOSE_MS, this.client.close());
    this.#stopLag();
    this.#gauges(nowMicros());
    this.trace?.close();
    this.#tellTimes();
    this.metrics.setState("stopped");
  }
}
