/** One partition of a `Consumer`: unpacks entries into messages, and tracks those that are not acknowledged. */
import { InitialPosition, SubType } from "../../wire/enums.ts";
import type { MessageMetadata, SingleMessageMetadata } from "../../wire/messages.ts";
import { BatchAcks, fullWords } from "./batch_acks.ts";
import type { ClientContext } from "../connection/context.ts";
import { EntryConsumer } from "../entry/entry_consumer.ts";
import type { ConsumerOptions, Message } from "./message.ts";
import { MessageId } from "../entry/message_id.ts";
import type { ReceivedEntry } from "../entry/received_entry.ts";

export interface PartitionOwner {
  readonly options: ConsumerOptions;
  deliver(partition: ConsumerPartition, message: Message): void;
  /** Drops queued messages; returns how many there were. */
  discard(partition: ConsumerPartition, matches: (message: Message) => boolean): number;
  onFailed(error: Error): void;
}

interface Due {
  readonly id: MessageId;
  /** Monotonic milliseconds. */
  readonly at: number;
}

export class ConsumerPartition {
  consumer!: EntryConsumer;
  readonly topic: string;
  /** The topic is terminated and everything in it was delivered. */
  isAtEnd = false;
  readonly #owner: PartitionOwner;
  readonly #acks = new BatchAcks();
  /** Negatively acknowledged entries, by entry key. */
  readonly #nacked = new Map<string, Due>();
  /** Entries received and not acknowledged, by entry key. */
  readonly #unacked = new Map<string, Due>();

  private constructor(owner: PartitionOwner, topic: string) {
    this.#owner = owner;
    this.topic = topic;
  }

  static async open(
    owner: PartitionOwner,
    context: ClientContext,
    topic: string,
  ): Promise<ConsumerPartition> {
    const partition = new ConsumerPartition(owner, topic);
    const { subscription, type, initialPosition, onActiveChange, ...options } = owner.options;
    const { name, receiverQueue, ackGroupMs, ackGroupMax, onCorrupt, onTrouble } = options;
    partition.consumer = await EntryConsumer.create(context, {
      topic,
      subscription,
      type: SubType[type ?? "exclusive"],
      initialPosition: InitialPosition[initialPosition ?? "latest"],
      name,
      receiverQueue,
      ackGroupMs,
      ackGroupMax,
      onCorrupt,
      onTrouble,
      onActiveChange: (isActive) => onActiveChange?.(topic, isActive),
      onEntry: (entry) => partition.#receive(entry),
      onEndOfTopic: () => partition.isAtEnd = true,
      onReset: () => partition.#reset(),
      onFailed: (error) => owner.onFailed(error),
    });
    return partition;
  }

