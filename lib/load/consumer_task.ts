/**
 * What a consumer worker does: walks received entries in place, checks every message's header, records end-to-end
 * times, acknowledges, and returns permits.
 */
import type { ConsumerConfig } from "../config/run_config.ts";
import type { PulsarClient, ReceivedEntry } from "../client/mod.ts";
import { nowMicros, wallMicros } from "./clock.ts";
import { ConsumerLane, type ConsumerLaneOwner } from "./consumer_lane.ts";
import { hashRunId, HeaderReader, HeaderState } from "./header.ts";
import { watchLoopLag } from "./loop_lag.ts";
import { WorkerMetrics } from "./metrics.ts";
import { MAX_WORKERS, metricsOffset, runLayout, scheduleWords } from "./layout.ts";
import { ScheduleCursor } from "./schedule_cursor.ts";
import { Arrival, Verifier } from "./verify.ts";
import { emptyCounts } from "./verify/report.ts";
import { Waiter } from "./waiter.ts";
import { WakeBoard } from "./wake_board.ts";
import { connectClient } from "./worker_client.ts";
import type { FromWorker, WorkerTask } from "./worker_protocol.ts";

const REPORT_PERIOD_MS = 500;
const LAYOUT = runLayout(MAX_WORKERS);
const NOTHING = emptyCounts();
const INTEGRITY_COUNTS = ["verified", "duplicates", "outOfOrder", "corrupt", "foreign"] as const;

export class ConsumerTask implements ConsumerLaneOwner {
  readonly config: ConsumerConfig;
  readonly metrics: WorkerMetrics;
  client!: PulsarClient;
  readonly #task: WorkerTask;
  readonly #post: (message: FromWorker) => void;
  /** Undefined until the run to follow is known. */
  #verifier: Verifier | undefined;
  readonly #peek = new HeaderReader();
  /** Messages without a header that came before that. */
  #foreignBefore = 0;
  readonly #isVerifying: boolean;
  readonly #lanes: ConsumerLane[] = [];
  readonly #stopLag: () => void;
  #reportTimer: ReturnType<typeof setInterval> | undefined;
  /** Counts already in shared memory. */
  #published = { verified: 0, duplicates: 0, outOfOrder: 0, corrupt: 0, foreign: 0 };
  #acked = 0;
  #isDraining = false;
  /** Slow consumer: messages handled and not yet allowed for. */
  #owed: { lane: ConsumerLane; count: number }[] = [];
  #owedWake: (() => void) | undefined;

  constructor(task: WorkerTask, config: ConsumerConfig, post: (message: FromWorker) => void) {
    this.#task = task;
    this.config = config;
    this.#post = post;
    this.metrics = new WorkerMetrics(task.memory, metricsOffset(LAYOUT, task.slot));
    if (!task.adoptRun) this.#verifier = new Verifier(hashRunId(config.runId));
    this.#isVerifying = config.verify !== "off";
    this.#stopLag = watchLoopLag((micros) => this.metrics.recordLoopLag(micros));
  }

