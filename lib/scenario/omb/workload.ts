/** An OMB workload: what its file says, checked. */
import { MAX_WORKERS } from "../../config/limits.ts";
import { parseBoolean, parseBytes, plural } from "../../config/units.ts";
import { choice } from "../../config/value_kinds.ts";
import { STREAM_BITS } from "../../load/header/header.ts";
import type { Driver } from "./driver.ts";
import type { Settings } from "./settings.ts";
import { plain, rateOrZero, whole } from "./values.ts";

export interface Workload {
  readonly name: string;
  readonly topics: number;
  readonly partitionsPerTopic: number;
  readonly keyDistributor: KeyDistributor;
  readonly messageSize: number;
  /** Of a message, 0–1; undefined where the file names no random payloads. */
  readonly randomBytesRatio: number | undefined;
  readonly payloadFile: string | undefined;
  readonly subscriptionsPerTopic: number;
  readonly producersPerTopic: number;
  readonly consumerPerSubscription: number;
  /** Messages per second of all producers; 0 = search the highest that is sustained. */
  readonly producerRate: number;
  readonly backlogBytes: number;
  readonly backlogDrainRatio: number;
  /** 0 = until it is stopped. */
  readonly testMs: number;
  readonly warmupMs: number;
}

const DISTRIBUTORS = ["NO_KEY", "KEY_ROUND_ROBIN", "RANDOM_NANO"] as const;
type KeyDistributor = typeof DISTRIBUTORS[number];

/** Those that only OMB's workloads have, so that they tell what a file is. */
export const OWN_KEYS = [
  "partitionsPerTopic",
  "subscriptionsPerTopic",
  "producersPerTopic",
  "consumerPerSubscription",
  "producerRate",
  "consumerBacklogSizeGB",
  "backlogDrainRatio",
  "testDurationMinutes",
  "warmupDurationMinutes",
  "keyDistributor",
  "messageSize",
  "useRandomizedPayloads",
  "randomBytesRatio",
  "randomizedPayloadPoolSize",
] as const;
export const WORKLOAD_KEYS: ReadonlySet<string> = new Set(["name", "topics", "payloadFile", ...OWN_KEYS]);

const MOST_TOPICS = 1_000_000;
const MOST_PARTITIONS = 10_000;
const MOST_COPIES = 100_000;
const MOST_SUBSCRIPTIONS = 1000;
const MOST_RATE = 1e8;
const LARGEST_MESSAGE = 64 * 1024 ** 2;
const GIB = 1024 ** 3;
const MINUTE = 60_000;
/** What a run may last in minutes: a year; and its warm-up: an hour. */
const MOST_MINUTES = 365 * 24 * 60;
const MOST_WARMUP_MINUTES = 60;
/** 60 ms. */
const LEAST_MINUTES = 0.001;

/** Reads all of a workload; where something is wrong, it is in the settings' problems and the value is one to go on with. */
export function readWorkload(settings: Settings, driver: Driver): { workload: Workload; notes: string[] } {
  settings.allow(WORKLOAD_KEYS);
  const notes: string[] = [];
  const count = (key: string, max: number, min = 1): number =>
    settings.required(key, whole(min, max), "it has no default") ?? 1;
  const minutes = (key: string, max: number): number | undefined => {
    const value = settings.value(key, plain(LEAST_MINUTES, max, "minutes"));
    return value === undefined ? undefined : value * MINUTE;
  };
  const testMs = minutes("testDurationMinutes", MOST_MINUTES);
  if (testMs === undefined && !settings.has("testDurationMinutes")) {
    settings.report("testDurationMinutes", "'testDurationMinutes' is missing: it has no default; 0 runs on");
  }
  const workload: Workload = {
    name: settings.value("name", String) ?? "",
    topics: count("topics", MOST_TOPICS),
    partitionsPerTopic: count("partitionsPerTopic", MOST_PARTITIONS),
    keyDistributor: distributor(settings),
    messageSize: settings.required(
      "messageSize",
      (text) => parseBytes(text, { min: 1, max: LARGEST_MESSAGE }),
      "it has no default",
    ) ?? 1,
    ...readPayload(settings, notes),
    subscriptionsPerTopic: count("subscriptionsPerTopic", MOST_SUBSCRIPTIONS, 0),
    producersPerTopic: count("producersPerTopic", MOST_COPIES),
    consumerPerSubscription: count("consumerPerSubscription", MOST_COPIES),
    producerRate: settings.value("producerRate", rateOrZero(MOST_RATE)) ?? 0,
    backlogBytes: Math.round(
      (settings.value("consumerBacklogSizeGB", plain(0, 2 ** 20, "GiB")) ?? 0) * GIB,
    ),
    backlogDrainRatio: settings.value("backlogDrainRatio", plain(0, 1, "a share")) ?? 1,
    testMs: testMs ?? 0,
    warmupMs: warmup(settings, minutes("warmupDurationMinutes", MOST_WARMUP_MINUTES), testMs ?? 0, notes),
  };
  checkBacklog(settings, workload, driver);
  checkCopies(settings, workload, driver);
  return { workload, notes };
}

