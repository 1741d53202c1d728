/**
 * Open connections by broker. Behind a proxy every broker has the same physical address, so the key holds both the
 * broker that is meant (logical) and the address that is dialled (physical).
 */
import { type Address, type Connect, formatAddress, type Transport } from "../../transport/transport.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { ClosedError } from "../errors.ts";
import { microsSince, type OnTiming } from "./timing.ts";

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
  readonly #onTiming: OnTiming | undefined;
  readonly #connections = new Map<string, Promise<Connection>>();
  /** Dialled, with the handshake still pending. */
  readonly #greeting = new Set<Transport>();
  readonly #open = new Set<Connection>();
  readonly #closing: PromiseWithResolvers<never> = Promise.withResolvers();
  #isClosed = false;

  constructor(
    connect: Connect,
    tls: boolean,
    options: Omit<ConnectionOptions, "proxyToBroker">,
    onTiming?: OnTiming,
  ) {
    this.#connect = connect;
    this.#tls = tls;
    this.#options = options;
    this.#onTiming = onTiming;
    // Closing a pool that is not dialling is no unhandled rejection.
    this.#closing.promise.catch(() => {});
  }

  /** An open connection to the broker, dialled if there is none. Concurrent callers share one attempt. */
  get(broker: BrokerAddress): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(closedError());
    const key = `${broker.logical}|${formatAddress(broker.physical)}${broker.isProxied ? "|proxied" : ""}`;
    const known = this.#connections.get(key);
    if (known !== undefined) return known;
    const opening = this.#dial(broker);
    this.#connections.set(key, opening);
    const forget = (): void => {
      if (this.#connections.get(key) === opening) this.#connections.delete(key);
    };
    opening.then((connection) => connection.onClose(forget), forget);
    return opening;
  }

  async #dial(broker: BrokerAddress): Promise<Connection> {
    const startedAt = performance.now();
    const dialling = this.#connect({ ...broker.physical, tls: this.#tls });
    let transport: Transport;
    try {
      transport = await Promise.race([dialling, this.#closing.promise]);
    } catch (error) {
      if (this.#isClosed) dialling.then((late) => late.close(), () => {});
      throw error;
    }
    this.#greeting.add(transport);
    try {
      const connection = await Connection.open(transport, {
        ...this.#options,
        proxyToBroker: broker.isProxied ? broker.logical : undefined,
      });
      if (this.#isClosed) {
        connection.close();
        throw closedError();
      }
      this.#onTiming?.("connect", microsSince(startedAt));
      this.#open.add(connection);
      connection.onClose(() => this.#open.delete(connection));
      return connection;
    } catch (error) {
      throw this.#isClosed ? closedError() : error;
    } finally {
      this.#greeting.delete(transport);
    }
  }

  /** Closes every connection, also pending ones; later `get` calls fail. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closing.reject(closedError());
    for (const transport of this.#greeting) transport.close();
    for (const connection of [...this.#open]) connection.close();
    this.#connections.clear();
  }
}

function closedError(): ClosedError {
  return new ClosedError("the client is closed");
}