  async start(): Promise<void> {
    this.client = await connectClient(this.config, this.#task.token);
    const queue = this.#receiverQueue();
    for (const topic of this.#task.topics) this.#lanes.push(await ConsumerLane.open(this, topic, queue));
    if (this.#task.slot === 0) { for (const lane of this.#lanes) await lane.seek(); }
    if (this.config.rate !== "unlimited") void this.#allow();
    this.#reportTimer = setInterval(() => this.#report(), REPORT_PERIOD_MS);
    this.metrics.setState("ready");
    this.#post({ kind: "ready" });
  }

  /** A slow consumer must not be sent a queue that takes it longer than a moment to work off. */
  #receiverQueue(): number {
    const { rate, receiverQueue, workers } = this.config;
    if (typeof rate !== "number") return receiverQueue;
    return Math.max(1, Math.min(receiverQueue, Math.ceil(rate / workers / this.#task.topics.length / 10)));
  }

  take(entry: ReceivedEntry): boolean {
    const { metrics } = this;
    const redelivered = entry.redeliveryCount > 0;
    const now = wallMicros();
    metrics.begin();
    let bytes = 0;
    let isWhole = true;
    if (entry.isBatch) {
      try {
        bytes = this.#walk(entry, redelivered, now);
      } catch {
        isWhole = false;
      }
    } else {
      bytes = entry.bodyEnd - entry.bodyStart;
      this.#message(entry, entry.bodyStart, entry.bodyEnd, redelivered, now);
    }
    if (isWhole) metrics.addReceive(entry.count, bytes, entry.wireBytes, redelivered ? entry.count : 0);
    this.#flushTimes(now);
    metrics.end();
    if (this.config.rate !== "unlimited") this.#owe(entry);
    return isWhole;
  }

  #walk(entry: ReceivedEntry, redelivered: boolean, now: number): number {
    const { cursor, message, body } = entry;
    const isPartial = message.ackSet.length > 0;
    let bytes = 0;
    while (cursor.next()) {
      if (cursor.compactedOut || (isPartial && !message.isPending(cursor.index))) continue;
      const { payloadStart, payloadEnd } = cursor;
      bytes += payloadEnd - payloadStart;
      if (this.#isVerifying) this.#check(body, payloadStart, payloadEnd, redelivered, now, entry.topic);
    }
    return bytes;
  }

  #message(entry: ReceivedEntry, start: number, end: number, redelivered: boolean, now: number): void {
    if (this.#isVerifying) this.#check(entry.body, start, end, redelivered, now, entry.topic);
    else this.metrics.addEndToEnd(now - entry.view.publishTime * 1000);
  }

  // Messages of a batch share their send time: one histogram step for the run of them.
  #sendTime = 0.5;
  #sameTime = 0;

  #check(
    bytes: Uint8Array,
    start: number,
    end: number,
    redelivered: boolean,
    now: number,
    topic: string,
  ): void {
    const verifier = this.#verifier ?? this.#adopt(bytes, start, end);
    if (verifier === undefined) return;
    const arrival = verifier.accept(bytes, start, end, redelivered);
    if (arrival === Arrival.verified) {
      if (redelivered) return;
      const { sendTime } = verifier.header;
      if (sendTime !== this.#sendTime) {
        this.#flushTimes(now);
        this.#sendTime = sendTime;
      }
      this.#sameTime++;
    } else if (arrival === Arrival.probe) this.#post({ kind: "probeSeen", topic });
  }

  /** Nobody said which run to follow: the first message that belongs to one decides. */
  #adopt(bytes: Uint8Array, start: number, end: number): Verifier | undefined {
    if (this.#peek.read(bytes, start, end) === HeaderState.ok) {
      return this.#verifier = new Verifier(this.#peek.run);
    }
    this.#foreignBefore++;
    return undefined;
  }

  #flushTimes(now: number): void {
    if (this.#sameTime > 0) this.metrics.addEndToEnd(now - this.#sendTime, this.#sameTime);
    this.#sameTime = 0;
  }

  #owe(entry: ReceivedEntry): void {
    const lane = this.#lanes.find(({ topic }) => topic === entry.topic);
    if (lane === undefined) return;
    this.#owed.push({ lane, count: entry.count });
    this.#owedWake?.();
  }

  /** Slow consumer: permits go back as the schedule allows, message by message. */
  async #allow(): Promise<void> {
    const { memory, slot } = this.#task;
    const cursor = new ScheduleCursor(scheduleWords(memory, LAYOUT));
    const waiter = new Waiter(new WakeBoard(memory, LAYOUT.wake, LAYOUT.workers), slot);
    while (!this.#isDraining) {
      const next = this.#owed[0];
      if (next === undefined) {
        await new Promise<void>((resolve) => this.#owedWake = resolve);
        continue;
      }
      const count = cursor.take(nowMicros(), next.count);
      if (count === 0) {
        await waiter.until(Math.min(cursor.nextAt, nowMicros() + 100_000));
        continue;
      }
      next.lane.consumer.returnPermits(count);
      next.count -= count;
      if (next.count === 0) this.#owed.shift();
    }
  }

  #report(): void {
    const { metrics } = this;
    const counts = this.#verifier?.counts ?? NOTHING;
    const foreign = counts.foreign + this.#foreignBefore;
    const acked = this.#lanes.reduce((sum, lane) => sum + lane.acknowledged, 0);
    metrics.begin();
    metrics.add("sent", acked - this.#acked);
    const { verified, duplicates, outOfOrder, corrupt } = counts;
    const known = { verified, duplicates, outOfOrder, corrupt, foreign };
    for (const name of INTEGRITY_COUNTS) metrics.addIntegrity(name, known[name] - this.#published[name]);
    this.#published = known;
    metrics.end();
    this.#acked = acked;
    const report = this.#isVerifying ? this.#verifier?.takeReport() : undefined;
    if (report !== undefined) this.#post({ kind: "verification", report });
  }

  onFailed(error: Error): void {
    if (this.#isDraining) return;
    const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
    this.#post({ kind: "failed", code, text: error.message, ...(error.stack ? { stack: error.stack } : {}) });
  }

  log(level: "info" | "warn", text: string): void {
    this.#post({ kind: "log", level, text });
  }

  setPaused(isPaused: boolean): void {
    for (const { consumer } of this.#lanes) {
      if (isPaused) consumer.pause();
      else consumer.resume();
    }
  }

  async drain(timeoutMs: number): Promise<void> {
    this.#isDraining = true;
    this.#owedWake?.();
    this.metrics.setState("draining");
    clearInterval(this.#reportTimer);
    // Only one worker can delete the subscription, and only when no other is attached: the pool stops it last.
    const unsubscribe = this.config.unsubscribe && this.#task.slot === 0;
    const closed = Promise.allSettled(this.#lanes.map((lane) => lane.close(unsubscribe)));
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([closed, new Promise((resolve) => timer = setTimeout(resolve, timeoutMs))]);
    clearTimeout(timer);
    this.#report();
    await this.client.close();
    this.#stopLag();
    this.metrics.setState("stopped");
  }
}
