/** One topic: its entries, its producers and its subscriptions. */
import { EntryView } from "../../wire/entry.ts";
import type { U64 } from "../../wire/protobuf.ts";
import type { ChunkPool } from "../store/chunk_pool.ts";
import { Deduplication } from "./deduplication.ts";
import { EntryLog } from "../store/entry_log.ts";
import type { Namespace } from "../namespace/namespaces.ts";
import type { Retention } from "../namespace/policies.ts";
import type { FaultTable } from "../faults.ts";
import type { ResolvedOptions } from "../options.ts";
import type { Producer } from "./producer.ts";
import { ProducerSet } from "./producer_set.ts";
import { Refusal } from "../refusal.ts";
import type { SendView } from "../io/send_view.ts";
import type { SubscribedTopic } from "../subscription/subscribed_topic.ts";
import { Subscription } from "../subscription/subscription.ts";
import type { TopicName } from "../topic_name.ts";

/** What became of an entry, where it is not its number. */
export const DUPLICATE = -1;
export const NO_ROOM = -2;

export interface TopicContext {
  readonly options: ResolvedOptions;
  readonly pool: ChunkPool;
  readonly faults: FaultTable;
  /** Whether a topic may use the memory that is kept back for those that hold little. */
  mayUseReserve(topic: Topic): boolean;
  onDue(subscription: Subscription): void;
}

/** What the time of a delayed entry takes, bytes, roughly; also in the subscriptions. */
const DUE_TIME_BYTES = 128;
/** A protobuf int64 from here on, read without its sign, is below 0: long ago. */
const NEGATIVE = 2 ** 63;

// Entries are looked at one after the other in a thread, so this can be shared.
const view = new EntryView();

export class Topic implements SubscribedTopic {
  readonly name: TopicName;
  readonly log: EntryLog;
  readonly producers = new ProducerSet();
  readonly subscriptions = new Map<string, Subscription>();
  readonly createdAt = new Date().toISOString();
  readonly namespace: Namespace;
  /** Undefined unless namespace or broker deduplicates. */
  deduplication: Deduplication | undefined;
  readonly dueTimes = new Map<number, number>();
  isTerminated = false;
  /** Whether it waits to be dispatched. */
  isDirty = false;

  messagesIn = 0;
  bytesIn = 0;
  messagesOut = 0;
  bytesOut = 0;
  /** Batch size of the last entry, 0 when it was no batch. */
  lastBatchSize = 0;

  readonly #context: TopicContext;

  constructor(name: TopicName, ledgerId: number, namespace: Namespace, context: TopicContext) {
    this.name = name;
    this.namespace = namespace;
    this.log = new EntryLog(ledgerId, context.pool);
    this.#context = context;
    this.switchDeduplication();
  }

  /** Follows the namespace, else the broker. What was stored before it is switched on is not known to it. */
  switchDeduplication(): void {
    const isOn = this.namespace.policies.deduplicationEnabled ?? this.#context.options.deduplication;
    this.deduplication = isOn ? this.deduplication ?? new Deduplication() : undefined;
  }

  get partition(): number {
    return this.name.partition;
  }
  get maxUnacknowledged(): number {
    return this.#context.options.maxUnackedMessages;
  }

  /** Nothing was ever stored, and no client is attached. */
  get isUnused(): boolean {
    return this.log.next === 0 && this.producers.size === 0 &&
      [...this.subscriptions.values()].every(({ consumers }) => consumers.length === 0);
  }

