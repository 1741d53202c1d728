/** One worker's producer on one topic or partition: entries out, receipts in, and the numbering of its stream. */
import type { ProducerConfig } from "../config/run_config.ts";
import {
  encodeProperties,
  type EntryProducer,
  errorCode,
  type OutgoingEntry,
  type PulsarClient,
} from "../client/mod.ts";
import { nowMicros } from "./clock.ts";
import type { Generator, Stream } from "./generator.ts";
import { streamId } from "./header.ts";
import { MAX_WORKERS } from "./layout.ts";
import type { WorkerMetrics } from "./metrics.ts";
import { errorNumber } from "./metrics_layout.ts";
import type { StreamExpectation } from "./verify.ts";
import type { WorkerTask } from "./worker_protocol.ts";

/** What a lane needs to know of its worker, and tells it. */
export interface LaneOwner {
  readonly client: PulsarClient;
  readonly config: ProducerConfig;
  readonly metrics: WorkerMetrics;
  readonly task: WorkerTask;
  /** Messages were acknowledged, refused or given up: they are not in flight any more. */
  onSettled(messages: number): void;
  onFailed(error: Error): void;
  log(level: "info" | "warn", text: string): void;
}

/** Frames of all lanes of a worker together take at most this. */
const FRAME_BUDGET = 64 * 1024 * 1024;
const MAX_ENTRIES = 2048;

export class ProducerLane {
  producer!: EntryProducer;
  readonly stream: Stream;
  readonly #owner: LaneOwner;
  readonly #unconfirmed: [number, number][] = [];

  private constructor(owner: LaneOwner, readonly topic: string, partition: number) {
    this.#owner = owner;
    const { instance, streamWorker } = owner.task;
    // Every start of an instance counts anew, so it needs numbers of its own.
    const worker = (owner.config.together?.attempt ?? 0) * MAX_WORKERS + streamWorker;
    this.stream = { id: streamId(instance, worker, partition), next: 0 };
  }

  static async open(
    owner: LaneOwner,
    topic: string,
    partition: number,
    generator: Generator,
  ): Promise<ProducerLane> {
    const lane = new ProducerLane(owner, topic, partition);
    const { config, task } = owner;
    const bodyCapacity = config.batching
      ? Math.max(config.batchBytes, generator.largestEntry)
      : generator.largestPayload + 64;
    const budget = Math.floor(FRAME_BUDGET / task.topics.length / bodyCapacity);
    lane.producer = await owner.client.createEntryProducer({
      topic,
      bodyCapacity,
      compression: config.compression,
      maxInFlight: Math.max(2, Math.min(config.maxInFlight, budget, MAX_ENTRIES)),
      ...(config.producerName === undefined ? {} : { name: laneName(config, task.streamWorker) }),
      onReceipt: (entry) => lane.#onReceipt(entry),
      onFailed: (error, lost) => lane.#onFailed(error, lost),
      onTrouble: (error) => lane.#onTrouble(error),
      onReconnected: () => {
        owner.metrics.record("reconnects", 1);
        owner.log("info", `reconnected to '${topic}'`);
      },
    });
    if (!config.batching) lane.producer.header.encodedProperties = encodeProperties(config.properties);
    return lane;
  }

  /** Sends a filled entry; its messages are in flight from here on. */
  send(entry: OutgoingEntry, bodyEnd: number, count: number, payloadBytes: number, isBatch: boolean): void {
    entry.context = this;
    entry.tag = this.stream.next - count;
    entry.payloadBytes = payloadBytes;
    entry.sentAt = nowMicros();
    try {
      this.producer.send(entry, bodyEnd, count, isBatch);
    } catch (error) {
      this.#unconfirmed.push([entry.tag, entry.tag + count]);
      this.producer.release(entry);
      throw error;
    }
    this.#owner.metrics.recordSend(count);
  }

  #onReceipt(entry: OutgoingEntry): void {
    const { sentAt, firstIntended, lastIntended, count, payloadBytes, wireBytes } = entry;
    const now = nowMicros();
    // Probes are not part of the run.
    if (entry.context === this) {
      this.#owner.metrics.recordReceipt(
        sentAt,
        firstIntended,
        lastIntended,
        now,
        count,
        payloadBytes,
        wireBytes,
      );
    }
    this.#owner.onSettled(count);
  }

  #onFailed(error: Error, lost: readonly OutgoingEntry[]): void {
    let messages = 0;
    for (const entry of lost) {
      messages += entry.count;
      this.#unconfirmed.push([entry.tag, entry.tag + entry.count]);
    }
    if (messages > 0) this.#owner.metrics.recordError(errorNumber(errorCode(error)), messages);
    this.#owner.onSettled(messages);
    if (errorCode(error) !== "Closed") this.#owner.onFailed(error);
  }

  #onTrouble(error: Error): void {
    this.#owner.metrics.recordError(errorNumber(errorCode(error)));
    this.#owner.log("warn", error.message);
  }

  /** What consumers should have received of this stream. */
  get expectation(): StreamExpectation {
    const unconfirmed = this.#unconfirmed;
    return {
      stream: this.stream.id,
      next: this.stream.next,
      ...(unconfirmed.length === 0 ? {} : { unconfirmed }),
    };
  }
}

/** The broker lets in one producer of a name. */
function laneName({ producerName, instance, instances }: ProducerConfig, worker: number): string {
  return instances > 1 ? `${producerName}-${instance}-${worker}` : `${producerName}-${worker}`;
}
