/**
 * What a subscription knows of each entry after its mark-delete position: not delivered, not due, with which
 * consumer, to be delivered again, or acknowledged. Rings of numbers: an acknowledgement costs no lookup and no object.
 */

export const UNDELIVERED = 0;
export const ACKNOWLEDGED = -1;
export const REPLAY = -2;
/** Not delivered, and not to be before its time. */
export const DELAYED = -3;

const INITIAL_CAPACITY = 64;
const MOST_COUNTED = 255;

export class DeliveryWindow {
  /** Entries to be delivered again. */
  replays = 0;
  /** Acknowledged entries that wait for an earlier one. */
  holes = 0;

  #base: number;
  /** After the last entry with a state other than undelivered. */
  #end: number;
  #mask = INITIAL_CAPACITY - 1;
  /** One of the constants above, or the slot (≥ 1) of the consumer that holds the entry. */
  #states = new Int32Array(INITIAL_CAPACITY);
  #redeliveries = new Uint8Array(INITIAL_CAPACITY);
  /** No entry before this one is to be replayed. */
  #replayFrom = 0;

  constructor(base: number) {
    this.#base = this.#end = base;
  }

  /** The first entry that is not acknowledged. */
  get base(): number {
    return this.#base;
  }
  /** After the last entry that was touched. */
  get end(): number {
    return this.#end;
  }

  state(entry: number): number {
    if (entry < this.#base) return ACKNOWLEDGED;
    return entry < this.#end ? this.#states[entry & this.#mask]! : UNDELIVERED;
  }

  /** Times the entry was delivered before, up to 255. */
  redeliveries(entry: number): number {
    return entry >= this.#base && entry < this.#end ? this.#redeliveries[entry & this.#mask]! : 0;
  }

  /** The entry is with the consumer in `slot` now. */
  setHeld(entry: number, slot: number): void {
    this.#set(entry, slot);
  }

  /** @param counts whether the client sees this as one redelivery more */
  setReplay(entry: number, counts: boolean): void {
    this.#set(entry, REPLAY);
    this.#replayFrom = Math.min(this.#replayFrom, entry);
    const at = entry & this.#mask;
    if (counts && this.#redeliveries[at]! < MOST_COUNTED) this.#redeliveries[at]!++;
  }

  /** The entry is passed over until {@link setReplay}. */
  setDelayed(entry: number): void {
    this.#set(entry, DELAYED);
  }

  /** Call {@link advance} after a group of these. */
  setAcknowledged(entry: number): void {
    this.#set(entry, ACKNOWLEDGED);
  }

  /** Moves the base over all acknowledged entries. */
  advance(): void {
    while (this.#base < this.#end && this.#states[this.#base & this.#mask] === ACKNOWLEDGED) {
      this.holes--;
      this.#clear(this.#base++);
    }
  }

  /** Takes everything before `entry` as acknowledged. */
  advanceTo(entry: number): void {
    const end = Math.min(entry, this.#end);
    while (this.#base < end) {
      const state = this.#states[this.#base & this.#mask];
      if (state === ACKNOWLEDGED) this.holes--;
      else if (state === REPLAY) this.replays--;
      this.#clear(this.#base++);
    }
    if (entry > this.#base) this.#base = entry;
    if (this.#end < this.#base) this.#end = this.#base;
    this.advance();
  }

  /** The first entry from `from` on that is to be replayed, −1 when there is none. */
  nextReplay(from = 0): number {
    if (this.replays === 0) {
      this.#replayFrom = this.#end;
      return -1;
    }
    const start = Math.max(from, this.#replayFrom, this.#base);
    let entry = start;
    while (entry < this.#end && this.#states[entry & this.#mask] !== REPLAY) entry++;
    if (from <= this.#replayFrom) this.#replayFrom = entry;
    return entry < this.#end ? entry : -1;
  }

  /** Forgets all redelivery counts. */
  clearRedeliveries(): void {
    this.#redeliveries.fill(0);
  }

  /** Forgets everything; `base` is the next entry to deliver. */
  reset(base: number): void {
    this.#states = new Int32Array(INITIAL_CAPACITY);
    this.#redeliveries = new Uint8Array(INITIAL_CAPACITY);
    this.#mask = INITIAL_CAPACITY - 1;
    this.#base = this.#end = this.#replayFrom = base;
    this.replays = this.holes = 0;
  }

  #set(entry: number, state: number): void {
    this.#reach(entry);
    const at = entry & this.#mask;
    const before = this.#states[at]!;
    if (before === REPLAY) this.replays--;
    else if (before === ACKNOWLEDGED) this.holes--;
    if (state === REPLAY) this.replays++;
    else if (state === ACKNOWLEDGED) this.holes++;
    this.#states[at] = state;
  }

  #clear(entry: number): void {
    this.#states[entry & this.#mask] = UNDELIVERED;
    this.#redeliveries[entry & this.#mask] = 0;
  }

  #reach(entry: number): void {
    if (entry < this.#end) return;
    if (entry - this.#base >= this.#mask + 1) this.#grow(entry + 1 - this.#base);
    this.#end = entry + 1;
  }

  #grow(needed: number): void {
    const capacity = 2 ** Math.ceil(Math.log2(needed));
    const mask = capacity - 1;
    const states = new Int32Array(capacity);
    const redeliveries = new Uint8Array(capacity);
    for (let entry = this.#base; entry < this.#end; entry++) {
      states[entry & mask] = this.#states[entry & this.#mask]!;
      redeliveries[entry & mask] = this.#redeliveries[entry & this.#mask]!;
    }
    this.#states = states;
    this.#redeliveries = redeliveries;
    this.#mask = mask;
  }
}