  /**
   * Takes an entry in.
   *
   * @returns its number, or {@link DUPLICATE} or {@link NO_ROOM}; the latter changes nothing
   * @throws {Refusal} what a SEND_ERROR says
   */
  publish(producer: Producer, send: SendView, buffer: Uint8Array, start: number, end: number): number {
    const { options } = this.#context;
    if (this.isTerminated) {
      throw new Refusal("TopicTerminatedError", `topic '${this.name.full}' is terminated`);
    }
    readEntry(buffer, start, end, options.verifyChecksums);
    const size = view.metadataEnd - view.metadataStart + view.bodyEnd - view.bodyStart;
    // A chunk is cut so that its payload fills a message; its frame is what has a limit.
    if (size > options.maxMessageSize && !send.isChunk) {
      throw new Refusal(
        "NotAllowedError",
        `Exceed maximum message size: ${size} bytes are over ${options.maxMessageSize}`,
      );
    }
    const { deduplication } = this;
    // Chunks of one message share its sequence id: the last one settles it.
    const isInnerChunk = send.isChunk && view.chunkId < view.chunkCount - 1;
    if (deduplication?.isDuplicate(producer.name, send.sequenceId)) return DUPLICATE;
    const isBatch = view.batchCount > 0;
    let entry = this.log.append(buffer, start, end, send.messages, isBatch);
    if (entry < 0) entry = this.#appendToReserve(buffer, start, end, send.messages, isBatch);
    if (entry < 0) return NO_ROOM;
    if (view.deliverAtTime > 0) this.#delay(entry, view.deliverAtTime);
    if (!isInnerChunk) deduplication?.stored(producer.name, send.highestSequenceId);
    this.lastBatchSize = view.batchCount;
    this.count(producer, send.messages, end - start);
    if (this.subscriptions.size === 0) this.onProgress();
    return entry;
  }

  /** Takes an entry in without keeping it. */
  acknowledgeOnly(producer: Producer, messages: number, bytes: number): number {
    if (this.isTerminated) {
      throw new Refusal("TopicTerminatedError", `topic '${this.name.full}' is terminated`);
    }
    this.count(producer, messages, bytes);
    return this.log.skip();
  }

  private count(producer: Producer, messages: number, bytes: number): void {
    producer.messagesIn += messages;
    producer.bytesIn += bytes;
    this.messagesIn += messages;
    this.bytesIn += bytes;
  }

  onDue(name: string): void {
    const subscription = this.subscriptions.get(name);
    if (subscription !== undefined) this.#context.onDue(subscription);
  }

  countOut(messages: number, bytes: number): void {
    this.messagesOut += messages;
    this.bytesOut += bytes;
  }

  takeCorruption(): boolean {
    const { faults } = this.#context;
    return !faults.isEmpty && faults.take("corruptDeliveries", this.name.full) !== undefined;
  }

  /**
   * Creates a subscription.
   *
   * @param start its first entry, cut to what is stored
   */
  createSubscription(
    name: string,
    options: { type: number; isDurable: boolean; isSticky: boolean; start: number },
  ): Subscription {
    const start = Math.max(this.log.first, Math.min(options.start, this.log.next));
    const subscription = new Subscription(this, name, { ...options, start });
    this.subscriptions.set(name, subscription);
    return subscription;
  }

  deleteSubscription(name: string): void {
    this.#forget(name);
    this.onProgress();
  }

  /** Drops what every subscription is done with, except what is retained. */
  onProgress(): void {
    const { retention_policies: retention } = this.namespace.policies;
    if (retention === undefined) this.#drop(this.#context.options.retentionBytes);
    else this.#drop(bytesOf(retention), oldestOf(retention));
  }

  /** Drops all that can be dropped: memory is short. */
  reclaim(): void {
    for (const subscription of this.subscriptions.values()) {
      if (subscription.isDurable) continue;
      // After a seek a reader is away for a moment; when memory is short it is not waited for.
      if (subscription.consumers.length === 0) this.#forget(subscription.name);
      else subscription.forgetDelivered();
    }
    this.#drop(0);
    this.log.compact();
  }

  terminate(): void {
    this.isTerminated = true;
  }

  /** Ends the topic: all clients are sent away, everything is dropped. */
  dispose(): void {
    this.closeProducers();
    for (const subscription of this.subscriptions.values()) {
      this.closeConsumers(subscription);
      this.#forget(subscription.name);
    }
    this.#dropBefore(this.log.next);
    this.log.dispose();
  }

  /** Sends all clients away, as when the topic moves to another broker; a reader's place goes with it. */
  unload(): void {
    this.closeProducers();
    for (const subscription of this.subscriptions.values()) {
      this.closeConsumers(subscription);
      if (!subscription.isDurable) this.deleteSubscription(subscription.name);
    }
  }

