/**
 * Finds the broker that owns a topic, and how many partitions a topic has.
 *
 * Source: Pulsar binary protocol specification, "Service discovery"; 20 redirects at most, as the Java client.
 */
import type { Command, CommandBody } from "../wire/command.ts";
import { LookupType, serverErrorName } from "../wire/enums.ts";
import type { Connection } from "./connection.ts";
import type { AssignedUrl } from "./handlers.ts";
import { ConnectionClosedError, PulsarError } from "./errors.ts";
import type { BrokerAddress, ConnectionPool } from "./pool.ts";
import { type Address, formatAddress, parseServiceUrl, type ServiceUrl } from "./service_url.ts";

const MAX_REDIRECTS = 20;

export class Lookup {
  readonly #pool: ConnectionPool;
  readonly #service: ServiceUrl;
  readonly #listenerName: string | undefined;
  #turn = 0;

  constructor(pool: ConnectionPool, service: ServiceUrl, listenerName?: string) {
    this.#pool = pool;
    this.#service = service;
    this.#listenerName = listenerName;
  }

  /** A connection to the broker that owns `topic`. */
  async owner(topic: string): Promise<Connection> {
    let broker = this.#serviceBroker();
    let authoritative = false;
    for (let redirect = 0; redirect <= MAX_REDIRECTS; redirect++) {
      const connection = await this.#pool.get(broker);
      const action = `look up '${topic}'`;
      const answer: Command = await connection.request("lookup", {
        topic,
        authoritative,
        ...(this.#listenerName === undefined ? {} : { advertisedListenerName: this.#listenerName }),
      }, action);
      if (answer.name !== "lookupResponse") throw unexpected(action, answer.name);
      const body: CommandBody<"lookupResponse"> = answer.body;
      if (body.response === LookupType.failed || body.response === undefined) {
        throw new PulsarError(serverErrorName(body.error ?? 0), body.message ?? "", action);
      }
      const url = { plain: body.brokerServiceUrl, tls: body.brokerServiceUrlTls };
      broker = this.#resolve(url, body.proxyThroughServiceUrl ?? false, action);
      if (body.response === LookupType.connect) return await this.#pool.get(broker);
      authoritative = body.authoritative ?? false;
    }
    throw new ConnectionClosedError(`look up '${topic}': more than ${MAX_REDIRECTS} redirects`);
  }

  /** A connection to the broker that a CLOSE_PRODUCER or CLOSE_CONSUMER pointed to. */
  assigned(url: AssignedUrl): Promise<Connection> {
    return this.#pool.get(this.#resolve(url, false, "follow the broker's redirect"));
  }

  /** Number of partitions of a topic; 0 = not partitioned. */
  async partitions(topic: string): Promise<number> {
    const connection = await this.#pool.get(this.#serviceBroker());
    const action = `ask for the partitions of '${topic}'`;
    const answer = await connection.request("partitionMetadata", { topic }, action);
    if (answer.name !== "partitionMetadataResponse") throw unexpected(action, answer.name);
    const { response, error, message, partitions } = answer.body;
    if (response === 1) throw new PulsarError(serverErrorName(error ?? 0), message ?? "", action);
    return partitions ?? 0;
  }

  #serviceBroker(): BrokerAddress {
    const { addresses } = this.#service;
    const physical = addresses[this.#turn++ % addresses.length]!;
    return { logical: formatAddress(physical), physical, isProxied: false };
  }

  #resolve(
    url: { plain?: string | undefined; tls?: string | undefined },
    proxied: boolean,
    action: string,
  ): BrokerAddress {
    const text = this.#service.tls ? url.tls : url.plain;
    if (text === undefined || text === "") {
      const kind = this.#service.tls ? "TLS" : "plain";
      throw new ConnectionClosedError(`${action}: the broker announced no ${kind} address`);
    }
    const target: Address = parseServiceUrl(text).addresses[0]!;
    const physical = proxied ? this.#service.addresses[0]! : target;
    return { logical: formatAddress(target), physical, isProxied: proxied };
  }
}

function unexpected(action: string, name: string): ConnectionClosedError {
  return new ConnectionClosedError(`${action}: the broker answered with '${name}'`);
}
