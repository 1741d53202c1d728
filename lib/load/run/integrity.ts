/** The verdict on a run's messages, while it runs and at its end. */
import type { RunConfig } from "../../config/run_config.ts";
import { hashRunId } from "../header/header.ts";
import type { Integrity } from "../snapshot.ts";
import type { Counterexample } from "../verify/counterexample.ts";
import { Ledger } from "../verify/ledger.ts";
import { type StreamExpectation, toIntegrity, type Verdict, type VerdictOptions } from "../verify/verdict.ts";
import type { VerificationReport } from "../verify/report.ts";
import { WorkerReach } from "../verify/worker_reach.ts";
import type { FromWorker } from "../worker/protocol.ts";
import { Examples } from "./examples.ts";
import type { RunOutcome } from "./types.ts";
import { RunWitness } from "./witness.ts";

/** Workers report more often than this, also when they are busy. */
const SETTLE_MS = 2000;
/** As long as this after a connection was lost or found again, what it had been sent may still be on its way. */
const REPLAY_MS = 10_000;

/** Places of damaged entries that are remembered until the producers are known. */
const MOST_DAMAGED = 10_000;

interface DamagedPlace {
  readonly topic: string;
  readonly ledgerId: number;
  readonly entryId: number;
  /** That came damaged in it. */
  readonly messages: number;
}

const NO_HEADS: ReadonlyMap<number, number> = new Map();
const NOTHING = {
  streams: 0,
  verified: 0,
  lost: 0,
  notReceived: 0,
  beforeSubscription: 0,
  duplicates: 0,
  outOfOrder: 0,
  reordered: 0,
  corrupt: 0,
};

export class RunIntegrity {
  readonly #mode: Integrity["mode"];
  readonly #isVerifying: boolean;
  /** Other processes receive the rest: what is missing here says nothing. */
  readonly #isPart: boolean;
  #ledger: Ledger | undefined;
  readonly #ownRun: number;
  #run: number | undefined;
  /** Messages of runs other than the one that is followed, and those that came before any run was known. */
  #foreign = 0;
  /** Messages that came damaged before any run was known. */
  #corrupt = 0;
  readonly #workers: WorkerReach;
  /** Where streams begin: a consumer that starts at the end does not miss what came before it. */
  readonly head: VerdictOptions["head"];
  #expected: readonly StreamExpectation[] | undefined;
  readonly #runId: string;
  /** What the run knows of single messages; a producer's too. */
  readonly witness: RunWitness;
  readonly #examples: Examples;
  /** Producers of this process that the messages may be of. */
  #senders: readonly RunWitness[] = [];
  /** Places of damaged entries that nobody has been asked about yet. */
  #damaged: DamagedPlace[] = [];
  #live: Integrity | undefined;
  #judgedAt = -Infinity;
  #isFinal = false;
  #isForgiven = false;
  #history: { at: number; heads: ReadonlyMap<number, number> }[] = [];
  /** Until then, nothing above these heads is known to be lost. */
  #replay: { until: number; heads: ReadonlyMap<number, number> } | undefined;

  /** When the subscription was known to be there, microseconds since the epoch. */
  #since: number | undefined;

  /** Where streams stood when it was made, if they were under way. */
  #before: ReadonlyMap<number, number> | undefined;

  /** @param timeOf wall time of a reading of the run's clock */
  constructor(config: RunConfig, timeOf: (micros: number) => number = (micros) => micros) {
    this.#runId = config.runId;
    this.witness = new RunWitness(config.role, timeOf);
    this.#examples = new Examples(this.witness);
    this.#mode = config.verify;
    this.#ownRun = hashRunId(config.runId);
    const isConsumer = config.role === "consumer";
    this.#workers = new WorkerReach(isConsumer && config.subscriptionType === "key-shared");
    // Behind a barrier the subscription was there before the first message.
    const sawStart = isConsumer &&
      (config.initialPosition === "earliest" || config.seek === "earliest" || config.barrier > 0);
    this.head = sawStart ? "zero" : "first-seen";
    this.#isPart = isConsumer && config.instances > 1;
    this.#isVerifying = isConsumer && config.verify !== "off";
  }

