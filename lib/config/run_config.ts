/**
 * The frozen configuration of one run, after precedence (flags > environment > file > profile > default).
 *
 * Units are fixed here: durations in milliseconds, sizes in bytes, rates in messages per second. The option
 * table (`options.ts`) says how each value is written in flags and files.
 */
import type { CompressionName, SubscriptionType } from "../wire/enums.ts";

export { COMPRESSION_NAMES as COMPRESSIONS, type SubscriptionType } from "../wire/enums.ts";
export type Compression = CompressionName;
/** `unlimited`: as fast as the broker takes it. `max`: search the highest sustainable rate. */
export type Rate = number | "unlimited" | "max";
/** The background that colours are chosen for. */
export type ThemeWish = "auto" | "dark" | "light";

export type UiMode = "auto" | "full" | "basic" | "plain" | "none";

/** How a process fits among those that share its run. */
export interface Together {
  /** Earlier starts of this instance, each of which had streams of its own. */
  readonly attempt: number;
  /** Correction of this machine's clock, microseconds. */
  readonly clockShift: number;
}

/** What both executables need. */
export interface CommonConfig {
  // Connection
  /** The client that messages go through: this project's own, or the addon npm:pulsar-client. */
  readonly driver: "wire" | "native";
  readonly serviceUrl: string;
  readonly adminUrl?: string | undefined;
  readonly topic: string;
  /** Ask for a partitioned topic of this many partitions; 0 leaves the topic as it is. */
  readonly partitions: number;
  /** How often to look for partitions that were added to the topic; 0 = never. */
  readonly partitionDiscoveryMs: number;
  readonly tokenFile?: string | undefined;
  /** Name of the environment variable that holds the token. */
  readonly tokenEnv?: string | undefined;
  readonly tlsCa?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsVerifyHostname: boolean;
  readonly listenerName?: string | undefined;
  readonly operationTimeoutMs: number;
  readonly keepAliveMs: number;
  /** Start the in-process broker instead of connecting to one; `null` stores nothing. */
  readonly embedded?: "memory" | "null" | undefined;

  // Load
  readonly workers: number;
  readonly durationMs?: number | undefined;
  readonly count?: number | undefined;
  readonly warmupMs: number;
  readonly runId: string;
  readonly seed: number;
  readonly verify: "off" | "count" | "strict";

  // Several processes
  /** Processes of this role that share the run. */
  readonly instances: number;
  /** Which of them this one is, from 0. */
  readonly instance: number;
  /** Processes of both roles that start together; 0 = start at once. */
  readonly barrier: number;
  readonly barrierTimeoutMs: number;
  /** What the processes have agreed on, once they have met. No option: it is found out. */
  readonly together?: Together | undefined;

  // Output
  readonly ui: UiMode;
  readonly quiet: boolean;
  readonly json: boolean;
  readonly color: "auto" | "always" | "never";
  /** Which background the colours of the panels are for; `auto` asks the terminal. */
  readonly theme: ThemeWish;
  readonly reportIntervalMs: number;
  /** Result files; `-` is stdout. */
  readonly output?: string | undefined;
  readonly events?: string | undefined;
  readonly csv?: string | undefined;
  readonly hdrLog?: string | undefined;
  /** The page of `lab report`. */
  readonly html?: string | undefined;
  /** One line for each entry. */
  readonly trace?: string | undefined;
  readonly metricsPort?: number | undefined;
  readonly metricsHost: string;
  readonly thresholds: readonly string[];
  readonly debug: boolean;
  readonly profile: string;
}

/** One stretch of load: reach `rate` at its end (`ramp`) or at once (`hold`, `step`). */
export interface StageConfig {
  readonly kind: "hold" | "ramp" | "burst";
  readonly durationMs: number;
  readonly rate: number;
  /** `burst` only: full rate for `onMs`, nothing for `offMs`, repeated. */
  readonly onMs?: number | undefined;
  readonly offMs?: number | undefined;
}

export interface ProducerConfig extends CommonConfig {
  readonly role: "producer";
  readonly rate: Rate;
  readonly stages: readonly StageConfig[];
  /** Token-bucket size in messages; 0 = an even schedule. */
  readonly burst: number;
  readonly catchUp: "none" | "bounded" | "full";
  readonly maxInFlight: number;
  readonly producerName?: string | undefined;
  readonly routing: "round-robin" | "key-hash" | "single";

  readonly batching: boolean;
  readonly batchMessages: number;
  readonly batchBytes: number;
  readonly batchDelayMs: number;
  readonly compression: Compression;

  readonly payload: "json" | "random" | "pattern" | "sequential" | "file" | "template";
  /** One size, a `[min, max]` range, or a list to go through. */
  readonly size: SizeConfig;
  /** Percent of a random payload that compression can remove, 0–100. */
  readonly compressibility: number;
  readonly payloadFile?: string | undefined;
  readonly template?: string | undefined;
  readonly keys: "none" | "round-robin" | "random" | "zipf";
  readonly keyCount: number;
  /** First of this process's keys, where several share them. */
  readonly keyFirst?: number | undefined;
  readonly properties: Readonly<Record<string, string>>;
}

export type SizeConfig =
  | { readonly kind: "fixed"; readonly bytes: number }
  | { readonly kind: "uniform"; readonly min: number; readonly max: number }
  | { readonly kind: "list"; readonly sizes: readonly number[] };

export interface ConsumerConfig extends CommonConfig {
  readonly role: "consumer";
  readonly subscription: string;
  readonly subscriptionType: SubscriptionType;
  /** False: the broker keeps nothing of it, not even its place, once its one consumer is disconnected. */
  readonly durable: boolean;
  readonly initialPosition: "latest" | "earliest";
  readonly receiverQueue: number;
  readonly ack: "individual" | "cumulative" | "none";
  readonly ackGroupMs: number;
  readonly ackGroupMax: number;
  readonly batchIndexAck: boolean;
  /** Percent of messages to acknowledge negatively, to exercise redelivery. */
  readonly nackPercent: number;
  readonly nackDelayMs: number;
  readonly unackedTimeoutMs: number;
  /** Slow consumer: at most this many messages per second, all workers together. */
  readonly rate: Rate;
  /** Delete the subscription at the end. */
  readonly unsubscribe: boolean;
  /** Stop when nothing has arrived for this long (0 = never). */
  readonly idleMs: number;
  /** Move the subscription here before consuming: `earliest`, `latest`, or epoch milliseconds. */
  readonly seek?: "earliest" | "latest" | number | undefined;
}

export type RunConfig = ProducerConfig | ConsumerConfig;

export type Role = RunConfig["role"];
