/** A schedule in virtual time (test support). */
import assert from "node:assert/strict";
import { Schedule, type ScheduleOptions } from "./schedule.ts";
import { ScheduleCursor } from "./cursor.ts";
import { SCHEDULE_BYTES } from "./words.ts";
import { SharedWords } from "./shared_words.ts";

/** When it begins, epoch microseconds. */
export const START = 1_800_000_000_000_000;
/** Changes take over this much after they are asked for. */
export const LEAD = 1000;

/** A run in virtual time: workers that look at the schedule at their own, uneven moments. */
export class Sim {
  now = START;
  readonly words = new SharedWords(new SharedArrayBuffer(SCHEDULE_BYTES), 0, SCHEDULE_BYTES);
  readonly schedule: Schedule;
  /** Intended time of every slot that was handed out, and when. */
  readonly slots: { intended: number; taken: number }[] = [];
  workers: { cursor: ScheduleCursor; period: number; max: number; next: number }[] = [];
  missed = 0;

  constructor(options: Partial<ScheduleOptions> = {}) {
    this.schedule = new Schedule(this.words, { catchUp: "full", ...options, clock: () => this.now });
  }

  add(period: number, max: number): void {
    this.workers.push({ cursor: new ScheduleCursor(this.words), period, max, next: this.now });
  }

  /** Runs all workers until `time`; those that poll at the same time take turns. */
  until(time: number): void {
    for (;;) {
      let first = this.workers[0]!;
      for (const worker of this.workers) if (worker.next < first.next) first = worker;
      if (first.next > time) break;
      this.now = Math.max(this.now, first.next);
      this.#drain(first.cursor, first.max);
      first.next = this.now + first.period;
    }
    this.now = Math.max(this.now, time);
  }

  /** Every worker takes what is due now. */
  drain(): void {
    for (const worker of this.workers) this.#drain(worker.cursor, worker.max);
  }

  #drain(cursor: ScheduleCursor, max: number): void {
    for (;;) {
      const count = cursor.take(this.now, max);
      for (let i = 0; i < count; i++) {
        const share = count === 1 ? 0 : i / (count - 1);
        const intended = cursor.firstIntended + (cursor.lastIntended - cursor.firstIntended) * share;
        assert.ok(intended <= this.now, "no slot is handed out before it is due");
        this.slots.push({ intended, taken: this.now });
      }
      this.missed += cursor.takeMissed();
      if (count === 0) return;
    }
  }

  get intended(): number[] {
    return this.slots.map((slot) => slot.intended).sort((a, b) => a - b);
  }

  allMissed(): number {
    this.missed += this.schedule.takeMissed();
    return this.missed;
  }
}
