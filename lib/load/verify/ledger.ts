/** The joint verdict over all workers and processes: what was sent against what was received, by stream. */
import { eachRun, IntervalSet } from "./interval_set.ts";
import { MultiSet } from "./multi_set.ts";
import {
  emptyCounts,
  type StreamReport,
  type VerificationReport,
  VerificationReportError,
  type VerifierCounts,
} from "./report.ts";
import type { StreamExpectation, Verdict, VerdictOptions } from "./verdict.ts";

/** Hears of sequences [from, to) that came again, or late, when a report of them is added. */
export type OnFound = (kind: "duplicate" | "outOfOrder", stream: number, from: number, to: number) => void;

const SETS = ["received", "redelivered", "late", "moved", "ahead", "damaged"] as const;

interface Account extends Readonly<Record<typeof SETS[number], IntervalSet>> {
  readonly repeated: MultiSet;
  /** When the first message received was sent, microseconds since the epoch. */
  firstSent: number;
}

const DEFAULT_LIMIT = 65_536;
const MAX_RANGES = 20;

/**
 * Joins reports of workers and, later, of processes that share a subscription. (Two subscriptions each receive
 * everything: they need a ledger each.)
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Ledger } from "./ledger.ts";
 * import { emptyCounts } from "./report.ts";
 *
 * // Two workers received 0–49 and 60–99 of stream 7, of which the producer sent 0–99.
 * const ledger = new Ledger(1);
 * for (const [from, to] of [[0, 50], [60, 100]] as const) {
 *   ledger.add({
 *     version: 1,
 *     run: 1,
 *     counts: { ...emptyCounts(), verified: to - from },
 *     streams: [{
 *       stream: 7,
 *       received: { runs: [from, to - from], assumed: 0, floor: 0 },
 *       redelivered: { runs: [], assumed: 0, floor: 0 },
 *     }],
 *   });
 * }
 * const verdict = ledger.verdict({ head: "zero", expected: [{ stream: 7, next: 100 }] });
 * assert.equal(verdict.lost, 10);
 * assert.deepEqual(verdict.lostRanges, [{ stream: 7, from: 50, to: 60 }]);
 * ```
 */
export class Ledger {
  readonly #run: number;
  readonly #limit: number;
  readonly #onFound: OnFound | undefined;
  readonly #counts = emptyCounts();
  /** Of the damaged messages, those of which it is known which they were; one that came so twice counts twice. */
  #identified = 0;
  readonly #accounts = new Map<number, Account>();
  /** When the subscription was known to be there; 0 when nobody says so. */
  #since = 0;
  /** It was made later than its producers, as planned. */
  #isLate = false;
  /** Of consumers that may have been sent more than they have seen: up to where they have seen all, by stream. */
  readonly #reaches: ReadonlyMap<number, number>[] = [];

  /**
   * @param run `hashRunId` of the run
   * @param limit most intervals kept per stream
   */
  constructor(run: number, limit = DEFAULT_LIMIT, onFound?: OnFound) {
    this.#run = run;
    this.#limit = limit;
    this.#onFound = onFound;
  }

