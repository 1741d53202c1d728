/** One worker's producer on one topic or partition: fills and sends entries, counts receipts, numbers its stream. */
import type { ProducerConfig } from "../../config/run_config.ts";
import type { SendReceiptView } from "../../wire/hot_commands.ts";
import {
  encodeProperties,
  type EntryBody,
  errorCode,
  MessageTooLargeError,
  type OutgoingEntry,
} from "../../client/mod.ts";
import type { Driver, DriverProducer } from "../../driver/driver.ts";
import { nowMicros, wallMicros } from "../clock.ts";
import type { Generator, Stream } from "../generator/generator.ts";
import { hashRunId, streamId } from "../header/header.ts";
import { writeProbe } from "../header/probe.ts";
import type { TopicCounter } from "../metrics/topic_counts.ts";
import type { WorkerMetrics } from "../metrics/writer.ts";
import { errorNumber } from "../metrics/layout.ts";
import type { EntryRing } from "./entry_ring.ts";
import type { Trace } from "./trace.ts";
import type { WorkerProgress } from "./progress.ts";
import type { Place, WorkerTask } from "./protocol.ts";

/** What a lane needs to know of its worker, and tells it. */
export interface LaneOwner {
  readonly client: Pick<Driver, "createEntryProducer" | "maxMessageSize">;
  readonly config: ProducerConfig;
  readonly metrics: WorkerMetrics;
  readonly progress: WorkerProgress;
  /** Counts by topic; undefined where the run does not tell its topics apart. */
  readonly topics: TopicCounter | undefined;
  /** Where the latest entries lie; undefined where nothing is verified. */
  readonly entries: EntryRing | undefined;
  readonly trace: Trace | undefined;
  readonly task: Pick<WorkerTask, "instance" | "streamWorker" | "places" | "laneBits" | "spread">;
  /** Messages were acknowledged, refused or given up: they are not in flight any more. */
  onSettled(messages: number): void;
  onFailed(error: Error): void;
  log(level: "info" | "warn", text: string): void;
  /** A lane that is not open yet was refused, and tries again. */
  onRefused(error: Error): void;
  /** The lane's connection is lost, with this code, or back. */
  onConnection(lane: number, lostBy?: string): void;
  /** Sequences [from, to) of the lane's stream were sent again. */
  onResent(lane: number, from: number, to: number): void;
}

type LaneGenerator = Pick<
  Generator,
  "fillBatch" | "fillSingle" | "end" | "payloadBytes" | "largestEntry" | "largestPayload"
>;

/** Frames of all lanes of a worker together take at most this. */
const FRAME_BUDGET = 64 * 1024 * 1024;
const MAX_ENTRIES = 2048;
/** For all of an unbatched message but its payload. */
const SINGLE_OVERHEAD = 64;

/** What the lane notes of an entry until its receipt: one per frame, times in clock microseconds. */
class SentEntry {
  isProbe = false;
  firstIntended = 0;
  lastIntended = 0;
  sentAt = 0;
  payloadBytes = 0;
  /** Sequence behind its last message. */
  next = 0;
}

type EntryPosition = Pick<SendReceiptView, "ledgerId" | "entryId">;

export class ProducerLane {
  /** When the last entry was sent, clock microseconds. */
  sentAt = 0;
  #producer!: DriverProducer<SentEntry>;
  readonly #stream: Stream & { idOffset: number };
  readonly #owner: LaneOwner;
  readonly #generator: LaneGenerator;
  readonly #index: number;
  readonly topic: string;
  /** Where its topic is counted. */
  readonly #place: number;
  /** Sequence behind the highest message with a receipt. */
  #confirmedTo = 0;
  /** Entries that were refused and sent again behind others: what came before them has no receipt yet. */
  readonly #moved = new Set<OutgoingEntry<SentEntry>>();
  /** Most bytes of a batch. */
  #batchBytes = 0;
  /** While disconnected: sequences below this one were sent on the connection that is gone. */
  #doubtfulTo: number | undefined;

  private constructor(owner: LaneOwner, place: Place, index: number, generator: LaneGenerator) {
    this.#owner = owner;
    this.topic = place.topic;
    this.#place = owner.topics?.placeOf(place.index) ?? 0;
    this.#generator = generator;
    this.#index = index;
    const { instance, streamWorker, laneBits } = owner.task;
    this.#stream = { id: streamId(instance, streamWorker, index, laneBits), next: 0, idOffset: 0 };
  }

