/** Verification of several consumers of one subscription, joined stream by stream. */
import { Ledger } from "../../load/verify/ledger.ts";
import { type StreamExpectation, toIntegrity, type Verdict } from "../../load/verify/verdict.ts";
import type { VerificationReport } from "../../load/verify/report.ts";
import type { IntegrityRecord, SentRecord } from "../result/types.ts";

export interface JoinedIntegrity {
  readonly integrity: IntegrityRecord;
  /** Messages that nobody received, by stream; undefined where the records could not be joined. */
  readonly lost?: Verdict["lostRanges"];
  readonly notes: readonly string[];
}

/**
 * Joins verdicts: what one instance missed and another received is not lost, what two received is a duplicate.
 *
 * @param sent what the producers of the same run say they sent; with it a missing tail is seen too
 * @returns undefined when there is nothing to join
 */
export function joinIntegrity(
  records: readonly IntegrityRecord[],
  sent: readonly SentRecord[],
): JoinedIntegrity | undefined {
  const [first, ...others] = records.filter(({ mode }) => mode !== "off");
  if (first === undefined) return undefined;
  const all = [first, ...others];
  // An instance that nothing of a run reached has no record of it, and nothing to tell either.
  const silent = all.filter((record) => record.report === null && !hasReceived(record));
  const telling = all.filter((record) => !silent.includes(record));
  const reports = telling.flatMap(({ report }) => report ?? []);
  if (reports.length === 0 || reports.length < telling.length) {
    return sumVerdicts(all, telling.length - reports.length);
  }
  const run = runOf(reports, sent);
  const ledger = new Ledger(run);
  // Of instances that followed the messages of another run, nothing is part of this one.
  const [own, other] = [
    reports.filter((report) => report.run === run),
    reports.filter((report) => report.run !== run),
  ];
  for (const report of own) ledger.add(report);
  const expected = joinExpectations(sent.filter((record) => record.run === run));
  const sum = (
    ofRecord: (record: IntegrityRecord) => number,
    ofReport: (report: VerificationReport) => number,
  ) =>
    silent.reduce((total, record) => total + ofRecord(record), 0) +
    other.reduce((total, report) => total + ofReport(report), 0);
  const damaged = sum(({ corrupt }) => corrupt, ({ counts }) => counts.corrupt);
  const verdict = ledger.verdict({ head: first.head, expected, damagedBesides: damaged });
  verdict.foreign += sum(({ foreign }) => foreign, ({ counts }) => counts.foreign + counts.verified);
  verdict.corrupt += damaged;
  const notes = verdict.exact
    ? []
    : ["too fragmented to be followed exactly: lost and duplicates are bounds"];
  if (expected.length === 0) {
    notes.push("no producer's result was given, so messages lost at the very end are not seen");
  }
  const report = ledger.toReport();
  const counts = { ...report.counts, foreign: verdict.foreign, corrupt: verdict.corrupt };
  return {
    lost: verdict.lost === 0 ? [] : verdict.lostRanges,
    integrity: {
      ...toIntegrity(verdict, first.mode, expected.length > 0),
      head: first.head,
      report: { ...report, counts },
    },
    notes,
  };
}

function hasReceived({ verified, streams, duplicates, outOfOrder }: IntegrityRecord): boolean {
  return verified + streams + duplicates + outOfOrder > 0;
}

/** What the producers say decides; without their word, the run that most was received of. */
function runOf(reports: readonly VerificationReport[], sent: readonly SentRecord[]): number {
  const known = sent.find(({ run }) => reports.some((report) => report.run === run));
  if (known !== undefined) return known.run;
  const received = new Map<number, number>();
  for (const { run, counts } of reports) {
    if (run !== null) received.set(run, (received.get(run) ?? 0) + counts.verified);
  }
  return [...received].reduce((most, one) => one[1] > most[1] ? one : most, [0, -1] as const)[0];
}

/** One expectation per stream: a restarted producer may report its streams twice, and the furthest word counts. */
function joinExpectations(sent: readonly SentRecord[]): StreamExpectation[] {
  const streams = new Map<number, StreamExpectation>();
  for (const expectation of sent.flatMap((record) => record.streams)) {
    const known = streams.get(expectation.stream);
    if (known === undefined || expectation.next > known.next) streams.set(expectation.stream, expectation);
  }
  return [...streams.values()];
}

function sumVerdicts(records: readonly IntegrityRecord[], without: number): JoinedIntegrity {
  const sum = (read: (record: IntegrityRecord) => number): number =>
    records.reduce((total, record) => total + read(record), 0);
  const lostOrDamaged = sum(({ lostOrDamaged = 0 }) => lostOrDamaged);
  return {
    integrity: {
      mode: records[0]!.mode,
      streams: sum(({ streams }) => streams),
      verified: sum(({ verified }) => verified),
      lost: sum(({ lost }) => lost),
      ...(lostOrDamaged > 0 ? { lostOrDamaged } : {}),
      notReceived: sum(({ notReceived = 0 }) => notReceived),
      beforeSubscription: sum(({ beforeSubscription = 0 }) => beforeSubscription),
      duplicates: sum(({ duplicates }) => duplicates),
      outOfOrder: sum(({ outOfOrder }) => outOfOrder),
      reordered: sum(({ reordered = 0 }) => reordered),
      corrupt: sum(({ corrupt }) => corrupt),
      foreign: sum(({ foreign }) => foreign),
      head: records[0]!.head,
      report: null,
    },
    notes: without === 0 ? [] : [
      `${without} of ${records.length} instances left no record of what they received: integrity counts are plain sums, ` +
      "and what another instance received counts as lost",
    ],
  };
}
