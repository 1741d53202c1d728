/**
 * Statistics in the shape of Pulsar's HTTP admin interface (`/stats`, `/partitioned-stats`, `/internalStats`).
 * Rates are averages since the statistics were asked for the time before, at most once a second.
 */
import type { Consumer } from "../subscription/consumer.ts";
import type { Producer } from "../topic/producer.ts";
import type { Subscription } from "../subscription/subscription.ts";
import { typeName } from "../subscription/type_name.ts";
import { backlogBytes, oldestSeconds } from "../topic/backlog.ts";
import type { Topic } from "../topic/topic.ts";

const ACCESS_MODES = ["Shared", "Exclusive", "WaitForExclusive", "ExclusiveWithFencing"];

export interface PublisherStats {
  readonly producerId: number;
  readonly producerName: string;
  readonly accessMode: string;
  readonly address: string;
  readonly connectedSince: string;
  readonly clientVersion: string;
  readonly msgRateIn: number;
  readonly msgThroughputIn: number;
  readonly averageMsgSize: number;
}

export interface ConsumerStats {
  readonly consumerName: string;
  readonly address: string;
  readonly connectedSince: string;
  readonly clientVersion: string;
  readonly msgRateOut: number;
  readonly msgThroughputOut: number;
  readonly msgOutCounter: number;
  readonly bytesOutCounter: number;
  readonly msgRateRedeliver: number;
  readonly availablePermits: number;
  readonly unackedMessages: number;
  readonly blockedConsumerOnUnackedMsgs: boolean;
  /** Epoch milliseconds, 0 = never. */
  readonly lastAckedTimestamp: number;
  readonly lastConsumedTimestamp: number;
  readonly keyHashRanges?: readonly string[] | undefined;
}

export interface SubscriptionStats {
  readonly type: string;
  readonly isDurable: boolean;
  /** Entries (a batch is one) that are not acknowledged. */
  readonly msgBacklog: number;
  readonly unackedMessages: number;
  readonly msgRateOut: number;
  readonly msgThroughputOut: number;
  readonly msgOutCounter: number;
  readonly bytesOutCounter: number;
  readonly msgRateRedeliver: number;
  readonly msgInReplay: number;
  /** Entries whose delivery time has not come. */
  readonly msgDelayed: number;
  /** Entries that expired before they were acknowledged. */
  readonly totalMsgExpired: number;
  /** Epoch milliseconds, 0 = never. */
  readonly lastExpireTimestamp: number;
  readonly blockedSubscriptionOnUnackedMsgs: boolean;
  readonly activeConsumerName?: string | undefined;
  readonly consumers: readonly ConsumerStats[];
}

export interface TopicStats {
  readonly msgRateIn: number;
  readonly msgThroughputIn: number;
  readonly msgRateOut: number;
  readonly msgThroughputOut: number;
  readonly averageMsgSize: number;
  /** Messages (not entries) since the topic was created. */
  readonly msgInCounter: number;
  readonly bytesInCounter: number;
  readonly msgOutCounter: number;
  readonly bytesOutCounter: number;
  /** Bytes stored. */
  readonly storageSize: number;
  /** Bytes that some subscription has not acknowledged, at most. */
  readonly backlogSize: number;
  /** Bytes and seconds of the namespace's backlog quotas, −1 = none. */
  readonly backlogQuotaLimitSize: number;
  readonly backlogQuotaLimitTime: number;
  /** −1 when everything is acknowledged. */
  readonly oldestBacklogMessageAgeSeconds: number;
  readonly waitingPublishers: number;
  readonly deduplicationStatus: "Enabled" | "Disabled";
  readonly topicCreationTimeStamp: number;
  readonly publishers: readonly PublisherStats[];
  readonly subscriptions: Readonly<Record<string, SubscriptionStats>>;
}

export interface PartitionedTopicStats extends TopicStats {
  readonly metadata: { readonly partitions: number };
  readonly partitions: Readonly<Record<string, TopicStats>>;
}

export interface TopicInternalStats {
  readonly entriesAddedCounter: number;
  readonly numberOfEntries: number;
  readonly totalSize: number;
  readonly lastConfirmedEntry: string;
  readonly state: "LedgerOpened" | "Terminated";
  readonly cursors: Readonly<
    Record<string, { readonly markDeletePosition: string; readonly readPosition: string }>
  >;
}

/** Counters of a topic, subscription, producer or consumer, to make rates of. */
interface Counted {
  readonly messages: number;
  readonly bytes: number;
  readonly redelivered: number;
}
interface Sample extends Counted {
  readonly at: number;
  readonly messageRate: number;
  readonly byteRate: number;
  readonly redeliveryRate: number;
}

