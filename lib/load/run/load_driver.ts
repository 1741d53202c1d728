/**
 * Decides what rate a run asks for at each moment: one rate, stages, or the search for the highest one. Drives the
 * schedule; the workers only follow it.
 */
import type { ProducerConfig, RunConfig, StageConfig } from "../../config/run_config.ts";
import { errorTotal } from "../figures.ts";
import { nowMicros } from "../clock.ts";
import type { MetricsReader, MetricsWindow } from "../metrics/reader.ts";
import { type Evidence, RateSearch } from "../schedule/rate_search.ts";
import type { RunMemory } from "../worker/run_memory.ts";
import { catchUpBound, type Schedule } from "../schedule/schedule.ts";
import type { StageSnapshot } from "../snapshot.ts";
import {
  askedBetween,
  constantPlan,
  type Plan,
  stageAt,
  stagedPlan,
  StageDriver,
} from "../schedule/stages.ts";

/** The schedule that a run's configuration asks for, silent as yet. */
export function scheduleFor(config: RunConfig, memory: Pick<RunMemory, "schedule">): Schedule {
  return memory.schedule({
    catchUp: config.role === "producer" ? config.catchUp : "none",
    ...(config.role === "producer"
      ? { burst: config.burst, batchMicros: config.batching ? config.batchDelayMs * 1000 : 0 }
      : {}),
  });
}

/** How late a message of this run may be and still be sent, microseconds. */
export function catchUpMicros({ catchUp, batching, batchDelayMs }: ProducerConfig): number {
  return catchUpBound({ catchUp, batchMicros: batching ? batchDelayMs * 1000 : 0 });
}

/** What the search found: 0 when no rate was sustained. */
export interface SearchOutcome {
  readonly rate: number;
  readonly evidence: readonly Evidence[];
}

const SEARCH_INTERVAL_SECONDS = 1;
/** A plan begins at least this far ahead, so that the schedule can switch to it exactly then. */
export const START_LEAD_MICROS = 2000;

export class LoadDriver {
  readonly #config: RunConfig;
  readonly #schedule: Schedule;
  readonly #reader: MetricsReader;
  #search: RateSearch | undefined;
  readonly #window: MetricsWindow | undefined;
  readonly #consumed: () => number;
  #stages: StageDriver;
  #plan: Plan;
  /** The stages with the rates that were asked for last; empty without stages. */
  #planned: readonly StageConfig[];
  /** A rate from outside, instead of the configured plan. */
  #givenRate: number | undefined;
  #isPaused = false;
  #begun = false;
  #observedAt = 0;
  #pending = 0;
  /** Asked for by earlier plans since the figures began, and what of the present plan lay before that, microseconds. */
  #askedBefore = 0;
  #askedFrom = 0;
  #outcome: SearchOutcome | undefined;

  /** @param consumed the time of a consumer in which its rate counts, microseconds since its figures began */
  constructor(
    config: RunConfig,
    schedule: Schedule,
    reader: MetricsReader,
    consumed: () => number = () => 0,
  ) {
    this.#consumed = consumed;
    this.#config = config;
    this.#schedule = schedule;
    this.#reader = reader;
    this.#planned = config.role === "producer" ? config.stages : [];
    if (config.rate === "max") {
      this.#search = new RateSearch();
      this.#window = reader.window();
    }
    this.#plan = this.#measuredPlan();
    this.#stages = new StageDriver(this.#plan, schedule);
  }

  #measuredPlan(): Plan {
    const { rate } = this.#config;
    if (this.isStaged) return stagedPlan(this.#planned);
    // The planned time belongs to the rate that a search finds, not to the search.
    if (this.#search !== undefined) return constantPlan(this.#search.target);
    return constantPlan(
      this.#givenRate ?? (typeof rate === "number" ? rate : Infinity),
      this.#plannedMicros(),
    );
  }

  /** A producer's planned length is its schedule's: no slot is due later, and all before it are. */
  #plannedMicros(): number {
    const { role, durationMs } = this.#config;
    return role === "producer" && durationMs !== undefined ? durationMs * 1000 : Infinity;
  }

  /**
   * Starts from the beginning with a fresh schedule; late slots of a warm-up are given up.
   *
   * @param at a time to come, clock microseconds
   */
  begin(count?: number, at: number = nowMicros() + START_LEAD_MICROS): void {
    this.#begun = true;
    this.#observedAt = this.#reader.activeMicros();
    this.#plan = this.#measuredPlan();
    this.#stages = new StageDriver(this.#plan, this.#schedule);
    this.#stages.start(at, count);
    this.#stages.tick(nowMicros());
    this.#askedBefore = this.#askedFrom = 0;
    this.#window?.take();
  }

  /** A steady load before the plan begins: the rate that its first stage holds or reaches. */
  warmUp(): void {
    this.#plan = constantPlan(this.#plan.segments[0]!.endRate);
    this.#stages = new StageDriver(this.#plan, this.#schedule);
    this.#stages.start(nowMicros());
    this.#askedBefore = this.#askedFrom = 0;
  }

  /** Messages that the plan has asked for since the figures began; `Infinity` once any of the time was unlimited. */
  asked(at: number = nowMicros()): number {
    return this.#askedBefore + askedBetween(this.#plan, this.#askedFrom, this.#elapsed(at));
  }

