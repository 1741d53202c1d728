/**
 * What a consumer worker does: walks received entries in place, checks every message's header, records end-to-end
 * times, acknowledges, and returns permits.
 */
import type { ConsumerConfig } from "../config/run_config.ts";
import { errorCode, type PulsarClient, type ReceivedEntry } from "../client/mod.ts";
import { wallMicros } from "./clock.ts";
import { ConsumerLane, type ConsumerLaneOwner } from "./consumer_lane.ts";
import { DeliveryLog } from "./delivery_log.ts";
import { hashRunId, HeaderFlag, HeaderReader, HeaderState } from "./header.ts";
import { watchLoopLag } from "./loop_lag.ts";
import { WorkerMetrics } from "./metrics.ts";
import { errorNumber } from "./metrics_layout.ts";
import { MAX_WORKERS, metricsOffset, runLayout } from "./layout.ts";
import { PermitThrottle } from "./permit_throttle.ts";
import { Arrival, Verifier } from "./verify.ts";
import { emptyCounts } from "./verify/report.ts";
import { within } from "./within.ts";
import { connectClient } from "./worker_client.ts";
import { type DeliveryPart, failed, type FromWorker, type WorkerTask } from "./worker_protocol.ts";

const REPORT_PERIOD_MS = 500;
const CLOSE_MS = 1000;
const LAYOUT = runLayout(MAX_WORKERS);
const NOTHING = emptyCounts();
const INTEGRITY_COUNTS = ["verified", "duplicates", "outOfOrder", "corrupt", "foreign"] as const;

export class ConsumerTask implements ConsumerLaneOwner {
  readonly config: ConsumerConfig;
  readonly metrics: WorkerMetrics;
  client!: PulsarClient;
  readonly #task: WorkerTask;
  readonly #post: (message: FromWorker) => void;
  /** `hashRunId` of the run to follow; undefined until it is known. */
  #run: number | undefined;
  #verifier: Verifier | undefined;
  readonly #peek = new HeaderReader();
  /** Messages without a header that came before that. */
  #foreignBefore = 0;
  readonly #isVerifying: boolean;
  readonly #lanes: ConsumerLane[] = [];
  readonly #throttle: PermitThrottle;
  readonly #stopLag: () => void;
  #reportTimer: ReturnType<typeof setInterval> | undefined;
  /** Counts already in shared memory. */
  #published = { verified: 0, duplicates: 0, outOfOrder: 0, corrupt: 0, foreign: 0 };
  #opening: Promise<void> = Promise.resolve();
  #isPaused: boolean;
  #isDraining = false;
  // Messages of a batch share their send time: one histogram step for the run of them.
  #sendTime = 0.5;
  #sameTime = 0;