/** Makes statistics, and remembers the ones before for the rates. */
export class Statistics {
  readonly #samples = new WeakMap<object, Map<string, Sample>>();
  readonly #now: () => number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  topic(topic: Topic): TopicStats {
    const incoming = this.#rate(topic, "in", counted(topic.messagesIn, topic.bytesIn));
    const outgoing = this.#rate(topic, "out", counted(topic.messagesOut, topic.bytesOut));
    const quotas = topic.namespace.policies.backlog_quota_map;
    return {
      msgRateIn: incoming.messageRate,
      msgThroughputIn: incoming.byteRate,
      msgRateOut: outgoing.messageRate,
      msgThroughputOut: outgoing.byteRate,
      averageMsgSize: topic.messagesIn === 0 ? 0 : topic.bytesIn / topic.messagesIn,
      msgInCounter: topic.messagesIn,
      bytesInCounter: topic.bytesIn,
      msgOutCounter: topic.messagesOut,
      bytesOutCounter: topic.bytesOut,
      storageSize: topic.log.bytes,
      backlogSize: backlogBytes(topic),
      backlogQuotaLimitSize: quotas?.destination_storage?.limitSize ?? -1,
      backlogQuotaLimitTime: quotas?.message_age?.limitTime ?? -1,
      oldestBacklogMessageAgeSeconds: Math.floor(oldestSeconds(topic, Date.now())),
      waitingPublishers: topic.producers.waiting,
      deduplicationStatus: topic.deduplication === undefined ? "Disabled" : "Enabled",
      topicCreationTimeStamp: Date.parse(topic.createdAt),
      publishers: [...topic.producers.all].map((producer) => this.#publisher(producer)),
      subscriptions: Object.fromEntries(
        [...topic.subscriptions].map(([name, each]) => [name, this.#subscription(each, topic)]),
      ),
    };
  }

  partitioned(topics: readonly Topic[]): PartitionedTopicStats {
    const each = topics.map((topic) => this.topic(topic));
    const sum = (pick: (stats: TopicStats) => number): number =>
      each.reduce((total, stats) => total + pick(stats), 0);
    const messages = sum((stats) => stats.msgInCounter);
    const bytes = sum((stats) => stats.bytesInCounter);
    return {
      msgRateIn: sum((stats) => stats.msgRateIn),
      msgThroughputIn: sum((stats) => stats.msgThroughputIn),
      msgRateOut: sum((stats) => stats.msgRateOut),
      msgThroughputOut: sum((stats) => stats.msgThroughputOut),
      averageMsgSize: messages === 0 ? 0 : bytes / messages,
      msgInCounter: messages,
      bytesInCounter: bytes,
      msgOutCounter: sum((stats) => stats.msgOutCounter),
      bytesOutCounter: sum((stats) => stats.bytesOutCounter),
      storageSize: sum((stats) => stats.storageSize),
      backlogSize: sum((stats) => stats.backlogSize),
      backlogQuotaLimitSize: each[0]?.backlogQuotaLimitSize ?? -1,
      backlogQuotaLimitTime: each[0]?.backlogQuotaLimitTime ?? -1,
      oldestBacklogMessageAgeSeconds: Math.max(
        -1,
        ...each.map((stats) => stats.oldestBacklogMessageAgeSeconds),
      ),
      waitingPublishers: sum((stats) => stats.waitingPublishers),
      deduplicationStatus: each[0]?.deduplicationStatus ?? "Disabled",
      topicCreationTimeStamp: each[0]?.topicCreationTimeStamp ?? 0,
      publishers: each.flatMap((stats) => stats.publishers),
      subscriptions: mergeSubscriptions(each),
      metadata: { partitions: topics.length },
      partitions: Object.fromEntries(topics.map((topic, index) => [topic.name.full, each[index]!])),
    };
  }

  internal(topic: Topic): TopicInternalStats {
    const { log } = topic;
    const position = (entry: number): string => `${log.ledgerId}:${entry}`;
    return {
      entriesAddedCounter: log.next,
      numberOfEntries: log.next - log.first,
      totalSize: log.bytes,
      lastConfirmedEntry: position(log.next - 1),
      state: topic.isTerminated ? "Terminated" : "LedgerOpened",
      cursors: Object.fromEntries(
        [...topic.subscriptions.values()].map((subscription) => [subscription.name, {
          markDeletePosition: position(subscription.firstNeeded - 1),
          readPosition: position(subscription.readPosition),
        }]),
      ),
    };
  }

  #publisher(producer: Producer): PublisherStats {
    const rate = this.#rate(producer, "in", counted(producer.messagesIn, producer.bytesIn));
    return {
      producerId: producer.id,
      producerName: producer.name,
      accessMode: ACCESS_MODES[producer.accessMode] ?? `${producer.accessMode}`,
      address: producer.peer.address,
      connectedSince: producer.connectedSince,
      clientVersion: producer.peer.clientVersion,
      msgRateIn: rate.messageRate,
      msgThroughputIn: rate.byteRate,
      averageMsgSize: producer.messagesIn === 0 ? 0 : producer.bytesIn / producer.messagesIn,
    };
  }

  #subscription(subscription: Subscription, topic: Topic): SubscriptionStats {
    const { messagesOut, bytesOut, messagesRedelivered, activeConsumer } = subscription;
    const rate = this.#rate(subscription, "out", counted(messagesOut, bytesOut, messagesRedelivered));
    const consumers = subscription.consumers.map((consumer) => this.#consumer(consumer, subscription, topic));
    return {
      type: typeName(subscription.type),
      isDurable: subscription.isDurable,
      msgBacklog: subscription.backlog,
      unackedMessages: subscription.unacknowledged,
      msgRateOut: rate.messageRate,
      msgThroughputOut: rate.byteRate,
      msgOutCounter: messagesOut,
      bytesOutCounter: bytesOut,
      msgRateRedeliver: rate.redeliveryRate,
      msgInReplay: subscription.replays,
      msgDelayed: subscription.delayed,
      totalMsgExpired: subscription.expired,
      lastExpireTimestamp: subscription.lastExpired,
      blockedSubscriptionOnUnackedMsgs: consumers.length > 0 &&
        consumers.every((consumer) => consumer.blockedConsumerOnUnackedMsgs),
      activeConsumerName: activeConsumer?.name,
      consumers,
    };
  }

  #consumer(consumer: Consumer, subscription: Subscription, topic: Topic): ConsumerStats {
    const { messagesOut, bytesOut, messagesRedelivered } = consumer;
    const rate = this.#rate(consumer, "out", counted(messagesOut, bytesOut, messagesRedelivered));
    const ranges = subscription.rangesOf(consumer);
    return {
      consumerName: consumer.name,
      address: consumer.peer.address,
      connectedSince: consumer.connectedSince,
      clientVersion: consumer.peer.clientVersion,
      msgRateOut: rate.messageRate,
      msgThroughputOut: rate.byteRate,
      msgOutCounter: messagesOut,
      bytesOutCounter: bytesOut,
      msgRateRedeliver: rate.redeliveryRate,
      availablePermits: consumer.permits,
      unackedMessages: consumer.unacknowledged,
      blockedConsumerOnUnackedMsgs: consumer.unacknowledged >= topic.maxUnacknowledged,
      lastAckedTimestamp: consumer.lastAcknowledged,
      lastConsumedTimestamp: consumer.lastConsumed,
      keyHashRanges: ranges.length === 0 ? undefined : ranges.map(({ start, end }) => `[${start}, ${end}]`),
    };
  }

