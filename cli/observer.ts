/** Looks at one run at regular times: thresholds, intervals, and whoever wants to see it. */
import type { LoadRun } from "../lib/load/run.ts";
import type { RunOutcome } from "../lib/load/run_types.ts";
import type { RunView } from "../lib/load/run_view.ts";
import type { RunSnapshot } from "../lib/load/snapshot.ts";
import { IntervalRecorder } from "../lib/report/intervals.ts";
import type { IntervalRecord } from "../lib/report/result.ts";
import { type Threshold, type ThresholdState, ThresholdWatch } from "../lib/report/thresholds.ts";

/** Windows of the panels. */
const LOOK_MS = 500;
/** Intervals of results last a second, and longer once a run has this many of them. */
const FINE_INTERVALS = 300;

export interface ObserverListener {
  /** Twice a second. */
  onSnapshot?(snapshot: RunSnapshot, thresholds: readonly ThresholdState[]): void;
  /** Once per reporting interval; the window of `snapshot` is the interval. */
  onInterval?(snapshot: RunSnapshot, record: IntervalRecord): void;
}

export class Observer {
  readonly run: LoadRun;
  readonly watch: ThresholdWatch;
  /** For results: fine intervals. */
  readonly recorder = new IntervalRecorder();
  /** For lines and events: the intervals that people asked for. */
  readonly #reports = new IntervalRecorder();
  #recordedSeconds = 0;
  readonly #listener: ObserverListener;
  readonly #look: RunView;
  readonly #interval: RunView;
  readonly #timers: ReturnType<typeof setInterval>[] = [];

  constructor(run: LoadRun, thresholds: readonly Threshold[], listener: ObserverListener) {
    this.run = run;
    this.watch = new ThresholdWatch(thresholds);
    this.#listener = listener;
    this.#look = run.view();
    this.#interval = run.view();
  }

  start(): void {
    this.#timers.push(setInterval(() => this.look(), LOOK_MS));
    this.#timers.push(setInterval(() => this.#closeInterval(), this.run.config.reportIntervalMs));
  }

  /** Takes a snapshot now. */
  look(): void {
    const snapshot = this.#look.snapshot();
    this.watch.observe(snapshot);
    this.#record(snapshot);
    this.#listener.onSnapshot?.(snapshot, this.watch.states);
    const reason = this.watch.abortReason;
    if (reason === undefined || snapshot.phase !== "running") return;
    this.run.log.add("error", reason);
    void this.run.finish("threshold");
  }

  #record(snapshot: RunSnapshot): void {
    const { seconds } = snapshot.total;
    if (seconds < this.#recordedSeconds) this.#recordedSeconds = 0;
    if (seconds - this.#recordedSeconds < Math.max(0.9, seconds / FINE_INTERVALS)) return;
    this.#recordedSeconds = seconds;
    this.recorder.close(snapshot);
  }

  #closeInterval(): void {
    const snapshot = this.#interval.snapshot();
    const record = this.#reports.close(snapshot);
    if (record !== undefined) this.#listener.onInterval?.(snapshot, record);
  }

  /** The last snapshot, with the last word on the thresholds. */
  finish(outcome: RunOutcome): readonly ThresholdState[] {
    this.stop();
    this.recorder.closeLast(outcome.snapshot);
    const record = this.#reports.close(outcome.snapshot);
    if (record !== undefined) this.#listener.onInterval?.(this.#interval.snapshot(), record);
    const states = this.watch.finish(outcome.snapshot);
    this.#listener.onSnapshot?.(outcome.snapshot, states);
    return states;
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#look.close();
    this.#interval.close();
  }
}
