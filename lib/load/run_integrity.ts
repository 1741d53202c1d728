/** The verdict on a run's messages, while it runs and at its end. */
import type { RunConfig } from "../config/run_config.ts";
import type { Integrity } from "./snapshot.ts";
import {
  Ledger,
  type StreamExpectation,
  toIntegrity,
  type VerdictOptions,
  type VerificationReport,
} from "./verify.ts";

/** Reports of different workers reach the ledger this far apart; newer gaps may only be on their way. */
const SETTLE_MS = 2000;

const NOTHING = { streams: 0, verified: 0, lost: 0, duplicates: 0, outOfOrder: 0, corrupt: 0 };

export class RunIntegrity {
  readonly #mode: Integrity["mode"];
  readonly #isVerifying: boolean;
  #ledger: Ledger | undefined;
  #run: number | undefined;
  /** Messages of runs other than the one that is followed. */
  #otherRuns = 0;
  /** Where streams begin: a consumer that starts at the end does not miss what came before it. */
  readonly head: VerdictOptions["head"];
  #expected: readonly StreamExpectation[] | undefined;
  #live: Integrity | undefined;
  #judgedAt = -Infinity;
  #isFinal = false;
  #lostHistory: { at: number; lost: number }[] = [];

  constructor(config: RunConfig) {
    this.#mode = config.verify;
    const isConsumer = config.role === "consumer";
    this.head = isConsumer && config.initialPosition === "earliest" ? "zero" : "first-seen";
    this.#isVerifying = isConsumer && config.verify !== "off";
  }

  add(report: VerificationReport): void {
    this.#run ??= report.run;
    // Workers that follow the first message they see can meet different runs on one topic.
    if (report.run !== this.#run) this.#otherRuns += report.counts.verified;
    else (this.#ledger ??= new Ledger(report.run)).add(report);
  }

  /** What producers of the same process sent: makes loss at a stream's end visible, and its head certain. */
  expect(streams: readonly StreamExpectation[]): void {
    this.#expected = streams;
    this.#isFinal = true;
  }

  report(): VerificationReport | undefined {
    return this.#ledger?.toReport();
  }

  /** The verdict now, worked out at most once a second while the run runs. */
  current(isRunning: boolean): Integrity | undefined {
    if (!this.#isVerifying) return undefined;
    if (this.#ledger === undefined) return { ...NOTHING, mode: this.#mode, foreign: this.#otherRuns };
    const now = performance.now();
    if (isRunning && now - this.#judgedAt < 1000 && this.#live !== undefined) return this.#live;
    this.#judgedAt = now;
    const verdict = this.#ledger.verdict({
      head: this.#isFinal ? "zero" : this.head,
      ...(this.#expected === undefined ? {} : { expected: this.#expected }),
    });
    const judged = toIntegrity(verdict, this.#mode);
    const integrity = { ...judged, foreign: judged.foreign + this.#otherRuns };
    return this.#live = isRunning
      ? { ...integrity, lost: this.#settledLost(now, integrity.lost) }
      : integrity;
  }

  /** While messages flow, a gap counts once it has outlasted the reports that could still fill it. */
  #settledLost(now: number, lost: number): number {
    this.#lostHistory.push({ at: now, lost });
    this.#lostHistory = this.#lostHistory.filter(({ at }) => now - at <= 2 * SETTLE_MS);
    return Math.min(...this.#lostHistory.map((each) => each.lost));
  }
}
