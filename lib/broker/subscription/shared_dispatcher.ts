/** The dispatcher of Shared subscriptions. */
import type { Consumer } from "./consumer.ts";
import type { Deliveries, Dispatcher } from "./dispatcher.ts";

/** Shared: entries go round among the consumers that can take one; a lower priority number goes first. */
export class SharedDispatcher implements Dispatcher {
  readonly isIndividual = true;
  readonly consumers: Consumer[] = [];
  readonly #deliveries: Deliveries;
  readonly #maxUnacknowledged: number;
  #next = 0;
  #hasPriorities = false;

  /** @param maxUnacknowledged messages one consumer may hold */
  constructor(deliveries: Deliveries, maxUnacknowledged: number) {
    this.#deliveries = deliveries;
    this.#maxUnacknowledged = maxUnacknowledged;
  }

  attach(consumer: Consumer): void {
    this.consumers.push(consumer);
    this.#lookAtPriorities();
  }

  detach(consumer: Consumer): void {
    const index = this.consumers.indexOf(consumer);
    if (index < 0) return;
    this.consumers.splice(index, 1);
    this.#lookAtPriorities();
  }

  announce(): void {}

  run(): void {
    for (;;) {
      const entry = this.#deliveries.peek();
      if (entry < 0) return;
      const consumer = this.#pick();
      if (consumer === undefined) return;
      this.#deliveries.deliver(consumer, entry);
    }
  }

  held(): void {}
  released(): void {}

  #pick(): Consumer | undefined {
    const { consumers } = this;
    const count = consumers.length;
    let best: Consumer | undefined;
    let bestAt = 0;
    for (let step = 0; step < count; step++) {
      const at = (this.#next + step) % count;
      const consumer = consumers[at]!;
      if (!consumer.isReady || consumer.unacknowledged >= this.#maxUnacknowledged) continue;
      if (best !== undefined && consumer.priority >= best.priority) continue;
      best = consumer;
      bestAt = at;
      if (!this.#hasPriorities) break;
    }
    if (best !== undefined) this.#next = (bestAt + 1) % count;
    return best;
  }

  #lookAtPriorities(): void {
    this.#hasPriorities = this.consumers.some((consumer) =>
      consumer.priority !== this.consumers[0]!.priority
    );
  }
}
