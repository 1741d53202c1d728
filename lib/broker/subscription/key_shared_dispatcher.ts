/**
 * Key_Shared: entries of one key go to one consumer, in order. A key moves to another consumer only when the old
 * one holds no entry of it any more.
 */
import type { Consumer, SlotRange } from "./consumer.ts";
import type { Deliveries, Dispatcher } from "./dispatcher.ts";
import { Refusal } from "../refusal.ts";
import { type SlotRanges, SplitRanges, StickyRanges } from "./slot_ranges.ts";

/** Entries put aside for busy consumers before reading stops, per consumer. */
const LOOK_AHEAD = 2000;

interface Holder {
  readonly consumer: Consumer;
  entries: number;
}

export class KeySharedDispatcher implements Dispatcher {
  readonly isIndividual = true;
  readonly consumers: Consumer[] = [];
  readonly #deliveries: Deliveries;
  readonly #maxUnacknowledged: number;
  readonly #ranges: SlotRanges;
  readonly #isSticky: boolean;
  /** The consumer that holds entries of a slot, and how many. */
  readonly #holders = new Map<number, Holder>();

  constructor(deliveries: Deliveries, maxUnacknowledged: number, isSticky: boolean) {
    this.#deliveries = deliveries;
    this.#maxUnacknowledged = maxUnacknowledged;
    this.#isSticky = isSticky;
    this.#ranges = isSticky ? new StickyRanges() : new SplitRanges();
  }

  attach(consumer: Consumer): void {
    if ((consumer.ranges !== undefined) !== this.#isSticky) {
      throw new Refusal("ConsumerBusy", "the subscription is of a different Key_Shared mode");
    }
    this.#ranges.add(consumer);
    this.consumers.push(consumer);
  }

  detach(consumer: Consumer): void {
    const index = this.consumers.indexOf(consumer);
    if (index < 0) return;
    this.consumers.splice(index, 1);
    this.#ranges.remove(consumer);
  }

  announce(): void {}

  run(): void {
    if (!this.#isAnyReady()) return;
    const deliveries = this.#deliveries;
    for (let entry = deliveries.peekReplay(0); entry >= 0; entry = deliveries.peekReplay(entry + 1)) {
      if (this.#tryDeliver(entry) === "busy" && !this.#isAnyReady()) return;
    }
    const mostAside = LOOK_AHEAD * this.consumers.length;
    for (let entry = deliveries.peekNew(); entry >= 0; entry = deliveries.peekNew()) {
      const outcome = this.#tryDeliver(entry);
      if (outcome === "delivered") continue;
      if (deliveries.replays >= mostAside || (outcome === "busy" && !this.#isAnyReady())) return;
      deliveries.postpone(entry);
    }
  }

  held(entry: number, consumer: Consumer): void {
    const slot = this.#deliveries.slotOf(entry);
    const holder = this.#holders.get(slot);
    if (holder === undefined) this.#holders.set(slot, { consumer, entries: 1 });
    else holder.entries++;
  }

  released(entry: number): void {
    const slot = this.#deliveries.slotOf(entry);
    const holder = this.#holders.get(slot);
    if (holder !== undefined && --holder.entries === 0) this.#holders.delete(slot);
  }

  rangesOf(consumer: Consumer): SlotRange[] {
    return this.#ranges.rangesOf(consumer);
  }

  /**
   * Nothing changes for the better during a run, so what is refused for one entry is refused for the later ones of
   * its slot too: that keeps them in order.
   */
  #tryDeliver(entry: number): "delivered" | "blocked" | "busy" {
    const slot = this.#deliveries.slotOf(entry);
    const consumer = this.#ranges.pick(slot);
    if (consumer === undefined) return "blocked";
    const holder = this.#holders.get(slot);
    if (holder !== undefined && holder.consumer !== consumer) return "blocked";
    if (!this.#isReady(consumer)) return "busy";
    this.#deliveries.deliver(consumer, entry);
    return "delivered";
  }

  #isReady(consumer: Consumer): boolean {
    return consumer.isReady && consumer.unacknowledged < this.#maxUnacknowledged;
  }

  #isAnyReady(): boolean {
    return this.consumers.some((consumer) => this.#isReady(consumer));
  }
}
