/** The scenario file's own settings, beside those of the option table: one table for reader, schema and reference. */
import { type OptionEntry, optionsFor } from "../../config/options.ts";
import { fileKey, type Group } from "../../config/option_spec.ts";
import type { Role } from "../../config/run_config.ts";
import type { JsonSchema } from "../../config/value_kinds.ts";

export interface Field {
  readonly help: string;
  readonly schema: JsonSchema;
}
export type Fields = Readonly<Record<string, Field>>;

const TEXT: JsonSchema = { type: "string" };
const WORDS: JsonSchema = { oneOf: [TEXT, { type: "array", items: TEXT }] };
const COUNT: JsonSchema = { type: ["integer", "string"] };
const DURATION: JsonSchema = { type: ["string", "integer"], examples: ["30s"] };
const SIZE: JsonSchema = { type: ["string", "integer"], examples: ["10MB"] };
const RATE: JsonSchema = { type: ["string", "number"], examples: ["10k"] };
const TRUTH: JsonSchema = { type: "boolean" };

export const TOP_FIELDS = {
  description: { help: "One sentence about the scenario", schema: TEXT },
  drain: {
    help:
      "After the load: how long producers wait for receipts, and subscriptions go without a message before what is " +
      "missing counts as lost (default 10s)",
    schema: DURATION,
  },
} satisfies Fields;

export const NAMESPACE_FIELDS = {
  bundles: { help: "Bundles of a namespace that is created", schema: COUNT },
  deduplication: { help: "Whether brokers store what a producer sends again only once", schema: TRUTH },
  retentionTime: { help: "How long acknowledged messages are kept", schema: DURATION },
  retentionSize: { help: "How much of acknowledged messages is kept", schema: SIZE },
  backlogQuota: { help: "Most unacknowledged data of a topic", schema: SIZE },
  backlogPolicy: {
    help: "What happens above it",
    schema: { enum: ["producer_request_hold", "producer_exception", "consumer_backlog_eviction"] },
  },
  ttl: { help: "After how long brokers acknowledge unacknowledged messages themselves", schema: DURATION },
} satisfies Fields;

export const TOPIC_FIELDS = {
  count: { help: "How many topics (default 1)", schema: COUNT },
  partitions: { help: "Partitions of each; 0 = not partitioned (default)", schema: COUNT },
  persistent: { help: "Whether messages are stored (default true)", schema: TRUTH },
  namespace: { help: "`tenant/namespace` (default public/default)", schema: TEXT },
  name: {
    help:
      "Pattern of the names: `{n}` is the number from 0, `{n:5}` the same with zeros, `{run}` the run id " +
      "(default: the group's name, and `-{n}` where there are several)",
    schema: TEXT,
  },
} satisfies Fields;

const GROUP_FIELDS = {
  topics: { help: "Groups of topics, by name", schema: WORDS },
  ownConnections: {
    help:
      "Whether each producer or consumer has a connection of its own, instead of one for each worker (default false)",
    schema: TRUTH,
  },
  connectRate: {
    help:
      "How many are opened per second, evenly, whether or not those before are there (default: as fast as they come)",
    schema: RATE,
  },
  start: { help: "How long after the others the group connects and begins", schema: DURATION },
  thresholds: { help: "What is demanded of the group in all of the measured part", schema: WORDS },
} satisfies Fields;

export const PRODUCER_FIELDS = {
  ...GROUP_FIELDS,
  perTopic: { help: "Producers of each topic or partition (default 1)", schema: COUNT },
  rateEach: { help: "Messages per second of each producer, instead of `rate` of all together", schema: RATE },
} satisfies Fields;

export const SUBSCRIPTION_FIELDS = {
  ...GROUP_FIELDS,
  count: {
    help: "How many subscriptions like this; `-{n}` is added to their names (default 1)",
    schema: COUNT,
  },
  type: {
    help: "Type of the subscription, as `subscriptionType`; or `reader`: exclusive and not durable",
    schema: TEXT,
  },
  consumers: { help: "Consumers of each topic or partition (default 1)", schema: COUNT },
  workTime: {
    help: "How long each consumer works on a message: together they take `consumers / workTime` a second",
    schema: DURATION,
  },
} satisfies Fields;

