/**
 * The plan of a run's load: what rate is asked for at which time, and the driver that tells the schedule.
 *
 * A plan is a list of segments, each one rate or one ramp, laid end to end. The schedule follows a ramp by its
 * integral, so the driver acts at the borders of segments only, and a little ahead of them: the border itself is
 * exact however late the driver's timer fires.
 */
import type { RunConfig, StageConfig } from "../../config/run_config.ts";
import { formatCount, formatNumber } from "../../config/units.ts";
import type { Profile } from "./epoch.ts";
import type { StageSnapshot } from "../snapshot.ts";

/** Times in microseconds from the start of the plan, rates in messages per second. */
export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly rate: number;
  /** Reached at `to`, linearly. Equal to `rate` outside ramps. */
  readonly endRate: number;
  /** Index of the stage. */
  readonly stage: number;
}

export interface Plan {
  readonly segments: readonly Segment[];
  readonly stages: readonly string[];
  /** What each stage holds, reaches, or bursts with. */
  readonly rates: readonly number[];
  /** Microseconds; `Infinity` for a constant rate without an end. */
  readonly duration: number;
}

/** One rate for so many microseconds, or for ever; `Infinity` is an unlimited rate. */
export function constantPlan(rate: number, duration = Infinity): Plan {
  return {
    segments: [{ from: 0, to: duration, rate, endRate: rate, stage: 0 }],
    stages: ["constant"],
    rates: [rate],
    duration,
  };
}

/**
 * Stages one after another. A ramp begins at the rate that the stage before it ended with, 0 at the start; after a
 * burst that is its full rate.
 * @throws {RangeError} when there is no stage, a duration or a rate is out of range, or a burst has no on-time
 */
export function stagedPlan(stages: readonly StageConfig[]): Plan {
  if (stages.length === 0) throw new RangeError("a plan needs at least one stage");
  const segments: Segment[] = [];
  let at = 0;
  let last = 0;
  stages.forEach((config, stage) => {
    check(config, stage);
    const end = at + config.durationMs * 1000;
    if (config.kind === "burst") {
      segments.push(...burstSegments(config, stage, at, end));
    } else {
      const rate = config.kind === "ramp" ? last : config.rate;
      segments.push({ from: at, to: end, rate, endRate: config.rate, stage });
    }
    last = config.rate;
    at = end;
  });
  return { segments, stages: stages.map(nameOf), rates: stages.map(({ rate }) => rate), duration: at };
}

function burstSegments(config: StageConfig, stage: number, from: number, end: number): Segment[] {
  const segments: Segment[] = [];
  const on = (config.onMs ?? config.durationMs) * 1000;
  const off = (config.offMs ?? 0) * 1000;
  for (let at = from; at < end; at += on + off) {
    const silence = Math.min(at + on, end);
    segments.push({ from: at, to: silence, rate: config.rate, endRate: config.rate, stage });
    const next = Math.min(at + on + off, end);
    if (next > silence) segments.push({ from: silence, to: next, rate: 0, endRate: 0, stage });
  }
  return segments;
}

function check(config: StageConfig, stage: number): void {
  const where = `stage ${stage + 1} (${config.kind})`;
  if (!(config.durationMs > 0)) {
    throw new RangeError(`${where} needs a duration above 0 ms, not "${config.durationMs}"`);
  }
  if (!(config.rate >= 0 && config.rate < Infinity)) {
    throw new RangeError(`${where} needs a rate of 0 or more messages per second, not "${config.rate}"`);
  }
  if (config.onMs !== undefined && !(config.onMs > 0)) {
    throw new RangeError(`${where} needs an on-time above 0 ms, not "${config.onMs}"`);
  }
  if (config.offMs !== undefined && !(config.offMs >= 0)) {
    throw new RangeError(`${where} needs an off-time of 0 ms or more, not "${config.offMs}"`);
  }
  const period = (config.onMs ?? config.durationMs) + (config.offMs ?? 0);
  if (config.kind === "burst" && period < SHORTEST_BURST_MS) {
    throw new RangeError(
      `${where} needs on-time and off-time of ${SHORTEST_BURST_MS} ms together, not "${period}"`,
    );
  }
}

/** Silence and load shorter than this together are no bursts: workers wait to within 50 µs, brokers don't. */
const SHORTEST_BURST_MS = 20;

function nameOf(config: StageConfig): string {
  const { rate: number } = config;
  const rate = `${Number.isInteger(number) ? formatCount(number) : formatNumber(number)}/s`;
  if (config.kind === "ramp") return `ramp to ${rate}`;
  return config.kind === "burst" ? `burst ${rate}` : `hold ${rate}`;
}

/** How long a run is planned to take, milliseconds; undefined without such a plan. Stages are as long as their sum. */
export function plannedMillis(config: RunConfig): number | undefined {
  if (config.durationMs !== undefined) return config.durationMs;
  if (config.role !== "producer" || config.stages.length === 0) return undefined;
  return config.stages.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/** The segment at a time from the start; undefined before the start and after the end. */
export function segmentAt(plan: Plan, time: number): Segment | undefined {
  let low = 0;
  let high = plan.segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (plan.segments[middle]!.to <= time) low = middle + 1;
    else high = middle;
  }
  const found = plan.segments[low];
  return found && found.from <= time ? found : undefined;
}

