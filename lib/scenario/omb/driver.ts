/**
 * An OMB driver file for Pulsar: what its file says, checked. Without a file, and for what the file leaves out, the
 * values are those that OMB's Pulsar driver has built in.
 */
import { adminUrl, serviceUrl } from "../../config/pulsar_values.ts";
import { parseBoolean } from "../../config/units.ts";
import { choice } from "../../config/value_kinds.ts";
import { SUBSCRIPTION_TYPES, type SubscriptionType } from "../../wire/enums.ts";
import { readSecurity, type Security, SECURITY_KEYS } from "./security.ts";
import type { Settings } from "./settings.ts";
import { whole } from "./values.ts";

export interface Driver {
  readonly name: string;
  readonly serviceUrl: string | undefined;
  readonly adminUrl: string | undefined;
  readonly security: Security;
  /** `tenant/namespace`; undefined where none is named: topics are in public/default then. */
  readonly namespace: string | undefined;
  readonly isPersistent: boolean;
  readonly deduplication: boolean;
  readonly batching: boolean;
  readonly batchDelayMs: number;
  readonly batchBytes: number;
  /** Messages that a producer may have on their way; 0 = as many as memory holds. */
  readonly pendingQueueSize: number;
  /** What all messages on their way may take; 0 = any amount. */
  readonly memoryBytes: number;
  readonly receiverQueue: number;
  readonly subscriptionType: SubscriptionType;
}

export const DRIVER_SECTIONS: ReadonlySet<string> = new Set([
  "client",
  "client.persistence",
  "client.authentication",
  "producer",
  "consumer",
]);

/** Settings of OMB's client that concern how it is built, with what takes their place here. */
const OF_THE_CLIENT: Readonly<Record<string, string>> = {
  "client.ioThreads": "threads are the workers of a group",
  "client.connectionsPerBroker": "each worker has one connection to a broker",
  "client.maxConcurrentLookupRequests": "look-ups are made before the load, a few at a time",
  "client.clusterName": "the tenant is not created here, it must exist",
};
const QUORUMS = ["ensembleSize", "writeQuorum", "ackQuorum"].map((key) => `client.persistence.${key}`);

export const DRIVER_KEYS: ReadonlySet<string> = new Set([
  "name",
  "driverClass",
  "client.serviceUrl",
  "client.httpUrl",
  "client.namespacePrefix",
  "client.topicType",
  "client.clientMemoryLimitMB",
  "client.persistence.deduplicationEnabled",
  ...Object.keys(OF_THE_CLIENT),
  ...QUORUMS,
  ...SECURITY_KEYS,
  "producer.batchingEnabled",
  "producer.batchingMaxPublishDelayMs",
  "producer.batchingMaxBytes",
  "producer.blockIfQueueFull",
  "producer.pendingQueueSize",
  "consumer.receiverQueueSize",
  "consumer.subscriptionType",
]);

const PULSAR_DRIVER = "io.openmessaging.benchmark.driver.pulsar.PulsarBenchmarkDriver";
const MIB = 1024 ** 2;
/** Namespaces that OMB's driver is given have a random suffix added to them; ours stay as they are named. */
const NAMESPACE = /^[\w\-=:.]+\/[\w\-=:.]+$/;

/** Reads all of a driver file; where something is wrong, it is in the settings' problems. */
export function readDriver(settings: Settings): { driver: Driver; notes: string[] } {
  const driverClass = settings.value("driverClass", String);
  if (driverClass !== undefined && driverClass !== PULSAR_DRIVER) {
    // What else such a file says belongs to another system.
    settings.report(
      "driverClass",
      `'driverClass': '${driverClass}' drives another system: this lab loads Pulsar, expected '${PULSAR_DRIVER}'`,
    );
  } else settings.allow(DRIVER_KEYS);
  const notes: string[] = [];
  const truth = (key: string): boolean | undefined => settings.value(key, parseBoolean);
  const number = (key: string, min: number, max: number, otherwise: number): number =>
    settings.value(key, whole(min, max)) ?? otherwise;
  const url = settings.value("client.serviceUrl", (text) => serviceUrl.parse([text]));
  const admin = settings.value("client.httpUrl", (text) => adminUrl.parse([text]));
  const namespace = readNamespace(settings);
  const deduplication = truth("client.persistence.deduplicationEnabled") ?? false;
  if (deduplication && namespace === undefined) {
    settings.report(
      "client.persistence.deduplicationEnabled",
      "'client.persistence.deduplicationEnabled' needs client.namespacePrefix: public/default keeps its policies",
    );
  }
  if (truth("producer.blockIfQueueFull") === false) {
    settings.report(
      "producer.blockIfQueueFull",
      "'producer.blockIfQueueFull: false' cannot be given: a producer here waits for room, it does not fail messages",
    );
  }
  noteUnused(settings, notes, namespace);
  const batching = truth("producer.batchingEnabled") ?? true;
  return {
    driver: {
      name: settings.value("name", String) ?? "Pulsar",
      serviceUrl: url,
      adminUrl: admin,
      security: readSecurity(settings, url, admin),
      namespace,
      isPersistent: readTopicType(settings),
      deduplication,
      batching,
      batchDelayMs: number("producer.batchingMaxPublishDelayMs", 0, 60_000, 1),
      // What a broker accepts in one message, unless it is told otherwise.
      batchBytes: number("producer.batchingMaxBytes", 1024, 5 * MIB, MIB),
      pendingQueueSize: number("producer.pendingQueueSize", 0, 1e9, 0),
      memoryBytes: number("client.clientMemoryLimitMB", 0, 2 ** 20, 256) * MIB,
      receiverQueue: number("consumer.receiverQueueSize", 1, 1e6, 10_000),
      subscriptionType: readType(settings),
    },
    notes,
  };
}

function readNamespace(settings: Settings): string | undefined {
  const key = "client.namespacePrefix";
  const namespace = settings.value(key, String);
  if (namespace !== undefined && !NAMESPACE.test(namespace)) {
    settings.report(key, `'${key}': '${namespace}' is no namespace: expected 'tenant/namespace'`);
  }
  return namespace;
}

function readTopicType(settings: Settings): boolean {
  const kind = choice("persistent", "non_persistent");
  return settings.value("client.topicType", (text) => kind.parse([text])) !== "non_persistent";
}

function readType(settings: Settings): SubscriptionType {
  const kind = choice(...SUBSCRIPTION_TYPES);
  return settings.value("consumer.subscriptionType", (text) => kind.parse([text])) ?? "failover";
}

function noteUnused(settings: Settings, notes: string[], namespace: string | undefined): void {
  for (const [key, reason] of Object.entries(OF_THE_CLIENT)) {
    if (settings.has(key)) notes.push(`${key} has no effect: ${reason}`);
  }
  const quorums = QUORUMS.filter((key) => settings.has(key));
  for (const key of quorums) settings.value(key, whole(1, 1000));
  if (quorums.length > 0) {
    notes.push(
      `${quorums.join(", ")}: not set, messages are stored as often as the namespace or the brokers say ` +
        "(pulsar-admin namespaces set-persistence)",
    );
  }
  if (namespace !== undefined) {
    notes.push(`client.namespacePrefix: topics are in ${namespace} itself, OMB adds a random suffix to it`);
  }
}
