/**
 * Receives messages one by one from all partitions of a topic. For applications and tests; the load engine uses
 * `EntryConsumer` directly.
 */
import { InitialPosition, SubType } from "../wire/enums.ts";
import type { KeyValue } from "../wire/messages.ts";
import { BatchAcks } from "./batch_acks.ts";
import type { ClientContext } from "./context.ts";
import { type CorruptReason, EntryConsumer, type ReceivedEntry } from "./entry_consumer.ts";
import { ClosedError } from "./errors.ts";
import { MessageId } from "./message_id.ts";

export type SubscriptionType = keyof typeof SubType;

export interface ConsumerOptions {
  readonly topic: string;
  readonly subscription: string;
  readonly type?: SubscriptionType;
  readonly initialPosition?: keyof typeof InitialPosition;
  readonly name?: string;
  /** Messages asked for in advance, per partition. */
  readonly receiverQueue?: number;
  readonly ackGroupMs?: number;
  readonly ackGroupMax?: number;
  /** Acknowledge messages inside a batch one by one, where the broker has that switched on. */
  readonly batchIndexAck?: boolean;
  /** Time between a negative acknowledgement and the request to deliver again. */
  readonly nackDelayMs?: number;
  /** Messages not acknowledged for this long are asked for again; 0 = never. */
  readonly unackedTimeoutMs?: number;
  onCorrupt?(reason: CorruptReason, id: MessageId): void;
  onTrouble?(error: Error): void;
  onActiveChange?(topic: string, isActive: boolean): void;
}

/** A received message; its payload is its own copy. */
export interface Message {
  readonly id: MessageId;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly key: string | undefined;
  readonly properties: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly publishTime: number;
  readonly eventTime: number;
  readonly producerName: string;
  readonly sequenceId: number;
  readonly redeliveryCount: number;
}

/** One partition: its consumer and what was received from it. */
class Lane {
  consumer!: EntryConsumer;
  readonly acks = new BatchAcks();
  /** Entries to ask for again, by entry key, with the time to do it. */
  readonly again = new Map<string, { id: MessageId; at: number }>();
  /** Entries delivered and not acknowledged, with the time to give up waiting. */
  readonly unacked = new Map<string, { id: MessageId; at: number }>();
  isAtEnd = false;
}

interface Waiting {
  resolve(message: Message): void;
  reject(error: Error): void;
}

