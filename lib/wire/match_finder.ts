/**
 * The search for repeated byte runs that LZ4 and Snappy share: greedy, one candidate per hash of four bytes,
 * distances up to 65,535, growing steps through data that does not repeat (as the reference LZ4 does).
 */

/** Shortest run worth a copy, in both formats. */
export const MIN_MATCH = 4;
const MAX_DISTANCE = 65_535;
const HASH_BITS = 14;
/** Searches without success before the step between positions grows by one: 2^6. */
const SKIP_BITS = 6;
/** Numbers of one sequence in {@link MatchFinder.sequences}. */
export const SEQUENCE = 3;
const SEQUENCES = 1024;

/** Reused for every call; works on one input at a time. */
export class MatchFinder {
  /**
   * Triples `literalEnd, distance, length`: bytes up to `literalEnd` are literals, then `length` bytes repeat those
   * `distance` before. Positions count from the start of the input.
   */
  readonly sequences = new Int32Array(SEQUENCES * SEQUENCE);
  /** Position + `#base` by hash. A value under `#base` is left over from an earlier input. */
  readonly #table = new Int32Array(1 << HASH_BITS);
  #base = 1;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;
  #searchEnd = 0;
  #matchEnd = 0;

  /** Takes up an input: matches start before `searchEnd` (at most its length - 3) and end by `matchEnd`. */
  start(input: DataView, searchEnd: number, matchEnd: number): void {
    // Moving the base forgets all earlier positions without clearing the table.
    this.#base += this.#view.byteLength;
    if (this.#base > 0x7fff_ffff - input.byteLength) {
      this.#table.fill(0);
      this.#base = 1;
    }
    this.#view = input;
    this.#at = 0;
    this.#searchEnd = searchEnd;
    this.#matchEnd = matchEnd;
  }

  /** Fills {@link sequences}; returns how many, 0 at the end of the input. */
  next(): number {
    const { sequences } = this;
    const table = this.#table;
    const base = this.#base;
    const view = this.#view;
    const searchEnd = this.#searchEnd;
    const matchEnd = this.#matchEnd;
    let at = this.#at;
    let count = 0;
    let searches = 1 << SKIP_BITS;
    while (at < searchEnd) {
      const word = view.getInt32(at, true);
      const slot = Math.imul(word, -1640531535) >>> 32 - HASH_BITS;
      const candidate = table[slot]! - base;
      table[slot] = at + base;
      if (candidate < 0 || at - candidate > MAX_DISTANCE || view.getInt32(candidate, true) !== word) {
        at += searches++ >> SKIP_BITS;
        continue;
      }
      searches = 1 << SKIP_BITS;
      const distance = at - candidate;
      let end = at + MIN_MATCH;
      while (true) {
        if (end + 4 > matchEnd) {
          while (end < matchEnd && view.getUint8(end) === view.getUint8(end - distance)) end++;
          break;
        }
        const difference = view.getInt32(end, true) ^ view.getInt32(end - distance, true);
        if (difference !== 0) {
          end += 31 - Math.clz32(difference & -difference) >> 3;
          break;
        }
        end += 4;
      }
      const i = count * SEQUENCE;
      sequences[i] = at;
      sequences[i + 1] = distance;
      sequences[i + 2] = end - at;
      at = end;
      if (at < searchEnd) {
        // One position inside the match, so that a run continued after it is found.
        table[Math.imul(view.getInt32(at - 2, true), -1640531535) >>> 32 - HASH_BITS] = at - 2 + base;
      }
      if (++count === SEQUENCES) break;
    }
    this.#at = at;
    return count;
  }
}
