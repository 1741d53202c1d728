/**
 * Sends messages one by one, gathers them into batches, and spreads them over the partitions of a topic.
 *
 * For applications and tests; the load engine uses `EntryProducer` directly.
 */
import { batchEntrySize, writeBatchEntry } from "../wire/batch.ts";
import type { CompressionName } from "../wire/compression.ts";
import { javaStringHash, murmur3 } from "../wire/hash.ts";
import { KeyValue, type SingleMessageMetadata } from "../wire/messages.ts";
import { ProtoWriter } from "../wire/protobuf.ts";
import { MessageTooLargeError } from "./errors.ts";
import type { ClientContext } from "./context.ts";
import { EntryProducer, type EntryProducerOptions } from "./entry_producer.ts";
import type { OutgoingEntry } from "./frame_pool.ts";
import { MessageId } from "./message_id.ts";
import { partitionIndex } from "./topic.ts";

export interface OutgoingMessage {
  readonly payload: Uint8Array;
  readonly key?: string;
  readonly properties?: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly eventTime?: number;
  /** Epoch milliseconds; such messages are never batched. */
  readonly deliverAt?: number;
}

export type Routing = "round-robin" | "key-hash" | "single";

export interface ProducerOptions {
  readonly topic: string;
  readonly name?: string;
  readonly compression?: CompressionName;
  readonly accessMode?: number;
  /** Batches close at this many messages, this many bytes, or this age, whichever comes first. */
  readonly batching?: false | {
    readonly messages?: number;
    readonly bytes?: number;
    readonly delayMs?: number;
  };
  /** A batch holds messages of one key only, as Key_Shared subscriptions need. */
  readonly batchByKey?: boolean;
  /** How messages find their partition; those with a key go by the key's hash unless `single`. */
  readonly routing?: Routing;
  readonly hash?: "java" | "murmur3";
  /** Entries in flight per partition at most. */
  readonly maxInFlight?: number;
  /** Largest message, bytes. */
  readonly maxMessageBytes?: number;
  onTrouble?(error: Error): void;
}

interface Waiter {
  readonly batchIndex: number;
  readonly batchSize: () => number;
  resolve(id: MessageId | undefined): void;
  reject(error: Error): void;
}

interface OpenBatch {
  readonly entry: OutgoingEntry;
  at: number;
  count: number;
  readonly key: string | undefined;
  readonly waiters: Waiter[];
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** One partition: its producer and the batch being filled. */
class Lane {
  producer!: EntryProducer;
  open: OpenBatch | undefined;
}

export class Producer {
  readonly #lanes: Lane[] = [];
  readonly #routing: Routing;
  readonly #hash: (key: string) => number;
  readonly #batching: false | { messages: number; bytes: number; delayMs: number };
  readonly #batchByKey: boolean;
  #turn = Math.floor(Math.random() * 0x7fff_ffff);

  private constructor(options: ProducerOptions) {
    this.#routing = options.routing ?? "round-robin";
    this.#hash = options.hash === "murmur3" ? murmur3 : javaStringHash;
    const { batching } = options;
    this.#batching = batching === false ? false : {
      messages: batching?.messages ?? 1000,
      bytes: batching?.bytes ?? 128 * 1024,
      delayMs: batching?.delayMs ?? 1,
    };
    this.#batchByKey = options.batchByKey ?? false;
  }

