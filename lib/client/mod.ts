/**
 * A client of Apache Pulsar for Deno: messages ({@link Producer}, {@link Consumer}) for applications, and whole entries
 * ({@link EntryProducer}, {@link EntryConsumer}) for programs that count every byte, as the load engine does.
 *
 * @example Send and receive
 * ```ts
 * import assert from "node:assert/strict";
 * import { EmbeddedBroker } from "../broker/mod.ts"; // instead of a cluster
 * import { networkConnect, PulsarClient } from "./mod.ts";
 *
 * const broker = await EmbeddedBroker.start();
 * const client = new PulsarClient({ serviceUrl: broker.serviceUrl, connect: networkConnect() });
 *
 * const consumer = await client.subscribe({ topic: "orders", subscription: "billing", type: "shared" });
 * const producer = await client.createProducer({ topic: "orders", compression: "lz4" });
 * await producer.send({ payload: new TextEncoder().encode("3 apples"), key: "customer-7" });
 *
 * const message = await consumer.receive();
 * assert.equal(new TextDecoder().decode(message.payload), "3 apples");
 * assert.equal(message.key, "customer-7");
 * consumer.ack(message);
 *
 * await client.close(); // sends the acknowledgement too
 * await broker.stop();
 * ```
 *
 * @module
 */
export { Admin, AdminError, type AdminOptions, type SubscriptionStats, type TopicStats } from "./admin.ts";
export {
  type Authentication,
  CredentialError,
  tlsAuthentication,
  tokenAuthentication,
  tokenFromEnv,
  tokenFromFile,
} from "./connection/authentication.ts";
export { Backoff, type BackoffOptions } from "./connection/backoff.ts";
export { type ClientOptions, PulsarClient } from "./client.ts";
export { Consumer, type ConsumerOptions, type Message, type SubscriptionType } from "./messages/consumer.ts";
export { type CorruptReason, EntryConsumer, type EntryConsumerOptions } from "./entry/entry_consumer.ts";
export { ReceivedEntry } from "./entry/received_entry.ts";
export { EntryProducer, type EntryProducerOptions } from "./entry/entry_producer.ts";
export * from "./errors.ts";
export { EntryBody, OutgoingEntry } from "./entry/frame_pool.ts";
export { MessageId } from "./entry/message_id.ts";
export {
  type BatchLimits,
  encodeProperties,
  type OutgoingMessage,
  Producer,
  type ProducerOptions,
  type Routing,
} from "./messages/producer.ts";
export { parseServiceUrl, type ServiceUrl } from "./connection/service_url.ts";
export type { OnTiming, TimedStep } from "./connection/timing.ts";
export { parseTopic, partitionIndex, partitionName, type TopicName } from "./topic.ts";
export { networkConnect, type NetworkOptions } from "../transport/connect.ts";
export { TransportError } from "../transport/errors.ts";
export { loadTls, type TlsFiles, type TlsSettings } from "../transport/tls_files.ts";
export type { Connect } from "../transport/transport.ts";
