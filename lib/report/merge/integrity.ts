/** Verification of several consumers of one subscription, joined stream by stream. */
import { Ledger, type StreamExpectation, toIntegrity } from "../../load/verify/ledger.ts";
import type { IntegrityRecord, SentRecord } from "../result/types.ts";

export interface JoinedIntegrity {
  readonly integrity: IntegrityRecord;
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
  const reports = all.flatMap(({ report }) => report ?? []);
  if (reports.length < all.length) return sumVerdicts(all, all.length - reports.length);
  const run = reports[0]!.run ?? 0;
  const ledger = new Ledger(run);
  for (const report of reports) ledger.add(report);
  const expected = joinExpectations(sent.filter((record) => record.run === run));
  const verdict = ledger.verdict({ head: first.head, expected });
  const notes = verdict.exact
    ? []
    : ["too fragmented to be followed exactly: lost and duplicates are bounds"];
  if (expected.length === 0) {
    notes.push("no producer's result was given, so messages lost at the very end are not seen");
  }
  return {
    integrity: { ...toIntegrity(verdict, first.mode), head: first.head, report: ledger.toReport() },
    notes,
  };
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
  return {
    integrity: {
      mode: records[0]!.mode,
      streams: sum(({ streams }) => streams),
      verified: sum(({ verified }) => verified),
      lost: sum(({ lost }) => lost),
      notReceived: sum(({ notReceived = 0 }) => notReceived),
      duplicates: sum(({ duplicates }) => duplicates),
      outOfOrder: sum(({ outOfOrder }) => outOfOrder),
      reordered: sum(({ reordered = 0 }) => reordered),
      corrupt: sum(({ corrupt }) => corrupt),
      foreign: sum(({ foreign }) => foreign),
      head: records[0]!.head,
      report: null,
    },
    notes: [
      `${without} of ${records.length} instances left no record of what they received: integrity counts are plain sums, ` +
      "and what another instance received counts as lost",
    ],
  };
}
