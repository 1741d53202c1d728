/** A workload of OMB and its driver as a scenario of this lab. */
import { bytesText, durationText, formatCount } from "../../config/units.ts";
import type { Driver } from "./driver.ts";
import type { Workload } from "./workload.ts";

type Mapping = Record<string, unknown>;

/** What OMB has at hand; keys are seven random bytes there. */
const KEYS = 10_000;
const MOST_IN_FLIGHT = 10_000_000;
const MOST_IN_BATCH = 100_000;
/** The most that a quota can be: OMB takes the quota away, so that a backlog can grow. */
const NO_QUOTA = 2 ** 50;
/** More producers and consumers than one process usually has memory for. */
const MANY = 100_000;

export function translate(workload: Workload, driver: Driver): { scenario: Mapping; notes: string[] } {
  const notes: string[] = [];
  const scenario: Mapping = {};
  if (workload.name !== "") scenario.description = workload.name;
  if (driver.serviceUrl !== undefined) scenario.serviceUrl = driver.serviceUrl;
  if (driver.adminUrl !== undefined) scenario.adminUrl = driver.adminUrl;
  Object.assign(scenario, driver.security);
  if (workload.warmupMs > 0) scenario.warmup = durationText(workload.warmupMs);
  const lengthMs = lengthOf(workload, driver, notes);
  if (lengthMs > 0) scenario.duration = durationText(lengthMs);
  if (driver.namespace !== undefined) scenario.namespaces = { [driver.namespace]: policies(driver) };
  scenario.topics = { load: topics(workload, driver) };
  scenario.producers = { publish: producers(workload, driver, notes) };
  if (workload.subscriptionsPerTopic > 0) {
    scenario.subscriptions = { sub: subscriptions(workload, driver) };
  }
  if (workload.backlogBytes > 0) scenario.steps = steps(workload);
  noteSize(workload, notes);
  return { scenario, notes };
}

/** OMB's test ends its own time after the backlog is drained; how long that takes is not known before. */
function lengthOf(workload: Workload, driver: Driver, notes: string[]): number {
  const { backlogBytes, testMs } = workload;
  if (testMs === 0) notes.push("testDurationMinutes is 0: the load lasts until it is stopped");
  if (backlogBytes === 0) return testMs;
  if (workload.backlogDrainRatio < 1) {
    notes.push("backlogDrainRatio has no effect: the drain is timed until the subscriptions have caught up");
  }
  if (testMs === 0) return 0;
  const fillMs = fillTime(workload, driver);
  notes.push(
    `consumerBacklogSizeGB: the load lasts testDurationMinutes and the ${
      durationText(fillMs)
    } that the backlog takes ` +
      "to grow at producerRate, receiver queues first; what is not drained then is drained after the producers' end",
  );
  return testMs + fillMs;
}

/** Held consumers still take what their receiver queues hold; all subscriptions grow at the same time. */
function fillTime(workload: Workload, driver: Driver): number {
  const { backlogBytes, producerRate, messageSize, subscriptionsPerTopic } = workload;
  const { topics, partitionsPerTopic, consumerPerSubscription } = workload;
  const isSpread = driver.subscriptionType === "shared" || driver.subscriptionType === "key-shared";
  const active = topics * partitionsPerTopic * (isSpread ? consumerPerSubscription : 1);
  const messages = backlogBytes / subscriptionsPerTopic / messageSize + active * driver.receiverQueue;
  return Math.ceil(messages / producerRate) * 1000;
}

function policies(driver: Driver): Mapping {
  return {
    deduplication: driver.deduplication,
    backlogQuota: bytesText(NO_QUOTA),
    backlogPolicy: "producer_exception",
  };
}

function topics({ topics, partitionsPerTopic }: Workload, driver: Driver): Mapping {
  return {
    count: topics,
    // OMB makes a topic without partitions where it is to have one.
    partitions: partitionsPerTopic === 1 ? 0 : partitionsPerTopic,
    persistent: driver.isPersistent,
    ...(driver.namespace === undefined ? {} : { namespace: driver.namespace }),
    name: "test-{n:7}-{run}",
  };
}

