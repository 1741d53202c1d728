/**
 * What a producer worker does: takes due slots of the shared schedule, has them written into entries, and sends them.
 *
 * A slot is never skipped silently: it is sent, or counted as missed. Its intended time goes with it, so that waiting
 * for room, for a reconnect or for a stalled broker shows in the response time.
 */
import type { ProducerConfig } from "../config/run_config.ts";
import type { OutgoingEntry, PulsarClient } from "../client/mod.ts";
import { nowMicros, wallMicros } from "./clock.ts";
import { Generator } from "./generator.ts";
import { hashRunId } from "./header.ts";
import { watchLoopLag } from "./loop_lag.ts";
import { WorkerMetrics } from "./metrics.ts";
import { PartitionPicker } from "./partition_picker.ts";
import { writeProbe } from "./probe.ts";
import { type LaneOwner, ProducerLane } from "./producer_lane.ts";
import { MAX_WORKERS, metricsOffset, runLayout, scheduleWords } from "./layout.ts";
import { ScheduleCursor } from "./schedule_cursor.ts";
import type { StreamExpectation } from "./verify.ts";
import { Waiter } from "./waiter.ts";
import { WakeBoard } from "./wake_board.ts";
import { connectClient } from "./worker_client.ts";
import type { FromWorker, WorkerTask } from "./worker_protocol.ts";

const LAYOUT = runLayout(MAX_WORKERS);

export class ProducerTask implements LaneOwner {
  readonly task: WorkerTask;
  readonly config: ProducerConfig;
  readonly metrics: WorkerMetrics;
  client!: PulsarClient;
  readonly #post: (message: FromWorker) => void;
  readonly #cursor: ScheduleCursor;
  readonly #waiter: Waiter;
  readonly #generator: Generator;
  readonly #picker: PartitionPicker;
  readonly #lanes: ProducerLane[] = [];
  readonly #stopLag: () => void;
  /** Messages sent and not settled. */
  #inFlight = 0;
  #behind = 0;
  #isDraining = false;
  #loop: Promise<void> = Promise.resolve();
  #settled: (() => void) | undefined;

