/** One partition of a `Producer`: sends messages in the order of the calls, gathered into batches. */
import { batchEntrySize, writeBatchEntry } from "../../wire/batch.ts";
import { KeyValue, MessageMetadata, type SingleMessageMetadata } from "../../wire/messages.ts";
import { DELIMITED, ProtoWriter } from "../../wire/protobuf.ts";
import type { ClientContext } from "../connection/context.ts";
import { EntryProducer, type EntryProducerOptions } from "../entry/entry_producer.ts";
import { MessageTooLargeError } from "../errors.ts";
import type { OutgoingEntry } from "../entry/frame_pool.ts";
import { MessageId } from "../entry/message_id.ts";
import { partitionIndex } from "../topic.ts";

export interface OutgoingMessage {
  readonly payload: Uint8Array;
  readonly key?: string | undefined;
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** Epoch milliseconds. */
  readonly eventTime?: number | undefined;
  /** Epoch milliseconds; such messages are never batched. */
  readonly deliverAt?: number | undefined;
}

export interface BatchLimits {
  readonly messages: number;
  readonly bytes: number;
  readonly delayMs: number;
}

export interface ProducerPartitionOptions {
  /** False sends every message alone. */
  readonly batching: false | BatchLimits;
  readonly batchByKey: boolean;
}

/** A message whose receipt is pending. */
interface Sending {
  readonly message: OutgoingMessage;
  readonly promise: Promise<MessageId | undefined>;
  batchIndex: number;
  resolve(id: MessageId | undefined): void;
  reject(error: unknown): void;
}

/** What an entry carries until its receipt. */
interface SentEntry {
  sendings: readonly Sending[];
}

interface OpenBatch {
  readonly entry: OutgoingEntry<SentEntry>;
  readonly key: string | undefined;
  readonly sendings: Sending[];
  at: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

const encoder = new TextEncoder();

export class ProducerPartition {
  producer!: EntryProducer<SentEntry>;
  readonly #options: ProducerPartitionOptions;
  #open: OpenBatch | undefined;
  /** Messages that found the window full, oldest first: later messages queue behind them. */
  #queue: Sending[] = [];
  #isWaiting = false;

  private constructor(options: ProducerPartitionOptions) {
    this.#options = options;
  }

  static async open(
    context: ClientContext,
    options: ProducerPartitionOptions,
    entryOptions: Omit<EntryProducerOptions, "createContext" | "onReceipt" | "onFailed" | "onRefused">,
  ): Promise<ProducerPartition> {
    const partition = new ProducerPartition(options);
    const index = partitionIndex(entryOptions.topic);
    partition.producer = await EntryProducer.create<SentEntry>(context, {
      ...entryOptions,
      createContext: () => ({ sendings: [] }),
      onReceipt: (entry, receipt) => {
        const id = EntryProducer.messageId(receipt, index);
        const { sendings } = entry.context;
        entry.context.sendings = [];
        for (const sending of sendings) sending.resolve(inBatch(id, sending.batchIndex, sendings.length));
      },
      onFailed: (error, lost) => {
        for (const { context } of lost) for (const sending of context.sendings) sending.reject(error);
        partition.#fail(error);
      },
    });
    return partition;
  }

  /** Whether a batch is open. */
  get isGathering(): boolean {
    return this.#open !== undefined;
  }

  send(message: OutgoingMessage): Promise<MessageId | undefined> {
    const sending: Sending = { message, batchIndex: -1, ...Promise.withResolvers<MessageId | undefined>() };
    if (this.#queue.length > 0 || !this.#place(sending)) {
      this.#queue.push(sending);
      this.#awaitRoom();
    }
    return sending.promise;
  }

  #awaitRoom(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.producer.room().then(() => {
      this.#isWaiting = false;
      let placed = 0;
      while (placed < this.#queue.length && this.#place(this.#queue[placed]!)) placed++;
      this.#queue.splice(0, placed);
      if (this.#queue.length > 0) this.#awaitRoom();
    }, (error) => this.#fail(error));
  }

  /** False when there is no room for the message. */
  #place(sending: Sending): boolean {
    const { message } = sending;
    try {
      return this.#options.batching === false || message.deliverAt !== undefined
        ? this.#placeAlone(sending)
        : this.#placeInBatch(sending, this.#options.batching);
    } catch (error) {
      sending.reject(error);
      return true;
    }
  }

