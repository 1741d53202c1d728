/** Reads one run at regular times: judges thresholds, cuts intervals, and tells a listener. */
import type { LoadRun } from "../../load/run/load_run.ts";
import type { RunOutcome } from "../../load/run/types.ts";
import type { RunView } from "../../load/run/view.ts";
import type { RunSnapshot, ThresholdState } from "../../load/snapshot.ts";
import { IntervalRecorder } from "../result/intervals.ts";
import type { IntervalRecord } from "../result/result.ts";
import { TopicRecorder } from "./topic_recorder.ts";
import { type Threshold, ThresholdWatch } from "../thresholds/thresholds.ts";

/** Time between two readings, and so the window of the panels. */
const LOOK_MS = 500;
/** Longest time between two lines while a run drains, which takes a few seconds. */
const DRAINING_LINES_MS = 2000;
/** Intervals of a result last a second, and longer once there are `most` of them. */
const FINE_INTERVALS = { period: 1, most: 300 };

export interface ObserverListener {
  /** Twice a second. */
  onSnapshot?(snapshot: RunSnapshot, thresholds: readonly ThresholdState[]): void;
  /**
   * Once per reporting interval; the window of `snapshot` is the interval. In the warm-up, which is shown and not
   * reported, there is no record.
   */
  onInterval?(snapshot: RunSnapshot, record: IntervalRecord | undefined): void;
  /** Every two seconds, or every reporting interval if that is shorter, while the run drains. */
  onDraining?(snapshot: RunSnapshot): void;
}

/** The part of a run that an observer needs. */
export type ObservedRun = Pick<LoadRun, "config" | "view" | "finish"> & {
  readonly log: Pick<LoadRun["log"], "add">;
};

/** Reads a run from `start` to `finish`. */
export class Observer {
  readonly run: ObservedRun;
  readonly watch: ThresholdWatch;
  /** Fine intervals, for the result and its charts. */
  readonly recorder = new IntervalRecorder(FINE_INTERVALS);
  /** Messages by topic over time. */
  readonly topics = new TopicRecorder();
  /** The intervals of `--report-interval`, for lines, events, CSV and HDR log. */
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
    this.topics.observe(snapshot);
    this.#listener.onSnapshot?.(snapshot, this.watch.states);
    this.#planReport(snapshot);
    if (snapshot.phase === "draining") this.#showDraining(snapshot);
    const reason = this.watch.abortReason;
    if (reason === undefined || snapshot.phase !== "running") return;
    this.run.log.add("error", reason);
    void this.run.finish("threshold");
  }

  /** Sets a timer for the end of the interval when that comes before the next reading. */
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

  /** Measured time stands still while a run drains, so these lines follow the wall clock. */
  #showDraining(snapshot: RunSnapshot): void {
    const { at } = snapshot;
    this.#drainingShownAt ??= at;
    if (at - this.#drainingShownAt < Math.min(DRAINING_LINES_MS, this.run.config.reportIntervalMs) * 1000) {
      return;
    }
    this.#drainingShownAt = at;
    this.#listener.onDraining?.(snapshot);
  }

  /** Takes in the outcome: closes the intervals and returns the final judgement of the thresholds. */
  finish(outcome: RunOutcome): readonly ThresholdState[] {
    this.stop();
    this.recorder.finish(outcome.snapshot);
    this.topics.finish(outcome.snapshot);
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

/** Phases in which intervals end. */
const GOING_ON: ReadonlySet<RunSnapshot["phase"]> = new Set(["warmup", "running"]);
