/** The verdict on a run's messages, while it runs and at its end. */
import type { RunConfig } from "../config/run_config.ts";
import { hashRunId } from "./header.ts";
import type { Integrity } from "./snapshot.ts";
import {
  Ledger,
  type StreamExpectation,
  toIntegrity,
  type VerdictOptions,
  type VerificationReport,
} from "./verify.ts";

/** Workers report more often than this, also when they are busy. */
const SETTLE_MS = 2000;

const NO_HEADS: ReadonlyMap<number, number> = new Map();
const NOTHING = { streams: 0, verified: 0, lost: 0, duplicates: 0, outOfOrder: 0, corrupt: 0 };

export class RunIntegrity {
  readonly #mode: Integrity["mode"];
  readonly #isVerifying: boolean;
  /** Other processes receive the rest: what is missing here says nothing. */
  readonly #isPart: boolean;
  #ledger: Ledger | undefined;
  readonly #ownRun: number;
  #run: number | undefined;
  /** Messages of runs other than the one that is followed. */
  #otherRuns = 0;
  /** Where streams begin: a consumer that starts at the end does not miss what came before it. */
  readonly head: VerdictOptions["head"];
  #expected: readonly StreamExpectation[] | undefined;
  #live: Integrity | undefined;
  #judgedAt = -Infinity;
  #isFinal = false;
  #history: { at: number; heads: ReadonlyMap<number, number> }[] = [];

  constructor(config: RunConfig) {
    this.#mode = config.verify;
    this.#ownRun = hashRunId(config.runId);
    const isConsumer = config.role === "consumer";
    // Behind a barrier the subscription was there before the first message.
    const sawStart = isConsumer &&
      (config.initialPosition === "earliest" || config.seek === "earliest" || config.barrier > 0);
    this.head = sawStart ? "zero" : "first-seen";
    this.#isPart = isConsumer && config.instances > 1;
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
    // Also when nothing at all has come: then all of it is missing.
    this.#run ??= this.#ownRun;
    this.#ledger ??= new Ledger(this.#run);
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
      ...(isRunning ? { until: this.#settledHeads(now) } : {}),
    });
    const judged = toIntegrity(verdict, this.#mode);
    if (this.#isPart) judged.lost = 0;
    return this.#live = { ...judged, foreign: judged.foreign + this.#otherRuns };
  }

  /** Where the streams stood long enough ago for every worker to have reported since. */
  #settledHeads(now: number): ReadonlyMap<number, number> {
    this.#history.push({ at: now, heads: this.#ledger!.heads() });
    while (this.#history.length > 1 && now - this.#history[1]!.at >= SETTLE_MS) this.#history.shift();
    const oldest = this.#history[0]!;
    return now - oldest.at >= SETTLE_MS ? oldest.heads : NO_HEADS;
  }
}