  /**
   * @param index of the lane among those of its worker; it is part of the stream's id
   * @throws {MessageTooLargeError} for payloads that the broker cannot take
   */
  static async open(
    owner: LaneOwner,
    place: Place,
    index: number,
    generator: LaneGenerator,
  ): Promise<ProducerLane> {
    const lane = new ProducerLane(owner, place, index, generator);
    const { topic } = place;
    const { config, task } = owner;
    const laneCount = Math.max(task.places.length, index + 1);
    // Thousands of producers have no room for large batches, and at their rates none to send.
    const share = task.spread === 0 ? Infinity : Math.floor(FRAME_BUDGET / laneCount / 2);
    lane.#batchBytes = Math.min(config.batchBytes, Math.max(share, generator.largestEntry));
    const bodyCapacity = config.batching
      ? Math.max(lane.#batchBytes, generator.largestEntry)
      : generator.largestPayload + SINGLE_OVERHEAD;
    const budget = Math.floor(FRAME_BUDGET / laneCount / bodyCapacity);
    lane.#producer = await owner.client.createEntryProducer({
      topic,
      bodyCapacity,
      compression: config.compression,
      maxInFlight: Math.max(2, Math.min(config.maxInFlight, budget, MAX_ENTRIES)),
      name: config.producerName === undefined ? undefined : laneName(config, task.streamWorker),
      createContext: () => new SentEntry(),
      onReceipt: (entry, position) => lane.#onReceipt(entry, position),
      onFailed: (error, lost) => lane.#onFailed(error, lost),
      onTrouble: (error) => lane.#onTrouble(error),
      onReconnected: () => lane.#onReconnected(),
      onRefused: (entry, error) => lane.#onRefused(entry, error),
    });
    // Without compression it is certain before anything is sent that the broker would refuse it.
    const limit = owner.client.maxMessageSize;
    if (config.compression === "none" && generator.largestPayload > limit) {
      throw new MessageTooLargeError(
        `--size: a payload of ${generator.largestPayload} bytes is over the broker's maximum of ${limit}: ` +
          "choose smaller messages",
      );
    }
    if (!config.batching) lane.#producer.header.encodedProperties = encodeProperties(config.properties);
    return lane;
  }

  /**
   * Fills an entry and sends it, if a frame is free. Its messages are in flight from here on.
   *
   * @param most messages that it may hold, at least 1
   * @param firstIntended when the first one was due, clock microseconds
   * @param interval microseconds between the times of neighbours
   * @param key of all its messages, if they have one
   * @returns messages sent; 0 when no frame is free: see `room`
   * @throws what the client throws; then nothing was sent
   */
  send(most: number, firstIntended: number, interval: number, key: Uint8Array | undefined): number {
    const entry = this.#producer.take();
    if (entry === undefined) return 0;
    this.#producer.header.partitionKey = key;
    const count = this.#fill(entry.body, most, firstIntended, interval);
    const { context } = entry;
    context.isProbe = false;
    context.firstIntended = firstIntended;
    context.lastIntended = firstIntended + interval * (count - 1);
    context.payloadBytes = this.#generator.payloadBytes;
    context.next = this.#stream.next;
    context.sentAt = this.sentAt = nowMicros();
    try {
      this.#producer.send(entry, this.#generator.end, count, this.#owner.config.batching);
    } catch (error) {
      this.#producer.release(entry);
      throw error;
    }
    this.#owner.progress.setSent(this.#index, this.#stream.next);
    this.#owner.metrics.recordSend(count);
    return count;
  }

  #fill(body: EntryBody, most: number, firstIntended: number, interval: number): number {
    const { batching } = this.#owner.config;
    const generator = this.#generator;
    const stream = this.#stream;
    // Headers carry wall-clock times, which other processes can compare with their own.
    const sendTime = wallMicros();
    const intended = firstIntended + (sendTime - nowMicros());
    if (!batching) {
      generator.fillSingle(body, stream, intended, sendTime);
      return 1;
    }
    // Its messages get the sequence ids that the producer gives out next.
    stream.idOffset = this.#producer.nextSequenceId - stream.next;
    return generator.fillBatch(body, stream, most, this.#batchBytes, intended, interval, sendTime);
  }

  /** Resolves when a frame is free, rejects when the producer ends. */
  room(): Promise<void> {
    return this.#producer.room();
  }

  /** Resolves when all that was sent is acknowledged, rejects when the producer ends. */
  flush(): Promise<void> {
    return this.#producer.flush();
  }

  /** Sends a message that belongs to no stream and no figure, before the load. */
  probe(): void {
    const entry = this.#producer.take();
    if (entry === undefined) throw new Error(`no room for a probe on '${this.topic}': the load has begun`);
    const end = writeProbe(entry.body, hashRunId(this.#owner.config.runId), wallMicros());
    entry.context.isProbe = true;
    this.#producer.send(entry, end, 1, false);
  }

  #onReceipt(entry: OutgoingEntry<SentEntry>, position: EntryPosition | undefined): void {
    const { context, count, wireBytes } = entry;
    if (!context.isProbe) {
      const { sentAt, firstIntended, lastIntended, payloadBytes, next } = context;
      const { metrics, progress, topics, entries, trace } = this.#owner;
      const now = nowMicros();
      metrics.recordReceipt(sentAt, firstIntended, lastIntended, now, count, payloadBytes, wireBytes);
      topics?.add(this.#place, count);
      if (next > this.#confirmedTo) this.#confirmedTo = next;
      progress.setConfirmed(this.#index, this.#moved.size === 0 ? next : this.#confirmedWithout(entry));
      if (position !== undefined) {
        const { ledgerId, entryId } = position;
        const { id } = this.#stream;
        entries?.write(this.#index, id, next, count, ledgerId, entryId, now, false);
        trace?.acknowledged(this.#index, ledgerId, entryId, id, next, count);
      }
    }
    this.#owner.onSettled(count);
  }

  #onRefused(entry: OutgoingEntry<SentEntry>, error: Error): void {
    if (!entry.context.isProbe) this.#moved.add(entry);
    this.#owner.metrics.recordError(errorNumber(errorCode(error)));
    this.#owner.log("warn", `${error.message}; it is sent again`);
  }

  /** Where the stream is confirmed up to, once `entry` is: no further than to what is still missing. */
  #confirmedWithout(entry: OutgoingEntry<SentEntry>): number {
    this.#moved.delete(entry);
    let upTo = this.#confirmedTo;
    for (const { context, count } of this.#moved) upTo = Math.min(upTo, context.next - count);
    return upTo;
  }

  #onFailed(error: Error, lost: readonly OutgoingEntry<SentEntry>[]): void {
    let messages = 0;
    for (const entry of lost) messages += entry.count;
    // What the end of the producer leaves behind was never refused by anybody: it has no receipt.
    const code = errorCode(error) === "Closed" ? "Unacknowledged" : errorCode(error);
    if (messages > 0) this.#owner.metrics.recordError(errorNumber(code), messages);
    this.#owner.onSettled(messages);
    if (errorCode(error) !== "Closed") this.#owner.onFailed(error);
  }

  #onTrouble(error: Error): void {
    // Attempts before the first attachment put nothing in doubt.
    if (this.#producer !== undefined) this.#doubtfulTo ??= this.#stream.next;
    this.#owner.metrics.recordError(errorNumber(errorCode(error)));
    this.#owner.log("warn", error.message);
    // Before it was attached for the first time, the worker is not ready, and says so itself.
    if (this.#producer === undefined) this.#owner.onRefused(error);
    else this.#owner.onConnection(this.#index, errorCode(error));
  }

  #onReconnected(): void {
    const { progress, metrics, log } = this.#owner;
    this.#owner.onConnection(this.#index);
    const from = progress.confirmedOf(this.#index);
    const to = this.#doubtfulTo ?? 0;
    const resent = Math.max(0, to - from);
    this.#doubtfulTo = undefined;
    metrics.record("reconnects", 1);
    if (resent === 0) return log.call(this.#owner, "info", `reconnected to '${this.topic}'`);
    progress.resend(resent);
    this.#owner.trace?.resent(this.#index, this.#stream.id, from, to);
    this.#owner.onResent(this.#index, from, to);
    log.call(
      this.#owner,
      "info",
      `reconnected to '${this.topic}'; ${resent} messages without receipt were sent again, ` +
        "a broker without de-duplication may hold them twice",
    );
  }
}

/** The broker lets in one producer of a name. */
function laneName({ producerName, instance, instances }: ProducerConfig, worker: number): string {
  return instances > 1 ? `${producerName}-${instance}-${worker}` : `${producerName}-${worker}`;
}