  /** All workers have subscribed: from this time on (microseconds since the epoch) nothing is dropped unread. */
  subscribed(at: number): void {
    this.#since = at;
  }

  /**
   * The subscription was made while its producers were at work.
   *
   * @param at when that was, microseconds since the epoch
   * @param before where the streams of producers of this process stood then
   */
  joinsLate(at: number, before: ReadonlyMap<number, number>): void {
    this.#since = at;
    this.#before = before;
  }

  /** Messages that the broker may have dropped before the subscription was there, and that have not come. */
  get beforeSubscription(): number {
    return this.#before === undefined ? 0 : this.current(true)?.beforeSubscription ?? 0;
  }

  /** A worker starts in a slot; what one before it was sent and has not read goes to others. */
  workerStarts(slot: number): void {
    if (this.#workers.starts(slot)) this.#disturb();
  }

  /** @param resets how often the worker has lost, or found again, a connection since its report before */
  add(report: VerificationReport, slot = 0, resets = 0): void {
    if (resets > 0) this.#disturb();
    if (report.run === null) {
      this.#foreign += report.counts.foreign;
      this.#corrupt += report.counts.corrupt;
      this.#workers.reports(slot, report);
      return;
    }
    this.#run ??= report.run;
    // Workers that follow the first message they see can meet different runs on one topic.
    if (report.run !== this.#run) {
      this.#foreign += report.counts.verified + report.counts.foreign;
      this.#corrupt += report.counts.corrupt;
      this.#workers.reports(slot, { ...report, streams: [] });
      return;
    }
    this.#workers.reports(slot, report);
    // Who has seen all, or not, is decided for all workers together, at the end.
    (this.#ledger ??= this.#newLedger(report.run)).add({
      ...report,
      complete: true,
      since: this.#since,
      late: this.#before === undefined ? undefined : true,
    });
  }