  /** Sends the producers away, with those that wait for exclusive access. */
  closeProducers(): void {
    for (const producer of this.producers.removeAll()) producer.peer.closeProducer(producer.id);
  }

  /** Sends the consumers of a subscription away; they subscribe again if they want to. */
  closeConsumers(subscription: Subscription): void {
    for (const consumer of [...subscription.consumers]) {
      subscription.detach(consumer);
      consumer.peer.closeConsumer(consumer.id);
    }
  }

  /** The first entry published at `time` (epoch ms) or later, by the producers' clocks. */
  firstPublishedFrom(time: number): number {
    let low = this.log.first;
    let high = this.log.next;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.publishTime(middle) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Where a message id points to: the entry with it, or the one that would follow. */
  entryAt(id: { readonly ledgerId: U64; readonly entryId: U64 }): number {
    // Before the first entry of the ledger is −1, which no number says.
    if (id.ledgerId === this.log.ledgerId) {
      return typeof id.entryId === "number" ? id.entryId : this.log.first;
    }
    // −1 is "earliest"; 2^63 − 1, and every ledger after ours, is "latest".
    const signed = BigInt.asIntN(64, BigInt(id.ledgerId));
    return signed < BigInt(this.log.ledgerId) ? this.log.first : this.log.next;
  }

  /** Epoch ms by the producer's clock. */
  publishTime(entry: number): number {
    const start = this.log.offset(entry);
    view.read(this.log.chunkOf(entry).bytes, start, start + this.log.size(entry), false);
    return view.publishTime;
  }

  /**
   * @param retained bytes of the topic that are kept
   * @param oldest what was published before this time, epoch ms, is not kept
   */
  #drop(retained: number, oldest = -Infinity): void {
    const { log } = this;
    let needed = log.next;
    for (const subscription of this.subscriptions.values()) {
      needed = Math.min(needed, subscription.firstNeeded);
    }
    if (needed === log.first) return;
    if (retained === 0) {
      this.#dropBefore(needed);
      return;
    }
    let end = log.first;
    let bytes = log.bytes;
    while (end < needed && (bytes > retained || (oldest > -Infinity && this.publishTime(end) < oldest))) {
      bytes -= log.size(end++);
    }
    this.#dropBefore(end);
  }

  #dropBefore(entry: number): void {
    this.log.dropBefore(entry);
    if (this.dueTimes.size === 0) return;
    for (const delayed of this.dueTimes.keys()) {
      if (delayed >= entry) return;
      this.dueTimes.delete(delayed);
      this.#context.pool.charge(-DUE_TIME_BYTES);
    }
  }

  #forget(subscription: string): void {
    this.subscriptions.get(subscription)?.dispose();
    this.subscriptions.delete(subscription);
  }

  #delay(entry: number, time: number): void {
    if (time >= NEGATIVE || time <= Date.now()) return;
    this.dueTimes.set(entry, time);
    this.#context.pool.charge(DUE_TIME_BYTES);
  }

  /** So that one topic which fills the memory does not leave those without any that hold next to nothing. */
  #appendToReserve(
    buffer: Uint8Array,
    start: number,
    end: number,
    messages: number,
    isBatch: boolean,
  ): number {
    const { pool } = this.#context;
    if (pool.reserve === 0 || !this.#context.mayUseReserve(this)) return -1;
    pool.isReserveOpen = true;
    try {
      return this.log.append(buffer, start, end, messages, isBatch);
    } finally {
      pool.isReserveOpen = false;
    }
  }
}

function bytesOf({ retentionSizeInMB: megabytes }: Retention): number {
  return megabytes < 0 ? Infinity : megabytes * 2 ** 20;
}

function oldestOf({ retentionTimeInMinutes: minutes }: Retention): number {
  return minutes < 0 ? -Infinity : Date.now() - minutes * 60_000;
}

function readEntry(buffer: Uint8Array, start: number, end: number, verify: boolean): void {
  try {
    view.read(buffer, start, end, verify);
  } catch (cause) {
    throw new Refusal("ChecksumError", `the entry cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (!view.intact) throw new Refusal("ChecksumError", "the entry's checksum does not match");
}