  constructor(task: WorkerTask, config: ProducerConfig, post: (message: FromWorker) => void) {
    this.task = task;
    this.config = config;
    this.#post = post;
    this.metrics = new WorkerMetrics(task.memory, metricsOffset(LAYOUT, task.slot));
    this.#cursor = new ScheduleCursor(scheduleWords(task.memory, LAYOUT));
    this.#waiter = new Waiter(new WakeBoard(task.memory, LAYOUT.wake, LAYOUT.workers), task.slot);
    this.#generator = new Generator({
      ...config,
      runHash: hashRunId(config.runId),
      producer: config.producerName ?? `${config.runId}-${task.instance}-${task.streamWorker}`,
      worker: task.streamWorker,
      keyPerBatch: true,
      ...(task.payloads === undefined ? {} : { payloads: task.payloads }),
    });
    this.#picker = new PartitionPicker(config.routing, task.topics.length, task.streamWorker);
    this.#stopLag = watchLoopLag((micros) => this.metrics.recordLoopLag(micros));
  }

  async start(): Promise<void> {
    this.client = await connectClient(this.config, this.task.token);
    for (const [partition, topic] of this.task.topics.entries()) {
      this.#lanes.push(await ProducerLane.open(this, topic, partition, this.#generator));
    }
    this.metrics.setState("ready");
    this.#post({ kind: "ready" });
    this.#loop = this.#run().catch((error: Error) => this.onFailed(error));
  }

  async #run(): Promise<void> {
    const { batching, batchMessages, batchDelayMs } = this.config;
    const most = Math.min(batching ? batchMessages : 1, this.config.maxInFlight);
    const delay = batching ? batchDelayMs * 1000 : 0;
    while (!this.#isDraining) {
      const now = nowMicros();
      let count = this.#cursor.take(now, most);
      this.#countMissed();
      if (count === 0) {
        if (this.#cursor.finished) await this.#finished();
        this.#gauges(now);
        await this.#waiter.until(this.#cursor.nextAt);
        continue;
      }
      const first = this.#cursor.firstIntended;
      let last = this.#cursor.lastIntended;
      // A batch stays open for the batch delay after its first message was due, unless it is full or late.
      const closeAt = first + delay;
      while (count < most && nowMicros() < closeAt && !this.#isDraining) {
        await this.#waiter.until(Math.min(closeAt, Math.max(this.#cursor.nextAt, nowMicros() + 100)));
        const more = this.#cursor.take(nowMicros(), most - count);
        if (more === 0 && this.#cursor.nextAt > closeAt) break;
        if (more === 0) continue;
        count += more;
        last = this.#cursor.lastIntended;
      }
      await this.#send(count, first, last);
    }
  }

  /** Sends `count` messages whose intended times lie evenly between `first` and `last`. */
  async #send(count: number, first: number, last: number): Promise<void> {
    const interval = count > 1 ? (last - first) / (count - 1) : 0;
    let intended = first;
    let left = count;
    try {
      while (left > 0) {
        const written = await this.#sendSome(left, intended, interval);
        intended += interval * written;
        left -= written;
      }
    } catch (error) {
      this.metrics.record("missed", left);
      throw error;
    }
    this.#gauges(nowMicros());
  }

  /** Sends one entry of up to `count` messages; returns how many. */
  async #sendSome(count: number, intended: number, interval: number): Promise<number> {
    const generator = this.#generator;
    const key = generator.keyed ? generator.nextKey : -1;
    const lane = this.#lanes[this.#picker.next(key)]!;
    const entry = await this.#room(lane, count);
    const written = this.#fill(lane, entry, key, count, intended, interval);
    entry.firstIntended = intended;
    entry.lastIntended = intended + interval * (written - 1);
    lane.send(entry, generator.end, written, generator.payloadBytes, this.config.batching);
    this.#inFlight += written;
    return written;
  }

  #fill(
    lane: ProducerLane,
    entry: OutgoingEntry,
    key: number,
    count: number,
    intended: number,
    interval: number,
  ): number {
    const { header } = lane.producer;
    header.partitionKey = key >= 0 ? this.#picker.keyBytes(key) : undefined;
    // Headers carry wall-clock times, which other processes can compare with their own.
    const sendTime = wallMicros();
    const shifted = intended + (sendTime - nowMicros());
    if (this.config.batching) {
      const { batchBytes } = this.config;
      return this.#generator.fillBatch(
        entry.body,
        lane.stream,
        count,
        batchBytes,
        shifted,
        interval,
        sendTime,
      );
    }
    this.#generator.fillSingle(entry.body, lane.stream, shifted, sendTime);
    return 1;
  }

  /** An entry to fill, once the window has room for `count` more messages. */
  async #room(lane: ProducerLane, count: number): Promise<OutgoingEntry> {
    const isOpen = (): boolean => this.#inFlight === 0 || this.#inFlight + count <= this.config.maxInFlight;
    let entry = isOpen() ? lane.producer.take() : undefined;
    if (entry !== undefined) return entry;
    const since = nowMicros();
    while (entry === undefined) {
      // Receipts of any lane can make room in the window, only this lane's can make a frame free.
      if (isOpen()) await lane.producer.room();
      else await new Promise<void>((resolve) => this.#settled = resolve);
      if (isOpen()) entry = lane.producer.take();
    }
    this.metrics.record("blockedMicros", nowMicros() - since);
    return entry;
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
    const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
    this.#post({ kind: "failed", code, text: error.message, ...(error.stack ? { stack: error.stack } : {}) });
  }

  log(level: "info" | "warn", text: string): void {
    this.#post({ kind: "log", level, text });
  }

  #countMissed(): void {
    const missed = this.#cursor.takeMissed();
    if (missed > 0) this.metrics.record("missed", missed);
  }

  #gauges(now: number): void {
    this.#behind = this.#cursor.behind(now);
    this.metrics.setGauges(this.#inFlight, this.#behind);
  }

  async #finished(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.producer.flush()));
    this.#gauges(nowMicros());
    // A worker that dies may give its share back: then there is more to do.
    if (this.#cursor.finished && this.#inFlight === 0) this.#post({ kind: "finished" });
  }

  /** One message on every topic that belongs to no stream; resolves when the broker has them all. */
  async probe(): Promise<void> {
    for (const lane of this.#lanes) {
      const entry = lane.producer.take()!;
      const end = writeProbe(entry.body, hashRunId(this.config.runId), wallMicros());
      entry.context = undefined;
      lane.producer.send(entry, end, 1, false);
      this.#inFlight++;
    }
    await Promise.all(this.#lanes.map((lane) => lane.producer.flush()));
    this.#post({ kind: "probed" });
  }

  /** Sends nothing more, waits for receipts, and says what was sent. */
  async drain(timeoutMs: number): Promise<readonly StreamExpectation[]> {
    this.#isDraining = true;
    this.metrics.setState("draining");
    this.#waiter.poke();
    this.#settled?.();
    const flushed = this.#loop.then(() => Promise.all(this.#lanes.map((lane) => lane.producer.flush())));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise((resolve) => timer = setTimeout(resolve, timeoutMs));
    await Promise.race([flushed.catch(() => {}), timeout]);
    clearTimeout(timer);
    this.#cursor.release();
    this.#countMissed();
    await Promise.race([this.client.close(), new Promise((resolve) => setTimeout(resolve, 1000))]);
    this.#stopLag();
    this.#gauges(nowMicros());
    this.metrics.setState("stopped");
    return this.#lanes.map((lane) => lane.expectation);
  }
}
