/** The handle of an embedded broker, in this thread or in a worker. */
import type { NamespacePolicies } from "./namespace/policies.ts";
import type { CommandBody, CommandName } from "../wire/command.ts";
import type { ServerErrorName } from "../wire/enums.ts";
import type { FailingRequest, Fault } from "./faults.ts";
import type { PartitionedTopicStats, TopicInternalStats, TopicStats } from "./admin/statistics.ts";

/** Counters of the broker as a whole. */
export interface BrokerStats {
  readonly mode: "memory" | "null";
  readonly connections: number;
  readonly topics: number;
  /** Bytes of memory held for backlogs, and the most that ever were. */
  readonly backlogBytes: number;
  readonly peakBacklogBytes: number;
  readonly maxBacklogBytes: number;
  /** Times a producer had to wait because the backlog was full. */
  readonly stalls: number;
  /** Connections with a producer that has to wait now. */
  readonly stalledNow: number;
  /** The topic that stores most; absent when none stores anything. */
  readonly largestTopic?: { readonly name: string; readonly bytes: number } | undefined;
  /** A mistake of the broker itself that cost a client its connection: there should never be one. */
  readonly internalError?: string | undefined;
}

export interface BrokerHandle {
  /** `pulsar://127.0.0.1:PORT` (`pulsar+ssl://` with TLS). */
  readonly serviceUrl: string;
  /** `http://127.0.0.1:PORT` of the admin interface. */
  readonly adminUrl: string;
  /** What tests can make go wrong. */
  readonly hooks: BrokerHooks;
  createTopic(topic: string): Promise<void>;
  /** Creates a partitioned topic, or adds partitions to it. */
  createPartitionedTopic(topic: string, partitions: number): Promise<void>;
  /** Deletes a topic with its partitions, under its clients too; false when there is none. */
  deleteTopic(topic: string): Promise<boolean>;
  /** Names of a namespace's topics, each partition by itself. @throws {Refusal} `TopicNotFound` for no namespace */
  listTopics(namespace: string): Promise<readonly string[]>;
  /** Seals a topic, or all partitions of it. */
  terminate(topic: string): Promise<void>;
  /** Closes the producers and consumers of a topic, as when it moves to another broker. @throws {Refusal} `TopicNotFound` */
  unload(topic: string): Promise<void>;
  /** Unloads all topics of a namespace, or those of one bundle such as `0x00000000_0x40000000`. */
  unloadNamespace(namespace: string, bundle?: string): Promise<void>;
  /**
   * Expires messages published more than `seconds` ago, for one subscription or for all.
   *
   * @returns the number of entries
   * @throws {Refusal} `TopicNotFound`, `SubscriptionNotFound`, or `NotAllowedError` where nothing is that old
   */
  expireMessages(topic: string, seconds: number, subscription?: string): Promise<number>;
  /** @throws {Refusal} `SubscriptionNotFound`, or `ConsumerBusy` when it has consumers and `force` is not set */
  deleteSubscription(topic: string, subscription: string, force?: boolean): Promise<void>;
  /** @param namespace `tenant/namespace` @throws {Refusal} when it exists, {RangeError} for a policy that cannot be */
  createNamespace(namespace: string, policies?: NamespacePolicies): Promise<void>;
  /** Changes the policies that are named; those with undefined go back to the broker's options. */
  setPolicies(namespace: string, policies: NamespacePolicies): Promise<void>;
  /** @throws {Refusal} `TopicNotFound` */
  stats(topic: string): Promise<TopicStats>;
  partitionedStats(topic: string): Promise<PartitionedTopicStats>;
  internalStats(topic: string): Promise<TopicInternalStats>;
  brokerStats(): Promise<BrokerStats>;
  /** Does what {@link hooks} do; resolves to the number of connections, producers or consumers concerned. */
  inject(fault: Fault): Promise<number>;
  /** Closes all connections and ports. May be called again. */
  stop(): Promise<void>;
}

interface ForTopic {
  /** Limits the fault to one topic and its partitions. */
  readonly topic?: string;
}
interface Repeated extends ForTopic {
  /** How often it happens. Default 1. */
  readonly times?: number;
}

/** The faults as calls. Each resolves once it is in force. */
export class BrokerHooks {
  readonly #inject: (fault: Fault) => Promise<number>;

  constructor(inject: (fault: Fault) => Promise<number>) {
    this.#inject = inject;
  }

  /** Cuts connections now; resolves to how many. */
  dropConnections(options: ForTopic & { of?: "producers" | "consumers" } = {}): Promise<number> {
    return this.#inject({ kind: "dropConnections", ...options });
  }
  /** Stops reading from the connections open now for `ms`. */
  stallReads(ms: number, options: ForTopic = {}): Promise<number> {
    return this.#inject({ kind: "stallReads", ms, ...options });
  }
  /** Receipts leave `ms` later from now on; 0 ends it. */
  delayReceipts(ms: number, options: ForTopic = {}): Promise<number> {
    return this.#inject({ kind: "delayReceipts", ms, ...options });
  }
  /** Answers the next requests of a kind with an error. */
  failNext(
    request: FailingRequest,
    error: ServerErrorName,
    options: Repeated & { message?: string } = {},
  ): Promise<number> {
    return this.#inject({ kind: "fail", request, error, ...options });
  }
  /** Stores the next entries without ever acknowledging them. */
  forgetReceipts(options: Repeated = {}): Promise<number> {
    return this.#inject({ kind: "forgetReceipts", ...options });
  }
  /** Delivers the next entries with a damaged last byte. */
  corruptDeliveries(options: Repeated = {}): Promise<number> {
    return this.#inject({ kind: "corruptDeliveries", ...options });
  }
  /** Answers the next lookups with another address. */
  answerLookup(
    response: "redirect" | "connect",
    url: string,
    options: Repeated & { proxy?: boolean; authoritative?: boolean } = {},
  ): Promise<number> {
    return this.#inject({ kind: "answerLookup", response, url, ...options });
  }
  /** Sends CLOSE_PRODUCER to producers; resolves to how many. */
  closeProducers(options: ForTopic & { assignedUrl?: string } = {}): Promise<number> {
    return this.#inject({ kind: "closeProducers", ...options });
  }
  /** Sends CLOSE_CONSUMER to consumers; resolves to how many. */
  closeConsumers(options: ForTopic & { assignedUrl?: string } = {}): Promise<number> {
    return this.#inject({ kind: "closeConsumers", ...options });
  }
  /** Sends a command without a request for it. */
  sendCommand<N extends CommandName>(
    command: N,
    body: CommandBody<N>,
    options: ForTopic = {},
  ): Promise<number> {
    return this.#inject({ kind: "sendCommand", command, body, ...options });
  }
  /** Sends bytes that need be no frame. */
  sendBytes(bytes: Uint8Array, options: ForTopic = {}): Promise<number> {
    return this.#inject({ kind: "sendBytes", bytes, ...options });
  }
  /** Disarms all faults that have not happened yet. */
  clear(): Promise<number> {
    return this.#inject({ kind: "clear" });
  }
}