  static async create(
    context: ClientContext,
    topics: readonly string[],
    options: ProducerOptions,
  ): Promise<Producer> {
    const producer = new Producer(options);
    const bodyCapacity = Math.max(producer.#batching === false ? 0 : producer.#batching.bytes, 0) +
      (options.maxMessageBytes ?? 1024 * 1024) + 1024;
    const used = producer.#routing === "single" ? [topics[producer.#turn % topics.length]!] : topics;
    try {
      for (const topic of used) {
        const lane = new Lane();
        lane.producer = await EntryProducer.create(
          context,
          producer.#laneOptions(topic, bodyCapacity, options),
        );
        producer.#lanes.push(lane);
      }
    } catch (error) {
      await producer.close();
      throw error;
    }
    return producer;
  }

  #laneOptions(topic: string, bodyCapacity: number, options: ProducerOptions): EntryProducerOptions {
    const { name, compression, accessMode, onTrouble } = options;
    const partition = partitionIndex(topic);
    return {
      topic,
      bodyCapacity,
      maxInFlight: options.maxInFlight ?? 16,
      ...(name === undefined ? {} : { name }),
      ...(compression === undefined ? {} : { compression }),
      ...(accessMode === undefined ? {} : { accessMode }),
      ...(onTrouble === undefined ? {} : { onTrouble }),
      onReceipt: (entry, receipt) => {
        const id = EntryProducer.messageId(receipt, partition);
        for (const waiter of entry.context as Waiter[]) waiter.resolve(withIndex(id, waiter));
      },
      onFailed: (error, lost) => {
        for (const entry of lost) for (const waiter of entry.context as Waiter[]) waiter.reject(error);
      },
    };
  }

  /** The name the broker knows this producer by. */
  get name(): string {
    return this.#lanes[0]!.producer.name;
  }

  /**
   * Sends one message.
   *
   * @returns where it is stored, once the broker has it; undefined when the broker dropped it as a duplicate
   */
  async send(message: OutgoingMessage): Promise<MessageId | undefined> {
    const lane = this.#route(message);
    return this.#batching === false || message.deliverAt !== undefined
      ? await this.#sendAlone(lane, message)
      : await this.#sendBatched(lane, message);
  }

  #route({ key }: OutgoingMessage): Lane {
    const lanes = this.#lanes;
    if (lanes.length === 1) return lanes[0]!;
    if (key !== undefined) return lanes[this.#hash(key) % lanes.length]!;
    // Without a key, stay on a partition while its batch is open: small batches would cost more than fairness gives.
    const current = lanes[this.#turn % lanes.length]!;
    if (this.#batching === false || current.open === undefined) this.#turn++;
    return lanes[this.#turn % lanes.length]!;
  }

  async #sendAlone(lane: Lane, message: OutgoingMessage): Promise<MessageId | undefined> {
    const entry = await this.#takeEntry(lane);
    const { payload } = message;
    if (payload.length > entry.body.limit - entry.body.start) {
      lane.producer.release(entry);
      throw tooLarge(payload.length, entry);
    }
    entry.body.buffer.set(payload, entry.body.start);
    const { header } = lane.producer;
    header.partitionKey = message.key === undefined ? undefined : new TextEncoder().encode(message.key);
    header.encodedProperties = encodeProperties(message.properties);
    header.eventTime = message.eventTime ?? 0;
    header.deliverAtTime = message.deliverAt ?? 0;
    const { promise, resolve, reject } = Promise.withResolvers<MessageId | undefined>();
    const waiters: Waiter[] = [{ batchIndex: -1, batchSize: () => 0, resolve, reject }];
    this.#submit(lane, entry, entry.body.start + payload.length, 1, false, waiters);
    return await promise;
  }

  async #sendBatched(lane: Lane, message: OutgoingMessage): Promise<MessageId | undefined> {
    const metadata = singleMetadata(message);
    const size = batchEntrySize(metadata);
    for (;;) {
      const batch = lane.open ?? this.#begin(lane, await this.#takeEntry(lane), message.key);
      const isOtherKey = this.#batchByKey && batch.key !== message.key;
      if (batch.at + size <= batch.entry.body.limit && !isOtherKey) {
        return await this.#append(lane, batch, metadata, message.payload);
      }
      if (batch.count === 0) {
        lane.open = undefined;
        lane.producer.release(batch.entry);
        throw tooLarge(message.payload.length, batch.entry);
      }
      this.#closeBatch(lane);
    }
  }

  #begin(lane: Lane, entry: OutgoingEntry, key: string | undefined): OpenBatch {
    // Another send may have opened one while this one waited for room.
    if (lane.open !== undefined) {
      lane.producer.release(entry);
      return lane.open;
    }
    return lane.open = { entry, at: entry.body.start, count: 0, key, waiters: [], timer: undefined };
  }

