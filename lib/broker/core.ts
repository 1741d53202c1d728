/** What all connections of a broker share: topics, memory, faults, and the round of deliveries. */
import { ChunkPool } from "./store/chunk_pool.ts";
import { FaultTable } from "./faults.ts";
import { Namespaces } from "./namespace/namespaces.ts";
import { leastMemory, type ResolvedOptions } from "./options.ts";
import { Refusal } from "./refusal.ts";
import { Schemas } from "./topic/schemas.ts";
import type { Subscription } from "./subscription/subscription.ts";
import { applyPolicies } from "./topic/backlog.ts";
import { Topic } from "./topic/topic.ts";
import { parseTopicName, partitionName, type TopicName } from "./topic_name.ts";

/** What CONNECTED and statistics call the broker. */
export const SERVER_VERSION = "Pulsar Local Lab embedded broker (in memory, nothing is persisted)";

/** How much of the reserve one topic may hold and still use it. */
const SHARE_OF_RESERVE = 1 / 4;

/** An eighth of the memory, where that leaves room for the largest message. */
function reserveOf(options: ResolvedOptions): number {
  return Math.max(0, Math.min(options.maxBacklogBytes / 8, options.maxBacklogBytes - leastMemory(options)));
}

export class BrokerCore {
  readonly options: ResolvedOptions;
  readonly pool: ChunkPool;
  readonly faults = new FaultTable();
  readonly schemas: Schemas;
  readonly namespaces = new Namespaces();
  readonly topics = new Map<string, Topic>();
  /** Base name of each partitioned topic → number of partitions. */
  readonly partitioned = new Map<string, number>();
  /** `pulsar://host:port` that lookups answer; set once the port is known. */
  serviceUrl = "";
  /** SENDs that were held back because the memory was full. */
  stalls = 0;
  /** The broker's own error that ended a connection. */
  internalError: unknown;

  #nextLedger = 1;
  #nextName = 0;
  #dirtyTopics: Topic[] = [];
  readonly #dirtySubscriptions = new Set<Subscription>();

  constructor(options: ResolvedOptions) {
    this.options = options;
    this.pool = new ChunkPool(options.maxBacklogBytes, reserveOf(options));
    this.schemas = new Schemas(this.pool);
    this.pool.reclaim = () => {
      for (const topic of this.topics.values()) topic.reclaim();
    };
    for (const fault of options.faults) this.faults.arm(fault);
  }

  /** An unused name, for producers and consumers that bring none. */
  makeName(): string {
    return `embedded-${this.#nextName++}`;
  }

  /**
   * The topic, created when it may be.
   *
   * @param mayCreate false: only if it exists
   * @throws {Refusal} `InvalidTopicName`, `NotAllowedError` or `TopicNotFound`
   */
  topic(text: string, mayCreate = true): Topic {
    const name = parseTopicName(text);
    const existing = this.topics.get(name.full);
    if (existing !== undefined) return existing;
    const partitions = this.partitioned.get(name.base);
    if (partitions !== undefined && name.partition < 0) {
      throw new Refusal(
        "NotAllowedError",
        `'${name.full}' is a partitioned topic; use one of its partitions`,
      );
    }
    if (partitions !== undefined && name.partition >= partitions) {
      throw new Refusal(
        "TopicNotFound",
        `'${name.full}' does not exist: the topic has ${partitions} partitions`,
      );
    }
    if (partitions === undefined && !(mayCreate && this.options.autoCreateTopics)) {
      throw new Refusal("TopicNotFound", `topic '${name.full}' does not exist`);
    }
    return this.#create(name);
  }

  /** The topic if it exists. @throws {Refusal} `InvalidTopicName` */
  existingTopic(text: string): Topic | undefined {
    return this.topics.get(parseTopicName(text).full);
  }

  /** @throws {Refusal} `NotAllowedError` when it exists, `InvalidTopicName` */
  createTopic(text: string): Topic {
    const name = parseTopicName(text);
    if (this.topics.has(name.full) || this.partitioned.has(name.full)) {
      throw new Refusal("NotAllowedError", `topic '${name.full}' exists already`);
    }
    return this.#create(name);
  }

  /** Partitions of a topic, 0 when it has none; a topic's first use may make it partitioned. */
  partitionsOf(text: string): number {
    const name = parseTopicName(text);
    const known = this.partitioned.get(name.full);
    if (known !== undefined) return known;
    if (name.partition >= 0 || this.topics.has(name.full)) return 0;
    if (!this.options.autoCreateTopics) {
      throw new Refusal("TopicNotFound", `topic '${name.full}' does not exist`);
    }
    const { defaultPartitions } = this.options;
    if (defaultPartitions > 0) this.setPartitions(text, defaultPartitions);
    return defaultPartitions;
  }

