/** One worker's producer on one topic or partition: entries out, receipts in, and the numbering of its stream. */
import type { ProducerConfig } from "../../config/run_config.ts";
import {
  encodeProperties,
  type EntryProducer,
  errorCode,
  MessageTooLargeError,
  type OutgoingEntry,
  type PulsarClient,
} from "../../client/mod.ts";
import { nowMicros } from "../clock.ts";
import type { Generator, Stream } from "../generator/generator.ts";
import { streamId } from "../header/header.ts";
import type { WorkerMetrics } from "../metrics/writer.ts";
import { errorNumber } from "../metrics/layout.ts";
import type { WorkerProgress } from "./progress.ts";
import type { WorkerTask } from "./protocol.ts";

/** What a lane needs to know of its worker, and tells it. */
export interface LaneOwner {
  readonly client: Pick<PulsarClient, "createEntryProducer" | "maxMessageSize">;
  readonly config: ProducerConfig;
  readonly metrics: WorkerMetrics;
  readonly progress: WorkerProgress;
  readonly task: Pick<WorkerTask, "instance" | "streamWorker" | "topics">;
  /** Messages were acknowledged, refused or given up: they are not in flight any more. */
  onSettled(messages: number): void;
  onFailed(error: Error): void;
  log(level: "info" | "warn", text: string): void;
  /** The lane's connection is lost, with this code, or back. */
  onConnection(lane: number, lostBy?: string): void;
}

/** Frames of all lanes of a worker together take at most this. */
const FRAME_BUDGET = 64 * 1024 * 1024;
const MAX_ENTRIES = 2048;
/** For all of an unbatched message but its payload. */
const SINGLE_OVERHEAD = 64;

export class ProducerLane {
  producer!: EntryProducer;
  readonly stream: Stream & { idOffset: number };
  readonly #owner: LaneOwner;
  readonly #index: number;
  /** While disconnected: sequences below this one were sent on the connection that is gone. */
  #doubtfulTo: number | undefined;

  private constructor(owner: LaneOwner, readonly topic: string, index: number) {
    this.#owner = owner;
    this.#index = index;
    const { instance, streamWorker } = owner.task;
    this.stream = { id: streamId(instance, streamWorker, index), next: 0, idOffset: 0 };
  }

  /**
   * @param index of the topic among those of the run; it is the partition in the stream's id
   * @throws {MessageTooLargeError} for payloads that the broker cannot take
   */
  static async open(
    owner: LaneOwner,
    topic: string,
    index: number,
    generator: Pick<Generator, "largestEntry" | "largestPayload">,
  ): Promise<ProducerLane> {
    const lane = new ProducerLane(owner, topic, index);
    const { config, task } = owner;
    const bodyCapacity = config.batching
      ? Math.max(config.batchBytes, generator.largestEntry)
      : generator.largestPayload + SINGLE_OVERHEAD;
    const lanes = Math.max(task.topics.length, index + 1);
    const budget = Math.floor(FRAME_BUDGET / lanes / bodyCapacity);
    lane.producer = await owner.client.createEntryProducer({
      topic,
      bodyCapacity,
      compression: config.compression,
      maxInFlight: Math.max(2, Math.min(config.maxInFlight, budget, MAX_ENTRIES)),
      ...(config.producerName === undefined ? {} : { name: laneName(config, task.streamWorker) }),
      onReceipt: (entry) => lane.#onReceipt(entry),
      onFailed: (error, lost) => lane.#onFailed(error, lost),
      onTrouble: (error) => lane.#onTrouble(error),
      onReconnected: () => lane.#onReconnected(),
    });
    // Without compression it is certain before anything is sent that the broker would refuse it.
    const limit = owner.client.maxMessageSize;
    if (config.compression === "none" && generator.largestPayload > limit) {
      throw new MessageTooLargeError(
        `--size: a payload of ${generator.largestPayload} bytes is over the broker's maximum of ${limit}: ` +
          "choose smaller messages",
      );
    }
    if (!config.batching) lane.producer.header.encodedProperties = encodeProperties(config.properties);
    return lane;
  }

  /** Before an entry is filled: its messages get the sequence ids that the producer gives out next. */
  alignIds(): void {
    this.stream.idOffset = this.producer.nextSequenceId - this.stream.next;
  }

  /**
   * Sends a filled entry; its messages are in flight from here on.
   *
   * @throws what the client throws; then nothing was sent
   */
  send(entry: OutgoingEntry, bodyEnd: number, count: number, payloadBytes: number, isBatch: boolean): void {
    entry.context = this;
    entry.tag = this.stream.next;
    entry.payloadBytes = payloadBytes;
    entry.sentAt = nowMicros();
    try {
      this.producer.send(entry, bodyEnd, count, isBatch);
    } catch (error) {
      this.producer.release(entry);
      throw error;
    }
    this.#owner.progress.setSent(this.#index, this.stream.next);
    this.#owner.metrics.recordSend(count);
  }

  #onReceipt(entry: OutgoingEntry): void {
    const { sentAt, firstIntended, lastIntended, count, payloadBytes, wireBytes } = entry;
    // Probes are not part of the run.
    if (entry.context === this) {
      const { metrics, progress } = this.#owner;
      const now = nowMicros();
      metrics.recordReceipt(sentAt, firstIntended, lastIntended, now, count, payloadBytes, wireBytes);
      progress.setConfirmed(this.#index, entry.tag);
    }
    this.#owner.onSettled(count);
  }

  #onFailed(error: Error, lost: readonly OutgoingEntry[]): void {
    let messages = 0;
    for (const entry of lost) messages += entry.count;
    // What the end of the producer leaves behind was never refused by anybody: it has no receipt.
    const code = errorCode(error) === "Closed" ? "Unacknowledged" : errorCode(error);
    if (messages > 0) this.#owner.metrics.recordError(errorNumber(code), messages);
    this.#owner.onSettled(messages);
    if (errorCode(error) !== "Closed") this.#owner.onFailed(error);
  }

  #onTrouble(error: Error): void {
    this.#doubtfulTo ??= this.stream.next;
    this.#owner.metrics.recordError(errorNumber(errorCode(error)));
    this.#owner.log("warn", error.message);
    // Before it was attached for the first time, the worker is not ready, and says so itself.
    if (this.producer !== undefined) this.#owner.onConnection(this.#index, errorCode(error));
  }

  #onReconnected(): void {
    const { progress, metrics, log } = this.#owner;
    this.#owner.onConnection(this.#index);
    const resent = Math.max(0, (this.#doubtfulTo ?? 0) - progress.confirmedOf(this.#index));
    this.#doubtfulTo = undefined;
    metrics.record("reconnects", 1);
    if (resent === 0) return log.call(this.#owner, "info", `reconnected to '${this.topic}'`);
    progress.resend(resent);
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
