/**
 * A worker's view of the shared schedule: hands out slots, each of which is one message to send.
 *
 * One atomic add on the epoch's counter reserves the next few slots for this worker alone. A reservation reaches
 * at most 10 ms into the future unless other workers hold the nearer slots, and it is void from the moment the
 * controller publishes another epoch, so a change of rate never waits for it. Slots are consumed when they are
 * due, never before.
 */
import { Epoch } from "./epoch.ts";
import {
  ABANDONED_BELOW,
  BOUND,
  BUDGET,
  COUNTED,
  counterOf,
  CURRENT,
  endOf,
  idOf,
  limitOf,
  readEpoch,
  RING,
} from "./words.ts";
import type { SharedWords } from "./shared_words.ts";

/** A reservation covers this much of the schedule, or one slot where slots are further apart. */
const SLICE_MICROS = 10_000;

/** A worker's side of the schedule; {@link Schedule} has an example with both. */
export class ScheduleCursor {
  /** Intended times of the first and the last slot of the last `take`, epoch microseconds. */
  firstIntended = 0;
  lastIntended = 0;
  /** After `take` gave 0: when to ask again; `Infinity` = not before the next change of the schedule. */
  nextAt = 0;
  /** The planned number of messages has been handed out. */
  finished = false;

  readonly #words: SharedWords;
  readonly #onExhausted: () => void;
  readonly #epoch = new Epoch();
  // Reserved and not yet handed out: [next, end).
  #next = 0;
  #end = 0;
  #current = 0;
  #limit = Infinity;
  #endAt = Infinity;
  #bound = Infinity;
  #counted = false;
  #late = false;
  #counter = 0;
  #missed = 0;
  #missedLate = 0;

  /**
   * @param onExhausted the last message of the planned number has just been handed out here: whoever waits for a slot
   * of its own is to be woken, for it will not come
   */
  constructor(words: SharedWords, onExhausted: () => void = () => {}) {
    this.#words = words;
    this.#onExhausted = onExhausted;
    // From the oldest epoch that may still have slots; finished ones are passed over by a look at their counter.
    this.#current = words.load(CURRENT);
    this.#refreshSettings();
    this.#enter(Math.max(1, words.load(ABANDONED_BELOW), this.#current - RING + 1));
  }

  /**
   * Takes up to `max` slots that are due at `now` (epoch microseconds) and returns how many, with
   * `firstIntended` and `lastIntended`. They are the caller's to send: nobody else gets them, and they count
   * against the planned number of messages. Returns 0 when nothing is due; see `nextAt` and `finished`.
   *
   * Cost: one atomic load, plus one atomic add per reservation; with a planned count one exchange more.
   */
  take(now: number, max: number): number {
    if (max < 1) return 0;
    this.#sync();
    for (;;) {
      if (this.#next < this.#end || this.#reserve(now, max)) {
        const taken = this.#takeReserved(now, max);
        if (taken >= 0) return taken;
      } else if (this.#epoch.unlimited && !this.#over(now)) {
        return this.#takeUnlimited(now, max);
      } else if (this.#epoch.id < this.#current) {
        this.#enter(Math.max(this.#epoch.id + 1, this.#current - RING + 1));
      } else if (this.#epoch.silent) {
        // Also while the load pauses: nothing is left to wait for when it goes on.
        this.finished = this.#isExhausted;
        this.nextAt = Infinity;
        return 0;
      }
    }
  }

  /** Microseconds that the oldest reserved slot is late; 0 when on time. */
  behind(now: number): number {
    return this.#next < this.#end ? Math.max(0, now - this.#epoch.timeOf(this.#next)) : 0;
  }

