/** Files of OMB for tests, and what becomes of them. */
import { parse } from "yaml";
import { ConfigError } from "../../config/source.ts";
import { readScenario } from "../file/read.ts";
import type { Scenario } from "../types.ts";
import { type OmbScenario, readOmb } from "./omb.ts";

/** A small workload; what is given replaces or adds to it, and undefined leaves a key out. */
export function workload(
  values: Readonly<Record<string, string | number | boolean | undefined>> = {},
): string {
  const all: Record<string, string | number | boolean | undefined> = {
    name: "small",
    topics: 1,
    partitionsPerTopic: 1,
    messageSize: 1024,
    payloadFile: "payload/payload-1Kb.data",
    subscriptionsPerTopic: 1,
    producersPerTopic: 1,
    consumerPerSubscription: 1,
    producerRate: 1000,
    consumerBacklogSizeGB: 0,
    testDurationMinutes: 5,
    ...values,
  };
  return Object.entries(all).flatMap(([key, value]) => value === undefined ? [] : `${key}: ${value}`).join(
    "\n",
  );
}

/** What OMB's own driver file for Pulsar says. */
export const PULSAR_DRIVER = `
name: Pulsar
driverClass: io.openmessaging.benchmark.driver.pulsar.PulsarBenchmarkDriver
client:
  serviceUrl: pulsar://localhost:6650
  httpUrl: http://localhost:8080
  ioThreads: 16
  connectionsPerBroker: 8
  clusterName: local
  namespacePrefix: benchmark/ns
  topicType: persistent
  persistence: { ensembleSize: 3, writeQuorum: 3, ackQuorum: 2, deduplicationEnabled: false }
  tlsAllowInsecureConnection: false
  tlsEnableHostnameVerification: false
  tlsTrustCertsFilePath:
  authentication: { plugin: , data: }
producer:
  batchingEnabled: true
  batchingMaxPublishDelayMs: 1
  batchingMaxBytes: 131072
  blockIfQueueFull: true
  pendingQueueSize: 0
consumer: { receiverQueueSize: 10000, subscriptionType: Failover }
`;

export function translated(
  text: string,
  driver?: string,
  overrides: Readonly<Record<string, string>> = {},
): OmbScenario {
  const file = driver === undefined ? undefined : { path: "driver.yaml", text: driver };
  return readOmb(text, "workload.yaml", file, new Map(Object.entries(overrides)));
}

/** The scenario file as plain data. */
// deno-lint-ignore no-explicit-any -- a foreign file's shape, which the tests check
export function scenarioOf(made: OmbScenario): any {
  return parse(made.scenario);
}

/** What the reader of scenario files makes of it. */
export function read(made: OmbScenario): { scenario: Scenario; notices: readonly string[] } {
  return readScenario({
    path: "workload.yaml",
    text: made.scenario,
    flags: new Map(),
    env: {},
    readFile: (path) => {
      throw new Error(`'${path}' is not to be read`);
    },
    runId: "run-1",
  });
}

/** The mistakes that a pair of files is refused for, one line each. */
export function refusals(...given: Parameters<typeof translated>): string[] {
  try {
    translated(...given);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ message }) => message);
    throw error;
  }
  return [];
}
