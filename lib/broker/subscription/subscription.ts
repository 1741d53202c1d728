/**
 * One subscription of one topic: its position, what its consumers hold, and what they acknowledged.
 */
import { SubType } from "../../wire/enums.ts";
import type { U64 } from "../../wire/protobuf.ts";
import { countLeft, fullSet, intersect } from "./ack_set.ts";
import type { Consumer } from "./consumer.ts";
import { DelayedEntries } from "./delayed_entries.ts";
import { ACKNOWLEDGED, DELAYED, DeliveryWindow, UNDELIVERED } from "./delivery_window.ts";
import type { Deliveries, Dispatcher } from "./dispatcher.ts";
import { entrySlot } from "../store/entry_key.ts";
import { KeySharedDispatcher } from "./key_shared_dispatcher.ts";
import { MessageHeader, messagePrefix } from "../io/message_frame.ts";
import { Refusal } from "../refusal.ts";
import { SharedDispatcher } from "./shared_dispatcher.ts";
import { SingleDispatcher } from "./single_dispatcher.ts";
import { type EntryId, isLatest, type SubscribedTopic } from "./subscribed_topic.ts";
import { typeName } from "./type_name.ts";

// One frame is put together at a time in a thread, so this can be shared.
const header = new MessageHeader();

export class Subscription implements Deliveries {
  readonly name: string;
  readonly isDurable: boolean;
  type: number;
  messagesOut = 0;
  bytesOut = 0;
  messagesRedelivered = 0;
  /** Entries that grew too old before they were acknowledged. */
  expired = 0;
  /** Epoch milliseconds, 0 = never. */
  lastExpired = 0;

  readonly #topic: SubscribedTopic;
  readonly #window: DeliveryWindow;
  #dispatcher: Dispatcher;
  /** The next entry that was never delivered. */
  #readPosition: number;
  /** What is left of batches that are acknowledged in part. */
  readonly #partial = new Map<number, bigint[]>();
  readonly #bySlot: (Consumer | undefined)[] = [undefined];
  readonly #delayed: DelayedEntries;

  /** @param start the first entry to deliver */
  constructor(
    topic: SubscribedTopic,
    name: string,
    options: { type: number; isDurable: boolean; isSticky: boolean; start: number },
  ) {
    this.#topic = topic;
    this.name = name;
    this.type = options.type;
    this.isDurable = options.isDurable;
    this.#window = new DeliveryWindow(options.start);
    this.#delayed = new DelayedEntries(() => topic.onDue(name));
    this.#readPosition = options.start;
    this.#dispatcher = this.#makeDispatcher(options.isSticky);
  }