  /**
   * Adds what a report holds; each report must be added once.
   *
   * @throws {VerificationReportError} `run-differs`
   */
  add(report: VerificationReport): void {
    if (report.run !== this.#run) {
      throw new VerificationReportError(
        "run-differs",
        `verification report is of run '${report.run?.toString(16) ?? "none"}', must be of '${
          this.#run.toString(16)
        }'`,
      );
    }
    for (const name of Object.keys(this.#counts) as (keyof VerifierCounts)[]) {
      this.#counts[name] += report.counts[name];
    }
    this.#since = Math.max(this.#since, report.since ?? 0);
    this.#isLate ||= report.late ?? false;
    this.#identified += report.identified ?? 0;
    for (const stream of report.streams) this.#addStream(stream);
    if (report.complete === false) {
      this.limit(new Map(report.streams.map(({ stream, reach }) => [stream, reach ?? 0])));
    }
  }

  #addStream(reported: StreamReport): void {
    const { stream, firstSent, received, redelivered, late, moved, ahead, damaged } = reported;
    const { repeated, repeatedMore = [] } = reported;
    const account = this.#account(stream);
    account.firstSent = Math.min(account.firstSent, firstSent ?? Infinity);
    const again = {
      add: (from: number, to: number): void => {
        account.repeated.add(from, to);
        this.#onFound?.("duplicate", stream, from, to);
      },
    };
    // What two workers received without the broker calling it a redelivery, it delivered twice.
    this.#counts.duplicates += account.received.addRuns(received, again);
    account.redelivered.addRuns(redelivered);
    if (late !== undefined) {
      account.late.addRuns(late);
      eachRun(late, (from, to) => this.#onFound?.("outOfOrder", stream, from, to));
    }
    if (moved !== undefined) account.moved.addRuns(moved);
    if (repeated !== undefined) {
      account.repeated.addAll([repeated, ...repeatedMore]);
      eachRun(repeated, (from, to) => this.#onFound?.("duplicate", stream, from, to));
    }
    if (ahead !== undefined) account.ahead.addRuns(ahead);
    if (damaged !== undefined) account.damaged.addRuns(damaged);
  }

  /** Sequences [from, to) lie in an entry that came damaged, or in which so many messages did: they are not lost. */
  identify(stream: number, from: number, to: number, messages: number): void {
    this.#account(stream).damaged.add(from, to);
    this.#identified += messages;
  }

  /** Whether a message came twice. */
  isRepeated(stream: number, sequence: number): boolean {
    return this.#accounts.get(stream)?.repeated.levels[0]?.has(sequence) ?? false;
  }

  /** A consumer may have been sent more than it has seen: it has seen all of each stream below a sequence. */
  limit(reach: ReadonlyMap<number, number>): void {
    this.#reaches.push(reach);
  }

  /** Where each stream stands: one more than its highest sequence received. */
  heads(): Map<number, number> {
    return new Map([...this.#accounts].map(([stream, account]) => [stream, account.received.next]));
  }

  /** All of it as one report, to be joined with other processes'. */
  toReport(): VerificationReport {
    const isComplete = this.#reaches.length === 0;
    const streams = [...this.#accounts].map(([stream, account]): StreamReport => {
      const runs = SETS.flatMap((name) => {
        const isNeeded = name === "received" || name === "redelivered" || account[name].length > 0;
        return isNeeded ? [[name, account[name].toRuns()] as const] : [];
      });
      const { firstSent } = account;
      const [repeated, ...repeatedMore] = account.repeated.toRuns();
      return {
        stream,
        firstSent: Number.isFinite(firstSent) ? firstSent : undefined,
        ...Object.fromEntries(runs) as Pick<StreamReport, "received" | "redelivered">,
        ...(repeated === undefined ? {} : { repeated }),
        ...(repeatedMore.length === 0 ? {} : { repeatedMore }),
        reach: isComplete ? undefined : this.#reach(stream),
      };
    });
    const counts = { ...this.#counts, late: this.#late() };
    const since = this.#since === 0 ? undefined : this.#since;
    const identified = this.#identified === 0 ? undefined : this.#identified;
    const late = this.#isLate || undefined;
    return { version: 1, run: this.#run, complete: isComplete, since, late, identified, counts, streams };
  }

  /** Up to where nothing of a stream can be under way to anybody. */
  #reach(stream: number): number {
    return Math.min(Infinity, ...this.#reaches.map((reach) => reach.get(stream) ?? 0));
  }

  verdict(options: VerdictOptions): Verdict {
    const expected = new Map((options.expected ?? []).map((stream) => [stream.stream, stream]));
    const streams = new Set([...this.#accounts.keys(), ...expected.keys()]);
    const verdict: Verdict = {
      ...this.#counts,
      late: this.#late(),
      streams: streams.size,
      lost: 0,
      lostOrDamaged: 0,
      notReceived: 0,
      beforeSubscription: 0,
      reordered: 0,
      unconfirmed: 0,
      unresolved: 0,
      unseenStreams: 0,
      duplicatesExplained: 0,
      exact: true,
      lostRanges: [],
    };
    for (const stream of streams) {
      const account = this.#accounts.get(stream);
      const until = options.until === undefined ? Infinity : options.until.get(stream) ?? 0;
      this.#judge(verdict, stream, account, expected.get(stream), options, until);
    }
    for (const { late, moved, repeated } of this.#accounts.values()) {
      verdict.outOfOrder += without(late, repeated.levels[0]);
      verdict.reordered += without(moved, repeated.levels[0]);
    }
    verdict.duplicatesExplained = Math.min(verdict.duplicates, this.#explained(options.expected ?? []));
    // A damaged message leaves a gap in its stream, unless it came intact as well: then another one's gap is no damage.
    const unknown = verdict.corrupt + (options.damagedBesides ?? 0) - this.#identified;
    verdict.lostOrDamaged = Math.max(0, Math.min(verdict.lost, unknown));
    verdict.exact = verdict.unresolved === 0 && verdict.untracked === 0;
    return verdict;
  }

  /** Repetitions of what was sent again, because its receipt was lost with a connection. */
  #explained(expected: readonly StreamExpectation[]): number {
    let explained = 0;
    for (const { stream, resent = [] } of expected) {
      const account = this.#accounts.get(stream);
      if (account === undefined || account.repeated.length === 0 || resent.length === 0) continue;
      const again = new MultiSet(Infinity);
      for (const [from, to] of resent) if (to > from) again.add(from, to);
      explained += account.repeated.shared(again);
    }
    return explained;
  }

  #judge(
    verdict: Verdict,
    stream: number,
    account: Account | undefined,
    expectation: StreamExpectation | undefined,
    { head, before }: Pick<VerdictOptions, "head" | "before">,
    until: number,
  ): void {
    if (account === undefined && head === "first-seen") {
      verdict.unseenStreams++;
      return;
    }
    const seen = account === undefined ? new IntervalSet(this.#limit) : union(account, this.#limit);
    verdict.unresolved += seen.assumed;
    const first = seen.first ?? 0;
    const isCertain = expectation !== undefined && !this.#isLate;
    const isOlder = !isCertain && (account?.firstSent ?? Infinity) < this.#since;
    const low = head === "first-seen" || isOlder
      ? first
      : Math.min(seen.first ?? Infinity, before?.get(stream) ?? 0);
    if (head === "zero") verdict.beforeSubscription += low;
    const high = Math.min(until, Math.max(seen.next, expectation?.next ?? 0));
    if (high <= low) return;
    const unconfirmed = new IntervalSet(Infinity);
    for (const [from, to] of expectation?.unconfirmed ?? []) if (to > from) unconfirmed.add(from, to);
    const excused = new IntervalSet(Infinity);
    if (account !== undefined) excused.addRuns(account.ahead.toRuns());
    const reach = this.#reach(stream);
    if (reach < high) excused.add(reach, high);
    seen.forEachGap(low, high, (from, to) => {
      let confirmed = 0;
      unconfirmed.forEachGap(from, to, (missingFrom, missingTo) => {
        confirmed += missingTo - missingFrom;
        let lost = 0;
        excused.forEachGap(missingFrom, missingTo, (lostFrom, lostTo) => {
          lost += lostTo - lostFrom;
          if (verdict.lostRanges.length < MAX_RANGES) {
            verdict.lostRanges.push({ stream, from: lostFrom, to: lostTo });
          }
        });
        verdict.lost += lost;
        verdict.notReceived += missingTo - missingFrom - lost;
      });
      verdict.unconfirmed += to - from - confirmed;
    });
  }

  #account(stream: number): Account {
    let account = this.#accounts.get(stream);
    if (account === undefined) {
      const sets = Object.fromEntries(SETS.map((name) => [name, new IntervalSet(this.#limit)]));
      account = { ...sets, repeated: new MultiSet(this.#limit), firstSent: Infinity } as Account;
      this.#accounts.set(stream, account);
    }
    return account;
  }

  /** Repetitions that the joining could not decide come on top of what workers could not. */
  #late(): number {
    let late = this.#counts.late;
    for (const { received } of this.#accounts.values()) late += received.undecided;
    return late;
  }
}

/** Members of the one set that are not in the other. */
function without(set: IntervalSet, other: IntervalSet = new IntervalSet(2)): number {
  let size = -set.assumed;
  set.forEach((from, to) => other.forEachGap(from, to, (low, high) => void (size += high - low)));
  return Math.max(0, size);
}

function union(account: Account, limit: number): IntervalSet {
  const seen = new IntervalSet(limit);
  seen.addRuns(account.received.toRuns());
  for (const more of [account.redelivered, account.damaged]) if (more.length > 0) seen.addRuns(more.toRuns());
  return seen;
}
