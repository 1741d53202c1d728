/**
 * Finds the broker that owns a topic, and how many partitions a topic has.
 *
 * Source: Pulsar binary protocol specification, "Service discovery"; 20 redirects at most, as the Java client.
 */
import type { Command, CommandBody } from "../../wire/command.ts";
import { LookupType, serverErrorName } from "../../wire/enums.ts";
import { Backoff, type BackoffOptions } from "./backoff.ts";
import type { Connection } from "./connection.ts";
import type { AssignedUrl } from "./handlers.ts";
import { ClosedError, LookupError, PulsarError } from "../errors.ts";
import type { BrokerAddress, ConnectionPool } from "./connection_pool.ts";
import { retryTransient } from "./retry.ts";
import { parseServiceUrl, type ServiceUrl } from "./service_url.ts";
import { microsSince, type OnTiming } from "./timing.ts";
import { type Address, formatAddress } from "../../transport/transport.ts";

const MAX_REDIRECTS = 20;

export interface LookupOptions {
  readonly pool: ConnectionPool;
  readonly service: ServiceUrl;
  readonly operationTimeoutMs: number;
  readonly backoff?: BackoffOptions | undefined;
  /** Which of the broker's advertised listeners to ask for. */
  readonly listenerName?: string | undefined;
  readonly onTiming?: OnTiming | undefined;
  /** Fires when the client is closed. */
  readonly signal: AbortSignal;
}

export class Lookup {
  readonly #options: LookupOptions;
  /** Index of the address of the service URL that answered last. */
  #turn = 0;
  /** The last lookup led through a proxy, which then leads to every broker of the cluster. */
  #isProxied = false;

  constructor(options: LookupOptions) {
    this.#options = options;
  }

  /** Fires when the client is closed. */
  get signal(): AbortSignal {
    return this.#options.signal;
  }

  /** A connection to the broker that owns `topic`. */
  async owner(topic: string): Promise<Connection> {
    const { pool, listenerName, onTiming } = this.#options;
    const action = `look up '${topic}'`;
    let { connection, physical } = await this.#serviceConnection();
    let authoritative = false;
    let waited = 0;
    for (let redirect = 0; redirect <= MAX_REDIRECTS; redirect++) {
      const askedAt = performance.now();
      const answer: Command = await connection.request("lookup", {
        topic,
        authoritative,
        advertisedListenerName: listenerName,
      }, action);
      waited += microsSince(askedAt);
      if (answer.name !== "lookupResponse") throw unexpected(action, answer.name);
      const body: CommandBody<"lookupResponse"> = answer.body;
      if (body.response === LookupType.failed || body.response === undefined) {
        throw new PulsarError(serverErrorName(body.error ?? 0), body.message ?? "", action);
      }
      const url = { plain: body.brokerServiceUrl, tls: body.brokerServiceUrlTls };
      if (body.response === LookupType.connect) onTiming?.("lookup", waited);
      const isProxied = body.proxyThroughServiceUrl ?? false;
      const broker = this.#resolve(url, isProxied ? physical : undefined, action);
      connection = await pool.get(broker);
      if (body.response === LookupType.connect) {
        this.#isProxied = isProxied;
        return connection;
      }
      physical = broker.physical;
      authoritative = body.authoritative ?? false;
    }
    throw new LookupError(`${action}: more than ${MAX_REDIRECTS} redirects`, true);
  }

  /** A connection to the broker that a CLOSE_PRODUCER or CLOSE_CONSUMER pointed to. */
  async assigned(url: AssignedUrl): Promise<Connection> {
    const proxy = this.#isProxied ? this.#serviceAddress() : undefined;
    return await this.#options.pool.get(this.#resolve(url, proxy, "follow the broker's hint"));
  }

  /** Number of partitions of a topic; 0 = not partitioned. Retries while the broker is not ready. */
  partitions(topic: string): Promise<number> {
    const { operationTimeoutMs: limitMs, signal, backoff } = this.#options;
    return retryTransient({ limitMs, signal, backoff: new Backoff(backoff) }, () => this.#partitions(topic));
  }

  async #partitions(topic: string): Promise<number> {
    const { connection } = await this.#serviceConnection();
    const action = `ask for the partitions of '${topic}'`;
    const answer = await connection.request("partitionMetadata", { topic }, action);
    if (answer.name !== "partitionMetadataResponse") throw unexpected(action, answer.name);
    const { response, error, message, partitions } = answer.body;
    if (response === 1) throw new PulsarError(serverErrorName(error ?? 0), message ?? "", action);
    return partitions ?? 0;
  }

  /** A connection to the first reachable address of the service URL, starting with the one that answered last. */
  async #serviceConnection(): Promise<{ connection: Connection; physical: Address }> {
    const { pool, service } = this.#options;
    const { addresses } = service;
    // Fixed for this call: concurrent calls also move `#turn`, and must not make this one skip an address.
    const first = this.#turn;
    let failure: unknown;
    for (let tried = 0; tried < addresses.length; tried++) {
      const turn = (first + tried) % addresses.length;
      const physical = addresses[turn]!;
      try {
        const connection = await pool.get({ logical: formatAddress(physical), physical, isProxied: false });
        this.#turn = turn;
        return { connection, physical };
      } catch (error) {
        // Every broker of the cluster would refuse the same token.
        if (error instanceof ClosedError || error instanceof PulsarError) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  #serviceAddress(): Address {
    const { addresses } = this.#options.service;
    return addresses[this.#turn]!;
  }

  #resolve(
    url: AssignedUrl,
    proxy: Address | undefined,
    action: string,
  ): BrokerAddress {
    const { tls } = this.#options.service;
    const text = tls ? url.tls : url.plain;
    if (text === undefined || text === "") {
      const [kind, other] = tls ? ["TLS", "pulsar://"] : ["plain", "pulsar+ssl://"];
      const advice = `use a ${other} service URL, or have the broker advertise one`;
      throw new LookupError(`${action}: the broker announces no ${kind} address; ${advice}`, false);
    }
    let target: Address;
    try {
      target = parseServiceUrl(text).addresses[0]!;
    } catch (cause) {
      throw new LookupError(`${action}: the broker points to '${text}', which is no address`, false, {
        cause,
      });
    }
    return { logical: formatAddress(target), physical: proxy ?? target, isProxied: proxy !== undefined };
  }
}

function unexpected(action: string, name: string): LookupError {
  return new LookupError(`${action}: the broker answered with '${name}'`, true);
}