  #rate(of: object, direction: string, now: Counted): Sample {
    let samples = this.#samples.get(of);
    if (samples === undefined) this.#samples.set(of, samples = new Map());
    const at = this.#now();
    const before = samples.get(direction);
    if (before !== undefined && at - before.at < 1000) return before;
    const seconds = before === undefined ? 0 : (at - before.at) / 1000;
    const per = (pick: (counts: Counted) => number): number =>
      before === undefined ? 0 : (pick(now) - pick(before)) / seconds;
    const sample: Sample = {
      ...now,
      at,
      messageRate: per((counts) => counts.messages),
      byteRate: per((counts) => counts.bytes),
      redeliveryRate: per((counts) => counts.redelivered),
    };
    samples.set(direction, sample);
    return sample;
  }
}

function counted(messages: number, bytes: number, redelivered = 0): Counted {
  return { messages, bytes, redelivered };
}

function mergeSubscriptions(topics: readonly TopicStats[]): Record<string, SubscriptionStats> {
  const merged: Record<string, SubscriptionStats> = {};
  for (const [name, stats] of topics.flatMap((topic) => Object.entries(topic.subscriptions))) {
    const before = merged[name];
    merged[name] = before === undefined ? stats : addSubscriptions(before, stats);
  }
  return merged;
}

function addSubscriptions(a: SubscriptionStats, b: SubscriptionStats): SubscriptionStats {
  return {
    type: a.type,
    isDurable: a.isDurable,
    msgBacklog: a.msgBacklog + b.msgBacklog,
    unackedMessages: a.unackedMessages + b.unackedMessages,
    msgRateOut: a.msgRateOut + b.msgRateOut,
    msgThroughputOut: a.msgThroughputOut + b.msgThroughputOut,
    msgOutCounter: a.msgOutCounter + b.msgOutCounter,
    bytesOutCounter: a.bytesOutCounter + b.bytesOutCounter,
    msgRateRedeliver: a.msgRateRedeliver + b.msgRateRedeliver,
    msgInReplay: a.msgInReplay + b.msgInReplay,
    msgDelayed: a.msgDelayed + b.msgDelayed,
    totalMsgExpired: a.totalMsgExpired + b.totalMsgExpired,
    lastExpireTimestamp: Math.max(a.lastExpireTimestamp, b.lastExpireTimestamp),
    blockedSubscriptionOnUnackedMsgs: a.blockedSubscriptionOnUnackedMsgs ||
      b.blockedSubscriptionOnUnackedMsgs,
    consumers: [...a.consumers, ...b.consumers],
  };
}
