/**
 * Sends messages one by one, gathers them into batches, and spreads them over the partitions of a topic.
 *
 * For applications; the load engine uses `EntryProducer` directly.
 */
import type { CompressionName } from "../../wire/enums.ts";
import { javaStringHash, murmur3 } from "../../wire/hash.ts";
import type { ClientContext } from "../connection/context.ts";
import type { MessageId } from "../entry/message_id.ts";
import { type BatchLimits, type OutgoingMessage, ProducerPartition } from "./producer_partition.ts";
import { within } from "../../transport/timing.ts";

export { type BatchLimits, encodeProperties, type OutgoingMessage } from "./producer_partition.ts";

export type Routing = "round-robin" | "key-hash" | "single";

export interface ProducerOptions {
  readonly topic: string;
  /** Chosen by the broker when absent; needed for de-duplication across restarts. */
  readonly name?: string | undefined;
  readonly compression?: CompressionName | undefined;
  /** Batches close at this many messages (default 1000), bytes (128 KiB) or ms of age (1), whichever comes first. */
  readonly batching?: false | Partial<BatchLimits> | undefined;
  /** A batch holds messages of one key only, as Key_Shared subscriptions need. */
  readonly batchByKey?: boolean | undefined;
  /** How messages are spread over partitions; a message with a key goes by the key's hash unless `single`. */
  readonly routing?: Routing | undefined;
  readonly hash?: "java" | "murmur3" | undefined;
  /** Entries in flight per partition at most. Default 16. */
  readonly maxInFlight?: number | undefined;
  /** Largest message, bytes. Default 1 MiB. */
  readonly maxMessageBytes?: number | undefined;
  /** In [0, 1): chooses the first partition; injected by tests. */
  readonly random?: (() => number) | undefined;
  /** A problem that the producer outlives: a refused send, a lost connection, a failed attempt to reconnect. */
  readonly onTrouble?: ((error: Error) => void) | undefined;
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
    const { name, compression, onTrouble, batching, maxInFlight = 16 } = options;
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
          { topic, bodyCapacity, maxInFlight, name, compression, onTrouble },
        );
        producer.#partitions.push(partition);
      }
    } catch (error) {
      await producer.close();
      throw error;
    }
    return producer;
  }

  /** The producer's name at the broker; on a partitioned topic, the first partition's. */
  get name(): string {
    return this.#partitions[0]!.producer.name;
  }

  /** Whether all its partitions are attached to a broker now. */
  get isConnected(): boolean {
    return this.#partitions.every(({ producer }) => producer.isConnected);
  }

  /**
   * Sends one message. Messages of one partition are stored in the order of the calls, awaited or not.
   *
   * @returns the id of the stored message; undefined when the broker dropped it as a duplicate, or the topic is not
   * persistent
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
    // Without a key, stay on a partition while its batch is open: small batches cost more than an even spread gains.
    if (!partitions[this.#turn % partitions.length]!.isGathering) this.#turn++;
    return partitions[this.#turn % partitions.length]!;
  }

  /** Sends open batches and resolves when everything is acknowledged. */
  async flush(): Promise<void> {
    await Promise.all(this.#partitions.map((partition) => partition.flush()));
  }

  /**
   * Flushes for at most the operation timeout, and detaches. Sends without a receipt by then reject; this never does.
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
