/**
 * Bounded memory of a run for its charts. Three tiers (0.25 s for 2 min, 1 s for 15 min, 15 s for 24 h) keep means
 * and maxima, so any zoom reads at most a few hundred slots and memory never grows.
 */
import type { Stats } from "./stats.ts";
import type { RunSnapshot } from "../load/snapshot.ts";

const SERIES = ["rate", "target", "p50", "p99", "acked", "backlog"] as const;
export type Series = typeof SERIES[number];

const TIERS: readonly (readonly [stepSeconds: number, slots: number])[] = [[0.25, 480], [1, 900], [15, 5760]];

/** A missing sample repeats its neighbour for this long: snapshots do not come exactly in step with the slots. */
const HOLD_SECONDS = 1.5;

class Tier {
  readonly step: number;
  readonly slots: number;
  readonly #values: Float64Array[];
  readonly #counts: Uint32Array[];
  #last = -1;

  constructor(step: number, slots: number) {
    this.step = step;
    this.slots = slots;
    this.#values = SERIES.map(() => new Float64Array(slots).fill(NaN));
    this.#counts = SERIES.map(() => new Uint32Array(slots));
  }

  add(seconds: number, sample: readonly number[]): void {
    const slot = Math.floor(seconds / this.step);
    if (this.#last === -1) this.#last = slot - 1;
    if (slot < this.#last) return;
    for (let s = Math.max(this.#last + 1, slot - this.slots + 1); s <= slot; s++) this.#erase(s % this.slots);
    this.#last = slot;
    const at = slot % this.slots;
    sample.forEach((value, i) => {
      if (Number.isNaN(value)) return;
      const values = this.#values[i] as Float64Array;
      const counts = this.#counts[i] as Uint32Array;
      const n = (counts[at] as number) + 1;
      counts[at] = n;
      const old = values[at] as number;
      if (n === 1) values[at] = value;
      else values[at] = SERIES[i] === "p99" ? Math.max(old, value) : old + (value - old) / n;
    });
  }

  #erase(at: number): void {
    for (const values of this.#values) values[at] = NaN;
    for (const counts of this.#counts) counts[at] = 0;
  }

  /** Value of a slot by its absolute number; NaN when unknown. */
  value(series: number, slot: number): number {
    if (slot > this.#last || slot <= this.#last - this.slots || slot < 0) return NaN;
    return (this.#values[series] as Float64Array)[slot % this.slots] as number;
  }
}

export class History {
  readonly #tiers = TIERS.map(([step, slots]) => new Tier(step, slots));
  #first = NaN;
  #now = NaN;
  #previous: { epoch: number; elapsed: number; messages: number; acked: number } | undefined;

  /** Seconds between the first and the last sample. */
  get length(): number {
    return Number.isNaN(this.#now) ? 0 : this.#now - this.#first;
  }

  /** Copies what charts need from a snapshot, so that its owner may reuse it. */
  add(snapshot: RunSnapshot, stats: Stats): void {
    const now = snapshot.at / 1e6;
    if (now < this.#now) return;
    if (Number.isNaN(this.#first)) this.#first = now;
    this.#now = now;
    const { epoch, elapsed, window } = snapshot;
    const messages = snapshot.total.counters.messages;
    const acked = snapshot.total.counters.sent;
    const before = this.#previous;
    this.#previous = { epoch, elapsed, messages, acked };
    const seconds = before === undefined ? 0 : elapsed - before.elapsed;
    // Differences of the totals are the truth; before the measured part and after a reset there are none.
    const usable = before !== undefined && seconds > 0.02 && epoch === before.epoch;
    const idle = snapshot.phase === "paused" || snapshot.phase === "done";
    const rate = usable
      ? (messages - before.messages) / seconds
      : idle || window.seconds <= 0
      ? 0
      : window.counters.messages / window.seconds;
    const ackRate = usable
      ? (acked - before.acked) / seconds
      : idle || window.seconds <= 0
      ? 0
      : window.counters.sent / window.seconds;
    const lead = stats.window.response ?? stats.window.endToEnd ?? stats.window.service;
    const sample = [
      rate,
      snapshot.targetRate ?? NaN,
      lead !== undefined && lead.count > 0 ? lead.p50 : NaN,
      lead !== undefined && lead.count > 0 ? lead.p99 : NaN,
      ackRate,
      snapshot.backlog ?? NaN,
    ];
    for (const tier of this.#tiers) tier.add(now, sample);
  }

  /**
   * The last `seconds` of a series in `points` equal steps, oldest first; NaN where nothing is known. Steps are aligned
   * to absolute time, so a chart moves by whole columns instead of trembling.
   */
  read(series: Series, seconds: number, points: number): Float64Array {
    const out = new Float64Array(Math.max(0, points)).fill(NaN);
    if (Number.isNaN(this.#now) || points <= 0) return out;
    const tier = this.#tiers.find((t) => t.step * (t.slots - 2) >= seconds) ?? this.#tiers.at(-1) as Tier;
    const step = seconds / points;
    const index = SERIES.indexOf(series);
    const lastPoint = Math.floor(this.#now / step);
    let held = NaN;
    let heldFor = Infinity;
    for (let p = 0; p < points; p++) {
      const from = (lastPoint - points + 1 + p) * step;
      const firstSlot = Math.floor(from / tier.step + 1e-9);
      const lastSlot = Math.max(firstSlot, Math.ceil((from + step) / tier.step - 1e-9) - 1);
      const value = this.#merge(tier, index, firstSlot, lastSlot, series === "p99");
      heldFor = Number.isNaN(value) ? heldFor + step : 0;
      if (heldFor === 0) held = value;
      out[p] = heldFor <= HOLD_SECONDS ? held : NaN;
    }
    return out;
  }

  #merge(tier: Tier, index: number, from: number, to: number, maximum: boolean): number {
    let sum = 0;
    let n = 0;
    for (let slot = from; slot <= to; slot++) {
      const value = tier.value(index, slot);
      if (Number.isNaN(value)) continue;
      sum = maximum ? Math.max(sum, value) : sum + value;
      n++;
    }
    return n === 0 ? NaN : maximum ? sum : sum / n;
  }
}
