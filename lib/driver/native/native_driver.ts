/** The addon `npm:pulsar-client` behind the engine's interface. */
import { ClosedError } from "../../client/mod.ts";
import { type CompressionName, DEFAULT_MAX_MESSAGE_SIZE, SubType } from "../../wire/enums.ts";
import type {
  Driver,
  DriverConsumer,
  DriverConsumerOptions,
  DriverProducer,
  DriverProducerOptions,
} from "../driver.ts";
import type {
  Addon,
  AddonClient,
  AddonClientConfig,
  AddonCompression,
  AddonProducerConfig,
  AddonSubscriptionType,
} from "./addon.ts";
import { NativeClientError } from "./addon_error.ts";
import { ConnectionPoll } from "./connection_poll.ts";
import { NativeConsumer, unable } from "./native_consumer.ts";
import { NativeProducer } from "./native_producer.ts";

export interface NativeSettings {
  readonly serviceUrl: string;
  /** Whole seconds. */
  readonly operationTimeoutMs: number;
  readonly listenerName?: string | undefined;
  readonly token?: string | (() => Promise<string>) | undefined;
  readonly tls?: {
    readonly caFile?: string | undefined;
    readonly certFile?: string | undefined;
    readonly keyFile?: string | undefined;
    readonly verifyHostname: boolean;
  };
  /** How the addon puts messages into batches; absent = not at all. */
  readonly batching?: {
    readonly messages: number;
    readonly bytes: number;
    /** At least 1, whole. */
    readonly delayMs: number;
    /** A batch holds messages of one key only, as Key_Shared subscriptions need. */
    readonly byKey: boolean;
  } | undefined;
}

const COMPRESSION: Readonly<Record<CompressionName, AddonCompression>> = {
  none: "None",
  lz4: "LZ4",
  zlib: "Zlib",
  zstd: "ZSTD",
  snappy: "SNAPPY",
};
const SUBSCRIPTIONS: ReadonlyMap<number, AddonSubscriptionType> = new Map([
  [SubType.exclusive, "Exclusive"],
  [SubType.shared, "Shared"],
  [SubType.failover, "Failover"],
  [SubType["key-shared"], "KeyShared"],
]);
/** The longest that the addon takes: as in the wire client, a message waits for its receipt until the run gives up. */
const SEND_TIMEOUT_MS = 2 ** 31 - 1;
const ERRORS_ONLY = 3;

/** The addon's logger looks into the first client for as long as the thread lives: none is ever given up. */
const held: AddonClient[] = [];

export class NativeDriver implements Driver {
  /** The addon does not say what the broker allows. */
  readonly maxMessageSize = DEFAULT_MAX_MESSAGE_SIZE;
  readonly #client: AddonClient;
  readonly #settings: NativeSettings;
  readonly #poll = new ConnectionPoll();
  readonly #open = new Set<{ close(): Promise<unknown> }>();
  #closed: Promise<void> | undefined;

  /** Nothing is dialled yet. */
  constructor(addon: Addon, settings: NativeSettings) {
    this.#settings = settings;
    this.#client = new addon.Client(clientConfig(addon, settings));
    held.push(this.#client);
  }

  async createEntryProducer<C = undefined>(options: DriverProducerOptions<C>): Promise<DriverProducer<C>> {
    const { topic, name, compression = "none", maxInFlight = 16 } = options;
    const config: AddonProducerConfig = {
      topic,
      ...(name === undefined ? {} : { producerName: name }),
      compressionType: COMPRESSION[compression],
      sendTimeoutMs: SEND_TIMEOUT_MS,
      // The window is kept here; a call that waits for room would stop the thread that has to make it.
      maxPendingMessages: maxInFlight + 1,
      blockIfQueueFull: false,
      ...batchingConfig(this.#settings.batching),
    };
    const producer = await this.#client.createProducer(config).catch((cause) => {
      throw new NativeClientError(`create a producer on '${topic}'`, cause);
    });
    return this.#keep(new NativeProducer<C>(producer, options, this.#poll, this.maxMessageSize));
  }

  /** @throws {Error} for a subscription that is not durable: the addon's readers choose its name themselves */
  async createEntryConsumer(options: DriverConsumerOptions): Promise<DriverConsumer> {
    if (options.durable === false) throw unable("make a subscription of this name that is not durable");
    const { topic, subscription, type, initialPosition = 0, receiverQueue = 1000 } = options;
    const consumer = await this.#client.subscribe({
      topic,
      subscription,
      subscriptionType: SUBSCRIPTIONS.get(type)!,
      subscriptionInitialPosition: initialPosition === 1 ? "Earliest" : "Latest",
      receiverQueueSize: receiverQueue,
      // Messages are acknowledged one by one, also those of a batch of which some are left.
      batchIndexAckEnabled: true,
    }).catch((cause) => {
      throw new NativeClientError(`subscribe '${subscription}' to '${topic}'`, cause);
    });
    const kept = this.#keep(new NativeConsumer(consumer, options, this.#poll));
    kept.startSoon();
    return kept;
  }

  #keep<T extends { close(): Promise<unknown> }>(made: T): T {
    if (this.#closed !== undefined) {
      void made.close();
      throw new ClosedError("the client was closed while this was being made");
    }
    this.#open.add(made);
    return made;
  }

  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    await Promise.allSettled([...this.#open].map((each) => each.close()));
    await this.#client.close().catch(() => {});
  }
}

function clientConfig(addon: Addon, settings: NativeSettings): AddonClientConfig {
  const { serviceUrl, operationTimeoutMs, listenerName, token, tls } = settings;
  const { caFile, certFile, keyFile } = tls ?? {};
  const hasIdentity = certFile !== undefined && keyFile !== undefined;
  const authentication = token !== undefined
    ? new addon.AuthenticationToken({ token })
    : hasIdentity
    ? new addon.AuthenticationTls({ certificatePath: certFile, privateKeyPath: keyFile })
    : undefined;
  return {
    serviceUrl,
    operationTimeoutSeconds: Math.ceil(operationTimeoutMs / 1000),
    // One connection for each client, as the wire client has.
    ioThreads: 1,
    messageListenerThreads: 1,
    logLevel: ERRORS_ONLY,
    tlsValidateHostname: tls?.verifyHostname ?? true,
    ...(listenerName === undefined ? {} : { listenerName }),
    ...(authentication === undefined ? {} : { authentication }),
    ...(caFile === undefined ? {} : { tlsTrustCertsFilePath: caFile }),
    // Beside a token the certificate is for TLS alone.
    ...(hasIdentity ? { tlsCertificateFilePath: certFile, tlsPrivateKeyFilePath: keyFile } : {}),
  };
}

function batchingConfig(batching: NativeSettings["batching"]): Partial<AddonProducerConfig> {
  if (batching === undefined) return { batchingEnabled: false };
  return {
    batchingEnabled: true,
    batchingMaxMessages: batching.messages,
    batchingMaxAllowedSizeInBytes: batching.bytes,
    batchingMaxPublishDelayMs: batching.delayMs,
    batchingType: batching.byKey ? "KeyBasedBatching" : "DefaultBatching",
  };
}