  constructor(task: WorkerTask, config: ConsumerConfig, post: (message: FromWorker) => void) {
    this.#task = task;
    this.config = config;
    this.#post = post;
    this.metrics = new WorkerMetrics(task.memory, metricsOffset(LAYOUT, task.slot));
    this.#isPaused = task.isPaused;
    if (!task.adoptRun) this.#run = hashRunId(config.runId);
    this.#isVerifying = config.verify !== "off";
    this.#throttle = new PermitThrottle(task.memory, LAYOUT, task.slot, {
      isLimited: config.rate !== "unlimited",
      isHeld: task.isHeld,
    });
    this.#stopLag = watchLoopLag((micros) => this.metrics.recordLoopLag(micros));
  }

  async start(): Promise<void> {
    await (this.#opening = this.#connect());
    if (this.#isDraining) return;
    this.#throttle.start();
    this.#reportTimer = setInterval(() => this.report(), REPORT_PERIOD_MS);
    this.metrics.setState("ready");
    this.#post({ kind: "ready" });
  }

  async #connect(): Promise<void> {
    this.client = await connectClient(this.config, this.#task.token);
    await this.#open(this.#task.topics, this.#task.deliveries);
  }

  /** Partitions were added to the topic: they are read too, from their beginning. Never rejects. */
  addTopics(topics: readonly string[], deliveries: readonly DeliveryPart[]): Promise<void> {
    return this.#opening = this.#opening.then(() => this.#open(topics, deliveries)).catch((error: Error) => {
      if (this.#isDraining) return;
      this.metrics.recordError(errorNumber(errorCode(error)));
      this.log("warn", `an added partition is not read yet: ${error.message}`);
    });
  }

  /** Opens what is not open yet, in order. */
  async #open(topics: readonly string[], parts: readonly DeliveryPart[]): Promise<void> {
    const { subscriptionType } = this.config;
    const receiverQueue = this.#receiverQueue(topics.length);
    let first = 0;
    for (const { memory, topics: count } of parts) {
      const deliveries = new DeliveryLog(memory, subscriptionType, count);
      for (let at = Math.max(first, this.#lanes.length); at < first + count && !this.#isDraining; at++) {
        const isAdded = at >= this.#task.addedFrom;
        const place = { topic: topics[at]!, lane: at, deliveries, index: at - first };
        const lane = await ConsumerLane.open(this, { ...place, receiverQueue, isAdded });
        this.#lanes.push(lane);
        if (this.#isPaused) lane.consumer.pause();
      }
      first += count;
    }
  }

  /** A slow consumer must not be sent a queue that takes it longer than a moment to work off. */
  #receiverQueue(topics: number): number {
    const { rate, receiverQueue, workers } = this.config;
    if (typeof rate !== "number") return receiverQueue;
    return Math.max(1, Math.min(receiverQueue, Math.ceil(rate / workers / topics / 10)));
  }

  take(entry: ReceivedEntry, isRepeat: boolean): number {
    const { metrics } = this;
    const now = wallMicros();
    metrics.begin();
    let bytes = 0;
    let count = entry.permits;
    if (entry.isBatch) {
      try {
        bytes = this.#walk(entry, isRepeat, now);
      } catch {
        count = -1;
      }
    } else if (this.#isProbe(entry)) {
      metrics.end();
      this.#post({ kind: "probeSeen", topic: entry.topic });
      return 0;
    } else {
      bytes = entry.bodyEnd - entry.bodyStart;
      if (this.#isVerifying) this.#check(entry.body, entry.bodyStart, entry.bodyEnd, isRepeat, now);
    }
    if (count > 0) {
      metrics.addReceive(count, bytes, entry.wireBytes, isRepeat ? count : 0);
      if (!this.#isVerifying && !isRepeat) {
        metrics.addEndToEnd(now - entry.view.publishTime * 1000, count);
      }
    }
    this.#flushTimes(now);
    metrics.end();
    return count;
  }

  /** Probes come before the load, unbatched, and also when nothing is verified. They are no part of any figure. */
  #isProbe({ body, bodyStart, bodyEnd }: ReceivedEntry): boolean {
    const header = this.#peek;
    if (header.read(body, bodyStart, bodyEnd) !== HeaderState.ok) return false;
    return (header.flags & HeaderFlag.probe) !== 0 && header.run === (this.#run ??= header.run);
  }

  #walk(entry: ReceivedEntry, isRepeat: boolean, now: number): number {
    const { cursor, message, body } = entry;
    const isPartial = message.ackSet.length > 0;
    let bytes = 0;
    while (cursor.next()) {
      if (cursor.compactedOut || (isPartial && !message.isPending(cursor.index))) continue;
      const { payloadStart, payloadEnd } = cursor;
      bytes += payloadEnd - payloadStart;
      if (this.#isVerifying) this.#check(body, payloadStart, payloadEnd, isRepeat, now);
    }
    return bytes;
  }

  #check(bytes: Uint8Array, start: number, end: number, isRepeat: boolean, now: number): void {
    const verifier = this.#verifier ?? this.#adopt(bytes, start, end);
    if (verifier === undefined) return;
    if (verifier.accept(bytes, start, end, isRepeat) !== Arrival.verified || isRepeat) return;
    const { sendTime } = verifier.header;
    if (sendTime !== this.#sendTime) {
      this.#flushTimes(now);
      this.#sendTime = sendTime;
    }
    this.#sameTime++;
  }

  /** Nobody said which run to follow: the first message that belongs to one decides. */
  #adopt(bytes: Uint8Array, start: number, end: number): Verifier | undefined {
    if (this.#run === undefined && this.#peek.read(bytes, start, end) === HeaderState.ok) {
      this.#run = this.#peek.run;
    }
    if (this.#run === undefined) {
      this.#foreignBefore++;
      return undefined;
    }
    return this.#verifier = new Verifier(this.#run);
  }

  #flushTimes(now: number): void {
    if (this.#sameTime > 0) this.metrics.addEndToEnd(now - this.#sendTime, this.#sameTime);
    this.#sameTime = 0;
  }

  release(lane: ConsumerLane, permits: number): void {
    this.#throttle.release(lane.consumer, permits);
  }

  onReset(lane: ConsumerLane): void {
    this.#throttle.forget(lane.consumer);
  }

  /** Makes known what has been counted and verified since the last time. */
  report(): void {
    const { metrics } = this;
    const counts = this.#verifier?.counts ?? NOTHING;
    const foreign = counts.foreign + this.#foreignBefore;
    metrics.begin();
    const { verified, duplicates, outOfOrder, corrupt } = counts;
    const known = { verified, duplicates, outOfOrder, corrupt, foreign };
    for (const name of INTEGRITY_COUNTS) metrics.addIntegrity(name, known[name] - this.#published[name]);
    this.#published = known;
    metrics.end();
    const report = this.#isVerifying ? this.#verifier?.takeReport() : undefined;
    if (report !== undefined) this.#post({ kind: "verification", report });
  }

  onFailed(error: Error): void {
    if (this.#isDraining) return;
    this.#post(failed(error));
  }

  log(level: "info" | "warn", text: string): void {
    this.#post({ kind: "log", level, text });
  }

  onConnection(lane: number, lostBy?: string): void {
    this.#post({ kind: "connection", lane, ...(lostBy === undefined ? {} : { lostBy }) });
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    for (const { consumer } of this.#lanes) {
      if (isPaused) consumer.pause();
      else consumer.resume();
    }
  }

  /** The load begins: permits go back from now on. */
  go(): void {
    this.#throttle.go();
  }

  /** Whether the schedule says how fast permits go back. */
  setLimited(isLimited: boolean): void {
    this.#throttle.isLimited = isLimited;
  }

  async drain(timeoutMs: number): Promise<void> {
    this.#isDraining = true;
    this.#throttle.stop();
    this.metrics.setState("draining");
    clearInterval(this.#reportTimer);
    // Only one worker can delete the subscription, and only when no other is attached: the pool stops it last.
    const unsubscribe = this.config.unsubscribe && this.#task.slot === 0;
    await within(timeoutMs, Promise.all(this.#lanes.map((lane) => this.#close(lane, unsubscribe))));
    this.report();
    await within(CLOSE_MS, this.client.close());
    this.#stopLag();
    this.metrics.setState("stopped");
  }

  async #close(lane: ConsumerLane, unsubscribe: boolean): Promise<void> {
    try {
      await lane.close(unsubscribe);
    } catch (error) {
      this.log("warn", `subscription '${this.config.subscription}' stays: ${(error as Error).message}`);
    }
  }
}
