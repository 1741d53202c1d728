/** Snapshots of a run for one onlooker, whose windows are its own. */
import { nowMicros } from "../clock.ts";
import type { OutageLog } from "./outage_log.ts";
import { catchUpMicros } from "./load_driver.ts";
import type { MetricsReader, MetricsWindow } from "../metrics/reader.ts";
import type { RunEnding } from "./ending.ts";
import type { RunIntegrity } from "./integrity.ts";
import type { RunLog } from "./log.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type {
  Lifetime,
  OpeningFigures,
  OutageSnapshot,
  Phase,
  RunSnapshot,
  Span,
  StageSnapshot,
  TopicFigures,
  WorkerSnapshot,
} from "../snapshot.ts";
import { plannedMillis } from "../schedule/stages.ts";
import type { RunConfig } from "../../config/run_config.ts";

/** What a view reads of a run. */
export interface ViewedRun {
  readonly config: RunConfig;
  readonly reader: MetricsReader;
  readonly schedule: Schedule;
  readonly integrity: RunIntegrity;
  readonly log: RunLog;
  readonly phase: Phase;
  /** Workers wanted now. */
  readonly workers: number;
  readonly backlog: number | undefined;
  readonly stage: StageSnapshot | undefined;
  readonly clockUncertaintyMicros: number;
  /** Seconds since the measured part began, pauses excluded; 0 before. */
  readonly elapsed: number;
  /** Whether the measured part has begun. */
  readonly isMeasured: boolean;
  readonly ends: Pick<RunEnding, "finalRate" | "state">;
  readonly outages: OutageLog;
  readonly counts: {
    readonly topicFigures: TopicFigures | undefined;
    readonly openings: OpeningFigures | undefined;
  };
  /** Messages asked for since the figures began; undefined if any of the time was unlimited. */
  asked(at?: number): number | undefined;
  /** Wall time of a reading of `nowMicros`, of this moment by default; no step of the clock touches it. */
  timeOf(micros?: number): number;
  /** Seconds that count for rates. */
  activeSeconds(elapsed: number): number;
}

export class RunView {
  readonly #run: ViewedRun;
  readonly #window: MetricsWindow;
  #lastRate: number | undefined;

  constructor(run: ViewedRun) {
    this.#run = run;
    this.#window = run.reader.window();
  }

  /** The run as it is now; the window reaches back to this view's last snapshot. Valid until the next one. */
  snapshot(): RunSnapshot {
    const { config, reader, schedule, phase, integrity } = this.#run;
    reader.poll();
    const window = this.#window.take();
    // Of one moment: what was asked for is held against the time in which it was.
    const now = nowMicros();
    const total = this.#total(now);
    const asked = this.#run.asked(now);
    const rate = this.#targetRate();
    const isLimited = config.role === "producer" || typeof config.rate === "number";
    const isRunning = phase !== "done" && phase !== "failed";
    const planned = plannedMillis(config);
    return {
      role: config.role,
      runId: config.runId,
      at: this.#run.timeOf(),
      phase,
      epoch: reader.epoch,
      since: this.#run.timeOf(reader.since),
      measured: this.#run.isMeasured,
      elapsed: this.#run.elapsed,
      duration: planned === undefined ? undefined : planned / 1000,
      count: config.count,
      stage: this.#run.stage,
      targetRate: isLimited && Number.isFinite(rate) ? rate : undefined,
      asked: isLimited ? asked : undefined,
      behindMicros: Math.max(schedule.behind(), reader.behindMicros),
      draining: this.#run.ends.state,
      inFlight: reader.inFlight,
      maxInFlight: config.role === "producer" ? config.maxInFlight * this.#run.workers : 0,
      loopLagMicros: this.#window.loopLagMicros,
      residentBytes: Deno.memoryUsage().rss,
      total,
      window,
      workers: this.#workers(),
      integrity: integrity.current(isRunning),
      topics: this.#run.counts.topicFigures,
      backlog: this.#run.backlog,
      catchUpMicros: this.#catchUpMicros(),
      outages: this.#outages(),
      openings: this.#run.counts.openings,
      clockUncertaintyMicros: this.#run.clockUncertaintyMicros,
      log: this.#run.log.lines,
    };
  }

  /** Counts that no reset touches, as of the last snapshot. Valid until the next call. */
  lifetime(): Lifetime {
    const { count, totalMicros } = this.#run.outages.ever(nowMicros());
    return { ...this.#run.reader.lifetime(this.#run.workers), outages: count, outageMicros: totalMicros };
  }

  #outages(): OutageSnapshot {
    const { openSince, ...figures } = this.#run.outages.at(nowMicros());
    return openSince === undefined ? figures : { ...figures, since: this.#run.timeOf(openSince) };
  }

  #catchUpMicros(): number | undefined {
    const { config } = this.#run;
    const micros = config.role === "producer" ? catchUpMicros(config) : Infinity;
    return Number.isFinite(micros) ? micros : undefined;
  }

  /** While a run drains, the rate it had is still the one its figures are held against. */
  #targetRate(): number {
    const { schedule, phase } = this.#run;
    if (phase !== "draining" && phase !== "done" && phase !== "failed") this.#lastRate = schedule.rateAt();
    return this.#lastRate ?? this.#run.ends.finalRate;
  }

  #total(at: number): Span {
    const { reader } = this.#run;
    const total = reader.total(at);
    return { ...total, seconds: this.#run.activeSeconds(total.seconds) };
  }

  #workers(): WorkerSnapshot[] {
    const { reader, phase, workers } = this.#run;
    const isActive = phase === "running" || phase === "warmup";
    return reader.workers(this.#window, workers).map((worker) => {
      if (worker.state !== "ready") return worker;
      return { ...worker, state: isActive ? "running" : phase === "paused" ? "paused" : "ready" };
    });
  }

  close(): void {
    this.#window.close();
  }
}
