/**
 * What each topic of a group does now, beside the others: rates over the shortest time that tells them apart. A topic of
 * one message a second has none or two in any one of them, so the slower topics are, the longer this looks back.
 */
import type { TopicFigures } from "../load/snapshot.ts";

/** Messages of each topic, on average, from which on rates are told apart. */
const ENOUGH = 10;
const LEAST_SECONDS = 1.5;
const SAMPLE_SECONDS = 1;
const MOST_SAMPLES = 31;

export interface TopicRates {
  /** Topics, each partition for itself. */
  readonly count: number;
  /** Neighbouring topics that are counted as one. */
  readonly together: number;
  /** How far this looks back. */
  readonly seconds: number;
  /** Messages per second of one topic, by place: of a place of several topics their mean. */
  readonly rates: Float64Array;
  readonly mean: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** Topics, or places, of which nothing came. */
  readonly silent: number;
  /** Name of the slowest one. */
  readonly slowest: string;
}

interface Sample {
  readonly at: number;
  readonly messages: Float64Array;
  readonly sum: number;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** A bounded memory of the counts of one group's topics. */
export class TopicHistory {
  #samples: Sample[] = [];
  #latest: { readonly at: number; readonly figures: TopicFigures } | undefined;
  #rates: TopicRates | undefined;

  /** @param at seconds of a clock that never goes back */
  add(figures: TopicFigures, at: number): void {
    const last = this.#samples.at(-1);
    // Added topics begin a memory of their own.
    if (last !== undefined && last.messages.length !== figures.messages.length) this.#samples = [];
    this.#latest = { at, figures };
    this.#rates = undefined;
    if (last !== undefined && this.#samples.length > 0 && at - last.at < SAMPLE_SECONDS) return;
    this.#samples.push({ at, messages: figures.messages.slice(), sum: sumOf(figures.messages) });
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift();
  }

  /** Undefined until there is a stretch of time to look at. */
  get rates(): TopicRates | undefined {
    return this.#rates ??= this.#workOut();
  }

  #workOut(): TopicRates | undefined {
    if (this.#latest === undefined) return undefined;
    const { at, figures } = this.#latest;
    const { count, together, messages } = figures;
    const sum = sumOf(messages);
    const past = this.#samples.filter((sample) => at - sample.at >= LEAST_SECONDS);
    const from = past.findLast((sample) => sum - sample.sum >= ENOUGH * messages.length) ?? past[0];
    if (from === undefined) return undefined;
    const seconds = at - from.at;
    const rates = messages.map((value, place) =>
      (value - from.messages[place]!) / seconds / Math.min(together, count - place * together)
    );
    const sorted = rates.toSorted();
    return {
      count,
      together,
      seconds,
      rates,
      mean: (sum - from.sum) / seconds / count,
      min: sorted[0]!,
      median: sorted[sorted.length >> 1]!,
      max: sorted.at(-1)!,
      silent: rates.reduce((silent, rate) => rate === 0 ? silent + 1 : silent, 0),
      slowest: figures.nameOf(rates.indexOf(sorted[0]!)),
    };
  }
}
