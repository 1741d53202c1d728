/**
 * Sequences, each as often as it was added: a message that came three times was repeated twice, and one that was sent
 * again after two reconnects explains two repetitions.
 */
import { eachRun, IntervalSet, type Runs } from "./interval_set.ts";

/** Levels that are kept apart; what was added more often counts as if it had been added this often. */
const MOST_LEVELS = 8;

export class MultiSet {
  readonly #limit: number;
  /** The first holds what was added at least once, the second what was added at least twice, and so on. */
  readonly #levels: IntervalSet[] = [];

  /** @param limit most intervals of a level */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get levels(): readonly IntervalSet[] {
    return this.#levels;
  }

  /** Intervals of all levels. */
  get length(): number {
    return this.#levels.reduce((sum, { length }) => sum + length, 0);
  }

  add(from: number, to: number): void {
    this.#add(from, to, 0);
  }

  #add(from: number, to: number, index: number): void {
    if (index === MOST_LEVELS) return;
    const level = this.#levels[index] ??= new IntervalSet(this.#limit);
    level.add(from, to, undefined, { add: (low, high) => this.#add(low, high, index + 1) });
  }

  /** Adds each sequence as often as the other set holds it. */
  addAll(levels: readonly Runs[]): void {
    for (const level of levels) {
      const { assumed, floor } = level;
      eachRun(level, (from, to) => this.add(from, to));
      const first = this.#levels[0];
      if (first === undefined || assumed === 0) continue;
      first.assumed += assumed;
      first.floor = Math.max(first.floor, floor);
    }
  }

  toRuns(): Runs[] {
    return this.#levels.map((level) => level.toRuns());
  }

  /** Sequences that are in both, each as often as in the one that holds it less often. */
  shared(other: MultiSet): number {
    let size = 0;
    for (const [index, level] of this.#levels.entries()) {
      const others = other.levels[index];
      if (others === undefined) break;
      level.forEach((from, to) => {
        size += to - from;
        others.forEachGap(from, to, (low, high) => void (size -= high - low));
      });
    }
    return size;
  }

  clear(): void {
    this.#levels.length = 0;
  }
}