  #newLedger(run: number): Ledger {
    const ledger = new Ledger(run, undefined, (...found) => this.#examples.add(...found));
    if (this.#isForgiven) ledger.limit(NO_HEADS);
    return ledger;
  }

  /**
   * The broker was told to drop what is not acknowledged, or the subscription itself: what is missing from here on was
   * not received, and is no loss.
   */
  forgive(): void {
    this.#isForgiven = true;
    this.#ledger?.limit(this.#ledger.heads());
  }

  /** An entry came damaged. */
  damaged(slot: number, message: FromWorker & { kind: "damaged" }): void {
    this.#examples.damaged(slot, message, this.#runId);
    const topic = this.witness.topicOf(slot, message.lane);
    if (topic === undefined || topic.startsWith("non-persistent://")) return;
    if (this.#damaged.length < MOST_DAMAGED) this.#damaged.push({ topic, ...message });
    this.#identify();
  }

  /** Receipts say which messages the damaged entries hold, once the producers are known. */
  #identify(): void {
    if (this.#ledger === undefined || this.#senders.length === 0) return;
    for (const { topic, ledgerId, entryId, messages } of this.#damaged.splice(0)) {
      for (const witness of this.#senders) {
        const found = witness.messagesAt(topic, ledgerId, entryId);
        if (found === undefined) continue;
        this.#ledger.identify(found.stream, found.from, found.to, messages);
        break;
      }
    }
  }

  /** Single messages that went wrong, with what is known of them. */
  #counterexamples(): Counterexample[] {
    const { lost = 0 } = this.current(false) ?? {};
    const verdict = lost === 0 ? undefined : this.#verdict(undefined);
    return this.#examples.list({
      run: this.#runId,
      lost: verdict?.lostRanges ?? [],
      expected: this.#expected,
      senders: this.#senders,
      isRepeated: (stream, sequence) => this.#ledger?.isRepeated(stream, sequence) ?? false,
    });
  }

  #verdict(until: VerdictOptions["until"]): Verdict | undefined {
    return this.#ledger?.verdict({
      head: this.#isFinal ? "zero" : this.head,
      expected: this.#expected,
      until,
      before: this.#before,
      damagedBesides: this.#corrupt,
    });
  }

  #disturb(): void {
    const now = performance.now();
    const heads = this.#replay !== undefined && now < this.#replay.until
      ? this.#replay.heads
      : this.#history[0]?.heads ?? NO_HEADS;
    this.#replay = { until: now + REPLAY_MS, heads };
  }

  /** All workers have ended: what one of them may have been sent and not seen is not known to be lost. */
  conclude(): Pick<RunOutcome, "received" | "counterexamples"> {
    if (this.#ledger !== undefined) this.#excuse(this.#ledger);
    return { received: this.report(), counterexamples: this.#counterexamples() };
  }

  #excuse(ledger: Ledger): void {
    for (const reach of this.#workers.incomplete()) ledger.limit(reach);
    // Where the producers' word is known, the run has waited for all that may come again.
    const { until = 0, heads = NO_HEADS } = this.#isFinal ? {} : this.#replay ?? {};
    if (performance.now() < until) ledger.limit(heads);
    this.#judgedAt = -Infinity;
  }

  /**
   * What producers of the same process sent: makes loss at a stream's end visible, and its head certain.
   *
   * @param senders what their runs know of single messages, for counterexamples
   */
  expect(streams: readonly StreamExpectation[], senders: readonly RunWitness[] = []): void {
    this.#expected = streams;
    this.#senders = senders;
    // Also when nothing at all has come: then all of it is missing.
    this.#run ??= this.#ownRun;
    this.#ledger ??= this.#newLedger(this.#run);
    this.#isFinal = true;
    this.#identify();
  }

  report(): VerificationReport | undefined {
    const report = this.#ledger?.toReport();
    if (report === undefined) return undefined;
    const { foreign, corrupt } = report.counts;
    const counts = { ...report.counts, foreign: foreign + this.#foreign, corrupt: corrupt + this.#corrupt };
    return { ...report, counts };
  }

  /** Acknowledged, and received by nobody so far; undefined where nothing is verified. */
  missing(): number | undefined {
    return this.#isVerifying ? this.#verdict(undefined)?.lost : undefined;
  }

  /** The verdict now, worked out at most once a second while the run runs. */
  current(isRunning: boolean): Integrity | undefined {
    if (!this.#isVerifying) return undefined;
    if (this.#ledger === undefined) {
      return { ...NOTHING, mode: this.#mode, corrupt: this.#corrupt, foreign: this.#foreign };
    }
    const now = performance.now();
    if (isRunning && now - this.#judgedAt < 1000 && this.#live !== undefined) return this.#live;
    this.#judgedAt = now;
    const verdict = this.#verdict(isRunning ? this.#settledHeads(now) : undefined);
    const judged = toIntegrity(verdict!, this.#mode, this.#expected !== undefined);
    if (this.#isPart) {
      judged.lost = judged.notReceived = judged.beforeSubscription = 0;
      delete judged.lostOrDamaged;
    }
    return this.#live = {
      ...judged,
      corrupt: judged.corrupt + this.#corrupt,
      foreign: judged.foreign + this.#foreign,
    };
  }

  /** Where the streams stood long enough ago for every worker to have reported since. */
  #settledHeads(now: number): ReadonlyMap<number, number> {
    this.#history.push({ at: now, heads: this.#ledger!.heads() });
    while (this.#history.length > 1 && now - this.#history[1]!.at >= SETTLE_MS) this.#history.shift();
    if (this.#replay !== undefined && now < this.#replay.until) return this.#replay.heads;
    const oldest = this.#history[0]!;
    return now - oldest.at >= SETTLE_MS ? oldest.heads : NO_HEADS;
  }
}
