/**
 * Decides what rate a run asks for at each moment: one rate, stages, or the search for the highest one. Drives the
 * schedule; the workers only follow it.
 */
import type { RunConfig } from "../config/run_config.ts";
import { nowMicros } from "./clock.ts";
import type { MetricsReader, MetricsWindow } from "./metrics_reader.ts";
import { type Evidence, RateSearch } from "./rate_search.ts";
import { type RunLayout, scheduleWords } from "./layout.ts";
import { Schedule } from "./schedule.ts";
import type { StageSnapshot } from "./snapshot.ts";
import { WakeBoard } from "./wake_board.ts";
import { constantPlan, type Plan, stagedPlan, StageDriver } from "./stages.ts";

/** The schedule of a run, which wakes its workers at every change. */
export function scheduleFor(config: RunConfig, memory: SharedArrayBuffer, layout: RunLayout): Schedule {
  const board = new WakeBoard(memory, layout.wake, layout.workers);
  return new Schedule(scheduleWords(memory, layout), {
    catchUp: config.role === "producer" ? config.catchUp : "none",
    ...(config.role === "producer" ? { burst: config.burst } : {}),
    onChange: () => board.wakeAll(),
  });
}

/** What the search found: 0 when no rate was sustained. */
export interface SearchOutcome {
  readonly rate: number;
  readonly evidence: readonly Evidence[];
}

/** What a tick can bring about. */
export type DriverEvent = "stagesOver" | "searchOver" | undefined;

const SEARCH_INTERVAL_SECONDS = 1;

export class LoadDriver {
  readonly #schedule: Schedule;
  readonly #reader: MetricsReader;
  readonly #search: RateSearch | undefined;
  readonly #window: MetricsWindow | undefined;
  #stages: StageDriver;
  #isStaged: boolean;
  #begun = false;
  #isOver = false;
  #observedAt = 0;
  #pending = 0;
  #outcome: SearchOutcome | undefined;

  constructor(config: RunConfig, schedule: Schedule, reader: MetricsReader) {
    this.#schedule = schedule;
    this.#reader = reader;
    this.#isStaged = config.role === "producer" && config.stages.length > 0;
    const isSearching = config.rate === "max";
    if (isSearching) {
      this.#search = new RateSearch();
      this.#window = reader.window();
    }
    this.#stages = new StageDriver(planOf(config, this.#search?.target), schedule);
  }

  /** Starts from the beginning with a fresh schedule; late slots of a warm-up are given up. */
  begin(count?: number): void {
    const now = nowMicros();
    this.#begun = true;
    this.#observedAt = this.#reader.activeMicros();
    this.#stages.start(now, count);
    this.#window?.take();
  }

  /** A steady load before the plan begins: its first rate. */
  warmUp(): void {
    this.#stages.start(nowMicros());
  }

  tick(): DriverEvent {
    const now = nowMicros();
    this.#stages.tick(now);
    if (!this.#begun || this.#isOver) return undefined;
    if (this.#isStaged && this.#stages.finished(now)) {
      this.#isOver = true;
      return "stagesOver";
    }
    return this.#search !== undefined && this.#outcome === undefined ? this.#observe() : undefined;
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
      };
    }
    return this.#isStaged ? this.#stages.stage(nowMicros()) : undefined;
  }

  pause(): void {
    this.#stages.pause(nowMicros());
  }

  resume(): void {
    this.#stages.resume(nowMicros());
  }

  /** A rate from outside replaces whatever plan there was. */
  setRate(rate: number): void {
    this.#isStaged = false;
    this.#schedule.setRate(rate);
  }

  #observe(): DriverEvent {
    const active = this.#reader.activeMicros();
    if ((active - this.#observedAt) / 1e6 < SEARCH_INTERVAL_SECONDS) return undefined;
    this.#observedAt = active;
    const span = this.#window!.take();
    const pending = this.#reader.inFlight + this.#lateSlots();
    const errors = [...span.errors.values()].reduce((sum, count) => sum + count, 0);
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
      return "searchOver";
    }
    if (decision.giveUpLate) this.#schedule.restart({ rate: decision.target });
    else if (this.#schedule.rateAt() !== decision.target) this.#schedule.setRate(decision.target);
    return undefined;
  }

  /** Messages that are late: due by the schedule and not taken. */
  #lateSlots(): number {
    return this.#schedule.behind() * this.#schedule.rateAt() / 1e6;
  }
}

function planOf(config: RunConfig, start: number | undefined): Plan {
  if (config.role === "producer" && config.stages.length > 0) return stagedPlan(config.stages);
  const { rate } = config;
  return constantPlan(typeof rate === "number" ? rate : start ?? Infinity);
}
