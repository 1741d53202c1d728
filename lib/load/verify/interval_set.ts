/** Sequences as runs: which were seen, and where a limit forced a guess. Plain data, so that it can be stored and sent. */
export interface Runs {
  /** Distance from the end of the run before (from 0 for the first), length, distance, length, … */
  readonly runs: readonly number[];
  /** Sequences inside these runs that were not seen, see {@link IntervalSet}. */
  readonly assumed: number;
  /** Below this sequence, runs may contain assumed ones. */
  readonly floor: number;
}

/** What takes in stretches of sequences. */
export interface RangeSink {
  add(from: number, to: number): unknown;
}

const FIRST_CAPACITY = 4;
const NONE = new Float64Array(0);

/**
 * A set of sequences (integers below 2^48) as sorted, disjoint, non-touching intervals [from, to).
 *
 * Sequences that arrive in order are one interval, whatever their number. At most `limit` intervals are kept: beyond,
 * the oldest gaps are closed as if their sequences had been seen, which {@link assumed} counts, and {@link floor} tells
 * up to where.
 */
export class IntervalSet {
  /** Members that were never added, because their gap was closed. */
  assumed = 0;
  /** Below this sequence members may be assumed ones. */
  floor = 0;
  /** Overlaps below `floor` found by `add`: repeated, or late members of a closed gap. */
  undecided = 0;
  readonly #limit: number;
  // Most sets of most streams stay empty, and there are thousands of streams.
  #from = NONE;
  #to = NONE;
  #count = 0;

  /** @param limit most intervals, at least 2 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Number of intervals. */
  get length(): number {
    return this.#count;
  }

  /** Lowest member, or undefined when empty. */
  get first(): number | undefined {
    return this.#count === 0 ? undefined : this.#from[0];
  }

  /** One more than the highest member; 0 when empty. */
  get next(): number {
    return this.#count === 0 ? 0 : this.#to[this.#count - 1]!;
  }

  /**
   * Adds [from, to).
   *
   * @param fresh receives the parts that were not members before
   * @param again receives the parts that were, but for those below `floor`
   * @returns how many already were members, not counting those below `floor` (see `undecided`)
   */
  add(from: number, to: number, fresh?: IntervalSet, again?: RangeSink): number {
    const first = this.#search(from);
    let last = first;
    let overlap = 0;
    let cursor = from;
    for (; last < this.#count && this.#from[last]! <= to; last++) {
      const low = Math.max(from, this.#from[last]!);
      const high = Math.min(to, this.#to[last]!);
      if (high <= low) continue; // Touching only.
      if (fresh !== undefined && low > cursor) fresh.add(cursor, low);
      cursor = high;
      const decided = Math.max(0, high - Math.max(low, this.floor));
      if (decided > 0) again?.add(high - decided, high);
      overlap += decided;
      this.undecided += high - low - decided;
    }
    if (fresh !== undefined && to > cursor) fresh.add(cursor, to);
    if (last > first) {
      this.#to[first] = Math.max(to, this.#to[last - 1]!);
      this.#from[first] = Math.min(from, this.#from[first]!);
      this.#remove(first + 1, last);
    } else {
      this.#insert(first, from, to);
    }
    return overlap;
  }

  /** Whether `sequence` is a member. */
  has(sequence: number): boolean {
    const index = this.#search(sequence);
    // An interval that ends at `sequence` touches it without containing it; the next may begin there no earlier.
    return index < this.#count && this.#from[index]! <= sequence && sequence < this.#to[index]!;
  }

  /** Calls `visit(from, to)` for each interval, ascending. */
  forEach(visit: (from: number, to: number) => void): void {
    for (let index = 0; index < this.#count; index++) visit(this.#from[index]!, this.#to[index]!);
  }

  /** Calls `visit(from, to)` for each maximal run of non-members within [low, high), ascending. */
  forEachGap(low: number, high: number, visit: (from: number, to: number) => void): void {
    let cursor = low;
    for (let index = this.#search(low); index < this.#count && cursor < high; index++) {
      if (this.#from[index]! > cursor) visit(cursor, Math.min(high, this.#from[index]!));
      cursor = Math.max(cursor, this.#to[index]!);
    }
    if (cursor < high) visit(cursor, high);
  }

  clear(): void {
    this.#count = 0;
    this.assumed = 0;
    this.floor = 0;
    this.undecided = 0;
  }

  /** Adds all of `other`, its uncertainty included; returns the overlap, and gives it to `again`, as `add` does. */
  addRuns(other: Runs, again?: RangeSink): number {
    this.floor = Math.max(this.floor, other.floor);
    this.assumed += other.assumed;
    let overlap = 0;
    eachRun(other, (from, to) => void (overlap += this.add(from, to, undefined, again)));
    return overlap;
  }

  toRuns(): Runs {
    const runs: number[] = [];
    let at = 0;
    this.forEach((from, to) => {
      runs.push(from - at, to - from);
      at = to;
    });
    return { runs, assumed: this.assumed, floor: this.floor };
  }

  /** Index of the first interval that ends at or behind `sequence`. */
  #search(sequence: number): number {
    let low = 0;
    let high = this.#count;
    // Most additions go to the end.
    if (high > 0 && this.#to[high - 1]! < sequence) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#to[middle]! < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(index: number, from: number, to: number): void {
    if (this.#count === this.#from.length) {
      this.#from = grown(this.#from);
      this.#to = grown(this.#to);
    }
    this.#from.copyWithin(index + 1, index, this.#count);
    this.#to.copyWithin(index + 1, index, this.#count);
    this.#from[index] = from;
    this.#to[index] = to;
    this.#count++;
    if (this.#count > this.#limit) this.#closeOldest();
  }

  #remove(from: number, to: number): void {
    if (to <= from) return;
    this.#from.copyWithin(from, to, this.#count);
    this.#to.copyWithin(from, to, this.#count);
    this.#count -= to - from;
  }

  /** Closes an eighth of the gaps at once, so that the cost of moving the rest is shared by many additions. */
  #closeOldest(): void {
    const closed = Math.max(1, this.#limit >>> 3);
    for (let index = 0; index < closed; index++) this.assumed += this.#from[index + 1]! - this.#to[index]!;
    this.floor = Math.max(this.floor, this.#from[closed]!);
    this.#to[0] = this.#to[closed]!;
    this.#remove(1, closed + 1);
  }
}

/** Calls `visit(from, to)` for each run, ascending. */
export function eachRun({ runs }: Runs, visit: (from: number, to: number) => void): void {
  let at = 0;
  for (let index = 0; index + 1 < runs.length; index += 2) {
    const from = at + runs[index]!;
    at = from + runs[index + 1]!;
    visit(from, at);
  }
}

function grown(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(FIRST_CAPACITY, values.length * 2));
  larger.set(values);
  return larger;
}