  /** Forgets everything that the broker will redeliver; returns how many queued messages were dropped. */
  #reset(): number {
    this.#acks.clear();
    this.#unacked.clear();
    this.#nacked.clear();
    this.isAtEnd = false;
    return this.#owner.discard(this, () => true);
  }

  #receive(entry: ReceivedEntry): void {
    if (entry.isBatch) return this.#receiveBatch(entry);
    const metadata = entry.view.metadata();
    const id = new MessageId(entry.ledgerId, entry.entryId, entry.partition);
    const payload = entry.body.slice(entry.bodyStart, entry.bodyEnd);
    this.#deliver(entry, id, payload, metadata, metadata, Number(metadata.sequenceId));
  }

  #receiveBatch(entry: ReceivedEntry): void {
    const { cursor, message, count, body } = entry;
    const metadata = entry.view.metadata();
    let delivered = 0;
    const words = fullWords(count);
    try {
      while (cursor.next()) {
        const { index } = cursor;
        if (cursor.compactedOut || !message.isPending(index)) {
          words[index >>> 6]! &= ~(1n << BigInt(index & 63));
          continue;
        }
        const single = cursor.metadata();
        const id = new MessageId(entry.ledgerId, entry.entryId, entry.partition, index, count);
        const sequenceId = Number(single.sequenceId ?? Number(metadata.sequenceId) + index);
        const payload = body.slice(cursor.payloadStart, cursor.payloadEnd);
        this.#deliver(entry, id, payload, metadata, single, sequenceId);
        delivered++;
      }
      if (delivered === 0) this.consumer.ack(entry.ledgerId, entry.entryId);
      else if (delivered < count) {
        this.#acks.begin(new MessageId(entry.ledgerId, entry.entryId, entry.partition), words);
      }
    } catch {
      this.consumer.refuseBatch(entry);
    }
    // The skipped messages reach no application, so their permits go back here.
    if (delivered < entry.permits) this.consumer.returnPermits(entry.permits - delivered);
  }

  #deliver(
    entry: ReceivedEntry,
    id: MessageId,
    payload: Uint8Array,
    { publishTime, producerName }: MessageMetadata,
    { partitionKey, properties, eventTime }: MessageMetadata | SingleMessageMetadata,
    sequenceId: number,
  ): void {
    this.#owner.deliver(this, {
      id,
      topic: entry.topic,
      payload,
      key: partitionKey,
      properties: Object.fromEntries((properties ?? []).map(({ key, value }) => [key, value])),
      publishTime: Number(publishTime),
      eventTime: Number(eventTime ?? 0),
      producerName,
      sequenceId,
      redeliveryCount: entry.redeliveryCount,
    });
  }

  /** The application receives a message: its permit goes back, and its acknowledgement timeout starts. */
  taken({ id }: Message): void {
    this.consumer.returnPermits(1);
    const { unackedTimeoutMs } = this.#owner.options;
    if (unackedTimeoutMs) this.#unacked.set(id.entryKey, { id, at: performance.now() + unackedTimeoutMs });
  }

  ack(id: MessageId): void {
    const left = id.batchIndex < 0 ? "done" : this.#acks.ack(id);
    if (left === "done") {
      this.#unacked.delete(id.entryKey);
      this.#nacked.delete(id.entryKey);
      this.consumer.ack(id.ledgerId, id.entryId);
    } else if (this.#owner.options.batchIndexAck) {
      this.consumer.ackBatchIndex(id.ledgerId, id.entryId, left, id.batchSize);
    }
  }

  ackCumulative(id: MessageId): void {
    const left = id.batchIndex < 0 ? "done" : this.#acks.ack(id, true);
    if (left === "done") this.consumer.ackCumulative(id.ledgerId, id.entryId);
    else if (this.#owner.options.batchIndexAck) {
      this.consumer.ackCumulative(id.ledgerId, id.entryId, { words: left, size: id.batchSize });
    } else if (typeof id.entryId === "number" && id.entryId > 0) {
      // The batch is not complete: acknowledge everything before it.
      this.consumer.ackCumulative(id.ledgerId, id.entryId - 1);
    }
    this.#acks.forgetBefore(id);
    for (const list of [this.#unacked, this.#nacked]) {
      for (const [key, { id: other }] of list) {
        const isBefore = other.ledgerId < id.ledgerId ||
          (other.ledgerId === id.ledgerId && other.entryId < id.entryId);
        if (isBefore || (left === "done" && key === id.entryKey)) list.delete(key);
      }
    }
  }

  nack(id: MessageId): void {
    this.#unacked.delete(id.entryKey);
    const delay = this.#owner.options.nackDelayMs ?? 1000;
    this.#nacked.set(id.entryKey, { id, at: performance.now() + delay });
  }

  /** Requests redelivery of what is due. */
  tick(now: number): void {
    const due: MessageId[] = [];
    for (const list of [this.#nacked, this.#unacked]) {
      for (const [key, { id, at }] of list) {
        if (at > now) continue;
        due.push(id);
        list.delete(key);
      }
    }
    if (due.length > 0) this.#redeliver(due);
  }

  #redeliver(due: readonly MessageId[]): void {
    const type = this.#owner.options.type ?? "exclusive";
    if (type === "shared" || type === "key-shared") {
      const keys = new Set(due.map((id) => id.entryKey));
      for (const key of keys) this.#acks.forget(key);
      this.consumer.redeliver([...new Map(due.map((id) => [id.entryKey, id])).values()]);
      // The broker redelivers whole entries: queued messages of them are dropped.
      this.consumer.returnPermits(this.#owner.discard(this, ({ id }) => keys.has(id.entryKey)));
      return;
    }
    // Exclusive and failover subscriptions can only redeliver everything.
    const dropped = this.#reset();
    // Acknowledged messages must not be redelivered with the rest.
    this.consumer.flushAcks();
    this.consumer.redeliver();
    this.consumer.returnPermits(dropped);
  }
}