function producers(workload: Workload, driver: Driver, notes: string[]): Mapping {
  const { messageSize, producerRate, producersPerTopic, randomBytesRatio } = workload;
  const window = inFlight(workload, driver);
  const compressibility = randomBytesRatio === undefined ? 0 : Math.round((1 - randomBytesRatio) * 1e6) / 1e4;
  return {
    topics: "load",
    perTopic: producersPerTopic,
    // What is late is sent late, however much that is: OMB leaves out nothing.
    ...(producerRate === 0 ? { rate: "max" } : { rate: producerRate, catchUp: "full" }),
    size: bytesText(messageSize),
    payload: "random",
    ...(compressibility === 0 ? {} : { compressibility }),
    ...keys(workload, notes),
    maxInFlight: window,
    ...batches(driver, messageSize, window),
  };
}

/** Of all producers together: what their queues and the client's memory hold. */
function inFlight(workload: Workload, driver: Driver): number {
  const { topics, partitionsPerTopic, producersPerTopic, messageSize } = workload;
  const { pendingQueueSize, memoryBytes } = driver;
  const queues = pendingQueueSize === 0
    ? Infinity
    : pendingQueueSize * topics * partitionsPerTopic * producersPerTopic;
  const memory = memoryBytes === 0 ? Infinity : Math.floor(memoryBytes / messageSize);
  return Math.max(1, Math.min(MOST_IN_FLIGHT, queues, memory));
}

/** OMB's batches are limited by bytes alone. */
function batches(driver: Driver, messageSize: number, window: number): Mapping {
  if (!driver.batching) return { batching: false };
  const fitting = Math.ceil(driver.batchBytes / messageSize);
  return {
    batchBytes: bytesText(driver.batchBytes),
    batchMessages: Math.max(1, Math.min(MOST_IN_BATCH, fitting, window)),
    batchDelay: durationText(driver.batchDelayMs),
  };
}

function keys({ keyDistributor, partitionsPerTopic }: Workload, notes: string[]): Mapping {
  if (keyDistributor === "NO_KEY") return {};
  notes.push(
    `keyDistributor: ${KEYS} keys as OMB has, and all messages of a batch have the same one, as Key_Shared ` +
      "subscriptions need it" +
      (partitionsPerTopic > 1 ? "; its hash chooses one of the partitions of all topics" : ""),
  );
  return {
    keys: keyDistributor === "RANDOM_NANO" ? "random" : "round-robin",
    keyCount: KEYS,
    // One partition for each key, as Pulsar's producers have it.
    ...(partitionsPerTopic > 1 ? { routing: "key-hash" } : {}),
  };
}

function subscriptions(workload: Workload, driver: Driver): Mapping {
  return {
    topics: "load",
    ...(workload.subscriptionsPerTopic === 1 ? {} : { count: workload.subscriptionsPerTopic }),
    type: driver.subscriptionType,
    consumers: workload.consumerPerSubscription,
    receiverQueue: driver.receiverQueue,
  };
}

/** The size is of all subscriptions together, which grow alike: each is held until its share lies there. */
function steps({ backlogBytes, subscriptionsPerTopic }: Workload): Mapping[] {
  const share = Math.ceil(backlogBytes / subscriptionsPerTopic);
  return [{ at: "0s", name: "backlog", hold: "sub", bytes: bytesText(share) }];
}

function noteSize(workload: Workload, notes: string[]): void {
  const { topics, partitionsPerTopic, producersPerTopic, subscriptionsPerTopic, consumerPerSubscription } =
    workload;
  const places = topics * partitionsPerTopic;
  const all = places * (producersPerTopic + subscriptionsPerTopic * consumerPerSubscription);
  if (all > MANY) {
    notes.push(
      `topics × partitionsPerTopic makes ${formatCount(places)} places with ${
        formatCount(all)
      } producers and consumers in this process: where ` +
        "memory is short, --set topics=N or --set partitionsPerTopic=N makes fewer",
    );
  }
}
