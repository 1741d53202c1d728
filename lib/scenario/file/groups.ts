/** The groups of producers and the subscriptions of a scenario file, each with a configuration as any run has. */
import type { Layer } from "../../config/config_file.ts";
import { MAX_WORKERS } from "../../config/limits.ts";
import type { OptionKey } from "../../config/option_spec.ts";
import type { ReadFile } from "../../config/profiles.ts";
import { variablesOf } from "../../config/options.ts";
import { resolve } from "../../config/resolve.ts";
import type { Role, RunConfig } from "../../config/run_config.ts";
import { ConfigError, type Problem, type Source } from "../../config/source.ts";
import { hint } from "../../config/suggest.ts";
import { parseBoolean, parseCount, parseDuration, parseRate } from "../../config/units.ts";
import { choice } from "../../config/value_kinds.ts";
import { SUBSCRIPTION_TYPES } from "../../wire/enums.ts";
import type { OpeningPlan } from "../../load/run/types.ts";
import type { ProducerGroup, SubscriptionGroup, TopicGroup } from "../types.ts";
import { groupOptions, PRODUCER_FIELDS, SUBSCRIPTION_FIELDS } from "./fields.ts";
import type { Section } from "./section.ts";
import { filled } from "./topics.ts";

export interface GroupContext {
  readonly topics: readonly TopicGroup[];
  /** Settings at the top of the file. */
  readonly shared: Layer;
  /** Of the command line. */
  readonly flags: Layer;
  readonly env: Readonly<Record<string, string>>;
  readonly readFile: ReadFile;
  readonly runId: string;
  readonly problems: Problem[];
  /** What people should know before the load. */
  readonly notices: Set<string>;
}

const MOST_COPIES = 100_000;
const DAY = 86_400_000;
/** Threads of a group that says nothing about them: a worker carries any number of producers or consumers. */
const DEFAULT_WORKERS = 1;
/** Options of a consumer that a scenario decides: it ends when all that was sent has come. */
const OF_PRODUCERS: ReadonlySet<OptionKey> = new Set(["durationMs"]);

export function readProducers(top: Section, context: GroupContext): ProducerGroup[] {
  return [...top.named("producers")].flatMap(([name, section]) => {
    section.allow([...Object.keys(PRODUCER_FIELDS), ...groupOptions("producer").keys()]);
    const aim = aimOf(section, context.topics, "perTopic");
    if (aim === undefined) return [];
    const own = section.options(groupOptions("producer"));
    const each = section.value("rateEach", (text) => parseRate(text, { min: 0.001, max: 1e9 }));
    if (each !== undefined) {
      if (section.has("rate")) section.report("rateEach", "'rate' and 'rateEach' exclude each other");
      own.set("rate", { texts: [String(each * aim.lanes)], source: section.source("rateEach") });
    }
    const made = resolved("producer", section, own, context, aim.topics[0]!, {
      partitions: partitionsOf(aim, context),
    });
    if (made === undefined) return [];
    const { config, sources } = made;
    checkOpening(section, aim, config);
    const workers = workersOf(config, sources, Math.min(DEFAULT_WORKERS, aim.lanes));
    return [{ name, ...aim, config: { ...config, workers } as ProducerGroup["config"], sources }];
  });
}

export function readSubscriptions(top: Section, context: GroupContext): SubscriptionGroup[] {
  return [...top.named("subscriptions")].flatMap(([name, section]) => {
    section.allow([...Object.keys(SUBSCRIPTION_FIELDS), ...groupOptions("consumer").keys()]);
    const aim = aimOf(section, context.topics, "consumers");
    if (aim === undefined) return [];
    const own = section.options(groupOptions("consumer"));
    aliasType(section, own);
    limitByWork(section, own, aim.lanes);
    // What was sent before it came is part of what it is to receive.
    if (aim.startMs > 0 && !own.has("initialPosition")) {
      own.set("initialPosition", { texts: ["earliest"], source: section.source("start") });
    }
    const count = section.value("count", (text) => parseCount(text, { min: 1, max: 1000 })) ?? 1;
    return Array.from({ length: count }, (_, number) => number).flatMap((number) => {
      const subscription = count === 1 ? name : `${name}-${number}`;
      const made = resolved("consumer", section, own, context, aim.topics[0]!, { subscription });
      if (made === undefined) return [];
      const { sources } = made;
      checkOpening(section, aim, made.config);
      const config = made.config as SubscriptionGroup["config"];
      const workers = consumerWorkers(section, config, sources, aim.perTopic, aim.lanes);
      return [{ name: subscription, family: name, ...aim, config: { ...config, workers }, sources }];
    });
  });
}

