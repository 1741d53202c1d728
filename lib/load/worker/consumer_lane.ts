/** One worker's consumer on one topic or partition: entries in, acknowledgements and permits out. */
import type { ConsumerConfig } from "../../config/run_config.ts";
import { type CorruptReason, errorCode, MessageId, type ReceivedEntry } from "../../client/mod.ts";
import type { Driver, DriverConsumer } from "../../driver/driver.ts";
import { SubType } from "../../wire/enums.ts";
import type { MessageIdData } from "../../wire/messages.ts";
import type { U64 } from "../../wire/protobuf.ts";
import type { ConsumerQuota } from "../schedule/consumer_quota.ts";
import type { DeliveryLog } from "../verify/delivery_log.ts";
import { errorNumber } from "../metrics/layout.ts";
import type { TopicCounter } from "../metrics/topic_counts.ts";
import type { ReadPlace } from "./protocol.ts";
import type { WorkerMetrics } from "../metrics/writer.ts";

export interface ConsumerLaneOwner {
  readonly client: Pick<Driver, "createEntryConsumer">;
  readonly config: ConsumerConfig;
  readonly metrics: WorkerMetrics;
  readonly quota: ConsumerQuota;
  /** Counts by topic; undefined where the run does not tell its topics apart. */
  readonly topics: TopicCounter | undefined;
  /** Whether the entry is a probe, which is no part of any figure. */
  takeProbe(entry: ReceivedEntry): boolean;
  /**
   * Counts and checks the first messages of an entry that are still to be delivered.
   *
   * @param most how many of them
   * @param isRepeat the entry was delivered before
   * @param lane of the worker that it came through
   * @returns how many there are; −1 when the body contradicts its header
   */
  take(entry: ReceivedEntry, most: number, isRepeat: boolean, lane: number): number;
  /** Notes the rest of an entry, or all of it, that is left to the subscription. */
  leave(entry: ReceivedEntry): void;
  /** An entry of so many messages came damaged. */
  damaged(messages: number, lane: number, id: MessageId, reason: CorruptReason): void;
  /** What the broker had sent ahead is gone, and goes to whom it chooses. */
  onMoved(): void;
  /** Messages of a lane are handled: its permits go back, now or when the consumer's rate allows. */
  release(lane: ConsumerLane, permits: number): void;
  /** All that the lane owes is void: the broker starts anew. */
  onReset(lane: ConsumerLane): void;
  onFailed(error: Error): void;
  log(level: "info" | "warn", text: string): void;
  /** A lane that is not open yet was refused, and tries again. */
  onRefused(error: Error): void;
  /** The lane's connection is lost, with this code, or back. */
  onConnection(lane: number, lostBy?: string): void;
  /** The topic is terminated, and all of it has been acknowledged. */
  onEndOfTopic(topic: string): void;
}

export interface ConsumerLaneOptions {
  readonly topic: string;
  /** Of the topic among those of the run, partitions each for itself. */
  readonly topicIndex: number;
  /** Among those of the worker. */
  readonly lane: number;
  readonly deliveries: DeliveryLog;
  /** Of the topic among those of `deliveries`. */
  readonly index: number;
  readonly receiverQueue: number;
  /** Subscription that is not durable: the last entry that was read before this lane. */
  readonly startAfter?: MessageIdData | undefined;
  /** The topic is a partition that was added during the run. */
  readonly isAdded: boolean;
}

/** Reasons for refusing an entry that have a name of their own among the errors. */
const REFUSALS: Partial<Record<CorruptReason, string>> = {
  ChecksumMismatch: "ChecksumMismatch",
  Encrypted: "Encrypted",
};
const SHORTEST_LOOK_MS = 10;

interface Refused {
  readonly id: MessageId;
  readonly at: number;
}

export class ConsumerLane {
  consumer!: DriverConsumer;
  readonly topic: string;
  readonly #owner: ConsumerLaneOwner;
  readonly #deliveries: DeliveryLog;
  readonly #index: number;
  readonly #lane: number;
  readonly #topicIndex: number;
  /** Where its topic is counted. */
  readonly #place: number;
  /** Entries to ask for again, oldest first. */
  #refused: Refused[] = [];
  #refuseDebt = 0;
  /** When the first entry came that nobody will acknowledge, since the last request for all of them. */
  #unackedSince: number | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  // Place of the last entry that came, and of the last one that was told.
  #ledgerId: U64 = -1;
  #entryId: U64 = -1;
  #toldLedger: U64 = -1;
  #toldEntry: U64 = -1;
  /** Ids tell entries apart: without a ledger, all have the same. */
  readonly #hasIds: boolean;