  #append(
    lane: Lane,
    batch: OpenBatch,
    metadata: SingleMessageMetadata,
    payload: Uint8Array,
  ): Promise<MessageId | undefined> {
    const limits = this.#batching as { messages: number; bytes: number; delayMs: number };
    batch.at = writeBatchEntry(batch.entry.body.buffer, batch.at, metadata, payload);
    const { promise, resolve, reject } = Promise.withResolvers<MessageId | undefined>();
    batch.waiters.push({ batchIndex: batch.count, batchSize: () => batch.count, resolve, reject });
    batch.count++;
    if (batch.count >= limits.messages || batch.at - batch.entry.body.start >= limits.bytes) {
      this.#closeBatch(lane);
    } else batch.timer ??= setTimeout(() => this.#closeBatch(lane), limits.delayMs);
    return promise;
  }

  #closeBatch(lane: Lane): void {
    const batch = lane.open;
    if (batch === undefined) return;
    lane.open = undefined;
    clearTimeout(batch.timer);
    const { header } = lane.producer;
    header.partitionKey = this.#batchByKey && batch.key !== undefined
      ? new TextEncoder().encode(batch.key)
      : undefined;
    header.encodedProperties = undefined;
    header.eventTime = header.deliverAtTime = 0;
    this.#submit(lane, batch.entry, batch.at, batch.count, true, batch.waiters);
  }

  #submit(
    lane: Lane,
    entry: OutgoingEntry,
    end: number,
    count: number,
    isBatch: boolean,
    waiters: Waiter[],
  ): void {
    entry.context = waiters;
    try {
      lane.producer.send(entry, end, count, isBatch);
    } catch (error) {
      lane.producer.release(entry);
      for (const waiter of waiters) waiter.reject(error as Error);
    }
  }

  async #takeEntry(lane: Lane): Promise<OutgoingEntry> {
    for (;;) {
      const entry = lane.producer.take();
      if (entry !== undefined) return entry;
      await lane.producer.room();
      if (lane.open !== undefined) return lane.producer.take() ?? await this.#takeEntry(lane);
    }
  }

  /** Sends open batches and resolves when everything is acknowledged. */
  async flush(): Promise<void> {
    for (const lane of this.#lanes) this.#closeBatch(lane);
    await Promise.all(this.#lanes.map((lane) => lane.producer.flush()));
  }

  /** Flushes, as far as the broker can be reached, and detaches. */
  async close(): Promise<void> {
    for (const lane of this.#lanes) this.#closeBatch(lane);
    await Promise.all(this.#lanes.map(async ({ producer }) => {
      if (producer.isConnected) await producer.flush().catch(() => {});
      await producer.close();
    }));
  }
}

function withIndex(id: MessageId | undefined, waiter: Waiter): MessageId | undefined {
  if (id === undefined || waiter.batchIndex < 0) return id;
  return new MessageId(id.ledgerId, id.entryId, id.partition, waiter.batchIndex, waiter.batchSize());
}

function singleMetadata({ payload, key, properties, eventTime }: OutgoingMessage): SingleMessageMetadata {
  return {
    ...(properties === undefined ? {} : { properties: pairs(properties) }),
    ...(key === undefined ? {} : { partitionKey: key }),
    payloadSize: payload.length,
    ...(eventTime === undefined ? {} : { eventTime }),
  };
}

function pairs(properties: Readonly<Record<string, string>>): KeyValue[] {
  return Object.entries(properties).map(([key, value]) => ({ key, value }));
}

/** `MessageMetadata.properties` as bytes, or undefined when there are none. */
export function encodeProperties(
  properties: Readonly<Record<string, string>> | undefined,
): Uint8Array | undefined {
  if (properties === undefined) return undefined;
  const writer = new ProtoWriter();
  for (const pair of pairs(properties)) writer.uint32(0x22).lengthPrefixed(KeyValue.encode(pair).finish());
  return writer.position === 0 ? undefined : writer.finish();
}

function tooLarge(size: number, { body }: OutgoingEntry): MessageTooLargeError {
  return new MessageTooLargeError(
    `a message of ${size} bytes is over this producer's ${body.limit - body.start} bytes`,
  );
}
