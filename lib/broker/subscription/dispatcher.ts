/** The interface between a subscription and its dispatcher, one dispatcher per subscription type. */
import type { Consumer, SlotRange } from "./consumer.ts";

/** The entries of a subscription, as a dispatcher sees them. */
export interface Deliveries {
  /** The next entry to deliver, those to be replayed first; −1 when there is none. */
  peek(): number;
  /** The next entry that was never delivered, −1 when there is none. */
  peekNew(): number;
  /** The next entry to be replayed, from `from` on; −1 when there is none. */
  peekReplay(from: number): number;
  /** Entries that wait to be replayed. */
  readonly replays: number;
  /** Puts a new entry aside until later. */
  postpone(entry: number): void;
  /** Sends an entry to a consumer. */
  deliver(consumer: Consumer, entry: number): void;
  /** All that the consumer holds is to be delivered again. */
  takeBack(consumer: Consumer): void;
  /** Key slot of an entry. */
  slotOf(entry: number): number;
}

/** Decides which consumer gets which entry: one per subscription type. */
export interface Dispatcher {
  /** In the order in which statistics list them. */
  readonly consumers: readonly Consumer[];
  /** @throws {Refusal} when the consumer may not attach */
  attach(consumer: Consumer): void;
  /** What the consumer held is taken back before. */
  detach(consumer: Consumer): void;
  /** Tells consumers what changed for them; called once their own request is answered. */
  announce(): void;
  /** Delivers all that can be delivered now. */
  run(): void;
  /** The entry is with the consumer now. */
  held(entry: number, consumer: Consumer): void;
  /** The entry is with no consumer any more. */
  released(entry: number): void;
  /** Whether the consumer may hand single entries back. */
  readonly isIndividual: boolean;
  readonly activeConsumer?: Consumer | undefined;
  rangesOf?(consumer: Consumer): SlotRange[];
}