function distributor(settings: Settings): KeyDistributor {
  const kind = choice(...DISTRIBUTORS);
  return settings.value("keyDistributor", (text) => kind.parse([text])) ?? "NO_KEY";
}

function readPayload(
  settings: Settings,
  notes: string[],
): Pick<Workload, "randomBytesRatio" | "payloadFile"> {
  const isRandom = settings.value("useRandomizedPayloads", parseBoolean) ?? false;
  const ratio = settings.value("randomBytesRatio", plain(0, 1, "a share")) ?? 0;
  const pool = settings.value("randomizedPayloadPoolSize", whole(0, 1e9)) ?? 0;
  const payloadFile = settings.value("payloadFile", String);
  if (!isRandom) {
    for (const key of ["randomBytesRatio", "randomizedPayloadPoolSize"]) {
      if (settings.has(key)) notes.push(`${key} has no effect without useRandomizedPayloads: true`);
    }
    if (payloadFile !== undefined) {
      notes.push(
        "payloadFile is not read: messages are messageSize random bytes, which begin with the header that proves " +
          "their delivery (OMB sends the file's bytes, the same in every message)",
      );
    }
    return { randomBytesRatio: undefined, payloadFile };
  }
  if (pool === 0) {
    settings.report(
      "randomizedPayloadPoolSize",
      "'randomizedPayloadPoolSize' must be at least 1 with useRandomizedPayloads: OMB would have nothing to send",
    );
  }
  if (payloadFile !== undefined) notes.push("payloadFile has no effect beside useRandomizedPayloads: true");
  notes.push("randomizedPayloadPoolSize is not needed: no two messages are alike");
  return { randomBytesRatio: ratio, payloadFile };
}

/** OMB warms up for a minute where the file does not say how long; here that must be shorter than the test. */
function warmup(settings: Settings, given: number | undefined, testMs: number, notes: string[]): number {
  if (given === undefined && testMs > 0 && testMs <= MINUTE) {
    notes.push(
      "warmupDurationMinutes: OMB's minute is longer than the test, so the warm-up is half as long as that",
    );
    return testMs / 2;
  }
  const warmupMs = given ?? MINUTE;
  if (testMs > 0 && warmupMs >= testMs) {
    settings.report(
      "warmupDurationMinutes",
      "'warmupDurationMinutes' must be less than testDurationMinutes: the lab measures longer than it warms up",
    );
  }
  return warmupMs;
}

function checkBacklog(settings: Settings, workload: Workload, driver: Driver): void {
  const key = "consumerBacklogSizeGB";
  if (workload.backlogBytes === 0) return;
  if (workload.producerRate === 0) {
    settings.report(key, `'${key}' needs a producerRate: no rate can be searched while a backlog is built`);
  }
  if (workload.subscriptionsPerTopic === 0) {
    settings.report(
      key,
      `'${key}' needs a subscription: subscriptionsPerTopic is 0, and nothing would lie there`,
    );
  }
  if (!driver.isPersistent) {
    settings.report(
      key,
      `'${key}' needs client.topicType: persistent: other topics keep nothing for consumers`,
    );
  }
}

function checkCopies(settings: Settings, workload: Workload, driver: Driver): void {
  const { topics, partitionsPerTopic, producersPerTopic, consumerPerSubscription } = workload;
  const key = "consumerPerSubscription";
  if (workload.subscriptionsPerTopic > 0) {
    const type = driver.subscriptionType;
    if (type === "exclusive" && consumerPerSubscription > 1) {
      settings.report(
        key,
        `'${key}': an exclusive subscription (consumer.subscriptionType) takes one consumer, not ` +
          `${consumerPerSubscription}`,
      );
    } else if (type !== "shared" && consumerPerSubscription > MAX_WORKERS) {
      settings.report(
        key,
        `'${key}': ${consumerPerSubscription} consumers of one partition on a ${type} subscription need as many ` +
          `workers, and one process has ${MAX_WORKERS}: use --set ${key}=${MAX_WORKERS}, or --set ` +
          "consumer.subscriptionType=Shared",
      );
    }
  }
  const producers = topics * partitionsPerTopic * producersPerTopic;
  const most = 2 ** STREAM_BITS;
  if (producers > most) {
    settings.report(
      "producersPerTopic",
      `'producersPerTopic' makes ${plural(producers, "producer")} (topics × partitionsPerTopic × ` +
        `producersPerTopic), and one process tells ${plural(most, "one")} apart`,
    );
  }
}