export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #lanes = new Map<number, Lane>();
  #queue: Message[] = [];
  #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #failure: Error | undefined;

  private constructor(options: ConsumerOptions) {
    this.#options = options;
  }

  static async create(
    context: ClientContext,
    topics: readonly string[],
    options: ConsumerOptions,
  ): Promise<Consumer> {
    const consumer = new Consumer(options);
    try {
      for (const topic of topics) await consumer.#subscribe(context, topic);
    } catch (error) {
      await consumer.close();
      throw error;
    }
    const tick = Math.max(10, Math.min(options.nackDelayMs ?? 1000, options.unackedTimeoutMs || 1000) / 4);
    consumer.#timer = setInterval(() => consumer.#redeliverDue(), tick);
    return consumer;
  }

  async #subscribe(context: ClientContext, topic: string): Promise<void> {
    const { subscription, type, initialPosition, onCorrupt, onTrouble, onActiveChange } = this.#options;
    const { name, receiverQueue, ackGroupMs, ackGroupMax } = this.#options;
    const lane = new Lane();
    lane.consumer = await EntryConsumer.create(context, {
      topic,
      subscription,
      type: SubType[type ?? "exclusive"],
      initialPosition: InitialPosition[initialPosition ?? "latest"],
      autoPermits: false,
      ...(name === undefined ? {} : { name }),
      ...(receiverQueue === undefined ? {} : { receiverQueue }),
      ...(ackGroupMs === undefined ? {} : { ackGroupMs }),
      ...(ackGroupMax === undefined ? {} : { ackGroupMax }),
      ...(onCorrupt === undefined ? {} : { onCorrupt }),
      ...(onTrouble === undefined ? {} : { onTrouble }),
      ...(onActiveChange === undefined
        ? {}
        : { onActiveChange: (isActive) => onActiveChange(topic, isActive) }),
      onEntry: (entry) => this.#receive(lane, entry),
      onEndOfTopic: () => lane.isAtEnd = true,
      onReset: () => this.#reset(lane, topic),
      onFailed: (error) => this.#fail(error),
    });
    this.#lanes.set(lane.consumer.partition, lane);
  }

  /** Every partition's topic is terminated and everything in it was delivered. */
  get isAtEnd(): boolean {
    return [...this.#lanes.values()].every((lane) => lane.isAtEnd);
  }

  #reset(lane: Lane, topic: string): void {
    lane.acks.clear();
    lane.unacked.clear();
    lane.again.clear();
    this.#queue = this.#queue.filter((message) => message.topic !== topic);
  }

  #receive(lane: Lane, entry: ReceivedEntry): void {
    const metadata = entry.view.metadata();
    if (!entry.isBatch) {
      const { partitionKey, properties, eventTime, sequenceId } = metadata;
      const id = new MessageId(entry.ledgerId, entry.entryId, entry.partition);
      const payload = entry.body.slice(entry.bodyStart, entry.bodyEnd);
      this.#deliver(
        lane,
        entry,
        id,
        payload,
        partitionKey,
        properties,
        eventTime,
        Number(sequenceId),
        metadata,
      );
      return;
    }
    let skipped = 0;
    try {
      while (entry.cursor.next()) {
        const { index, compactedOut, payloadStart, payloadEnd } = entry.cursor;
        if (compactedOut || !entry.message.isPending(index)) {
          skipped++;
          continue;
        }
        const single = entry.cursor.metadata();
        const id = new MessageId(entry.ledgerId, entry.entryId, entry.partition, index, entry.count);
        const sequenceId = Number(single.sequenceId ?? Number(metadata.sequenceId) + index);
        const payload = entry.body.slice(payloadStart, payloadEnd);
        const { partitionKey, properties, eventTime } = single;
        this.#deliver(lane, entry, id, payload, partitionKey, properties, eventTime, sequenceId, metadata);
      }
    } catch {
      lane.consumer.refuseBatch(entry);
      skipped += entry.count - Math.max(0, entry.cursor.index);
    }
    // Nobody will take the skipped ones, so their permits go back here.
    if (skipped > 0) lane.consumer.returnPermits(skipped);
  }

  #deliver(
    lane: Lane,
    entry: ReceivedEntry,
    id: MessageId,
    payload: Uint8Array,
    key: string | undefined,
    properties: readonly KeyValue[] | undefined,
    eventTime: number | bigint | undefined,
    sequenceId: number,
    { publishTime, producerName }: { publishTime: number | bigint; producerName: string },
  ): void {
    const { unackedTimeoutMs } = this.#options;
    if (unackedTimeoutMs) lane.unacked.set(id.entryKey, { id, at: Date.now() + unackedTimeoutMs });
    const message: Message = {
      id,
      topic: entry.topic,
      payload,
      key,
      properties: Object.fromEntries((properties ?? []).map((pair) => [pair.key, pair.value])),
      publishTime: Number(publishTime),
      eventTime: Number(eventTime ?? 0),
      producerName,
      sequenceId,
      redeliveryCount: entry.redeliveryCount,
    };
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#queue.push(message);
    else {
      lane.consumer.returnPermits(1);
      waiting.resolve(message);
    }
  }

  /**
   * The next message; waits for one.
   *
   * @param timeoutMs resolves with undefined when nothing came in this time
   */
  receive(): Promise<Message>;
  receive(timeoutMs: number): Promise<Message | undefined>;
  receive(timeoutMs?: number): Promise<Message | undefined> {
    const message = this.#queue.shift();
    if (message !== undefined) {
      this.#lane(message.id).consumer.returnPermits(1);
      return Promise.resolve(message);
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { resolve, reject };
      this.#waiting.push(waiting);
      if (timeoutMs === undefined) return;
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        resolve(undefined);
      }, timeoutMs);
      waiting.resolve = (value: Message) => {
        clearTimeout(timer);
        resolve(value);
      };
      waiting.reject = (error: Error) => {
        clearTimeout(timer);
        reject(error);
      };
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message> {
    for (;;) yield await this.receive();
  }

  ack({ id }: { readonly id: MessageId }): void {
    const lane = this.#lane(id);
    if (id.batchIndex < 0) {
      lane.unacked.delete(id.entryKey);
      lane.consumer.ack(id.ledgerId, id.entryId);
      return;
    }
    const left = lane.acks.ack(id);
    if (left === "done") {
      lane.unacked.delete(id.entryKey);
      lane.consumer.ack(id.ledgerId, id.entryId);
    } else if (this.#options.batchIndexAck) {
      lane.consumer.ackBatchIndex(id.ledgerId, id.entryId, left, id.batchSize);
    }
  }

  /** Acknowledges this message and all before it on its partition. Not for Shared and Key_Shared. */
  ackCumulative({ id }: { readonly id: MessageId }): void {
    const lane = this.#lane(id);
    const isWhole = id.batchIndex < 0 || id.batchIndex === id.batchSize - 1;
    if (isWhole) lane.consumer.ackCumulative(id.ledgerId, id.entryId);
    else if (typeof id.entryId === "number" && id.entryId > 0) {
      // The batch itself is not done: everything before it is.
      lane.consumer.ackCumulative(id.ledgerId, id.entryId - 1);
    }
    for (const [key, { id: other }] of lane.unacked) {
      if (other.ledgerId < id.ledgerId || (other.ledgerId === id.ledgerId && other.entryId <= id.entryId)) {
        lane.unacked.delete(key);
      }
    }
  }

  /** Asks for this message's entry again, after the nack delay. */
  nack({ id }: { readonly id: MessageId }): void {
    const lane = this.#lane(id);
    lane.unacked.delete(id.entryKey);
    lane.again.set(id.entryKey, { id, at: Date.now() + (this.#options.nackDelayMs ?? 1000) });
  }

  #redeliverDue(): void {
    const now = Date.now();
    for (const lane of this.#lanes.values()) {
      const due: MessageId[] = [];
      for (const list of [lane.again, lane.unacked]) {
        for (const [key, { id, at }] of list) {
          if (at > now) continue;
          due.push(id);
          list.delete(key);
        }
      }
      if (due.length > 0) this.#redeliver(lane, due);
    }
  }

  #redeliver(lane: Lane, due: readonly MessageId[]): void {
    const type = this.#options.type ?? "exclusive";
    if (type === "shared" || type === "keyShared") return lane.consumer.redeliver(due);
    // Exclusive and Failover have an order to keep: everything unacknowledged comes again.
    const before = this.#queue.length;
    this.#reset(lane, lane.consumer.topic);
    lane.consumer.returnPermits(before - this.#queue.length);
    lane.consumer.redeliver();
  }

  /** Moves the subscription on every partition. */
  async seek(target: MessageId | { readonly publishTimeMs: number }): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.consumer.seek(target)));
  }

  async unsubscribe(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#lanes.values()].map((lane) => lane.consumer.unsubscribe()));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#fail(new ClosedError(`the consumer on '${this.#options.topic}' is closed`));
    await Promise.all([...this.#lanes.values()].map((lane) => lane.consumer.close()));
  }

  #lane(id: MessageId): Lane {
    const lane = this.#lanes.get(id.partition);
    if (lane === undefined) throw new RangeError(`message ${id} is not of a topic this consumer reads`);
    return lane;
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }
}
