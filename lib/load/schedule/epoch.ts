/**
 * The arithmetic of a schedule, without any shared state: when is slot k due, and how many slots are due by t?
 *
 * An epoch is a stretch of the schedule that follows one rate, or one ramp that then holds its end rate. Slot k is
 * due when the integral of the rate since the start of the epoch reaches k + lead. `lead` carries the fraction of
 * a slot over from the epoch before, so that many short epochs together still give the exact rate.
 */

/** Slots per second over a stretch. `Infinity` is unlimited, 0 is silence. */
export interface Profile {
  readonly rate: number;
  /** Reached after `rampMicros`, linearly, and held from then on. */
  readonly endRate?: number;
  readonly rampMicros?: number;
}

/** Mutable so that a worker can refill one object when the epoch changes. Times in epoch microseconds. */
export class Epoch {
  id = 0;
  start = 0;
  /** Slots per microsecond at the start, and after the ramp. */
  rate = 0;
  endRate = 0;
  ramp = 0;
  /** Microseconds between slots after the ramp. */
  interval = Infinity;
  lead = 0;
  /** Slots that fall due together: 1 is an even schedule. */
  burst = 1;

  set(id: number, start: number, profile: Profile, lead: number, burst: number): void {
    this.id = id;
    this.start = start;
    this.rate = profile.rate / 1e6;
    this.endRate = (profile.endRate ?? profile.rate) / 1e6;
    this.ramp = this.rate === this.endRate ? 0 : profile.rampMicros ?? 0;
    if (this.ramp === 0) this.rate = this.endRate;
    this.interval = 1 / this.endRate;
    this.lead = this.unlimited ? 0 : lead;
    this.burst = burst;
  }

  get unlimited(): boolean {
    return this.rate === Infinity;
  }

  /** No slot will ever fall due. */
  get silent(): boolean {
    return this.rate === 0 && this.endRate === 0;
  }

  /** Slots per microsecond at a time. */
  rateAt(time: number): number {
    const elapsed = time - this.start;
    // Also before the start: without a ramp there is nothing to divide by.
    if (this.ramp === 0 || elapsed >= this.ramp) return this.endRate;
    return this.rate + (this.endRate - this.rate) * Math.max(0, elapsed) / this.ramp;
  }

  /** Intended time of a slot; `Infinity` when it never falls due. */
  timeOf(slot: number): number {
    const due = (this.burst === 1 ? slot : Math.floor(slot / this.burst) * this.burst) + this.lead;
    if (this.ramp === 0) {
      if (this.endRate === 0) return Infinity;
      // The interval of a rate next to nothing is infinite.
      return due === 0 ? this.start : this.start + due * this.interval;
    }
    const inRamp = (this.rate + this.endRate) / 2 * this.ramp;
    if (due >= inRamp) {
      return this.endRate === 0 ? Infinity : this.start + this.ramp + (due - inRamp) / this.endRate;
    }
    if (due === 0) return this.start;
    // Root of rate·t + slope·t²/2 = due in the form that stays exact for small slopes.
    const slope = (this.endRate - this.rate) / this.ramp;
    return this.start + 2 * due / (this.rate + Math.sqrt(Math.max(0, this.rate ** 2 + 2 * slope * due)));
  }

  /** Integral of the rate from the start to a time, in slots. */
  progress(time: number): number {
    const elapsed = time - this.start;
    if (elapsed <= 0) return 0;
    if (elapsed >= this.ramp) {
      return (this.rate + this.endRate) / 2 * this.ramp + this.endRate * (elapsed - this.ramp);
    }
    return this.rate * elapsed + (this.endRate - this.rate) / this.ramp * elapsed ** 2 / 2;
  }

  /** About the number of slots due at or before a time: rounding may put it off by one. */
  slotsAbout(time: number): number {
    const slots = (this.progress(time) - this.lead) / this.burst;
    return slots < 0 ? 0 : (Math.floor(slots) + 1) * this.burst;
  }

  /** Number of slots whose `timeOf` lies before a time; 0 for an unlimited epoch, which has no slots. */
  slotsBefore(time: number): number {
    return this.#slots(time, false);
  }

  /** Number of slots whose `timeOf` is not after a time. */
  slotsBy(time: number): number {
    return this.#slots(time, true);
  }

  #slots(time: number, inclusive: boolean): number {
    if (time < this.start || this.unlimited || this.silent) return 0;
    let slots = this.slotsAbout(time);
    const counts = (slot: number): boolean => {
      const due = this.timeOf(slot);
      return inclusive ? due <= time : due < time;
    };
    while (slots > 0 && !counts(slots - 1)) slots -= this.burst;
    while (counts(slots)) slots += this.burst;
    return slots;
  }

  /** The `lead` of an epoch that takes over at `time`, when this one has had `slots` by then. */
  leadAt(time: number, slots: number): number {
    return this.unlimited ? 0 : Math.max(0, slots + this.lead - this.progress(time));
  }
}
