/** The embedded broker: a Pulsar broker for first runs, tests, fault injection and calibration. */
export { EmbeddedBroker } from "./embedded_broker.ts";
export { type BrokerHandle, BrokerHooks, type BrokerStats } from "./handle.ts";
export { type BrokerOptions, DEFAULT_BACKLOG_BYTES } from "./options.ts";
export type { FailingRequest, Fault, ImmediateFault, StandingFault } from "./faults.ts";
export type { BacklogQuota, NamespacePolicies, Retention } from "./namespace/policies.ts";
export { Refusal } from "./refusal.ts";
export { SERVER_VERSION } from "./core.ts";
export { startBrokerInWorker } from "./remote/remote_broker.ts";
export type {
  ConsumerStats,
  PartitionedTopicStats,
  PublisherStats,
  SubscriptionStats,
  TopicInternalStats,
  TopicStats,
} from "./admin/statistics.ts";