  get consumers(): readonly Consumer[] {
    return this.#dispatcher.consumers;
  }
  get activeConsumer(): Consumer | undefined {
    return this.#dispatcher.activeConsumer;
  }
  /** The first entry that is not acknowledged: nothing from it on may be dropped. */
  get firstNeeded(): number {
    return this.#window.base;
  }
  get readPosition(): number {
    return this.#readPosition;
  }
  /** Entries that are not acknowledged. */
  get backlog(): number {
    return Math.max(
      0,
      this.#topic.log.next - Math.max(this.#window.base, this.#topic.log.first) - this.#window.holes,
    );
  }
  get unacknowledged(): number {
    return this.consumers.reduce((sum, consumer) => sum + consumer.unacknowledged, 0);
  }
  get replays(): number {
    return this.#window.replays;
  }
  /** Entries whose time has not come. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /**
   * Attaches a consumer; {@link announce} follows once its request is answered.
   *
   * @throws {Refusal} `ConsumerBusy` or `ConsumerAssignError`
   */
  attach(consumer: Consumer, type: number): void {
    if (this.consumers.length === 0) {
      this.type = type;
      this.#dispatcher = this.#makeDispatcher(consumer.ranges !== undefined);
      // Types that keep the order know no delay.
      if (!this.#dispatcher.isIndividual) this.#endDelays(() => this.#delayed.take());
    } else if (type !== this.type) {
      throw new Refusal("ConsumerBusy", `Subscription is of different type: it is ${typeName(this.type)}`);
    }
    const free = this.#bySlot.indexOf(undefined, 1);
    consumer.slot = free < 0 ? this.#bySlot.length : free;
    this.#dispatcher.attach(consumer);
    this.#bySlot[consumer.slot] = consumer;
  }

  detach(consumer: Consumer): void {
    if (this.#bySlot[consumer.slot] !== consumer) return;
    this.takeBack(consumer);
    this.#bySlot[consumer.slot] = undefined;
    this.#dispatcher.detach(consumer);
    if (this.consumers.length === 0) this.#window.clearRedeliveries();
    this.#dispatcher.announce();
  }

  announce(): void {
    this.#dispatcher.announce();
  }

  /** Delivers all that can be delivered, and says so when the topic has ended. */
  dispatch(): void {
    if (this.#delayed.size > 0) this.#endDelays(() => this.#delayed.takeDue());
    this.#dispatcher.run();
    if (this.#topic.isTerminated && this.backlog === 0) this.#tellEnd();
  }

  rangesOf(consumer: Consumer): readonly { start: number; end: number }[] {
    return this.#dispatcher.rangesOf?.(consumer) ?? [];
  }

  // ---- acknowledgements ----

  /** Ids of entries that are unknown or already acknowledged are passed over. */
  acknowledge(consumer: Consumer, ids: readonly EntryId[]): void {
    consumer.lastAcknowledged = Date.now();
    for (const id of ids) {
      const entry = this.#entryOf(id);
      if (entry < this.#window.base || entry >= this.#topic.log.next) continue;
      this.#acknowledgeEntry(entry, id.ackSet);
    }
    this.#window.advance();
    this.#topic.onProgress();
  }

  /**
   * Acknowledges everything up to and including `id`.
   *
   * @throws {Refusal} `NotAllowedError` for the types that share a topic among consumers
   */
  acknowledgeUpTo(consumer: Consumer, id: EntryId): void {
    if (this.#dispatcher.isIndividual) {
      throw new Refusal(
        "NotAllowedError",
        `Cumulative acks are not allowed on a ${typeName(this.type)} subscription`,
      );
    }
    consumer.lastAcknowledged = Date.now();
    const last = Math.min(this.#entryOf(id), this.#topic.log.next - 1);
    const isPartial = (id.ackSet?.length ?? 0) > 0;
    for (let entry = this.#window.base; entry < last; entry++) this.#release(entry);
    if (last >= this.#window.base) {
      if (isPartial) this.#acknowledgeEntry(last, id.ackSet);
      else this.#release(last);
    }
    this.#window.advanceTo(isPartial ? last : last + 1);
    this.#readPosition = Math.max(this.#readPosition, this.#window.base);
    this.#topic.onProgress();
  }

  /** Takes everything before `entry` as acknowledged, held by a consumer or not. @returns how many entries were not */
  skipTo(entry: number): number {
    const { backlog } = this;
    const end = Math.min(entry, this.#topic.log.next);
    for (let each = this.#window.base; each < end; each++) this.#release(each);
    this.#window.advanceTo(end);
    this.#readPosition = Math.max(this.#readPosition, this.#window.base);
    const skipped = backlog - this.backlog;
    this.#topic.onProgress();
    return skipped;
  }

  // ---- redelivery and seek ----

  /**
   * Entries are to be delivered again.
   *
   * @param ids undefined = all that the consumer holds; types that keep the order take all in any case
   */
  redeliver(consumer: Consumer, ids: readonly EntryId[] | undefined, epoch?: number): void {
    if (epoch !== undefined && !this.#dispatcher.isIndividual) consumer.epoch = epoch;
    if (ids === undefined || !this.#dispatcher.isIndividual) {
      this.takeBack(consumer, true);
      return;
    }
    for (const id of ids) {
      const entry = this.#entryOf(id);
      if (this.#window.state(entry) === consumer.slot) this.#replay(entry, consumer, true);
    }
  }

  takeBack(consumer: Consumer, counts = false): void {
    for (let entry = this.#window.base; entry < this.#window.end; entry++) {
      if (this.#window.state(entry) === consumer.slot) this.#replay(entry, consumer, counts);
    }
  }

  /** Starts again at `entry`; the consumers must have been closed before. */
  seek(entry: number, ackSet?: readonly U64[]): void {
    const { log } = this.#topic;
    const start = Math.max(log.first, Math.min(entry, log.next));
    this.#partial.clear();
    this.#delayed.clear();
    this.#window.reset(start);
    this.#readPosition = start;
    if (start === entry && entry < log.next && (ackSet?.length ?? 0) > 0) {
      this.#acknowledgeEntry(entry, ackSet);
    }
    this.#window.advance();
    this.#topic.onProgress();
  }

  /** Takes what was delivered as acknowledged: what a non-durable subscription gives up when memory is short. */
  forgetDelivered(): void {
    if (this.#delayed.size > 0) return;
    const replay = this.#window.nextReplay();
    const end = replay < 0 ? this.#readPosition : Math.min(replay, this.#readPosition);
    for (let entry = this.#window.base; entry < end; entry++) this.#release(entry);
    this.#window.advanceTo(end);
  }

  /** The subscription is deleted: its timer ends. */
  dispose(): void {
    this.#delayed.clear();
  }

  // ---- for dispatchers ----

  peek(): number {
    const replay = this.#window.nextReplay();
    return replay >= 0 ? replay : this.peekNew();
  }

  peekNew(): number {
    const { first, next } = this.#topic.log;
    // Nothing is stored in mode `null`.
    if (this.#readPosition < first) this.#readPosition = first;
    while (
      this.#readPosition < next &&
      (this.#window.state(this.#readPosition) !== UNDELIVERED || this.#delay(this.#readPosition))
    ) this.#readPosition++;
    return this.#readPosition < next ? this.#readPosition : -1;
  }

  peekReplay(from: number): number {
    return this.#window.nextReplay(from);
  }

  postpone(entry: number): void {
    this.#window.setReplay(entry, false);
  }

  slotOf(entry: number): number {
    const { log } = this.#topic;
    const known = log.hash(entry);
    if (known >= 0) return known;
    const slot = entrySlot(log.chunkOf(entry).bytes, log.offset(entry));
    log.setHash(entry, slot);
    return slot;
  }

  deliver(consumer: Consumer, entry: number): void {
    const { log, partition } = this.#topic;
    const size = log.size(entry);
    const left = this.#partial.get(entry);
    const messages = left === undefined ? log.messages(entry) : countLeft(left);
    header.consumerId = consumer.id;
    header.ledgerId = log.ledgerId;
    header.entryId = entry;
    header.partition = partition;
    header.redeliveryCount = this.#window.redeliveries(entry);
    header.ackSet = left;
    header.epoch = consumer.epoch;
    this.#window.setHeld(entry, consumer.slot);
    this.#dispatcher.held(entry, consumer);

    const { outbox } = consumer.peer;
    outbox.append(messagePrefix(header, size));
    const chunk = log.chunkOf(entry);
    if (this.#topic.takeCorruption()) {
      const damaged = chunk.bytes.slice(log.offset(entry), log.offset(entry) + size);
      damaged[size - 1]! ^= 0xff;
      outbox.append(damaged);
    } else outbox.appendFrom(chunk, log.offset(entry), size);

    consumer.permits -= messages;
    consumer.unacknowledged += messages;
    consumer.messagesOut += messages;
    consumer.bytesOut += size;
    consumer.lastConsumed = Date.now();
    this.messagesOut += messages;
    this.bytesOut += size;
    if (header.redeliveryCount > 0) {
      this.messagesRedelivered += messages;
      consumer.messagesRedelivered += messages;
    }
    this.#topic.countOut(messages, size);
  }

  // ---- internals ----

  /** Puts an entry aside whose time has not come; false when it may be delivered. */
  #delay(entry: number): boolean {
    const { dueTimes } = this.#topic;
    if (dueTimes.size === 0 || !this.#dispatcher.isIndividual) return false;
    const due = dueTimes.get(entry);
    if (due === undefined || due <= Date.now()) return false;
    this.#window.setDelayed(entry);
    this.#delayed.add(entry, due);
    return true;
  }

  #endDelays(take: () => number): void {
    for (let entry = take(); entry >= 0; entry = take()) {
      if (this.#window.state(entry) === DELAYED) this.#window.setReplay(entry, false);
    }
  }

  #makeDispatcher(isSticky: boolean): Dispatcher {
    const { maxUnacknowledged, partition } = this.#topic;
    if (this.type === SubType.shared) return new SharedDispatcher(this, maxUnacknowledged);
    if (this.type === SubType["key-shared"]) {
      return new KeySharedDispatcher(this, maxUnacknowledged, isSticky);
    }
    return new SingleDispatcher(this, this.type === SubType.failover, partition);
  }

  /** The entry's number; −1 for ids of no entry of this topic, and the last number for "latest". */
  #entryOf(id: EntryId): number {
    if (id.ledgerId !== this.#topic.log.ledgerId) {
      return isLatest(id.ledgerId) ? this.#topic.log.next - 1 : -1;
    }
    return typeof id.entryId === "number" ? id.entryId : -1;
  }

  #acknowledgeEntry(entry: number, ackSet: readonly U64[] | undefined): void {
    const state = this.#window.state(entry);
    if (state === ACKNOWLEDGED) return;
    if (ackSet !== undefined && ackSet.length > 0) {
      const before = this.#partial.get(entry) ?? fullSet(this.#topic.log.messages(entry));
      const after = intersect(before, ackSet);
      const left = countLeft(after);
      if (left > 0) {
        const holder = state > 0 ? this.#bySlot[state] : undefined;
        if (holder !== undefined) holder.unacknowledged -= countLeft(before) - left;
        this.#partial.set(entry, after);
        return;
      }
    }
    this.#release(entry);
    this.#window.setAcknowledged(entry);
  }

  /** The entry is acknowledged: no consumer holds it any more. */
  #release(entry: number): void {
    const state = this.#window.state(entry);
    const left = this.#partial.get(entry);
    if (state > 0) {
      const holder = this.#bySlot[state];
      const messages = left === undefined ? this.#topic.log.messages(entry) : countLeft(left);
      if (holder !== undefined) holder.unacknowledged -= messages;
      this.#dispatcher.released(entry);
    }
    if (left !== undefined) this.#partial.delete(entry);
  }

  #replay(entry: number, consumer: Consumer, counts: boolean): void {
    const left = this.#partial.get(entry);
    consumer.unacknowledged -= left === undefined ? this.#topic.log.messages(entry) : countLeft(left);
    this.#window.setReplay(entry, counts);
    this.#dispatcher.released(entry);
  }

  #tellEnd(): void {
    for (const consumer of this.consumers) {
      if (consumer.isAtEnd) continue;
      consumer.isAtEnd = true;
      consumer.peer.send("reachedEndOfTopic", { consumerId: consumer.id });
    }
  }
}
