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

/** Reports of different workers reach the ledger this far apart; newer gaps may only be on their way. */
const SETTLE_MS = 2000;

export class RunIntegrity {
  readonly #mode: Integrity["mode"];
  readonly #ledger: Ledger | undefined;
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
    if (isConsumer && config.verify !== "off") this.#ledger = new Ledger(hashRunId(config.runId));
  }

  add(report: VerificationReport): void {
    this.#ledger?.add(report);
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
    if (this.#ledger === undefined) return undefined;
    const now = performance.now();
    if (isRunning && now - this.#judgedAt < 1000 && this.#live !== undefined) return this.#live;
    this.#judgedAt = now;
    const verdict = this.#ledger.verdict({
      head: this.#isFinal ? "zero" : this.head,
      ...(this.#expected === undefined ? {} : { expected: this.#expected }),
    });
    const integrity = toIntegrity(verdict, this.#mode);
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
