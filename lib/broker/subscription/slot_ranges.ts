/** Which Key_Shared consumer gets which of the 65,536 key slots. */
import { STICKY_SLOTS } from "../../wire/hash.ts";
import type { Consumer, SlotRange } from "./consumer.ts";
import { Refusal } from "../refusal.ts";

export interface SlotRanges {
  /** @throws {Refusal} `ConsumerAssignError` when the consumer's ranges cannot be used */
  add(consumer: Consumer): void;
  remove(consumer: Consumer): void;
  /** The consumer of a slot, if one covers it. */
  pick(slot: number): Consumer | undefined;
  rangesOf(consumer: Consumer): SlotRange[];
}

/** AUTO_SPLIT: a new consumer takes half of the widest range, a leaving one passes its ranges to a neighbour. */
export class SplitRanges implements SlotRanges {
  /** Ascending; each covers the slots after the one before it, up to and including `end`. */
  readonly #ranges: { readonly end: number; consumer: Consumer }[] = [];

  add(consumer: Consumer): void {
    if (this.#ranges.length === 0) {
      this.#ranges.push({ end: STICKY_SLOTS - 1, consumer });
      return;
    }
    let widest = 0;
    let width = 0;
    for (let index = 0; index < this.#ranges.length; index++) {
      const own = this.#ranges[index]!.end - this.#startOf(index) + 1;
      if (own > width) [widest, width] = [index, own];
    }
    if (width < 2) throw new Refusal("ConsumerAssignError", "there are as many consumers as key slots");
    const end = this.#startOf(widest) + Math.floor(width / 2) - 1;
    this.#ranges.splice(widest, 0, { end, consumer });
  }

  remove(consumer: Consumer): void {
    for (let index = this.#ranges.length - 1; index >= 0; index--) {
      if (this.#ranges[index]!.consumer !== consumer) continue;
      const isLast = index === this.#ranges.length - 1;
      // Without its end the range belongs to the next one; the last slot must stay covered, though.
      if (isLast && index > 0) {
        this.#ranges[index]!.consumer = this.#ranges[index - 1]!.consumer;
        this.#ranges.splice(index - 1, 1);
      } else this.#ranges.splice(index, 1);
    }
  }

  pick(slot: number): Consumer | undefined {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle]!.end < slot) low = middle + 1;
      else high = middle;
    }
    return this.#ranges[low]?.consumer;
  }

  rangesOf(consumer: Consumer): SlotRange[] {
    return this.#ranges.flatMap((range, index) =>
      range.consumer === consumer ? [{ start: this.#startOf(index), end: range.end }] : []
    );
  }

  #startOf(index: number): number {
    return index === 0 ? 0 : this.#ranges[index - 1]!.end + 1;
  }
}

/** STICKY: every consumer names its own slots; they may not overlap, and entries in a gap are not delivered. */
export class StickyRanges implements SlotRanges {
  readonly #consumers: Consumer[] = [];

  add(consumer: Consumer): void {
    const ranges = consumer.ranges ?? [];
    if (ranges.length === 0) {
      throw new Refusal("ConsumerAssignError", `consumer '${consumer.name}' names no hash range`);
    }
    ranges.forEach((range, index) => {
      if (!(range.start >= 0 && range.start <= range.end && range.end < STICKY_SLOTS)) {
        throw new Refusal(
          "ConsumerAssignError",
          `hash range '${range.start}-${range.end}' is not within 0-${STICKY_SLOTS - 1}`,
        );
      }
      const others = [...this.#consumers.flatMap((other) => other.ranges ?? []), ...ranges.slice(0, index)];
      const taken = others.find((other) => other.start <= range.end && range.start <= other.end);
      if (taken === undefined) return;
      throw new Refusal(
        "ConsumerAssignError",
        `hash range '${range.start}-${range.end}' overlaps '${taken.start}-${taken.end}', which is taken`,
      );
    });
    this.#consumers.push(consumer);
  }

  remove(consumer: Consumer): void {
    const index = this.#consumers.indexOf(consumer);
    if (index >= 0) this.#consumers.splice(index, 1);
  }

  pick(slot: number): Consumer | undefined {
    return this.#consumers.find((consumer) =>
      consumer.ranges?.some((range) => range.start <= slot && slot <= range.end)
    );
  }

  rangesOf(consumer: Consumer): SlotRange[] {
    return [...consumer.ranges ?? []];
  }
}