  /**
   * Creates a partitioned topic, or adds partitions to one.
   *
   * @throws {Refusal} `NotAllowedError` when a plain topic has the name or partitions would be taken away
   * @throws {RangeError} for a number that cannot be
   */
  setPartitions(text: string, partitions: number): void {
    const name = parseTopicName(text);
    if (!Number.isSafeInteger(partitions) || partitions < 1 || partitions > 10_000) {
      throw new RangeError(`'${partitions}' partitions are not possible; use 1 … 10000`);
    }
    if (name.partition >= 0 || this.topics.has(name.full)) {
      throw new Refusal("NotAllowedError", `'${name.full}' is not a partitioned topic`);
    }
    const before = this.partitioned.get(name.full) ?? 0;
    if (partitions < before) {
      throw new Refusal(
        "NotAllowedError",
        `'${name.full}' has ${before} partitions; they cannot become fewer`,
      );
    }
    this.partitioned.set(name.full, partitions);
    for (let index = before; index < partitions; index++) {
      const partition = parseTopicName(partitionName(name.full, index));
      if (!this.topics.has(partition.full)) this.#create(partition);
    }
  }

  /** The topics that a name stands for: itself, or all its partitions. */
  topicsUnder(text: string): Topic[] {
    const { full } = parseTopicName(text);
    const partitions = this.partitioned.get(full);
    if (partitions === undefined) return [this.topics.get(full)].filter((topic) => topic !== undefined);
    return Array.from({ length: partitions }, (_, index) => this.topics.get(partitionName(full, index)))
      .filter((topic) => topic !== undefined);
  }

  /** Deletes a topic, or a partitioned topic with its partitions; false when there is none. */
  deleteTopic(text: string): boolean {
    const { full } = parseTopicName(text);
    const topics = this.topicsUnder(full);
    const wasPartitioned = this.partitioned.delete(full);
    this.schemas.delete(full);
    for (const topic of topics) {
      this.topics.delete(topic.name.full);
      topic.dispose();
    }
    return wasPartitioned || topics.length > 0;
  }

  /** Seals a topic: nothing can be added any more, and readers are told when they reach the end. */
  terminate(topic: Topic): void {
    topic.terminate();
    topic.closeProducers();
    this.markTopic(topic);
    this.dispatch();
  }

  /** Whether a topic holds so little, with its other partitions, that it may use what is kept back for such ones. */
  mayUseReserve({ name, log }: Topic): boolean {
    const most = this.pool.reserve * SHARE_OF_RESERVE;
    const partitions = this.partitioned.get(name.base);
    if (partitions === undefined) return log.bytes < most;
    let bytes = 0;
    for (let index = 0; index < partitions && bytes < most; index++) {
      bytes += this.topics.get(partitionName(name.base, index))?.log.bytes ?? 0;
    }
    return bytes < most;
  }

  /** Carries out what is due by the policies of the namespaces; call it at regular times. */
  applyPolicies(): void {
    const now = Date.now();
    for (const topic of this.topics.values()) applyPolicies(topic, now);
    this.dispatch();
  }

  // ---- deliveries ----

  /** Something may be deliverable to all subscriptions of a topic. */
  markTopic(topic: Topic): void {
    if (topic.isDirty) return;
    topic.isDirty = true;
    this.#dirtyTopics.push(topic);
  }

  markSubscription(subscription: Subscription): void {
    this.#dirtySubscriptions.add(subscription);
  }

  /** Delivers to all marked topics and subscriptions. */
  dispatch(): void {
    if (this.#dirtyTopics.length > 0) {
      const topics = this.#dirtyTopics;
      this.#dirtyTopics = [];
      for (const topic of topics) {
        topic.isDirty = false;
        for (const subscription of topic.subscriptions.values()) subscription.dispatch();
      }
    }
    if (this.#dirtySubscriptions.size === 0) return;
    const subscriptions = [...this.#dirtySubscriptions];
    this.#dirtySubscriptions.clear();
    for (const subscription of subscriptions) subscription.dispatch();
  }

  /** Delivers to one subscription, because a delayed entry is due. */
  onDue(subscription: Subscription): void {
    this.markSubscription(subscription);
    this.dispatch();
  }

  #create(name: TopicName): Topic {
    const topic = new Topic(name, this.#nextLedger++, this.namespaces.use(name.namespace), this);
    this.topics.set(name.full, topic);
    return topic;
  }
}