  private constructor(owner: ConsumerLaneOwner, options: ConsumerLaneOptions) {
    const { topic, deliveries, index, topicIndex, lane } = options;
    this.#owner = owner;
    this.#topicIndex = topicIndex;
    this.#place = owner.topics?.placeOf(topicIndex) ?? 0;
    this.topic = topic;
    this.#deliveries = deliveries;
    this.#index = index;
    this.#lane = lane;
    this.#hasIds = !topic.startsWith("non-persistent://");
  }

  static async open(owner: ConsumerLaneOwner, options: ConsumerLaneOptions): Promise<ConsumerLane> {
    const lane = new ConsumerLane(owner, options);
    const { config, metrics } = owner;
    const { topic, receiverQueue } = options;
    lane.consumer = await owner.client.createEntryConsumer({
      topic,
      subscription: config.subscription,
      type: SubType[config.subscriptionType],
      // All that an added partition holds came during the run.
      initialPosition: options.isAdded || config.initialPosition === "earliest" ? 1 : 0,
      durable: config.durable,
      startMessageId: options.startAfter,
      receiverQueue,
      ackGroupMs: config.ackGroupMs,
      ackGroupMax: config.ackGroupMax,
      onEntry: (entry) => lane.#onEntry(entry),
      onCorrupt: (reason, id, messages) => {
        metrics.recordError(errorNumber(REFUSALS[reason] ?? "Decode"), messages);
        // An encrypted one is whole: it is just not for us.
        if (reason !== "Encrypted") owner.damaged(messages, options.lane, id, reason);
        owner.log("warn", `entry ${id} of '${topic}' was refused: ${reason}`);
      },
      onReset: () => lane.#onReset(),
      onEndOfTopic: () => owner.onEndOfTopic(topic),
      onFailed: (error) => {
        if (errorCode(error) !== "Closed") owner.onFailed(error);
      },
      onTrouble: (error) => {
        metrics.recordError(errorNumber(errorCode(error)));
        owner.log("warn", error.message);
        // Before it was attached for the first time, the worker is not ready, and says so itself.
        if (lane.consumer === undefined) owner.onRefused(error);
        else owner.onConnection(options.lane, errorCode(error));
      },
      onReconnected: () => {
        owner.onConnection(options.lane);
        metrics.record("reconnects", 1);
        owner.onMoved();
        owner.log("info", `reconnected to '${topic}'`);
      },
    });
    lane.#watch();
    return lane;
  }

