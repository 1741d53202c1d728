/**
 * The shared schedule, seen from the main thread: sets the rate and changes it while workers take slots.
 *
 * Every change publishes a new epoch that starts at the time of the switch. The epoch before it keeps the slots that
 * were due before the switch and loses all later ones, reserved or not. A pause, a stop and a fresh start also give
 * up what is late, so that nothing is made up for afterwards; what is given up is counted.
 *
 * One thread drives it; `ScheduleCursor` is the side of the workers.
 */
import type { Clock } from "../clock.ts";
import { nowMicros } from "../clock.ts";
import { skipTo } from "./cursor.ts";
import { Epoch, type Profile } from "./epoch.ts";
import {
  ABANDONED_BELOW,
  BOUND,
  BUDGET,
  COUNTED,
  counterOf,
  CURRENT,
  endOf,
  limitOf,
  RING,
  writeEpoch,
} from "./words.ts";
import type { SharedWords } from "./shared_words.ts";

/** How late a slot may be and still be sent. */
export type CatchUp = "none" | "bounded" | "full";

export interface ScheduleOptions {
  readonly catchUp: CatchUp;
  /** Bound of `bounded`; default one second. */
  readonly boundMicros?: number;
  /** How long a slot may wait on purpose, for its batch to fill: that does not make it late. */
  readonly batchMicros?: number;
  /** Slots that fall due together, `--burst`; 0 or 1 is an even schedule. */
  readonly burst?: number;
  /** Planned number of messages, `--count`. */
  readonly count?: number;
  readonly clock?: Clock;
  /** Called after every change, to wake workers that wait. */
  readonly onChange?: () => void;
}

const DEFAULT_BOUND_MICROS = 1_000_000;
/** What `none` tolerates: the length of a reservation and the unevenness of a busy event loop. */
const NO_CATCH_UP_MICROS = 50_000;
/** A switch lies this far ahead, so that all workers know of it before the last slots of the old rate are due. */
const SWITCH_LEAD_MICROS = 1000;
const SILENT: Profile = { rate: 0 };

/**
 * The main thread's side: publishes rates, from which {@link ScheduleCursor}s in workers take slots.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ScheduleCursor } from "./cursor.ts";
 * import { Schedule } from "./schedule.ts";
 * import { SharedWords } from "./shared_words.ts";
 * import { SCHEDULE_BYTES } from "./words.ts";
 *
 * let now = 0; // microseconds; by default the clock of the run
 * const words = new SharedWords(new SharedArrayBuffer(SCHEDULE_BYTES), 0, SCHEDULE_BYTES);
 * const schedule = new Schedule(words, { catchUp: "full", clock: () => now });
 * const cursor = new ScheduleCursor(words); // in a worker, over the same memory
 *
 * schedule.restart({ rate: 1000 }, 5000); // the first slot is due at 5 ms, the next each millisecond later
 * now = 7500;
 * let taken = 0;
 * for (let count = cursor.take(now, 100); count > 0; count = cursor.take(now, 100)) taken += count;
 * assert.equal(taken, 3); // due at 5, 6 and 7 ms
 * assert.equal(cursor.lastIntended, 7000);
 * ```
 */
export class Schedule {
  readonly #words: SharedWords;
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #burst: number;
  /** Newest last; older ones stay until they are used up. */
  #alive: Epoch[] = [];
  #missed = 0;
  #wanted: Profile = SILENT;
  #paused = false;
  #pausedAt = 0;
  #wantedSince = 0;

  /** Starts silent: nothing is due until `setRate`. The memory is all zero or an earlier schedule's. */
  constructor(words: SharedWords, options: ScheduleOptions) {
    this.#words = words;
    this.#clock = options.clock ?? nowMicros;
    this.#onChange = options.onChange ?? (() => {});
    this.#burst = Math.max(1, options.burst ?? 1);
    words.setFloat(BOUND, catchUpBound(options));
    this.limitCount(options.count);
    this.#publish(this.#clock(), SILENT, "abandon");
  }

  /**
   * Follows a rate from `at` on (now, or a time to come). Late slots of the old rate are still sent, within the
   * catch-up bound. While paused, it is what `resume` will follow.
   */
  setRate(rate: number, at: number = this.#clock()): void {
    this.follow({ rate }, at);
  }

  /** Like `setRate`, along a ramp that holds its end rate afterwards. */
  follow(profile: Profile, at: number = this.#clock()): void {
    this.#wanted = profile;
    this.#wantedSince = at;
    if (this.#paused) {
      this.#pausedAt = at;
      return;
    }
    this.#publish(at, profile, "switch");
  }