  /** A producer's time is the plan's own; a consumer's does not run while there is nothing to consume. */
  #elapsed(at: number): number {
    return this.#config.role === "producer" ? this.#stages.elapsed(at) : this.#consumed();
  }

  /** The figures begin anew. */
  resetAsked(at: number = nowMicros()): void {
    this.#askedBefore = 0;
    this.#askedFrom = this.#elapsed(at);
  }

  /** When the plan is over, clock microseconds; `Infinity` for one without an end. */
  get endAt(): number {
    return this.#stages.endAt;
  }

  /** To be called every 50–100 ms. True when a search has just found its rate. */
  tick(): boolean {
    this.#stages.tick(nowMicros());
    return this.#begun && this.isSearching && this.#observe();
  }

  /** Milliseconds until the plan is over; Infinity for one without an end. */
  get msLeft(): number {
    return (this.#plan.duration - this.#stages.elapsed(nowMicros())) / 1000;
  }

  /** Whether the plan has come to its end. */
  get isOver(): boolean {
    return this.#begun && this.msLeft <= 0;
  }

  /** Messages per second that the plan asked for last; Infinity = unlimited. */
  get lastRate(): number {
    return this.#plan.segments.findLast(({ endRate }) => endRate > 0)?.endRate ?? 0;
  }

  /** Whether the load follows stages. */
  get isStaged(): boolean {
    return this.#planned.length > 0;
  }

  get isSearching(): boolean {
    return this.#search !== undefined && this.#outcome === undefined;
  }

  get search(): SearchOutcome | undefined {
    return this.#outcome;
  }

  /** What the panels call the present stage; undefined for a plain constant load. */
  get stage(): StageSnapshot | undefined {
    if (this.isSearching) {
      return {
        index: 0,
        count: 1,
        name: `searching: ${this.#search!.phase} ${Math.round(this.#search!.target)}/s`,
        rate: this.#search!.target,
      };
    }
    if (!this.isStaged) return undefined;
    // The warm-up holds what belongs to the first stage.
    return this.#begun ? this.#stages.stage(nowMicros()) : stageAt(stagedPlan(this.#planned), 0);
  }

  pause(): void {
    this.#isPaused = true;
    this.#stages.pause(nowMicros());
  }

  resume(): void {
    this.#isPaused = false;
    this.#stages.resume(nowMicros());
  }

  /**
   * A rate from outside, now and to the planned end. With stages it is the present stage that is shifted: its length and
   * the other stages stay. A search is given up for it. Unlimited is no rate of a stage, and nothing to shift to is left
   * after the last one: then nothing changes.
   */
  setRate(rate: number): void {
    if (this.isStaged) this.#shiftStage(rate);
    else this.#hold(rate);
  }

  #shiftStage(rate: number): void {
    const { stage } = this;
    if (stage === undefined || rate === Infinity) return;
    const now = nowMicros();
    this.#planned = this.#planned.map((one, index) => index === stage.index ? { ...one, rate } : one);
    // A warm-up goes on at the new rate.
    if (!this.#begun) return this.#follow(rate, Infinity, now);
    this.#askedBefore = this.asked(now);
    this.#askedFrom = this.#elapsed(now);
    this.#plan = stagedPlan(this.#planned);
    this.#stages.replan(this.#plan, now);
  }

  #hold(rate: number): void {
    // Before the plan has begun, the new one begins when it would have, so that the end stays.
    const { startAt } = this.#stages;
    const now = Math.max(nowMicros(), Number.isFinite(startAt) ? startAt : 0);
    const left = this.isSearching ? this.#plannedMicros() : this.#plan.duration - this.#stages.elapsed(now);
    this.#givenRate = rate;
    if (this.#outcome === undefined) this.#search = undefined;
    this.#follow(rate, left, now);
  }

  /** The rate that a search has found, for the planned time, if there is one. */
  holdFound(): void {
    this.#follow(this.#outcome!.rate, this.#plannedMicros());
  }

  /** Goes on at another rate; what is late stays due. */
  #follow(rate: number, micros: number, now = nowMicros()): void {
    this.#schedule.setRate(rate, now);
    this.#join(rate, micros, now);
  }

  #join(rate: number, micros: number, now = nowMicros()): void {
    this.#askedBefore = this.asked(now);
    this.#plan = constantPlan(rate, micros);
    this.#stages = new StageDriver(this.#plan, this.#schedule);
    this.#stages.join(now);
    this.#askedFrom = this.#elapsed(now);
    if (this.#isPaused) this.#stages.pause(now);
  }

  #observe(): boolean {
    const active = this.#reader.activeMicros();
    if ((active - this.#observedAt) / 1e6 < SEARCH_INTERVAL_SECONDS) return false;
    this.#observedAt = active;
    const span = this.#window!.take();
    const pending = this.#reader.inFlight + this.#lateSlots();
    const errors = errorTotal(span.errors);
    const decision = this.#search!.next({
      seconds: span.seconds,
      achieved: span.counters.messages / span.seconds,
      backlogGrowth: (pending - this.#pending) / span.seconds,
      p99Micros: span.latency.response?.percentile(99) ?? 0,
      errors,
    });
    this.#pending = pending;
    if (decision.kind === "verdict") {
      this.#outcome = { rate: decision.rate, evidence: decision.evidence };
      return true;
    }
    if (decision.giveUpLate) {
      this.#schedule.restart({ rate: decision.target });
      this.#join(decision.target, Infinity);
    } else if (this.#schedule.rateAt() !== decision.target) this.#follow(decision.target, Infinity);
    return false;
  }

  /** Messages that are late: due by the schedule and not taken. */
  #lateSlots(): number {
    return this.#schedule.behind() * this.#schedule.rateAt() / 1e6;
  }
}
