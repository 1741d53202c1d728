/**
 * What a consumer worker does: walks received entries in place, checks every message's header, records end-to-end
 * times, acknowledges, and returns permits.
 */
import type { ConsumerConfig } from "../../config/run_config.ts";
import { type CorruptReason, errorCode, type MessageId, type ReceivedEntry } from "../../client/mod.ts";
import type { Driver } from "../../driver/driver.ts";
import { nowMicros, wallMicros } from "../clock.ts";
import { ConsumerLane, type ConsumerLaneOwner } from "./consumer_lane.ts";
import { DeliveryLog } from "../verify/delivery_log.ts";
import { ConsumerQuota } from "../schedule/consumer_quota.ts";
import { hashRunId, HeaderFlag, HeaderReader, HeaderState } from "../header/header.ts";
import { watchLoopLag } from "../loop_lag.ts";
import { OpeningTimes } from "../metrics/opening_times.ts";
import { TopicCounter } from "../metrics/topic_counts.ts";
import type { WorkerMetrics } from "../metrics/writer.ts";
import { errorNumber } from "../metrics/layout.ts";
import { RunMemory } from "./run_memory.ts";
import { EntryRing } from "./entry_ring.ts";
import { PermitThrottle } from "./permit_throttle.ts";
import { Arrival, Verifier } from "../verify/verifier.ts";
import { within } from "../../transport/timing.ts";
import { connectDriver } from "./connect_driver.ts";
import { type DeliveryPart, failed, type FromWorker, type Place, type WorkerTask } from "./protocol.ts";
import { type Trace, traceOf } from "./trace.ts";
import { openLanes } from "./open_lanes.ts";
import { leaveEntry } from "./leave_entry.ts";

const REPORT_PERIOD_MS = 500;
/** Damaged entries that are told one by one. */
const MOST_DAMAGED = 1000;
const CLOSE_MS = 1000;

export class ConsumerTask implements ConsumerLaneOwner {
  readonly config: ConsumerConfig;
  readonly metrics: WorkerMetrics;
  client!: Driver;
  readonly #task: WorkerTask;
  readonly #post: (message: FromWorker) => void;
  readonly quota: ConsumerQuota;
  readonly topics: TopicCounter | undefined;
  readonly #verifier: Verifier;
  readonly #peek = new HeaderReader();
  readonly #isVerifying: boolean;
  /** Where the latest entries lie; undefined where nothing is verified. */
  readonly #entries: EntryRing | undefined;
  readonly trace: Trace | undefined;
  #damagedTold = 0;
  /** Key_Shared: the order is kept until something comes again, or goes to another worker. */
  readonly #watchesOrder: boolean;
  #disturbances: number;
  /** Connections that were lost, or found again, since the last report. */
  #resets = 0;
  /** Where the run wants to know what opening took. */
  readonly #times: OpeningTimes | undefined;
  readonly #lanes: ConsumerLane[] = [];
  /** What the lanes are of, open or not. */
  #places: readonly Place[] = [];
  readonly #throttle: PermitThrottle;
  readonly #stopLag: () => void;
  #reportTimer: ReturnType<typeof setInterval> | undefined;
  #opening: Promise<void> = Promise.resolve();
  /** Topics that have a lane, or are to have one. */
  #wanted = 0;
  /** Lanes that could not be opened. */
  #missing = 0;
  #isPaused: boolean;
  #isHalted = false;
  // Messages of a batch share their send time: one histogram step for the run of them.
  #sendTime = 0.5;
  #sameTime = 0;