interface Aim {
  readonly topicGroups: readonly string[];
  readonly topics: readonly string[];
  readonly perTopic: number;
  readonly startMs: number;
  readonly lanes: number;
  readonly opening?: OpeningPlan | undefined;
}

function aimOf(
  section: Section,
  groups: readonly TopicGroup[],
  copies: "perTopic" | "consumers",
): Aim | undefined {
  const names = section.has("topics")
    ? section.texts("topics")
    : groups.length === 1
    ? [groups[0]!.name]
    : undefined;
  if (names === undefined) {
    const known = groups.map(({ name }) => `'${name}'`).join(", ");
    section.report(
      undefined,
      `'${section.name}' does not say which 'topics' it is for: ${known || "there are none"}`,
    );
    return undefined;
  }
  const found = names.flatMap((name) => {
    const group = groups.find((one) => one.name === name);
    if (group !== undefined) return [group];
    const known = groups.map((one) => one.name);
    section.report("topics", `'${section.name}': there is no group of topics '${name}'${hint(name, known)}`);
    return [];
  });
  const perTopic = section.value(copies, (text) => parseCount(text, { min: 1, max: MOST_COPIES })) ?? 1;
  const startMs = section.value("start", (text) => parseDuration(text, { min: 0, max: DAY })) ?? 0;
  if (found.length === 0 || found.length < names.length) return undefined;
  const places = found.reduce(
    (sum, { topics, partitions }) => sum + topics.length * Math.max(1, partitions),
    0,
  );
  return {
    topicGroups: names,
    topics: found.flatMap(({ topics }) => topics),
    perTopic,
    startMs,
    lanes: places * perTopic,
    opening: openingOf(section),
  };
}

function openingOf(section: Section): OpeningPlan | undefined {
  if (!section.has("ownConnections") && !section.has("connectRate")) return undefined;
  const ownConnections = section.value("ownConnections", parseBoolean) ?? false;
  const rate = section.value("connectRate", (text) => parseRate(text, { min: 0.01, max: 1e6 }));
  return ownConnections || rate !== undefined ? { ownConnections, rate } : undefined;
}

/** The native client tells of no times, and keeps connections of its own for the whole process. */
function checkOpening(section: Section, { opening }: Aim, { driver }: RunConfig): void {
  if (opening === undefined || driver === "wire") return;
  const key = section.has("ownConnections") ? "ownConnections" : "connectRate";
  section.report(key, `'${section.name}.${key}' needs this tool's own client, not driver: ${driver}`);
}

/** What each topic of a group has; 0 where one of them has none. */
function partitionsOf({ topicGroups }: Aim, { topics }: GroupContext): number {
  return Math.min(
    ...topics.filter(({ name }) => topicGroups.includes(name)).map(({ partitions }) => partitions),
  );
}

const TYPE = choice(...SUBSCRIPTION_TYPES, "reader");

type Own = Map<OptionKey, { texts: readonly string[]; source: Source }>;

/** `type` is what people write; `subscriptionType` is the option's name. A reader is no type of its own at the broker. */
function aliasType(section: Section, own: Own): void {
  const type = section.value("type", (text) => TYPE.parse([text]));
  if (type === undefined) return;
  if (own.has("subscriptionType")) {
    section.report("type", "'type' and 'subscriptionType' are the same setting");
  }
  const source = section.source("type");
  const isReader = type === "reader";
  own.set("subscriptionType", { texts: [isReader ? "exclusive" : type], source });
  if (!isReader) return;
  if (section.value("durable", parseBoolean) === true) {
    section.report("durable", `'${section.name}': a reader is not durable: use type: exclusive`);
  }
  own.set("durable", { texts: ["false"], source });
}

