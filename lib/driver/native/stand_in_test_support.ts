/**
 * A module that stands in for npm:pulsar-client where its library cannot be had: the same documented interface, as far
 * as this project uses it, on top of our own client. It is as strict as the addon is about what it is given, rejects
 * with texts of the same form, and resolves no sooner than in the next turn of the event loop.
 */
import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers";
import {
  type Authentication,
  type Consumer,
  errorCode,
  type Message,
  type MessageId,
  networkConnect,
  type Producer,
  PulsarClient,
  tokenAuthentication,
} from "../../client/mod.ts";
import type { CompressionName, SubType } from "../../wire/enums.ts";
import { MessageIdData } from "../../wire/messages.ts";
import type {
  Addon,
  AddonClient,
  AddonClientConfig,
  AddonCompression,
  AddonConsumer,
  AddonConsumerConfig,
  AddonMessage,
  AddonMessageId,
  AddonOutgoing,
  AddonProducer,
  AddonProducerConfig,
  AddonSubscriptionType,
} from "./addon.ts";

const COMPRESSION: Readonly<Record<AddonCompression, CompressionName>> = {
  None: "none",
  Zlib: "zlib",
  LZ4: "lz4",
  ZSTD: "zstd",
  SNAPPY: "snappy",
};
const SUBSCRIPTIONS: Readonly<Record<AddonSubscriptionType, keyof typeof SubType>> = {
  Exclusive: "exclusive",
  Shared: "shared",
  Failover: "failover",
  KeyShared: "key-shared",
};
/** Our names of errors that the C++ client calls otherwise. */
const RESULTS: Readonly<Record<string, string>> = {
  Closed: "AlreadyClosed",
  ConnectionRefused: "ConnectError",
  MessageTooLarge: "MessageTooBig",
  Timeout: "TimeOut",
};

/** What the addon does on other threads is heard of in a later turn. */
async function later<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const code = errorCode(error);
    throw new Error(`Failed to ${what}: ${RESULTS[code] ?? code}`);
  } finally {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

class StandInId implements AddonMessageId {
  constructor(readonly id: MessageId | undefined) {}

  serialize(): Buffer {
    const { id } = this;
    if (id === undefined) return Buffer.alloc(0);
    return Buffer.from(MessageIdData.encode(id.toData()).finish());
  }
}

class StandInMessage implements AddonMessage {
  constructor(readonly message: Message) {}

  getData(): Buffer {
    return Buffer.from(this.message.payload);
  }

  getMessageId(): AddonMessageId {
    return new StandInId(this.message.id);
  }

  getPublishTimestamp(): number {
    return this.message.publishTime;
  }

  getRedeliveryCount(): number {
    return this.message.redeliveryCount;
  }
}

class StandInProducer implements AddonProducer {
  readonly #producer: Producer;

  constructor(producer: Producer) {
    this.#producer = producer;
  }

  async send({ data, properties, partitionKey, ...rest }: AddonOutgoing): Promise<AddonMessageId> {
    if (!Buffer.isBuffer(data)) throw new Error("data must be a Buffer");
    if (Object.keys(rest).length > 0) throw new Error(`unknown: ${Object.keys(rest)}`);
    // The addon copies before it returns.
    const message = { payload: Uint8Array.from(data), key: partitionKey, properties };
    return new StandInId(await later("send message", this.#producer.send(message)));
  }

  async flush(): Promise<null> {
    await later("flush producer", this.#producer.flush());
    return null;
  }

  async close(): Promise<null> {
    await later("close producer", this.#producer.close());
    return null;
  }

  isConnected(): boolean {
    return this.#producer.isConnected;
  }
}

class StandInConsumer implements AddonConsumer {
  readonly #consumer: Consumer;

  constructor(consumer: Consumer) {
    this.#consumer = consumer;
  }

  async receive(): Promise<AddonMessage> {
    return new StandInMessage(await later("receive message", this.#consumer.receive()));
  }

  acknowledge(message: AddonMessage): Promise<null> {
    this.#consumer.ack((message as StandInMessage).message);
    return later("acknowledge", Promise.resolve(null));
  }

  acknowledgeCumulative(message: AddonMessage): Promise<null> {
    this.#consumer.ackCumulative((message as StandInMessage).message);
    return later("acknowledge cumulatively", Promise.resolve(null));
  }

  isConnected(): boolean {
    return this.#consumer.isConnected;
  }

  async close(): Promise<null> {
    await later("close consumer", this.#consumer.close());
    return null;
  }

  async unsubscribe(): Promise<null> {
    await later("unsubscribe consumer", this.#consumer.unsubscribe());
    return null;
  }
}

export class AuthenticationToken {
  constructor(readonly params: { token: string | (() => Promise<string>) }) {}
}

export class AuthenticationTls {
  constructor(readonly params: { certificatePath: string; privateKeyPath: string }) {}
}

export class Client implements AddonClient {
  readonly #client: PulsarClient;

  constructor(config: AddonClientConfig) {
    const { serviceUrl, authentication, operationTimeoutSeconds = 30, listenerName } = config;
    if (!Number.isInteger(operationTimeoutSeconds)) throw new Error("operationTimeoutSeconds must be whole");
    this.#client = new PulsarClient({
      serviceUrl,
      connect: networkConnect(),
      operationTimeoutMs: operationTimeoutSeconds * 1000,
      listenerName,
      authentication: authenticationOf(authentication),
      backoff: { initialMs: 400, maxMs: 800 },
    });
  }

  async createProducer(config: AddonProducerConfig): Promise<AddonProducer> {
    const { topic, producerName, compressionType = "None", maxPendingMessages = 1000 } = config;
    if (config.blockIfQueueFull !== false) throw new Error("a call that blocks would stop this thread");
    const { batchingMaxPublishDelayMs: delayMs = 10, batchingMaxMessages: messages = 1000 } = config;
    const { batchingMaxAllowedSizeInBytes: bytes = 128 * 1024 } = config;
    const creating = this.#client.createProducer({
      topic,
      name: producerName,
      compression: COMPRESSION[compressionType],
      batching: config.batchingEnabled === false ? false : { delayMs, messages, bytes },
      batchByKey: config.batchingType === "KeyBasedBatching",
      maxInFlight: maxPendingMessages,
      maxMessageBytes: 256 * 1024,
    });
    return new StandInProducer(await later("create producer", creating));
  }

  async subscribe(config: AddonConsumerConfig): Promise<AddonConsumer> {
    const subscribing = this.#client.subscribe({
      topic: config.topic,
      subscription: config.subscription,
      type: SUBSCRIPTIONS[config.subscriptionType],
      initialPosition: config.subscriptionInitialPosition === "Earliest" ? "earliest" : "latest",
      receiverQueue: config.receiverQueueSize,
      batchIndexAck: config.batchIndexAckEnabled ?? false,
    });
    return new StandInConsumer(await later("create consumer", subscribing));
  }

  async close(): Promise<null> {
    await later("close client", this.#client.close());
    return null;
  }
}

function authenticationOf(given: object | undefined): Authentication | undefined {
  if (given === undefined) return undefined;
  if (!(given instanceof AuthenticationToken)) throw new Error("the stand-in knows tokens only");
  const { token } = given.params;
  return tokenAuthentication(typeof token === "string" ? () => Promise.resolve(token) : token);
}

/** The same, as a value. */
export const standIn: Addon = { Client, AuthenticationTls, AuthenticationToken };