  constructor(task: WorkerTask, config: ConsumerConfig, post: (message: FromWorker) => void) {
    this.#task = task;
    this.config = config;
    this.#post = post;
    const memory = new RunMemory(task.memory);
    this.metrics = memory.metrics(task.slot);
    this.#times = task.opening === undefined ? undefined : new OpeningTimes();
    this.#isPaused = task.isPaused;
    this.quota = new ConsumerQuota(task.quota);
    this.topics = task.topicPlaces && new TopicCounter(task.topicPlaces);
    this.trace = traceOf(task, post, (lane) => this.#places[lane]?.topic);
    const run = task.followFirstRun ? undefined : hashRunId(config.runId);
    this.#verifier = new Verifier(run, {}, config.subscriptionType !== "shared");
    this.#watchesOrder = config.subscriptionType === "key-shared";
    this.#disturbances = this.quota.disturbances;
    this.#isVerifying = config.verify !== "off";
    this.#entries = task.entries.byteLength === 0 ? undefined : new EntryRing(task.entries);
    this.#throttle = new PermitThrottle(memory, task.slot, {
      isLimited: config.rate !== "unlimited",
      isHeld: task.isHeld,
    });
    this.#stopLag = watchLoopLag((micros) => this.metrics.recordLoopLag(micros));
  }

  async start(): Promise<void> {
    await (this.#opening = this.#connect().finally(() => this.#tellTimes()));
    if (this.#isHalted) return;
    this.#throttle.start();
    this.#reportTimer = setInterval(() => this.report(), REPORT_PERIOD_MS);
    this.metrics.setState("ready");
    this.#post({ kind: "ready" });
  }

  async #connect(): Promise<void> {
    const onTiming = this.#times?.record.bind(this.#times);
    this.client = await connectDriver(this.config, { ...this.#task, onTiming });
    await this.#open(this.#task.places, this.#task.deliveries);
  }

  /** Partitions were added to the topic: they are read too, from their beginning. Never rejects. */
  addTopics(places: readonly Place[], deliveries: readonly DeliveryPart[]): Promise<void> {
    return this.#opening = this.#opening.then(() => this.#open(places, deliveries)).catch((error: Error) => {
      if (this.#isHalted) return;
      this.metrics.recordError(errorNumber(errorCode(error)));
      this.log("warn", `an added partition is not read yet: ${error.message}`);
    });
  }

  /** Opens what is not open yet, in order. */
  async #open(places: readonly Place[], parts: readonly DeliveryPart[]): Promise<void> {
    const { subscriptionType } = this.config;
    const receiverQueue = this.#receiverQueue(places.length);
    this.#places = places;
    this.#wanted = places.length;
    const logs = parts.flatMap(({ memory, topics }) => {
      const deliveries = new DeliveryLog(memory, subscriptionType, topics);
      return Array.from({ length: topics }, (_, index) => ({ deliveries, index }));
    });
    const open = async (at: number): Promise<ConsumerLane> => {
      const { topic, index } = places[at]!;
      const isAdded = index >= this.#task.addedFrom;
      const lane = await ConsumerLane.open(this, {
        topic,
        topicIndex: index,
        lane: at,
        ...logs[index]!,
        receiverQueue,
        startAfter: this.#task.startAfter?.get(index),
        isAdded,
      });
      if (this.#isPaused) lane.consumer.pause();
      if (this.#isHalted) lane.halt();
      return lane;
    };
    this.#missing = await openLanes({
      task: this.#task,
      count: places.length,
      lanes: this.#lanes,
      missing: this.#missing,
      times: this.#times,
      open,
      isOver: () => this.#isHalted,
    });
  }

  /** A lane that is not open yet was refused, and tries again. */
  onRefused(error: Error): void {
    this.#times?.refused(errorCode(error));
  }

  /** What opening has taken, or reconnecting since. */
  #tellTimes(): void {
    const report = this.#times?.take();
    if (report !== undefined) this.#post({ kind: "opened", report });
  }

  /** A slow consumer must not be sent a queue that takes it longer than a moment to work off. */
  #receiverQueue(topics: number): number {
    const { rate, receiverQueue, workers } = this.config;
    if (typeof rate !== "number") return receiverQueue;
    return Math.max(1, Math.min(receiverQueue, Math.ceil(rate / workers / topics / 10)));
  }

  take(entry: ReceivedEntry, most: number, isRepeat: boolean, lane: number): number {
    const { metrics } = this;
    const now = wallMicros();
    const { verified, corrupt } = this.#verifier;
    if (this.#watchesOrder) this.#watchOrder(isRepeat);
    metrics.begin();
    let bytes = 0;
    let count = most;
    if (entry.isBatch) {
      try {
        bytes = this.#walk(entry, most, isRepeat, now);
      } catch {
        count = -1;
      }
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
    const { ledgerId, entryId, redeliveryCount } = entry;
    const messages = this.#verifier.verified - verified;
    if (this.#verifier.corrupt === corrupt && messages > 0) {
      const { stream, sequence } = this.#verifier.header;
      const next = sequence + 1;
      this.#entries?.write(lane, stream, next, messages, ledgerId, entryId, now, isRepeat);
      this.trace?.received(lane, ledgerId, entryId, redeliveryCount, isRepeat, messages, stream, next);
      return count;
    }
    if (count >= 0) this.trace?.received(lane, ledgerId, entryId, redeliveryCount, isRepeat, count);
    const damaged = this.#verifier.corrupt - corrupt;
    if (damaged > 0) this.#tellDamaged(lane, entry, damaged, "Message", now);
    return count;
  }

  /** Probes come before the load, unbatched, and also when nothing is verified. They are no part of any figure. */
  takeProbe({ body, bodyStart, bodyEnd, isBatch, topic }: ReceivedEntry): boolean {
    if (isBatch) return false;
    const header = this.#peek;
    if (header.read(body, bodyStart, bodyEnd) !== HeaderState.ok) return false;
    if ((header.flags & HeaderFlag.probe) === 0 || !this.#verifier.follows(header.run)) return false;
    this.#post({ kind: "probeSeen", topic });
    // A reader from the end has a place from now on, whatever becomes of its worker.
    if (!this.config.durable) this.report();
    return true;
  }

  /** Walks over the entry's messages up to the last of `most`, where the cursor stays. */
  #walk(entry: ReceivedEntry, most: number, isRepeat: boolean, now: number): number {
    const { cursor, message, body } = entry;
    const isPartial = message.ackSet.length > 0;
    let bytes = 0;
    for (let left = most; left > 0 && cursor.next();) {
      if (isPartial && !message.isPending(cursor.index)) continue;
      left--;
      if (cursor.compactedOut) continue;
      const { payloadStart, payloadEnd } = cursor;
      bytes += payloadEnd - payloadStart;
      if (this.#isVerifying) this.#check(body, payloadStart, payloadEnd, isRepeat, now);
    }
    return bytes;
  }

  leave(entry: ReceivedEntry): void {
    if (this.#isVerifying) leaveEntry(entry, this.#verifier);
  }

  damaged(messages: number, lane: number, id: MessageId, reason: CorruptReason): void {
    this.#verifier.damaged(messages);
    this.trace?.damaged(lane, id.ledgerId, id.entryId, messages, reason);
    if (this.#isVerifying) this.#tellDamaged(lane, id, messages, reason, wallMicros());
  }

  #tellDamaged(
    lane: number,
    { ledgerId, entryId }: Pick<ReceivedEntry, "ledgerId" | "entryId">,
    messages: number,
    reason: string,
    at: number,
  ): void {
    if (this.#damagedTold++ >= MOST_DAMAGED) return;
    const place = { ledgerId: Number(ledgerId), entryId: Number(entryId) };
    this.#post({ kind: "damaged", lane, ...place, messages, reason, at });
  }

  /** Since messages came again, or went to another worker than they were sent to, nothing promises an order. */
  #watchOrder(isRepeat: boolean): void {
    if (isRepeat) this.quota.disturb();
    const { disturbances } = this.quota;
    if (disturbances === this.#disturbances) return;
    this.#disturbances = disturbances;
    this.#verifier.giveUpOrder();
  }

  #check(bytes: Uint8Array, start: number, end: number, isRepeat: boolean, now: number): void {
    const verifier = this.#verifier;
    if (verifier.accept(bytes, start, end, isRepeat) !== Arrival.verified || isRepeat) return;
    const { sendTime } = verifier.header;
    if (sendTime !== this.#sendTime) {
      this.#flushTimes(now);
      this.#sendTime = sendTime;
    }
    this.#sameTime++;
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
    this.onMoved();
  }

  /** What the broker had sent ahead is gone, and goes to whom it chooses. */
  onMoved(): void {
    this.#resets++;
    this.quota.disturb();
  }

  /**
   * Makes known what has been verified since the last time.
   *
   * @param complete of the last report: whether all that was sent to this worker has been seen
   */
  report(complete?: boolean): void {
    if (this.#isVerifying) {
      this.#post({ kind: "verification", report: this.#verifier.takeReport(complete), resets: this.#resets });
      this.#resets = 0;
    }
    if (this.config.durable) return;
    // Who comes in this worker's place begins after what has been reported: the broker does not know where that is.
    const places = this.#lanes.flatMap((lane) => lane.takePlace() ?? []);
    if (places.length > 0) this.#post({ kind: "read", places });
  }

  onFailed(error: Error): void {
    if (this.#isHalted) return;
    this.#post(failed(error));
  }

  log(level: "info" | "warn", text: string): void {
    this.#post({ kind: "log", level, text });
  }

  onEndOfTopic(topic: string): void {
    this.#post({ kind: "topicEnded", topic });
  }

  onConnection(lane: number, lostBy?: string): void {
    this.trace?.connection(lane, lostBy);
    this.#post({ kind: "connection", lane, at: nowMicros(), lostBy });
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

  /** Takes nothing more, and asks for nothing more; what has been taken is acknowledged. Idempotent. */
  halt(): void {
    if (this.#isHalted) return;
    this.#isHalted = true;
    this.#throttle.stop();
    this.metrics.setState("draining");
    clearInterval(this.#reportTimer);
    for (const lane of this.#lanes) lane.halt();
  }

  async drain(timeoutMs: number, isReplaced: boolean): Promise<void> {
    this.halt();
    // What is sent ahead goes to other workers, if there are any.
    this.quota.disturb();
    // Only one worker can delete the subscription, and only when no other is attached: the pool stops it last.
    const unsubscribe = this.config.unsubscribe && this.#task.slot === 0 && !isReplaced;
    let isComplete = false;
    const closing = Promise.all(this.#lanes.map((lane) => this.#close(lane, unsubscribe)))
      .then((ends) =>
        isComplete = ends.length === this.#wanted - this.#missing && ends.every((isClean) => isClean)
      );
    await within(timeoutMs, closing);
    this.report(isComplete);
    await within(CLOSE_MS, this.client.close());
    this.#stopLag();
    this.trace?.close();
    this.#tellTimes();
    this.metrics.setState("stopped");
  }

  async #close(lane: ConsumerLane, unsubscribe: boolean): Promise<boolean> {
    try {
      return await lane.close(unsubscribe);
    } catch (error) {
      this.log("warn", `subscription '${this.config.subscription}' stays: ${(error as Error).message}`);
      return false;
    }
  }
}
