/** The Pulsar client: what the load engine and other users need of it. */
export { Admin, AdminError, type AdminOptions, type SubscriptionStats, type TopicStats } from "./admin.ts";
export {
  CredentialError,
  tlsAuthentication,
  tokenAuthentication,
  tokenFromEnv,
  tokenFromFile,
} from "./connection/authentication.ts";
export { type ClientOptions, PulsarClient } from "./client.ts";
export { Consumer, type ConsumerOptions, type Message, type SubscriptionType } from "./messages/consumer.ts";
export { type CorruptReason, EntryConsumer, type EntryConsumerOptions } from "./entry/entry_consumer.ts";
export { ReceivedEntry } from "./entry/received_entry.ts";
export { EntryProducer, type EntryProducerOptions } from "./entry/entry_producer.ts";
export * from "./errors.ts";
export { EntryBody, OutgoingEntry } from "./entry/frame_pool.ts";
export { MessageId } from "./entry/message_id.ts";
export {
  encodeProperties,
  type OutgoingMessage,
  Producer,
  type ProducerOptions,
  type Routing,
} from "./messages/producer.ts";
export { parseServiceUrl, type ServiceUrl } from "./connection/service_url.ts";
export { parseTopic, partitionIndex, partitionName, type TopicName } from "./topic.ts";