function limitByWork(section: Section, own: Own, lanes: number): void {
  const work = section.value("workTime", (text) => parseDuration(text, { min: 0.001, max: DAY }));
  if (work === undefined) return;
  if (own.has("rate")) section.report("workTime", "'rate' and 'workTime' exclude each other");
  own.set("rate", { texts: [String(lanes * 1000 / work)], source: section.source("workTime") });
}

function resolved(
  role: Role,
  section: Section,
  own: Own,
  context: GroupContext,
  topic: string,
  { subscription, partitions }: { readonly subscription?: string; readonly partitions?: number },
): { config: RunConfig; sources: ReadonlyMap<OptionKey, Source> } | undefined {
  const { shared, flags, env, readFile, runId, problems, notices } = context;
  const layer = new Map([...shared, ...own]);
  const source = section.source();
  layer.set("topic", { texts: [topic], source });
  // Routing by key asks for partitions; by then they are made, with the topics.
  if (own.has("routing") && partitions !== undefined && partitions > 0) {
    layer.set("partitions", { texts: [String(partitions)], source });
  }
  if (subscription !== undefined) {
    layer.set("subscription", { texts: [filled(subscription, 0, runId)], source });
  }
  if (section.has("thresholds")) {
    layer.set("thresholds", { texts: section.texts("thresholds"), source: section.source("thresholds") });
  }
  if (role === "consumer") { for (const key of OF_PRODUCERS) layer.delete(key); }
  try {
    const result = resolve({
      role,
      flags: new Map([...flags].filter(([key]) => role === "producer" || !OF_PRODUCERS.has(key))),
      env: ofGroups(env),
      file: { layer },
      readFile,
      runId,
    });
    for (const notice of result.notices) notices.add(notice);
    return result;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const isNew = ({ message }: Problem): boolean => problems.every((known) => known.message !== message);
    problems.push(...error.problems.filter(isNew));
    return undefined;
  }
}

/** The file says which topics and subscriptions there are, and processes have parts of all groups: a variable means neither. */
const NOT_OF_GROUPS = variablesOf([
  "topic",
  "partitions",
  "subscription",
  "instances",
  "instance",
  "barrier",
  "barrierTimeoutMs",
]);

function ofGroups(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_OF_GROUPS.has(name)));
}

function workersOf(
  { workers }: RunConfig,
  sources: ReadonlyMap<OptionKey, Source>,
  otherwise: number,
): number {
  const kind = sources.get("workers")?.kind ?? "default";
  const isGiven = kind === "flag" || kind === "env" || kind === "file";
  return isGiven ? workers : otherwise;
}

/** Where order is judged, consumers of one topic must not be in the same worker. */
function consumerWorkers(
  section: Section,
  config: SubscriptionGroup["config"],
  sources: ReadonlyMap<OptionKey, Source>,
  perTopic: number,
  lanes: number,
): number {
  const { subscriptionType: type } = config;
  if (type === "exclusive") {
    if (perTopic > 1) {
      section.report(
        "consumers",
        `'${section.name}': ${
          config.durable ? "an exclusive subscription" : "a subscription that is not durable"
        } takes one consumer, not ${perTopic}`,
      );
    }
    return 1;
  }
  const needed = type === "shared" ? DEFAULT_WORKERS : perTopic;
  if (needed > MAX_WORKERS) {
    section.report(
      "consumers",
      `'${section.name}': ${perTopic} consumers of a topic on a ${type} subscription need as many workers, and one ` +
        `process has ${MAX_WORKERS}: use several processes, or type: shared`,
    );
  }
  return Math.min(lanes, Math.max(needed, workersOf(config, sources, needed)));
}
