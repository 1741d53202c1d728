/** The verification report: what one worker found, as plain data that adds up. */
import type { Runs } from "./interval_set.ts";

/** Counts of messages; all of them add up over workers and processes. */
export interface VerifierCounts {
  /** Carried an intact header of this run: repeated ones included, probes not. */
  verified: number;
  /** Seen before by the same worker, though not announced by the broker as a redelivery. */
  duplicates: number;
  /** Announced by the broker as delivered again. */
  redelivered: number;
  /** Out of order in reports that do not name the sequences; others have them in their streams' `late`. */
  outOfOrder: number;
  /** Header, or in strict mode body, of this run is damaged; and all messages of entries that came damaged. */
  corrupt: number;
  /** Of another run, or without a header. */
  foreign: number;
  /** So far behind that the worker could not tell whether they were repeated or out of order: counted as neither. */
  late: number;
  /** Belonged to more streams than are kept apart: nothing is known of their order or completeness. */
  untracked: number;
}

export function emptyCounts(): VerifierCounts {
  return {
    verified: 0,
    duplicates: 0,
    redelivered: 0,
    outOfOrder: 0,
    corrupt: 0,
    foreign: 0,
    late: 0,
    untracked: 0,
  };
}

/** What was received of one stream. */
export interface StreamReport {
  readonly stream: number;
  /** When the first message received of it was sent, microseconds since the epoch. */
  readonly firstSent?: number | undefined;
  readonly received: Runs;
  /** Deliveries that the broker announced as repeated. */
  readonly redelivered: Runs;
  /** Seen for the first time, yet after a higher sequence of the same stream, by the same worker. */
  readonly late?: Runs;
  /** The same where Pulsar promises no order: on a Shared subscription, or after a redelivery. */
  readonly moved?: Runs;
  /** Seen more than once, though not announced by the broker as a redelivery. */
  readonly repeated?: Runs;
  /** Of those the ones that were seen more than twice; then the ones seen more than three times, and so on. */
  readonly repeatedMore?: readonly Runs[];
  /** Sent ahead by the broker to a consumer that had stopped taking: they go back to the subscription. */
  readonly ahead?: Runs;
  /** Lie in entries that came damaged, as far as the producers' receipts tell which they were. */
  readonly damaged?: Runs;
  /** In an incomplete report: all that the broker sent below this sequence is known. */
  readonly reach?: number | undefined;
}

/** What a worker or a process received; plain data for `postMessage` and JSON. */
export interface VerificationReport {
  readonly version: 1;
  /** `hashRunId` of the run; null while no message of any run has come. */
  readonly run: number | null;
  /**
   * The last report of a worker: whether it has seen all that the broker had sent it, up to the answer to its farewell.
   * If not, some may have been on the way: what is missing from `reach` on is not known to be lost.
   */
  readonly complete?: boolean | undefined;
  /**
   * When the subscription was known to be there, microseconds since the epoch. The broker may have dropped what was sent
   * before: nobody had asked for it.
   */
  readonly since?: number | undefined;
  /** The subscription was made while its producers were at work, as planned: it holds for them too. */
  readonly late?: true | undefined;
  /** Of the corrupt messages, those of which it is known which they were. */
  readonly identified?: number | undefined;
  readonly counts: Readonly<VerifierCounts>;
  readonly streams: readonly StreamReport[];
}

/** A report that cannot be added to a ledger. */
export class VerificationReportError extends Error {
  override readonly name = "VerificationReportError";

  constructor(readonly code: "report-invalid" | "run-differs", message: string) {
    super(message);
  }
}

/**
 * Checks a report that came out of a file.
 *
 * @param source where it came from, for the message
 * @throws {VerificationReportError} `report-invalid`, naming the field
 */
export function parseReport(value: unknown, source: string): VerificationReport {
  const report = record(value, source, "report");
  if (report.version !== 1) throw invalid(source, "version", report.version, "1");
  if (report.run !== null) whole(report.run, source, "run");
  for (const key of ["since", "identified"] as const) {
    if (report[key] !== undefined) whole(report[key], source, key);
  }
  if (report.late !== undefined && report.late !== true) throw invalid(source, "late", report.late, "true");
  const counts = record(report.counts, source, "counts");
  for (const name of Object.keys(emptyCounts())) whole(counts[name], source, `counts.${name}`);
  if (!Array.isArray(report.streams)) throw invalid(source, "streams", report.streams, "a list");
  report.streams.forEach((stream: unknown, index) => {
    const name = `streams[${index}]`;
    const fields = record(stream, source, name);
    whole(fields.stream, source, `${name}.stream`);
    runs(fields.received, source, `${name}.received`);
    runs(fields.redelivered, source, `${name}.redelivered`);
    for (const key of ["late", "moved", "repeated", "ahead", "damaged"] as const) {
      if (fields[key] !== undefined) runs(fields[key], source, `${name}.${key}`);
    }
    const { repeatedMore = [] } = fields;
    if (!Array.isArray(repeatedMore)) throw invalid(source, `${name}.repeatedMore`, repeatedMore, "a list");
    repeatedMore.forEach((level: unknown, at) => runs(level, source, `${name}.repeatedMore[${at}]`));
    for (const key of ["reach", "firstSent"] as const) {
      if (fields[key] !== undefined) whole(fields[key], source, `${name}.${key}`);
    }
  });
  return value as VerificationReport;
}

function runs(value: unknown, source: string, name: string): void {
  const fields = record(value, source, name);
  whole(fields.assumed, source, `${name}.assumed`);
  whole(fields.floor, source, `${name}.floor`);
  if (!Array.isArray(fields.runs) || fields.runs.length % 2 !== 0) {
    throw invalid(source, `${name}.runs`, fields.runs, "a list of pairs");
  }
  for (const part of fields.runs) whole(part, source, `${name}.runs`);
}

function record(value: unknown, source: string, name: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw invalid(source, name, value, "an object");
}

function whole(value: unknown, source: string, name: string): void {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return;
  throw invalid(source, name, value, "a whole number");
}

function invalid(source: string, name: string, value: unknown, right: string): VerificationReportError {
  const shown = JSON.stringify(value) ?? "nothing";
  return new VerificationReportError(
    "report-invalid",
    `verification report '${source}': '${name}' is '${shown.slice(0, 80)}', must be ${right}`,
  );
}
