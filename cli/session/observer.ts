/** Looks at one run at regular times: thresholds, intervals, and whoever wants to see it. */
import type { LoadRun } from "../../lib/load/run/load_run.ts";
import type { RunOutcome } from "../../lib/load/run/types.ts";
import type { RunView } from "../../lib/load/run/view.ts";
import type { RunSnapshot } from "../../lib/load/snapshot.ts";
import { IntervalRecorder } from "../../lib/report/result/intervals.ts";
import type { IntervalRecord } from "../../lib/report/result/result.ts";
import {
  type Threshold,
  type ThresholdState,
  ThresholdWatch,
} from "../../lib/report/thresholds/thresholds.ts";

/** Windows of the panels. */
const LOOK_MS = 500;
/** Longest time between two lines while a run ends: that takes some seconds only. */
const DRAINING_LINES_MS = 2000;
/** Intervals of results last a second, and longer once a run has this many of them. */
const FINE_INTERVALS = { period: 1, most: 300 };

export interface ObserverListener {
  /** Twice a second. */
  onSnapshot?(snapshot: RunSnapshot, thresholds: readonly ThresholdState[]): void;
  /**
   * Once per reporting interval; the window of `snapshot` is the interval. Without a record in the warm-up, which is
   * shown and not reported.
   */
  onInterval?(snapshot: RunSnapshot, record: IntervalRecord | undefined): void;
  /** Now and then while the run ends. */
  onDraining?(snapshot: RunSnapshot): void;
}

/** What is read of a run. */
export type ObservedRun = Pick<LoadRun, "config" | "view" | "finish"> & {
  readonly log: Pick<LoadRun["log"], "add">;
};

export class Observer {
  readonly run: ObservedRun;
  readonly watch: ThresholdWatch;
  /** For results: fine intervals, of which charts are made. */
  readonly recorder = new IntervalRecorder(FINE_INTERVALS);
  /** For lines, events, CSV and HDR log: the intervals that people asked for. */
  readonly reports: IntervalRecorder;
  readonly #listener: ObserverListener;
  readonly #look: RunView;
  readonly #interval: RunView;
  #looking: ReturnType<typeof setInterval> | undefined;
  #reporting: ReturnType<typeof setTimeout> | undefined;
  /** When the last line of a warm-up was shown, microseconds since the Unix epoch. */
  #shownAt: number | undefined;
  #drainingShownAt: number | undefined;

  constructor(run: ObservedRun, thresholds: readonly Threshold[], listener: ObserverListener) {
    const { reportIntervalMs, csv, hdrLog } = run.config;
    this.run = run;
    this.watch = new ThresholdWatch(thresholds);
    this.reports = new IntervalRecorder({
      period: reportIntervalMs / 1000,
      keepAll: csv !== undefined || hdrLog !== undefined,
    });
    this.#listener = listener;
    this.#look = run.view();
    this.#interval = run.view();
  }

  start(): void {
    this.#looking = setInterval(() => this.look(), LOOK_MS);
  }

  /** Takes a snapshot now. */
  look(): void {
    const snapshot = this.#look.snapshot();
    this.watch.observe(snapshot);
    this.recorder.observe(snapshot);
    this.#listener.onSnapshot?.(snapshot, this.watch.states);
    this.#planReport(snapshot);
    if (snapshot.phase === "draining") this.#showDraining(snapshot);
    const reason = this.watch.abortReason;
    if (reason === undefined || snapshot.phase !== "running") return;
    this.run.log.add("error", reason);
    void this.run.finish("threshold");
  }

  /** The end of an interval is met exactly when it comes before the next look. */
  #planReport(snapshot: RunSnapshot): void {
    clearTimeout(this.#reporting);
    if (this.#looking === undefined || !GOING_ON.has(snapshot.phase)) return;
    const ms = Math.ceil(this.#secondsLeft(snapshot) * 1000);
    if (ms <= LOOK_MS) this.#reporting = setTimeout(() => this.#report(), ms);
  }

  #secondsLeft(snapshot: RunSnapshot): number {
    if (snapshot.measured) return this.reports.secondsLeft(snapshot);
    this.#shownAt ??= snapshot.at;
    return Math.max(0, this.run.config.reportIntervalMs / 1000 - (snapshot.at - this.#shownAt) / 1e6);
  }

  #report(): void {
    const snapshot = this.#interval.snapshot();
    if (snapshot.measured) {
      const record = this.reports.observe(snapshot);
      if (record !== undefined) this.#listener.onInterval?.(snapshot, record);
    } else if (this.#secondsLeft(snapshot) === 0) {
      this.#shownAt = snapshot.at;
      this.#listener.onInterval?.(snapshot, undefined);
    }
    this.#planReport(snapshot);
  }

  /** Measured time stands still, and people are still to see that something goes on. */
  #showDraining(snapshot: RunSnapshot): void {
    const { at } = snapshot;
    this.#drainingShownAt ??= at;
    if (at - this.#drainingShownAt < Math.min(DRAINING_LINES_MS, this.run.config.reportIntervalMs) * 1000) {
      return;
    }
    this.#drainingShownAt = at;
    this.#listener.onDraining?.(snapshot);
  }

  /** The last snapshot, with the last word on the thresholds. */
  finish(outcome: RunOutcome): readonly ThresholdState[] {
    this.stop();
    this.recorder.finish(outcome.snapshot);
    const rest = this.reports.finish(outcome.snapshot);
    if (rest !== undefined) this.#listener.onInterval?.(this.#interval.snapshot(), rest);
    const states = this.watch.finish(outcome.snapshot);
    this.#listener.onSnapshot?.(outcome.snapshot, states);
    return states;
  }

  stop(): void {
    clearInterval(this.#looking);
    clearTimeout(this.#reporting);
    this.#looking = undefined;
    this.#look.close();
    this.#interval.close();
  }
}

/** Phases in which time counts. */
const GOING_ON: ReadonlySet<RunSnapshot["phase"]> = new Set(["warmup", "running"]);