  /** Silence at once; what is late is given up. Idempotent. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#pausedAt = this.#clock();
    this.#publish(this.#pausedAt, SILENT, "abandon");
  }

  /** Goes on where the pause began, a ramp included. Idempotent. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    const now = this.#clock();
    const elapsed = Math.max(0, this.#pausedAt - this.#wantedSince);
    this.#wanted = restOf(this.#wanted, elapsed);
    this.#wantedSince = now;
    this.#publish(now, this.#wanted, "switch");
  }

  get paused(): boolean {
    return this.#paused;
  }

  /**
   * A fresh schedule, as after the warm-up: late slots are given up, the first slot is due at `at` exactly, also when
   * this thread was held up since it chose the time, and the planned number of messages starts anew.
   */
  restart(profile: Profile, at: number = this.#clock(), count?: number): void {
    this.#paused = false;
    this.#wanted = profile;
    this.#wantedSince = at;
    this.limitCount(count);
    this.#publish(this.#clock(), SILENT, "abandon");
    for (const epoch of this.#alive) epoch.lead = 0;
    this.#publish(at, profile, "exact");
  }

  /** Nothing more is due. */
  stop(): void {
    this.#paused = false;
    this.#wanted = SILENT;
    this.#publish(this.#clock(), SILENT, "abandon");
  }

  /** Allows exactly this many messages from now on; undefined = any number. */
  limitCount(count: number | undefined): void {
    this.#words.store64(BUDGET, count ?? 0);
    this.#words.store(COUNTED, count === undefined ? 0 : 1);
  }

  /** Messages of the planned number not handed out yet; undefined without one. */
  get left(): number | undefined {
    return this.#words.load(COUNTED) === 1 ? this.#words.load64(BUDGET) : undefined;
  }

  /** Gives messages back to the planned number: taken by a worker that died before it sent them. */
  refund(count: number): void {
    this.#words.add64(BUDGET, count);
    this.#onChange();
  }

  /** Slots per second asked for at a time; `Infinity` = unlimited. */
  rateAt(time: number = this.#clock()): number {
    for (let i = this.#alive.length - 1; i >= 0; i--) {
      const epoch = this.#alive[i]!;
      if (epoch.start <= time || i === 0) return epoch.rateAt(time) * 1e6;
    }
    return 0;
  }

  /** Microseconds that the oldest slot nobody has reserved yet is late; 0 when on time. */
  behind(time: number = this.#clock()): number {
    for (const epoch of this.#alive) {
      if (epoch.unlimited) continue;
      const next = this.#words.load64(counterOf(epoch.id));
      if (next < this.#words.float(limitOf(epoch.id))) return Math.max(0, time - epoch.timeOf(next));
    }
    return 0;
  }

  /** Slots that were given up here since the last call; workers count their own. */
  takeMissed(): number {
    const missed = this.#missed;
    this.#missed = 0;
    return missed;
  }

  /**
   * `abandon` happens now, whatever `at` says; `switch` not before every worker knows of it; `exact` is for after an
   * `abandon`, when there is nothing to switch from.
   */
  #publish(at: number, profile: Profile, how: "abandon" | "switch" | "exact"): void {
    const words = this.#words;
    const id = words.load(CURRENT) + 1;
    const now = this.#clock();
    const abandon = how === "abandon";
    const start = abandon ? now : how === "exact" ? at : Math.max(at, now + SWITCH_LEAD_MICROS);
    const epoch = new Epoch();
    epoch.set(id, start, profile, this.#close(start, abandon), this.#burst);
    this.#retire(id - RING);
    writeEpoch(words, epoch);
    if (abandon) words.store(ABANDONED_BELOW, id);
    words.store(CURRENT, id);
    if (abandon) {
      for (const old of this.#alive) this.#giveUp(old);
      this.#alive = [];
    } else {
      // All slots may be reserved long before the end: until then the epoch tells the rate.
      this.#alive = this.#alive.filter((old) =>
        words.float(endOf(old.id)) > now || !this.#usedUp(old, start)
      );
    }
    this.#alive.push(epoch);
    this.#onChange();
  }

  /**
   * Ends what is running at `time` and returns the fraction of a slot that the next epoch carries on. A slot due at
   * that very time belongs to the next epoch, unless the change is abrupt: then a worker may be taking it just now.
   */
  #close(time: number, abrupt: boolean): number {
    for (let i = this.#alive.length - 1; i >= 0; i--) {
      const epoch = this.#alive[i]!;
      const began = epoch.start < time || abrupt && epoch.start === time;
      const slots = !began ? 0 : abrupt ? epoch.slotsBy(time) : epoch.slotsBefore(time);
      this.#words.setFloat(limitOf(epoch.id), Math.min(slots, this.#words.float(limitOf(epoch.id))));
      this.#words.setFloat(endOf(epoch.id), Math.min(time, this.#words.float(endOf(epoch.id))));
      if (began || i === 0) return epoch.leadAt(time, slots);
    }
    return 0;
  }

  #giveUp(epoch: Epoch): void {
    const limit = this.#words.float(limitOf(epoch.id));
    if (limit === Infinity) return;
    const given = skipTo(this.#words, counterOf(epoch.id), limit);
    // When the planned number is handed out, nobody wanted them.
    if (this.left !== 0) this.#missed += given;
  }

  #usedUp(epoch: Epoch, now: number): boolean {
    const words = this.#words;
    if (epoch.unlimited) return words.float(endOf(epoch.id)) < now;
    return words.load64(counterOf(epoch.id)) >= words.float(limitOf(epoch.id));
  }

  /** Makes room in the ring. */
  #retire(id: number): void {
    const oldest = this.#alive[0];
    if (!oldest || oldest.id > id) return;
    this.#giveUp(oldest);
    this.#alive.shift();
  }
}

/** How late a slot may be and still be sent, microseconds; `Infinity` where nothing is given up. */
export function catchUpBound(
  { catchUp, boundMicros = DEFAULT_BOUND_MICROS, batchMicros = 0 }: ScheduleOptions,
): number {
  if (catchUp === "full") return Infinity;
  return batchMicros + (catchUp === "none" ? NO_CATCH_UP_MICROS : boundMicros);
}

/** What is left of a profile after some microseconds of it. */
function restOf(profile: Profile, elapsed: number): Profile {
  const { rate, endRate = rate, rampMicros = 0 } = profile;
  if (elapsed >= rampMicros) return { rate: endRate };
  return { rate: rate + (endRate - rate) * elapsed / rampMicros, endRate, rampMicros: rampMicros - elapsed };
}
