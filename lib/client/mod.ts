/** The Pulsar client: what the load engine and other users need of it. */
export { Admin, AdminError, type AdminOptions, type SubscriptionStats, type TopicStats } from "./admin.ts";
export {
  CredentialError,
  tlsAuthentication,
  tokenAuthentication,
  tokenFromEnv,
  tokenFromFile,
} from "./authentication.ts";
export { type ClientOptions, PulsarClient } from "./client.ts";
export { Consumer, type ConsumerOptions, type Message, type SubscriptionType } from "./consumer.ts";
export { EntryConsumer } from "./entry_consumer.ts";
export { type CorruptReason, type EntryConsumerOptions, ReceivedEntry } from "./received_entry.ts";
export { EntryProducer, type EntryProducerOptions } from "./entry_producer.ts";
export * from "./errors.ts";
export { EntryBody, OutgoingEntry } from "./frame_pool.ts";
export { MessageId } from "./message_id.ts";
export {
  encodeProperties,
  type OutgoingMessage,
  Producer,
  type ProducerOptions,
  type Routing,
} from "./producer.ts";
export { type Address, parseServiceUrl, type ServiceUrl } from "./service_url.ts";
export { parseTopic, partitionIndex, partitionName, type TopicName } from "./topic.ts";
