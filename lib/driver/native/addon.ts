/**
 * What this driver uses of `npm:pulsar-client` 1.18, in its own words: an extract of the package's `index.d.ts`.
 *
 * The package is a native addon. It is no dependency of this project: it is looked for only when it is asked for.
 */
import type { Buffer } from "node:buffer";

export const ADDON_PACKAGE = "pulsar-client";
export const ADDON_VERSION = "1.18.0";

export interface Addon {
  readonly Client: new (config: AddonClientConfig) => AddonClient;
  readonly AuthenticationTls: new (params: { certificatePath: string; privateKeyPath: string }) => object;
  readonly AuthenticationToken: new (params: { token: string | (() => Promise<string>) }) => object;
}

export interface AddonClientConfig {
  serviceUrl: string;
  authentication?: object;
  operationTimeoutSeconds?: number;
  ioThreads?: number;
  messageListenerThreads?: number;
  tlsTrustCertsFilePath?: string;
  tlsCertificateFilePath?: string;
  tlsPrivateKeyFilePath?: string;
  tlsValidateHostname?: boolean;
  listenerName?: string;
  /** 3 = errors only. */
  logLevel?: number;
}

export interface AddonClient {
  createProducer(config: AddonProducerConfig): Promise<AddonProducer>;
  subscribe(config: AddonConsumerConfig): Promise<AddonConsumer>;
  close(): Promise<null>;
}

export type AddonCompression = "None" | "Zlib" | "LZ4" | "ZSTD" | "SNAPPY";

export interface AddonProducerConfig {
  topic: string;
  producerName?: string;
  sendTimeoutMs?: number;
  maxPendingMessages?: number;
  blockIfQueueFull?: boolean;
  compressionType?: AddonCompression;
  batchingEnabled?: boolean;
  batchingMaxPublishDelayMs?: number;
  batchingMaxMessages?: number;
  batchingMaxAllowedSizeInBytes?: number;
  batchingType?: "DefaultBatching" | "KeyBasedBatching";
}

export interface AddonOutgoing {
  data: Buffer;
  properties?: Record<string, string>;
  partitionKey?: string;
}

export interface AddonProducer {
  send(message: AddonOutgoing): Promise<AddonMessageId>;
  flush(): Promise<null>;
  close(): Promise<null>;
  isConnected(): boolean;
}

export type AddonSubscriptionType = "Exclusive" | "Shared" | "KeyShared" | "Failover";

export interface AddonConsumerConfig {
  topic: string;
  subscription: string;
  subscriptionType: AddonSubscriptionType;
  subscriptionInitialPosition: "Latest" | "Earliest";
  receiverQueueSize: number;
  batchIndexAckEnabled?: boolean;
}

export interface AddonConsumer {
  receive(): Promise<AddonMessage>;
  acknowledge(message: AddonMessage): Promise<null>;
  acknowledgeCumulative(message: AddonMessage): Promise<null>;
  isConnected(): boolean;
  close(): Promise<null>;
  unsubscribe(): Promise<null>;
}

export interface AddonMessage {
  getData(): Buffer;
  getMessageId(): AddonMessageId;
  getPublishTimestamp(): number;
  getRedeliveryCount(): number;
}

export interface AddonMessageId {
  /** The protocol's `MessageIdData`. */
  serialize(): Buffer;
}