  #watch(): void {
    const { nackPercent, nackDelayMs, unackedTimeoutMs } = this.#owner.config;
    const waits = [
      ...(nackPercent > 0 ? [nackDelayMs] : []),
      ...(unackedTimeoutMs > 0 ? [unackedTimeoutMs] : []),
    ];
    if (waits.length === 0) return;
    this.#timer = setInterval(() => this.#redeliver(), Math.max(SHORTEST_LOOK_MS, Math.min(...waits) / 4));
  }

  #onEntry(entry: ReceivedEntry): void {
    const owner = this.#owner;
    this.#ledgerId = entry.ledgerId;
    this.#entryId = entry.entryId;
    if (owner.takeProbe(entry)) {
      this.consumer.ack(entry.ledgerId, entry.entryId);
      return owner.release(this, entry.permits);
    }
    const granted = owner.quota.take(entry.permits);
    // No permits either: what comes now goes back to the subscription at the end.
    if (granted === 0) return owner.leave(entry);
    const isRepeat = this.#isRepeat(entry);
    const messages = owner.take(entry, granted, isRepeat, this.#lane);
    if (messages > 0) owner.topics?.add(this.#place, messages);
    if (messages < 0) {
      owner.quota.giveBack(granted);
      this.consumer.refuseBatch(entry);
    } else if (granted < entry.permits) {
      this.#acknowledgeFirst(entry, messages);
      return owner.leave(entry);
    } else this.#answer(entry, messages, isRepeat);
    owner.release(this, entry.permits);
  }

  /** How far it has read; undefined where that is no further than at the call before. */
  takePlace(): ReadPlace | undefined {
    const [ledgerId, entryId] = [this.#ledgerId, this.#entryId];
    if (ledgerId === this.#toldLedger && entryId === this.#toldEntry) return undefined;
    this.#toldLedger = ledgerId;
    this.#toldEntry = entryId;
    return { index: this.#topicIndex, id: { ledgerId, entryId } };
  }

  #isRepeat({ ledgerId, entryId, redeliveryCount }: ReceivedEntry): boolean {
    const deliveries = this.#deliveries;
    const wasHere = this.#hasIds && deliveries.note(this.#index, ledgerId, entryId);
    // The broker also counts deliveries that were on their way when the connection or the request for them was void.
    return wasHere || (redeliveryCount > 0 && this.#hasIds && !deliveries.isExact);
  }

  /**
   * The planned number ends inside a batch: the rest of it stays the subscription's. A broker that does not know single
   * messages of a batch (`acknowledgmentAtBatchIndexLevelEnabled`) takes no notice, and delivers all of it again.
   */
  #acknowledgeFirst({ ledgerId, entryId, count, cursor, message }: ReceivedEntry, messages: number): void {
    const { ack } = this.#owner.config;
    if (ack === "none") return;
    this.#owner.metrics.record("sent", messages);
    const left = lastBits(count, count - cursor.index - 1);
    if (message.ackSet.length > 0) {
      for (let at = 0; at < left.length; at++) left[at]! &= BigInt(message.ackSet[at] ?? 0);
    }
    if (ack === "cumulative") this.consumer.ackCumulative(ledgerId, entryId, { words: left, size: count });
    else this.consumer.ackBatchIndex(ledgerId, entryId, left, count);
  }

  #answer(entry: ReceivedEntry, messages: number, isRepeat: boolean): void {
    const { ack, nackPercent, batchIndexAck } = this.#owner.config;
    if (!isRepeat && nackPercent > 0) {
      const isWhole = !batchIndexAck || !entry.isBatch || messages < entry.count;
      // Spreads refusals evenly: something is refused whenever the wanted share has added up to a whole one.
      this.#refuseDebt += nackPercent / 100 * (isWhole ? 1 : messages);
      if (this.#refuseDebt >= 1) {
        const refused = isWhole ? messages : Math.min(messages, Math.floor(this.#refuseDebt));
        this.#refuseDebt -= isWhole ? 1 : refused;
        if (refused < messages) this.#acknowledgeRest(entry, refused);
        this.#refuse(entry.ledgerId, entry.entryId, refused);
        return;
      }
    }
    if (ack === "none") {
      this.#unackedSince ??= performance.now();
      return;
    }
    this.#owner.metrics.record("sent", messages);
    if (ack === "cumulative") this.consumer.ackCumulative(entry.ledgerId, entry.entryId);
    else this.consumer.ack(entry.ledgerId, entry.entryId);
  }

  /** Acknowledges a batch but for its last messages. */
  #acknowledgeRest({ ledgerId, entryId, count }: ReceivedEntry, refused: number): void {
    this.#owner.metrics.record("sent", count - refused);
    this.consumer.ackBatchIndex(ledgerId, entryId, lastBits(count, refused), count);
  }

  #refuse(ledgerId: U64, entryId: U64, messages: number): void {
    const id = new MessageId(ledgerId, entryId, this.consumer.partition);
    this.#refused.push({ id, at: performance.now() + this.#owner.config.nackDelayMs });
    this.#owner.metrics.record("nacked", messages);
  }

  #redeliver(): void {
    const now = performance.now();
    const { subscriptionType, unackedTimeoutMs } = this.#owner.config;
    const due = this.#refused.findLastIndex(({ at }) => at <= now) + 1;
    if (due > 0) {
      // What was acknowledged of these batches must not come again with the rest.
      this.consumer.flushAcks();
      const ids = this.#refused.splice(0, due).map(({ id }) => id);
      this.#owner.quota.disturb();
      const isShared = subscriptionType === "shared" || subscriptionType === "key-shared";
      if (isShared) this.consumer.redeliver(ids);
      else {
        // There, only everything can be asked for again.
        this.#refused = [];
        this.consumer.redeliver();
      }
    }
    if (unackedTimeoutMs > 0 && now - (this.#unackedSince ?? now) >= unackedTimeoutMs) {
      this.#unackedSince = undefined;
      this.#owner.quota.disturb();
      this.consumer.redeliver();
    }
  }

  /** The broker delivers everything unacknowledged again. */
  #onReset(): void {
    this.#refused = [];
    this.#unackedSince = undefined;
    this.#owner.onReset(this);
  }

  /** Takes nothing more, and asks for nothing more. */
  halt(): void {
    clearInterval(this.#timer);
    this.consumer.halt();
  }

  /**
   * @returns whether all that was sent to it has come
   * @throws what kept the subscription from being deleted
   */
  close(unsubscribe: boolean): Promise<boolean> {
    return unsubscribe ? this.consumer.unsubscribe() : this.consumer.close();
  }
}

/** Words of a bitmap of `size` bits in which only the last `set` are 1; least significant bit first. */
function lastBits(size: number, set: number): bigint[] {
  const words: bigint[] = new Array(Math.ceil(size / 64)).fill(0n);
  for (let index = size - set; index < size; index++) words[index >> 6]! |= 1n << BigInt(index & 63);
  return words;
}