/** Which stage a time lies in; undefined outside the plan. */
export function stageAt(plan: Plan, time: number): StageSnapshot | undefined {
  const segment = segmentAt(plan, time);
  if (segment === undefined) return undefined;
  const { stage } = segment;
  return { index: stage, count: plan.stages.length, name: plan.stages[stage]!, rate: plan.rates[stage]! };
}

/** Messages asked for between two times from the start: the integral of the rate. `Infinity` where it is unlimited. */
export function askedBetween(plan: Plan, from: number, to: number): number {
  let sum = 0;
  for (const segment of plan.segments) {
    const begin = Math.max(from, segment.from);
    const end = Math.min(to, segment.to);
    if (end > begin) sum += (rateIn(segment, begin) + rateIn(segment, end)) / 2 * (end - begin) / 1e6;
  }
  return sum;
}

function rateIn({ from, to, rate, endRate }: Segment, time: number): number {
  return rate === endRate ? rate : rate + (endRate - rate) * (time - from) / (to - from);
}

/** What the driver needs of a schedule: `Schedule` has it. */
export interface Followable {
  follow(profile: Profile, at: number): void;
  restart(profile: Profile, at: number, count?: number): void;
  pause(): void;
  resume(): void;
}

/**
 * Longest time between two ticks that the driver allows for, microseconds: what a busy main thread may be late. A
 * second of the shortest bursts is a fifth of the epochs that a schedule can hold.
 */
const AHEAD_MICROS = 1_000_000;

/**
 * Makes a schedule follow a plan. The owner calls `tick` every 50–100 ms; times are epoch microseconds. A pause
 * shifts what is left of the plan.
 */
export class StageDriver {
  #plan: Plan;
  readonly #schedule: Followable;
  #start = Infinity;
  #pausedAt: number | undefined;
  #next = 0;

  constructor(plan: Plan, schedule: Followable) {
    this.#plan = plan;
    this.#schedule = schedule;
  }

  /** Starts the plan at a time to come with a fresh schedule, as after the warm-up. */
  start(at: number, count?: number): void {
    this.#start = at;
    this.#pausedAt = undefined;
    this.#next = 1;
    const first = this.#plan.segments[0]!;
    if (count === undefined) this.#schedule.restart(profileOf(first, first.from), at);
    else this.#schedule.restart(profileOf(first, first.from), at, count);
  }

  /** Takes over a schedule that already follows the plan's first segment since `at`. */
  join(at: number): void {
    this.#start = at;
    this.#pausedAt = undefined;
    this.#next = 1;
  }

  /** Publishes what begins soon. */
  tick(now: number): void {
    if (this.#start === Infinity || this.#pausedAt !== undefined) return;
    // More than one border may lie ahead: the pieces of a burst can be short.
    for (; this.#next <= this.#plan.segments.length; this.#next++) {
      const segment = this.#plan.segments[this.#next];
      const at = this.#start + (segment?.from ?? this.#plan.duration);
      if (at > now + AHEAD_MICROS) return;
      this.#schedule.follow(
        segment ? profileOf(segment, Math.max(segment.from, now - this.#start)) : SILENT,
        at,
      );
    }
  }

  pause(now: number): void {
    if (this.#pausedAt !== undefined) return;
    this.#pausedAt = now;
    this.#schedule.pause();
  }

  /** Goes on in the middle of the segment that the pause fell into. */
  resume(now: number): void {
    if (this.#pausedAt === undefined) return;
    const elapsed = this.#pausedAt - this.#start;
    // Paused before it began: then it begins now.
    this.#start = elapsed < 0 ? now : this.#start + now - this.#pausedAt;
    this.#pausedAt = undefined;
    // Segments that were published ahead of the pause must be published again at their new times.
    this.#enter(Math.max(0, elapsed), now);
    this.#schedule.resume();
    this.tick(now);
  }

  /** When the plan begins or has begun, pauses left out; `Infinity` before that is decided. */
  get startAt(): number {
    return this.#start;
  }

  /** When the plan is over, epoch microseconds; `Infinity` for one without an end. Pauses shift it. */
  get endAt(): number {
    return this.#start + this.#plan.duration;
  }

  /** Goes on along another plan with the same stages and times, from where it stands in it. */
  replan(plan: Plan, now: number): void {
    this.#plan = plan;
    // After a pause, `resume` finds the new plan.
    if (this.#start === Infinity || this.#pausedAt !== undefined) return;
    // What was published ahead is void with the segment that is entered anew.
    this.#enter(this.elapsed(now), Math.max(now, this.#start));
    this.tick(now);
  }

  /** Follows the segment that a time of the plan lies in, from `at` on. */
  #enter(elapsed: number, at: number): void {
    const segment = segmentAt(this.#plan, elapsed);
    this.#next = segment ? this.#plan.segments.indexOf(segment) + 1 : this.#plan.segments.length + 1;
    this.#schedule.follow(segment ? profileOf(segment, elapsed) : SILENT, at);
  }

  /** Microseconds of the plan that are over at a time, pauses excluded; 0 before the start. */
  elapsed(now: number): number {
    return Math.max(0, (this.#pausedAt ?? now) - this.#start);
  }

  stage(now: number): StageSnapshot | undefined {
    return stageAt(this.#plan, this.elapsed(now));
  }
}

const SILENT: Profile = { rate: 0 };

/** What is left of a segment from a time of the plan on. */
function profileOf(segment: Segment, time: number): Profile {
  const { rate, endRate, from, to } = segment;
  if (rate === endRate) return { rate };
  return { rate: rate + (endRate - rate) * (time - from) / (to - from), endRate, rampMicros: to - time };
}
