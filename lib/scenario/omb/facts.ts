/** What a result of OMB says about its workload, beside the figures. */
import type { Scenario } from "../types.ts";

export interface OmbFacts {
  /** Its name. */
  readonly workload: string;
  /** The driver's name. */
  readonly driver: string;
  readonly messageSize: number;
  readonly topics: number;
  /** Of each topic. */
  readonly partitions: number;
  readonly producersPerTopic: number;
  /** Of each subscription, as OMB has it under this name. */
  readonly consumersPerTopic: number;
  readonly subscriptionsPerTopic: number;
}

/** Of a scenario that is no workload of OMB: those of its first groups, and all its topics. */
export function factsOf({ name, topics, producers, subscriptions }: Scenario): OmbFacts {
  const [publish] = producers;
  const size = publish?.config.size;
  return {
    workload: name,
    driver: "Pulsar",
    // Sizes that are chosen from have no one size, which is 0 there.
    messageSize: size?.kind === "fixed" ? size.bytes : 0,
    topics: topics.reduce((sum, group) => sum + group.topics.length, 0),
    partitions: Math.max(1, ...topics.map(({ partitions }) => partitions)),
    producersPerTopic: publish?.perTopic ?? 0,
    consumersPerTopic: subscriptions[0]?.perTopic ?? 0,
    subscriptionsPerTopic: subscriptions.length,
  };
}