export const STEP_FIELDS = {
  at: { help: "When, since the measured part began", schema: DURATION },
  name: { help: "What the step is called in results", schema: TEXT },
  times: { help: "How often it happens (default 1)", schema: COUNT },
  every: { help: "Time from one to the next", schema: DURATION },
  thresholds: {
    help:
      "Demanded from the step's beginning to its end: `group: response.p99<1s` on the figures of that time, " +
      "`recovery<10s`, `firstError>1s`, `drain<1m`, `drainRate>10k`, `resent==0`",
    schema: WORDS,
  },
} satisfies Fields;

/** Each step has exactly one of these. */
export const ACTION_FIELDS = {
  stage: { help: "A mark: its name; figures up to the next stage are judged by themselves", schema: TEXT },
  pause: { help: "Groups that stop", schema: WORDS },
  resume: { help: "Groups that go on", schema: WORDS },
  hold: {
    help: "Subscriptions that take nothing until `messages` or `bytes` lie there, then drain",
    schema: WORDS,
  },
  rate: { help: "Group and rate: `web 20k`", schema: TEXT },
  size: { help: "Group and message size: `web 4KiB`", schema: TEXT },
  workers: {
    help: "Group and number of worker threads that share it out from then on: `web 4`",
    schema: TEXT,
  },
  partitions: { help: "Group of topics and partitions that each is to have: `orders 8`", schema: TEXT },
  unload: { help: "Group of topics that move to another broker", schema: TEXT },
  unloadNamespace: { help: "Namespace, or `tenant/namespace/bundle`, that moves", schema: TEXT },
  terminate: { help: "Group of topics that take no more messages", schema: TEXT },
  expire: {
    help: "Subscription and age: `billing 5s`; older messages are acknowledged by the broker",
    schema: TEXT,
  },
  deleteSubscription: { help: "Subscription that is deleted, with its consumers connected", schema: TEXT },
  command: {
    help: "Program and arguments, such as `kubectl delete pod pulsar-broker-0`; needs --allow-commands",
    schema: WORDS,
  },
  fault: {
    help:
      "Of the embedded broker: `dropConnections`, `stallReads 2s`, `delayReceipts 100ms`, `forgetReceipts 5`, " +
      "`corruptDeliveries 3`",
    schema: TEXT,
  },
} satisfies Fields;

/** Only beside `hold`. */
export const HOLD_FIELDS = {
  messages: { help: "Messages that shall lie there", schema: COUNT },
  bytes: { help: "Bytes that shall lie there, before compression", schema: SIZE },
} satisfies Fields;

/** Options that concern a whole process, or are decided elsewhere in the file. */
const PROCESS_GROUPS: ReadonlySet<Group> = new Set(["Results", "Display", "Several processes"]);
const CONNECTION_GROUPS: ReadonlySet<Group> = new Set(["Target", "Security"]);
const ELSEWHERE = new Set(["topic", "partitions", "subscription", "runId"]);
/** A scenario's groups begin and end together. */
const OF_ALL = new Set(["duration", "warmup", "verify", "seed"]);

/** Settings at the top of the file: what all groups have in common. */
export function topOptions(): ReadonlyMap<string, OptionEntry> {
  const shared = optionsFor("producer").filter(({ roles, perRole }) =>
    roles.length === 2 && perRole !== true
  );
  return byFileKey(shared.filter((entry) => {
    const key = fileKey(entry);
    return !PROCESS_GROUPS.has(entry.group) && key !== "topic" && key !== "partitions" && key !== "count";
  }));
}

/** Settings of a group of producers or consumers. */
export function groupOptions(role: Role): ReadonlyMap<string, OptionEntry> {
  return byFileKey(
    optionsFor(role).filter((entry) => {
      const key = fileKey(entry);
      const isShared = PROCESS_GROUPS.has(entry.group) || CONNECTION_GROUPS.has(entry.group) ||
        OF_ALL.has(key);
      // What a subscription ends by is what was sent to it; its own `count` is how many there are.
      const isOther = role === "consumer" && key === "count";
      return key === "profile" || (!isShared && !isOther && !ELSEWHERE.has(key));
    }),
  );
}

function byFileKey(entries: readonly OptionEntry[]): ReadonlyMap<string, OptionEntry> {
  return new Map(entries.map((entry) => [fileKey(entry), entry]));
}
