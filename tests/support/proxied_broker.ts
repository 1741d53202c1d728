/**
 * A real broker that can be reached through a fault proxy: connections that come in by it are told, in lookup answers, the
 * proxy's address. Its plain `serviceUrl` still leads past the proxy.
 *
 * The broker listens on a second port for them, whose listener advertises the proxy (`bindAddresses` and
 * `advertisedListeners`): any client stays behind the proxy without an option of its own.
 */
import { FaultProxy } from "./fault_proxy.ts";
import { freePorts } from "./ports.ts";
import { type BrokerSettings, type RealBroker, startBroker } from "./real_broker.ts";

export class ProxiedBroker implements AsyncDisposable {
  readonly broker: RealBroker;
  readonly #behind: number;
  readonly #front: number;

  private constructor(broker: RealBroker, behind: number, front: number) {
    this.broker = broker;
    this.#behind = behind;
    this.#front = front;
  }

  static async start({ extra }: { readonly extra?: BrokerSettings } = {}): Promise<ProxiedBroker> {
    const [behind, front] = freePorts(2) as [number, number];
    const broker = await startBroker({
      extra: ({ pulsar }) => ({
        bindAddresses: `proxied:pulsar://127.0.0.1:${behind}`,
        advertisedListeners: `internal:pulsar://127.0.0.1:${pulsar},proxied:pulsar://127.0.0.1:${front}`,
        internalListenerName: "internal",
        ...extra,
      }),
    });
    return new ProxiedBroker(broker, behind, front);
  }

  /** A proxy of the caller's own, whose `serviceUrl` is for the clients. One at a time. */
  proxy(seed = 1): Promise<FaultProxy> {
    return FaultProxy.open({ target: `pulsar://127.0.0.1:${this.#behind}`, port: this.#front, seed });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker.stop();
  }
}
