/**
 * Sends messages one by one, gathers them into batches, and spreads them over the partitions of a topic.
 *
 * For applications and tests; the load engine uses `EntryProducer` directly.
 */
import type { CompressionName } from "../../wire/enums.ts";
import { javaStringHash, murmur3 } from "../../wire/hash.ts";
import type { ClientContext } from "../connection/context.ts";
import type { MessageId } from "../entry/message_id.ts";
import { type BatchLimits, type OutgoingMessage, ProducerPartition } from "./producer_partition.ts";
import { within } from "../../transport/timing.ts";

export { encodeProperties, type OutgoingMessage } from "./producer_partition.ts";

export type Routing = "round-robin" | "key-hash" | "single";

export interface ProducerOptions {
  readonly topic: string;
  readonly name?: string;
  readonly compression?: CompressionName;
  readonly accessMode?: number;
  /** Batches close at this many messages, this many bytes, or this age, whichever comes first. */
  readonly batching?: false | Partial<BatchLimits>;
  /** A batch holds messages of one key only, as Key_Shared subscriptions need. */
  readonly batchByKey?: boolean;
  /** How messages find their partition; those with a key go by the key's hash unless `single`. */
  readonly routing?: Routing;
  readonly hash?: "java" | "murmur3";
  /** Entries in flight per partition at most. */
  readonly maxInFlight?: number;
  /** Largest message, bytes. */
  readonly maxMessageBytes?: number;
  /** In [0, 1): the partition to begin with; injected by tests. */
  readonly random?: () => number;
  onTrouble?(error: Error): void;
}

/** Room for the metadata of a message in a batch. */
const METADATA_ROOM = 1024;

export class Producer {
  readonly #context: ClientContext;
  readonly #partitions: ProducerPartition[] = [];
  readonly #hash: (key: string) => number;
  #turn: number;
  #closing: Promise<void> | undefined;

  private constructor(context: ClientContext, options: ProducerOptions, turn: number) {
    this.#context = context;
    this.#hash = options.hash === "murmur3" ? murmur3 : javaStringHash;
    this.#turn = turn;
  }

  static async create(
    context: ClientContext,
    topics: readonly string[],
    options: ProducerOptions,
  ): Promise<Producer> {
    const { name, compression, accessMode, onTrouble, batching, maxInFlight = 16 } = options;
    const turn = Math.floor((options.random ?? Math.random)() * topics.length);
    const producer = new Producer(context, options, turn);
    const limits = batching === false ? false : {
      messages: batching?.messages ?? 1000,
      bytes: batching?.bytes ?? 128 * 1024,
      delayMs: batching?.delayMs ?? 1,
    };
    // A batch stays within its bytes unless one message alone is larger.
    const largest = (options.maxMessageBytes ?? 1024 * 1024) + METADATA_ROOM;
    const bodyCapacity = limits === false ? largest : Math.max(limits.bytes, largest);
    try {
      for (const topic of options.routing === "single" ? [topics[turn]!] : topics) {
        const partition = await ProducerPartition.open(
          context,
          { batching: limits, batchByKey: options.batchByKey ?? false },
          {
            topic,
            bodyCapacity,
            maxInFlight,
            ...(name === undefined ? {} : { name }),
            ...(compression === undefined ? {} : { compression }),
            ...(accessMode === undefined ? {} : { accessMode }),
            ...(onTrouble === undefined ? {} : { onTrouble }),
          },
        );
        producer.#partitions.push(partition);
      }
    } catch (error) {
      await producer.close();
      throw error;
    }
    return producer;
  }

  /** The name the broker knows this producer by; on a partitioned topic, the first partition's. */
  get name(): string {
    return this.#partitions[0]!.producer.name;
  }

  /**
   * Sends one message. Messages of one partition are stored in the order of the calls, awaited or not.
   *
   * @returns where it is stored, once the broker has it; undefined when the broker dropped it as a duplicate, or
   * stores nothing on a topic that is not persistent
   * @throws {MessageTooLargeError} when it is over `maxMessageBytes` or the broker's maximum
   * @throws {ClosedError} when the producer is closed first
   */
  send(message: OutgoingMessage): Promise<MessageId | undefined> {
    return this.#route(message).send(message);
  }

  #route({ key }: OutgoingMessage): ProducerPartition {
    const partitions = this.#partitions;
    if (partitions.length === 1) return partitions[0]!;
    if (key !== undefined) return partitions[this.#hash(key) % partitions.length]!;
    // Without a key, stay on a partition while its batch is open: small batches would cost more than fairness gives.
    if (!partitions[this.#turn % partitions.length]!.isGathering) this.#turn++;
    return partitions[this.#turn % partitions.length]!;
  }

  /** Sends open batches and resolves when everything is acknowledged. */
  async flush(): Promise<void> {
    await Promise.all(this.#partitions.map((partition) => partition.flush()));
  }

  /**
   * Flushes, as far as the broker answers within the operation timeout, and detaches. What is not acknowledged by
   * then is rejected. Never rejects itself.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#context.forget?.(this);
    await Promise.all(this.#partitions.map(async (partition) => {
      if (partition.producer.isConnected) await within(this.#context.operationTimeoutMs, partition.flush());
      await partition.close();
    }));
  }
}