  #placeAlone(sending: Sending): boolean {
    // Keeps the order; and with compression, the batch and this message would share one buffer.
    this.closeBatch();
    const entry = this.producer.take();
    if (entry === undefined) return false;
    const { payload, key, properties, eventTime = 0, deliverAt = 0 } = sending.message;
    const { buffer, start, limit } = entry.body;
    if (payload.length > limit - start) {
      this.producer.release(entry);
      throw tooLarge(payload.length, limit - start);
    }
    buffer.set(payload, start);
    const { header } = this.producer;
    header.partitionKey = key === undefined ? undefined : encoder.encode(key);
    header.encodedProperties = encodeProperties(properties);
    header.eventTime = eventTime;
    header.deliverAtTime = deliverAt;
    this.#submit(entry, start + payload.length, [sending], false);
    return true;
  }

  #placeInBatch(sending: Sending, limits: BatchLimits): boolean {
    const { payload, key } = sending.message;
    const sequenceId = this.producer.nextSequenceId + (this.#open?.sendings.length ?? 0);
    const metadata = { ...singleMetadata(sending.message), sequenceId };
    const size = batchEntrySize(metadata);
    const open = this.#open;
    if (open !== undefined) {
      const isFull = open.at + size > Math.min(open.entry.body.start + limits.bytes, open.entry.body.limit);
      // A message over the batch limit becomes a batch of its own.
      if (isFull || (this.#options.batchByKey && open.key !== key)) this.closeBatch();
    }
    const batch = this.#open ?? this.#begin(key);
    if (batch === undefined) return false;
    const { body } = batch.entry;
    if (batch.at + size > body.limit) {
      this.#open = undefined;
      this.producer.release(batch.entry);
      throw tooLarge(payload.length, body.limit - body.start);
    }
    batch.at = writeBatchEntry(body.buffer, batch.at, metadata, payload);
    sending.batchIndex = batch.sendings.length;
    batch.sendings.push(sending);
    if (batch.sendings.length >= limits.messages || batch.at - body.start >= limits.bytes) this.closeBatch();
    else batch.timer ??= setTimeout(() => this.closeBatch(), limits.delayMs);
    return true;
  }

  #begin(key: string | undefined): OpenBatch | undefined {
    const entry = this.producer.take();
    if (entry === undefined) return undefined;
    return this.#open = { entry, key, sendings: [], at: entry.body.start, timer: undefined };
  }

  /** Sends the open batch, if any. */
  closeBatch(): void {
    const batch = this.#open;
    if (batch === undefined) return;
    this.#open = undefined;
    clearTimeout(batch.timer);
    const { header } = this.producer;
    const key = this.#options.batchByKey ? batch.key : undefined;
    header.partitionKey = key === undefined ? undefined : encoder.encode(key);
    header.encodedProperties = undefined;
    header.eventTime = header.deliverAtTime = 0;
    this.#submit(batch.entry, batch.at, batch.sendings, true);
  }

  #submit(entry: OutgoingEntry<SentEntry>, end: number, sendings: Sending[], isBatch: boolean): void {
    entry.context.sendings = sendings;
    try {
      this.producer.send(entry, end, sendings.length, isBatch);
    } catch (error) {
      this.producer.release(entry);
      for (const sending of sendings) sending.reject(error);
    }
  }

  /** Resolves when everything given so far is acknowledged or refused, rejects when the producer ends. */
  async flush(): Promise<void> {
    this.closeBatch();
    // Queued messages close their batches themselves.
    await Promise.allSettled(this.#queue.map(({ promise }) => promise));
    await this.producer.flush();
  }

  async close(): Promise<void> {
    await this.producer.close();
  }

  #fail(error: unknown): void {
    if (this.#open !== undefined) {
      const { timer, sendings, entry } = this.#open;
      this.#open = undefined;
      clearTimeout(timer);
      this.producer.release(entry);
      for (const sending of sendings) sending.reject(error);
    }
    for (const sending of this.#queue.splice(0)) sending.reject(error);
  }
}

function inBatch(id: MessageId | undefined, index: number, size: number): MessageId | undefined {
  if (id === undefined || index < 0) return id;
  return new MessageId(id.ledgerId, id.entryId, id.partition, index, size);
}

function singleMetadata({ payload, key, properties, eventTime }: OutgoingMessage): SingleMessageMetadata {
  return {
    properties: properties && pairs(properties),
    partitionKey: key,
    payloadSize: payload.length,
    eventTime,
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
  for (const pair of pairs(properties)) {
    writer.key(MessageMetadata.fields.properties.number, DELIMITED).lengthPrefixed(
      KeyValue.encode(pair).finish(),
    );
  }
  return writer.position === 0 ? undefined : writer.finish();
}

function tooLarge(size: number, limit: number): MessageTooLargeError {
  return new MessageTooLargeError(
    `a message of ${size} bytes with its properties is over this producer's ${limit} bytes`,
  );
}
