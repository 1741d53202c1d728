/**
 * Connections by broker. Behind a proxy every broker has the same physical address, so the key holds both the
 * broker meant (logical) and the address dialled (physical).
 */
import type { Connect } from "../transport/transport.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { ClosedError } from "./errors.ts";
import { type Address, formatAddress } from "./service_url.ts";

export interface BrokerAddress {
  /** `host:port` of the broker that owns the topic. */
  readonly logical: string;
  /** Where to dial. */
  readonly physical: Address;
  /** The dialled address is a proxy. */
  readonly isProxied: boolean;
}

export class ConnectionPool {
  readonly #connect: Connect;
  readonly #tls: boolean;
  readonly #options: Omit<ConnectionOptions, "proxyToBroker">;
  readonly #connections = new Map<string, Promise<Connection>>();
  #isClosed = false;

  constructor(connect: Connect, tls: boolean, options: Omit<ConnectionOptions, "proxyToBroker">) {
    this.#connect = connect;
    this.#tls = tls;
    this.#options = options;
  }

  /** An open connection to the broker, dialled if there is none. Concurrent callers share one attempt. */
  get(broker: BrokerAddress): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(new ClosedError("the client is closed"));
    const key = `${broker.logical}|${formatAddress(broker.physical)}`;
    const known = this.#connections.get(key);
    if (known !== undefined) return known;
    const opening = this.#open(broker, key);
    this.#connections.set(key, opening);
    opening.catch(() => this.#forget(key, opening));
    return opening;
  }

  async #open(broker: BrokerAddress, key: string): Promise<Connection> {
    const transport = await this.#connect({ ...broker.physical, tls: this.#tls });
    const connection = await Connection.open(transport, {
      ...this.#options,
      ...(broker.isProxied ? { proxyToBroker: broker.logical } : {}),
    });
    const opening = this.#connections.get(key);
    connection.onClose(() => this.#forget(key, opening));
    if (this.#isClosed) connection.close();
    return connection;
  }

  #forget(key: string, opening: Promise<Connection> | undefined): void {
    if (this.#connections.get(key) === opening) this.#connections.delete(key);
  }

  /** Closes every connection; later `get` calls fail. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = await Promise.allSettled(this.#connections.values());
    for (const result of opened) if (result.status === "fulfilled") result.value.close();
    this.#connections.clear();
  }
}
