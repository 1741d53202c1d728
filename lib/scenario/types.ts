/**
 * A scenario: what runs against which topics, what happens while it runs, and what is demanded of it. The shape that
 * the reader of files makes and everything else works on; every value is checked by then.
 *
 * Times are milliseconds, sizes bytes, rates messages per second.
 */
import type { OptionKey } from "../config/option_spec.ts";
import type { ConsumerConfig, ProducerConfig } from "../config/run_config.ts";
import type { Source } from "../config/source.ts";
import type { OpeningPlan } from "../load/run/types.ts";

export interface Scenario {
  /** Of the file, without folder and ending. */
  readonly name: string;
  readonly description: string;
  readonly runId: string;
  /** Length of the measured part; undefined where producers end by number, or nothing ends the scenario. */
  readonly durationMs?: number | undefined;
  readonly warmupMs: number;
  /** After the producers' end: longest time without a message before what is missing counts as lost. */
  readonly drainMs: number;
  readonly namespaces: readonly NamespaceSpec[];
  readonly topics: readonly TopicGroup[];
  readonly producers: readonly ProducerGroup[];
  readonly subscriptions: readonly SubscriptionGroup[];
  /** In the order of their times. */
  readonly steps: readonly Step[];
}

/** A namespace to create, or to give these policies. */
export interface NamespaceSpec {
  /** `tenant/namespace`; the tenant must exist. */
  readonly name: string;
  readonly bundles?: number | undefined;
  readonly deduplication?: boolean | undefined;
  readonly retentionMs?: number | undefined;
  readonly retentionBytes?: number | undefined;
  readonly backlogQuota?: {
    readonly bytes: number;
    readonly policy: "producer_request_hold" | "producer_exception" | "consumer_backlog_eviction";
  } | undefined;
  /** Of messages. */
  readonly ttlMs?: number | undefined;
}

export interface TopicGroup {
  readonly name: string;
  /** Full names: `persistent://tenant/namespace/topic`, partitioned ones without partition. */
  readonly topics: readonly string[];
  /** Of each topic; 0 = not partitioned. */
  readonly partitions: number;
}

interface Group<C> {
  readonly name: string;
  /** Names of topic groups. */
  readonly topicGroups: readonly string[];
  /** Their topics. */
  readonly topics: readonly string[];
  /** Producers, or consumers of the subscription, of each topic or partition. */
  readonly perTopic: number;
  /** How long after the others it connects and begins. */
  readonly startMs: number;
  /** How they are opened, where the file says it; that is measured then. */
  readonly opening?: OpeningPlan | undefined;
  /** Lanes: producers, or consumers, on all topics and partitions together, as far as the file tells. */
  readonly lanes: number;
  /** Of all of it together; its `topic` is the first one. */
  readonly config: C;
  /** Where several processes run the scenario: what this one has of the group, to which everything else here belongs. */
  readonly part?: GroupPart | undefined;
  readonly sources: ReadonlyMap<OptionKey, Source>;
}

/** One process's part of a group. */
export interface GroupPart {
  /** Of the parts, from 0. */
  readonly index: number;
  /** Processes that have a part. */
  readonly of: number;
  /** Of the group's producers or consumers, and so of its rate. */
  readonly share: number;
  /** Whether no other part is on the same topics. */
  readonly isAlone: boolean;
  /** Number that tells the part's streams from those of all other parts of the scenario. */
  readonly streamInstance: number;
}

export type ProducerGroup = Group<ProducerConfig>;
/** One subscription on all topics of the group. */
export interface SubscriptionGroup extends Group<ConsumerConfig> {
  /** As the file calls it, and its like. */
  readonly family: string;
}

/** Something that happens while the scenario runs. */
export interface Step {
  /** As people call it; made from the action where the file has none. */
  readonly name: string;
  /** Since the measured part began. */
  readonly atMs: number;
  /** How often, and the time from one to the next. */
  readonly times: number;
  readonly everyMs: number;
  readonly action: StepAction;
  /** Judged from the step's beginning to its end, on the figures of that time. */
  readonly thresholds: readonly StepThreshold[];
  readonly source: Source;
}

/** Of a group's figures while the step lasts, or of the step's own (`recovery<10s`, `drain<1m`) where `group` is absent. */
export interface StepThreshold {
  readonly group?: string | undefined;
  readonly text: string;
  readonly source: Source;
}

export type StepAction =
  /** A mark alone: what comes from here to the next stage is judged by itself. */
  | { readonly kind: "stage" }
  | { readonly kind: "pause" | "resume"; readonly groups: readonly string[] }
  /** Consumers take nothing until so much lies before them; then the time until they have caught up is taken. */
  | {
    readonly kind: "hold";
    readonly subscriptions: readonly string[];
    readonly messages?: number | undefined;
    readonly bytes?: number | undefined;
  }
  | { readonly kind: "rate"; readonly groups: readonly string[]; readonly rate: number | "unlimited" }
  | { readonly kind: "size"; readonly groups: readonly string[]; readonly size: ProducerConfig["size"] }
  | { readonly kind: "workers"; readonly groups: readonly string[]; readonly workers: number }
  | { readonly kind: "partitions"; readonly topics: string; readonly partitions: number }
  | { readonly kind: "unload"; readonly topics: string }
  | { readonly kind: "unloadNamespace"; readonly namespace: string; readonly bundle?: string | undefined }
  | { readonly kind: "terminate"; readonly topics: string }
  | { readonly kind: "expire"; readonly subscriptions: readonly string[]; readonly seconds: number }
  | { readonly kind: "deleteSubscription"; readonly subscriptions: readonly string[] }
  /** A program and its arguments. */
  | { readonly kind: "command"; readonly words: readonly string[] }
  /** Of the embedded broker. */
  | { readonly kind: "fault"; readonly fault: EmbeddedFault };

export type EmbeddedFault =
  | { readonly kind: "dropConnections" }
  | { readonly kind: "stallReads"; readonly ms: number }
  | { readonly kind: "delayReceipts"; readonly ms: number }
  | { readonly kind: "forgetReceipts"; readonly times: number }
  | { readonly kind: "corruptDeliveries"; readonly times: number };