  /**
   * Gives up what is later than may be caught up, as `take` does: for a worker that has no room to send just now, so that
   * what is missed shows while it waits.
   */
  giveUpLate(now: number): void {
    this.#sync();
    for (;;) {
      const epoch = this.#epoch;
      if (this.#bound !== Infinity && !epoch.unlimited && !epoch.silent) {
        const hasOwn = this.#next < this.#end;
        if (!hasOwn || now - epoch.timeOf(this.#next) > this.#bound) this.#skipLate(now);
      }
      if (this.#next < this.#end || epoch.id >= this.#current || !this.#isOver(now)) return;
      this.#enter(Math.max(epoch.id + 1, this.#current - RING + 1));
    }
  }

  /** Nothing is asked for at present, as while the load pauses and after its end. Known at the last look. */
  get isSilent(): boolean {
    return this.#epoch.silent;
  }

  /** Slots that this worker gave up since the last call, to be recorded as missed. */
  takeMissed(): number {
    const missed = this.#missed;
    this.#missed = 0;
    return missed;
  }

  /** Those of them that were given up because they were too late to be caught up; since the last call as well. */
  takeMissedLate(): number {
    const late = this.#missedLate;
    this.#missedLate = 0;
    return late;
  }

  /** Slots that are kept for this worker and not handed out yet. */
  get reserved(): number {
    return this.#end - this.#next;
  }

  /** Slots per microsecond, of all workers together, that fall due at a time; `Infinity` = unlimited. */
  rateAt(now: number): number {
    return this.#epoch.rateAt(now);
  }

  /**
   * Before a worker stops: gives back what it has reserved, for others to take. Where others have reserved beyond,
   * or the rate has changed since, that is impossible and the slots count as missed.
   */
  release(): void {
    const words = this.#words;
    this.#sync();
    const { id } = this.#epoch;
    const first = this.#next;
    const end = this.#end;
    if (first >= end) return;
    if (id === this.#current && words.exchange64(this.#counter, end, first)) {
      this.#next = this.#end = 0;
      const counter = this.#counter;
      this.#sync();
      if (id === this.#current || words.load(idOf(id)) !== id) return;
      // Closed in between: others may have passed the epoch by just before the slots came back.
      this.#miss(skipTo(words, counter, Math.min(end, words.float(limitOf(id)))));
      return;
    }
    this.#sync();
    this.#miss(this.#end - this.#next);
    this.#next = this.#end = 0;
  }

  /** Slots are given up. When the planned number is handed out, nobody wanted them. */
  #miss(slots: number, isLate = false): void {
    if (this.#isExhausted) return;
    this.#missed += slots;
    if (isLate) this.#missedLate += slots;
  }

  /** Whether a closed epoch has nothing left for anybody. */
  #isOver(now: number): boolean {
    const { id, unlimited, silent } = this.#epoch;
    if (unlimited) return this.#over(now);
    return silent || this.#words.load(idOf(id)) !== id || this.#words.load64(this.#counter) >= this.#limit;
  }

  /** The planned number of messages has been handed out. */
  get #isExhausted(): boolean {
    return this.#counted && this.#words.load64(BUDGET) === 0;
  }

  #sync(): void {
    const current = this.#words.load(CURRENT);
    if (current !== this.#current) this.#follow(current);
  }

  /** Hands out due slots of the reservation; −1 when all of it was too late. */
  #takeReserved(now: number, max: number): number {
    const epoch = this.#epoch;
    let first = epoch.timeOf(this.#next);
    if (now - first > this.#bound) {
      this.#skipLate(now);
      if (this.#next >= this.#end) return -1;
      first = epoch.timeOf(this.#next);
    }
    if (first > now) {
      this.#late = false;
      this.finished = this.#isExhausted;
      this.nextAt = this.finished ? Infinity : first;
      return 0;
    }
    this.#late = now - first > SLICE_MICROS;
    // At least one: the number of due slots and the time of a slot are rounded differently.
    let count = Math.max(1, Math.min(this.#end, epoch.slotsAbout(now)) - this.#next);
    if (count > max) count = max;
    if (epoch.burst > 1) count = Math.min(count, epoch.burst - this.#next % epoch.burst);
    let last = first;
    if (count > 1 && (last = epoch.timeOf(this.#next + count - 1)) > now) {
      count--;
      last = epoch.timeOf(this.#next + count - 1);
    }
    if (this.#counted) {
      const granted = this.#spend(count);
      if (granted === 0) return 0;
      if (granted < count) last = epoch.timeOf(this.#next + granted - 1);
      count = granted;
    }
    this.firstIntended = first;
    this.lastIntended = last;
    this.#next += count;
    return count;
  }

  #takeUnlimited(now: number, max: number): number {
    if (now < this.#epoch.start) {
      this.nextAt = this.#epoch.start;
      return 0;
    }
    this.firstIntended = this.lastIntended = now;
    return this.#counted ? this.#spend(max) : max;
  }

  /** False when the epoch has no more slots, or never has any. */
  #reserve(now: number, max: number): boolean {
    const epoch = this.#epoch;
    if (epoch.unlimited || epoch.silent) return false;
    if (epoch.id !== this.#current) {
      // Closed: don't push the counter beyond the limit, and don't touch a record that is in use again.
      const words = this.#words;
      if (words.load(idOf(epoch.id)) !== epoch.id || words.load64(this.#counter) >= this.#limit) return false;
    }
    // Who is late takes all that is due and that it can send, so that catching up makes full batches. What is due later
    // stays for all: others would have to wait until far behind it.
    const due = this.#late ? epoch.slotsAbout(now) - this.#words.load64(this.#counter) : 0;
    const slice = Math.max(epoch.burst, Math.floor(epoch.rateAt(now) * SLICE_MICROS), due);
    const count = slice < max ? slice : max;
    const first = this.#words.add64(this.#counter, count);
    this.#next = first;
    this.#end = first + count;
    if (this.#end > this.#limit) this.#end = this.#limit;
    this.#sync();
    // `follow` may have moved on to another epoch, with nothing reserved there yet.
    return this.#next < this.#end;
  }

  /** Gives up slots beyond the catch-up bound: reserved ones, and those that nobody has reserved yet. */
  #skipLate(now: number): void {
    const keep = Math.min(this.#epoch.slotsBefore(now - this.#bound), this.#limit);
    const dropped = Math.min(keep, this.#end);
    if (dropped > this.#next) {
      this.#miss(dropped - this.#next, true);
      this.#next = dropped;
    }
    // A record that is in use again counts other slots.
    if (this.#words.load(idOf(this.#epoch.id)) !== this.#epoch.id) return;
    this.#miss(skipTo(this.#words, this.#counter, keep), true);
  }

  /** Takes from the planned number of messages. */
  #spend(wanted: number): number {
    const count = this.#words.takeUpTo64(BUDGET, wanted);
    this.finished = count === 0;
    if (this.finished) this.nextAt = Infinity;
    else if (this.#isExhausted) this.#onExhausted();
    return count;
  }

  /** The controller has published: which of the reserved slots are still valid? */
  #follow(current: number): void {
    this.#current = current;
    this.#refreshSettings();
    const epoch = this.#epoch;
    // In this order: whoever sees that an epoch was given up also sees its final limit.
    const abandonedBelow = this.#words.load(ABANDONED_BELOW);
    this.#readLimit();
    if (epoch.id < abandonedBelow) {
      this.#miss(Math.max(0, Math.min(this.#end, this.#limit) - this.#next));
      this.#enter(abandonedBelow);
    } else if (this.#end > this.#limit) {
      this.#end = Math.max(this.#next, this.#limit);
    }
  }

  #enter(id: number): void {
    readEpoch(this.#words, id, this.#epoch);
    this.#next = this.#end = 0;
    this.#counter = counterOf(id);
    this.#readLimit();
  }

  /** When the record is in use again the limit is gone: then all that is reserved stays valid. */
  #readLimit(): void {
    const id = this.#epoch.id;
    const alive = this.#words.load(idOf(id)) === id;
    this.#limit = alive ? this.#words.float(limitOf(id)) : this.#limit;
    this.#endAt = alive ? this.#words.float(endOf(id)) : -Infinity;
  }

  #over(now: number): boolean {
    return now >= this.#endAt;
  }

  #refreshSettings(): void {
    this.#bound = this.#words.float(BOUND);
    this.#counted = this.#words.load(COUNTED) === 1;
  }
}

/** Moves a counter forward to `slot` and returns how many slots were passed over by this step. */
export function skipTo(words: SharedWords, counter: number, slot: number): number {
  for (;;) {
    const at = words.load64(counter);
    if (at >= slot) return 0;
    if (words.exchange64(counter, at, slot)) return slot - at;
  }
}
