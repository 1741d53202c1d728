/** The entries of one subscription that wait for their time: a heap by time, and one timer for the first. */

/** The longest delay of a timer; an entry that is due later is looked at again then. */
const LONGEST_TIMER = 60 * 60 * 1000;

export class DelayedEntries {
  readonly #onDue: () => void;
  readonly #now: () => number;
  /** Binary heaps side by side: the earliest time first, entries of one time in their order. */
  readonly #dues: number[] = [];
  readonly #entries: number[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerDue = 0;

  /**
   * @param onDue some entry may be due; called from a timer
   * @param now epoch milliseconds
   */
  constructor(onDue: () => void, now: () => number = Date.now) {
    this.#onDue = onDue;
    this.#now = now;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** @param due epoch milliseconds */
  add(entry: number, due: number): void {
    let at = this.#entries.length;
    this.#entries.push(entry);
    this.#dues.push(due);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.#isBefore(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
    this.#schedule();
  }

  /** Takes out the next entry whose time has come, −1 when there is none. */
  takeDue(): number {
    if (this.size > 0 && this.#dues[0]! <= this.#now()) return this.#takeFirst();
    this.#schedule();
    return -1;
  }

  /** Takes out the next entry, due or not; −1 when there is none. */
  take(): number {
    return this.size > 0 ? this.#takeFirst() : -1;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#entries.length = this.#dues.length = 0;
  }

  #takeFirst(): number {
    const first = this.#entries[0]!;
    const last = this.size - 1;
    this.#swap(0, last);
    this.#entries.pop();
    this.#dues.pop();
    for (let at = 0;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      if (left >= last) break;
      const child = right < last && this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(child, at)) break;
      this.#swap(child, at);
      at = child;
    }
    if (last === 0) this.clear();
    return first;
  }

  #schedule(): void {
    if (this.size === 0) return;
    const due = this.#dues[0]!;
    if (this.#timer !== undefined && this.#timerDue <= due) return;
    clearTimeout(this.#timer);
    this.#timerDue = due;
    const delay = Math.max(1, Math.min(due - this.#now(), LONGEST_TIMER));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#onDue();
    }, delay);
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#dues[a]! - this.#dues[b]!;
    return difference === 0 ? this.#entries[a]! < this.#entries[b]! : difference < 0;
  }

  #swap(a: number, b: number): void {
    const { [a]: entry = 0, [b]: otherEntry = 0 } = this.#entries;
    const { [a]: due = 0, [b]: otherDue = 0 } = this.#dues;
    this.#entries[a] = otherEntry;
    this.#entries[b] = entry;
    this.#dues[a] = otherDue;
    this.#dues[b] = due;
  }
}
