/** A driver with a connection of its own for each producer and consumer, as independent clients have it. */
import { ClosedError } from "../../client/mod.ts";
import type {
  Driver,
  DriverConsumer,
  DriverConsumerOptions,
  DriverProducer,
  DriverProducerOptions,
} from "../../driver/driver.ts";

export class OwnConnections implements Driver {
  readonly #make: () => Driver;
  readonly #clients = new Set<Driver>();
  /** The one that has connected last; before, one that knows what brokers accept by default. */
  #newest: Driver;
  #isClosed = false;

  /** @param make gives a client that has not dialled yet */
  constructor(make: () => Driver) {
    this.#make = make;
    this.#newest = make();
  }

  get maxMessageSize(): number {
    return this.#newest.maxMessageSize;
  }

  createEntryProducer<C = undefined>(options: DriverProducerOptions<C>): Promise<DriverProducer<C>> {
    return this.#on((client) => client.createEntryProducer(options));
  }

  createEntryConsumer(options: DriverConsumerOptions): Promise<DriverConsumer> {
    return this.#on((client) => client.createEntryConsumer(options));
  }

  async #on<T>(create: (client: Driver) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new ClosedError("the worker is closing its connections");
    const client = this.#make();
    this.#clients.add(client);
    try {
      const created = await create(client);
      this.#newest = client;
      return created;
    } catch (error) {
      this.#clients.delete(client);
      await client.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#clients].map((client) => client.close()));
  }
}
