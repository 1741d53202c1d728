/** The dispatcher of Exclusive and Failover subscriptions. */
import type { Consumer } from "./consumer.ts";
import type { Deliveries, Dispatcher } from "./dispatcher.ts";
import { Refusal } from "../refusal.ts";

/** Exclusive and Failover: one consumer gets everything, in order. */
export class SingleDispatcher implements Dispatcher {
  readonly isIndividual = false;
  readonly consumers: Consumer[] = [];
  #active: Consumer | undefined;
  readonly #deliveries: Deliveries;
  readonly #isFailover: boolean;
  readonly #partition: number;

  /** @param partition spreads the active consumers of a partitioned topic; −1 for one that is not */
  constructor(deliveries: Deliveries, isFailover: boolean, partition: number) {
    this.#deliveries = deliveries;
    this.#isFailover = isFailover;
    this.#partition = partition;
  }

  get activeConsumer(): Consumer | undefined {
    return this.#active;
  }

  attach(consumer: Consumer): void {
    if (!this.#isFailover && this.consumers.length > 0) {
      throw new Refusal("ConsumerBusy", "Exclusive consumer is already connected");
    }
    this.consumers.push(consumer);
    this.#elect();
  }

  detach(consumer: Consumer): void {
    const index = this.consumers.indexOf(consumer);
    if (index >= 0) this.consumers.splice(index, 1);
    this.#elect();
  }

  announce(): void {
    if (!this.#isFailover) return;
    for (const consumer of this.consumers) {
      const isActive = consumer === this.#active;
      if (consumer.toldActive === isActive) continue;
      consumer.toldActive = isActive;
      consumer.peer.send("activeConsumerChange", { consumerId: consumer.id, isActive });
    }
  }

  run(): void {
    const consumer = this.#active;
    if (consumer === undefined) return;
    while (consumer.isReady) {
      const entry = this.#deliveries.peek();
      if (entry < 0) return;
      this.#deliveries.deliver(consumer, entry);
    }
  }

  held(): void {}
  released(): void {}

  #elect(): void {
    const before = this.#active;
    this.#active = this.#chosen();
    // The consumer that was active keeps nothing, so that the next one gets everything in order.
    if (before !== undefined && before !== this.#active) this.#deliveries.takeBack(before);
  }

  #chosen(): Consumer | undefined {
    const highest = Math.min(...this.consumers.map((consumer) => consumer.priority));
    const eligible = this.consumers.filter((consumer) => consumer.priority === highest);
    if (this.#partition < 0) return eligible[0];
    const byName = eligible.toSorted((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : a.slot - b.slot);
    return byName[this.#partition % byName.length];
  }
}
