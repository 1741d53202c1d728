/** The entry point of the client: one set of connections to a cluster, and the producers and consumers on them. */
import { DEFAULT_MAX_MESSAGE_SIZE } from "../wire/enums.ts";
import type { Connect } from "../transport/transport.ts";
import type { BackoffOptions } from "./connection/backoff.ts";
import type { Authentication } from "./connection/authentication.ts";
import type { ClientContext } from "./connection/context.ts";
import { Consumer, type ConsumerOptions } from "./messages/consumer.ts";
import { EntryConsumer, type EntryConsumerOptions } from "./entry/entry_consumer.ts";
import { ClosedError } from "./errors.ts";
import { EntryProducer, type EntryProducerOptions } from "./entry/entry_producer.ts";
import { Lookup } from "./connection/lookup.ts";
import { ConnectionPool } from "./connection/connection_pool.ts";
import { Producer, type ProducerOptions } from "./messages/producer.ts";
import { parseServiceUrl } from "./connection/service_url.ts";
import type { OnTiming } from "./connection/timing.ts";
import { parseTopic, partitionName } from "./topic.ts";

export interface ClientOptions {
  readonly serviceUrl: string;
  /** How bytes travel: TCP or TLS, or an in-memory pair in tests. */
  readonly connect: Connect;
  readonly authentication?: Authentication | undefined;
  /** Which of the broker's advertised listeners to use. */
  readonly listenerName?: string | undefined;
  /** How long a request may take, and a first attachment with its retries, milliseconds. Default 30,000. */
  readonly operationTimeoutMs?: number | undefined;
  /** Time between pings, milliseconds; a connection without any bytes for two of them is closed. Default 30,000. */
  readonly keepAliveMs?: number | undefined;
  readonly clientVersion?: string | undefined;
  readonly backoff?: BackoffOptions | undefined;
  /** Told how long each connection, each lookup and each request for a producer or consumer took. */
  readonly onTiming?: OnTiming | undefined;
}

/**
 * A client of one cluster. Producers and consumers reconnect by themselves; {@link close} ends them all.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { EmbeddedBroker } from "../broker/mod.ts"; // instead of a cluster
 * import { networkConnect } from "../transport/connect.ts";
 * import { PulsarClient } from "./client.ts";
 *
 * const broker = await EmbeddedBroker.start();
 * await broker.createPartitionedTopic("greetings", 3);
 * const client = new PulsarClient({ serviceUrl: broker.serviceUrl, connect: networkConnect() });
 * assert.equal(await client.partitions("greetings"), 3);
 *
 * const producer = await client.createProducer({ topic: "greetings", routing: "round-robin" });
 * const id = await producer.send({ payload: new TextEncoder().encode("hello") });
 * assert.ok(id !== undefined && id.partition < 3); // where the broker has stored it
 *
 * await client.close();
 * await broker.stop();
 * ```
 */
export class PulsarClient {
  readonly #pool: ConnectionPool;
  readonly #lookup: Lookup;
  readonly #context: ClientContext;
  readonly #open = new Set<{ close(): Promise<unknown> }>();
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  /** @throws {InvalidNameError} when the service URL cannot be understood. Nothing is dialled yet. */
  constructor(options: ClientOptions) {
    const { connect, authentication, listenerName, backoff, onTiming } = options;
    const { operationTimeoutMs = 30_000, keepAliveMs = 30_000, clientVersion = "pulsar-local-lab" } = options;
    const service = parseServiceUrl(options.serviceUrl);
    this.#pool = new ConnectionPool(connect, service.tls, {
      clientVersion,
      operationTimeoutMs,
      keepAliveMs,
      authentication,
    }, onTiming);
    this.#lookup = new Lookup({
      pool: this.#pool,
      service,
      operationTimeoutMs,
      signal: this.#closing.signal,
      backoff,
      listenerName,
      onTiming,
    });
    let nextId = 0;
    this.#context = {
      lookup: this.#lookup,
      operationTimeoutMs,
      maxMessageSize: DEFAULT_MAX_MESSAGE_SIZE,
      nextId: () => nextId++,
      forget: (member) => this.#open.delete(member as { close(): Promise<unknown> }),
      backoff,
      onTiming,
    };
  }

  /** Largest entry the broker accepts, bytes: metadata and body. */
  get maxMessageSize(): number {
    return this.#context.maxMessageSize;
  }

  /** Number of partitions of a topic; 0 = not partitioned. */
  partitions(topic: string): Promise<number> {
    return this.#lookup.partitions(parseTopic(topic).full);
  }

  /** The topics to use for a name: itself, or its partitions. */
  async partitionTopics(topic: string): Promise<string[]> {
    const { full } = parseTopic(topic);
    const count = await this.#lookup.partitions(full);
    return count === 0 ? [full] : Array.from({ length: count }, (_, index) => partitionName(full, index));
  }

  /** A producer of whole entries on one topic or partition. */
  createEntryProducer<C = undefined>(options: EntryProducerOptions<C>): Promise<EntryProducer<C>> {
    return this.#keep(
      EntryProducer.create(this.#context, { ...options, topic: parseTopic(options.topic).full }),
    );
  }

  /** A consumer of whole entries on one topic or partition. */
  createEntryConsumer(options: EntryConsumerOptions): Promise<EntryConsumer> {
    return this.#keep(
      EntryConsumer.create(this.#context, { ...options, topic: parseTopic(options.topic).full }),
    );
  }

  /** A producer of messages, on all partitions of a topic. */
  async createProducer(options: ProducerOptions): Promise<Producer> {
    const topics = await this.partitionTopics(options.topic);
    return await this.#keep(Producer.create(this.#context, topics, options));
  }

  /** A consumer of messages, on all partitions of a topic. */
  async subscribe(options: ConsumerOptions): Promise<Consumer> {
    const topics = await this.partitionTopics(options.topic);
    return await this.#keep(Consumer.create(this.#context, topics, options));
  }

  async #keep<T extends { close(): Promise<unknown> }>(creating: Promise<T>): Promise<T> {
    const created = await creating;
    if (this.#closing.signal.aborted) {
      await created.close();
      throw new ClosedError("the client was closed while this was being made");
    }
    this.#open.add(created);
    return created;
  }

  /** Closes producers, consumers and connections, and cancels pending requests. Never rejects. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled([...this.#open].map((each) => each.close()));
    this.#pool.close();
  }
}
