/** Results: made from a finished run, written as JSON, and validated when read back. */
import { printableJson } from "../../config/foreign_text.ts";
import type { RunConfig } from "../../config/run_config.ts";
import type { Histogram } from "../../load/histogram/histogram.ts";
import type { OutageSnapshot, RunSnapshot, ThresholdState } from "../../load/snapshot.ts";
import type { Counterexample } from "../../load/verify/counterexample.ts";
import type { VerdictOptions } from "../../load/verify/verdict.ts";
import { parseReport, type VerificationReport } from "../../load/verify/report.ts";
import {
  type ChangeRecord,
  type ConfigValue,
  type HistogramRecord,
  type HostRecord,
  type InstanceRecord,
  type IntegrityRecord,
  type IntervalRecord,
  type OpeningRecord,
  type OutageRecord,
  type RateSearchRecord,
  RESULT_KIND,
  RESULT_SCHEMA_VERSION,
  type RunResult,
  type SentRecord,
  type Versions,
} from "./types.ts";
import schema from "./result.schema.json" with { type: "json" };
import { openingHistograms } from "./opening_record.ts";
import { checkSchema } from "./schema_check.ts";
import { spanOfRecord, spanRecord } from "./span_record.ts";
import type { TopicsRecord } from "./topics_record.ts";
import type { Verdict } from "./verdict.ts";

export * from "./types.ts";

/** The published JSON Schema of result files. */
export const RESULT_SCHEMA: Readonly<Record<string, unknown>> = schema;

export interface ResultInput {
  readonly config: RunConfig;
  /** Where each option's value came from, by option; options not named are `default`. */
  readonly sources: Readonly<Record<string, string>>;
  /** The last snapshot of the run. */
  readonly snapshot: RunSnapshot;
  readonly intervals: readonly IntervalRecord[];
  /** How many the run is for; `config` names the first. */
  readonly topics?: number;
  readonly byTopic?: TopicsRecord | undefined;
  /** The final judgement of each threshold, none pending. */
  readonly thresholds: readonly ThresholdState[];
  readonly verdict: Verdict;
  readonly startedAtUs: number;
  readonly endedAtUs: number;
  readonly versions: Versions;
  readonly host: HostRecord;
  /** This process among several of one run; alone by default. */
  readonly instance?: {
    readonly name: string;
    readonly index: number;
    readonly expected: number;
    readonly restarts: number;
  } | undefined;
  /** Consumer: what each stream received, for merging. */
  readonly verification?:
    | { readonly report: VerificationReport; readonly head: VerdictOptions["head"] }
    | undefined;
  /** Producer: what was sent of each stream. */
  readonly sent?: SentRecord | undefined;
  /** Consumer: single messages that went wrong. */
  readonly counterexamples?: readonly Counterexample[] | undefined;
  readonly opening?: OpeningRecord | undefined;
  readonly rateSearch?: RateSearchRecord | undefined;
  readonly changes?: readonly ChangeRecord[] | undefined;
  readonly notes?: readonly string[];
}

/** Note of one consumer process among several. */
const PART_NOTE =
  "lost messages are not known to one instance alone: merge the results of all with 'lab merge'";

const CLOCK_NOTE = "end-to-end times span two clocks and are uncertain by ±";

export function clockNote(micros: number): string {
  return `${CLOCK_NOTE}${Math.round(micros)} µs`;
}

/** Notes of one instance that hold for a merged result too. */
export function lastingNotes(notes: readonly string[]): string[] {
  return notes.filter((note) => note !== PART_NOTE && !note.startsWith(CLOCK_NOTE));
}

/** What every reader must know before trusting the figures of this run. */
function standardNotes(config: RunConfig, snapshot: RunSnapshot): string[] {
  const notes: string[] = [];
  if (config.embedded !== undefined) {
    const store = config.embedded === "null" ? "stores nothing" : "in memory, no persistence";
    notes.push(`embedded broker: ${store}; the figures show this tool, not a Pulsar cluster`);
  }
  if (snapshot.clockUncertaintyMicros > 0 && snapshot.total.latency.endToEnd !== undefined) {
    notes.push(clockNote(snapshot.clockUncertaintyMicros));
  }
  if (config.role === "consumer" && config.instances > 1 && snapshot.integrity !== undefined) {
    notes.push(PART_NOTE);
  }
  const negatives = snapshot.total.latency.endToEnd?.negatives ?? 0;
  if (negatives > 0) {
    notes.push(
      `${negatives} end-to-end times were negative (unequal clocks) and are left out of the distribution`,
    );
  }
  return notes;
}

/** The limits of a run as text; a clock that is not set may be beyond what has one. */
export function isoTimes(
  { startedAtUs, endedAtUs }: { readonly startedAtUs: number; readonly endedAtUs: number },
): { startedAt?: string; endedAt?: string } {
  const dates = [startedAtUs, endedAtUs].map((micros) => new Date(micros / 1000));
  if (dates.some((date) => Number.isNaN(date.getTime()))) return {};
  const [startedAt, endedAt] = dates.map((date) => date.toISOString());
  return { startedAt: startedAt!, endedAt: endedAt! };
}

/** Makes the result of a finished run. */
export function buildResult(input: ResultInput): RunResult {
  const { config, snapshot, verdict } = input;
  const instance: InstanceRecord = {
    name: input.instance?.name ?? input.host.name,
    index: input.instance?.index ?? 0,
    expected: input.instance?.expected ?? 1,
    host: input.host.name,
    startedAtUs: input.startedAtUs,
    endedAtUs: input.endedAtUs,
    restarts: input.instance?.restarts ?? 0,
    exitCode: verdict.exitCode,
  };
  const integrity: IntegrityRecord | undefined = snapshot.integrity &&
    {
      ...snapshot.integrity,
      head: input.verification?.head ?? "first-seen",
      report: input.verification?.report ?? null,
    };
  return {
    kind: RESULT_KIND,
    schemaVersion: RESULT_SCHEMA_VERSION,
    run: {
      id: snapshot.runId,
      role: snapshot.role,
      profile: config.profile,
      serviceUrl: withoutCredentials(config.serviceUrl),
      topic: config.topic,
      ...((input.topics ?? 1) > 1 ? { topics: input.topics! } : {}),
      embedded: config.embedded !== undefined,
      startedAtUs: input.startedAtUs,
      endedAtUs: input.endedAtUs,
      ...isoTimes(input),
      clockUncertaintyUs: snapshot.clockUncertaintyMicros,
    },
    versions: input.versions,
    host: input.host,
    instances: [instance],
    config: configValues(config, input.sources),
    verdict,
    thresholds: input.thresholds.map(({ state, ...rest }) => ({
      ...rest,
      state: state === "pass" ? "pass" : "fail",
    })),
    totals: { ...spanRecord(snapshot.total), ...askedOf(snapshot) },
    intervals: input.intervals,
    ...(input.byTopic === undefined ? {} : { byTopic: input.byTopic }),
    workers: snapshot.workers.map(({ id, state, messages, errors, restarts }) => (
      { id, instance: instance.name, state, messages, errors, restarts }
    )),
    ...(integrity === undefined ? {} : { integrity }),
    ...(input.sent === undefined ? {} : { sent: input.sent }),
    ...(input.counterexamples?.length ? { counterexamples: input.counterexamples } : {}),
    ...(snapshot.backlog === undefined ? {} : { backlog: snapshot.backlog }),
    ...(snapshot.catchUpMicros === undefined ? {} : { catchUpUs: snapshot.catchUpMicros }),
    outages: outageRecord(snapshot.outages),
    ...(input.opening === undefined ? {} : { opening: input.opening }),
    ...(input.rateSearch === undefined ? {} : { rateSearch: input.rateSearch }),
    ...(input.changes === undefined || input.changes.length === 0 ? {} : { changes: input.changes }),
    notes: [...standardNotes(config, snapshot), ...(input.notes ?? [])],
  };
}

/** To a thousandth of a message: below that there is only rounding. */
function askedOf({ asked }: RunSnapshot): { asked?: number } {
  return asked === undefined ? {} : { asked: Math.round(asked * 1000) / 1000 };
}

function outageRecord({ count, totalMicros, longestMicros, since }: OutageSnapshot): OutageRecord {
  const record = { count, totalUs: totalMicros, longestUs: longestMicros };
  return since === undefined ? record : { ...record, sinceUs: since };
}

/** One line, so that results of many processes can share a log. */
export function resultLine(result: RunResult): string {
  return printableJson(JSON.stringify(result)) + "\n";
}

function configValues(
  config: RunConfig,
  sources: Readonly<Record<string, string>>,
): Record<string, ConfigValue> {
  const values: Record<string, ConfigValue> = {};
  for (const [name, value] of Object.entries(config)) {
    if (value === undefined) continue;
    values[name] = { value: hideSecrets(name, value), source: sources[name] ?? "default" };
  }
  return values;
}

/** Secrets are read from files and variables, whose names may be shown; anything else that looks like one may not. */
function hideSecrets(name: string, value: unknown): unknown {
  if (typeof value === "string") {
    if (/token|password|secret/i.test(name) && !/File$|Env$/.test(name)) return "(hidden)";
    return withoutCredentials(value);
  }
  if (Array.isArray(value)) return value.map((item) => hideSecrets(name, item));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hideSecrets(key, item)]));
  }
  return value;
}

function withoutCredentials(text: string): string {
  return text.replace(/(\w:\/\/)[^/@\s]+@/g, "$1(hidden)@").replace(
    /([?&](?:token|password)=)[^&\s]+/gi,
    "$1(hidden)",
  );
}

/** A result that cannot be used; `origin` is the file, and the message names it. */
export class ResultError extends Error {
  override readonly name = "ResultError";
  readonly code:
    | "RESULT_UNREADABLE"
    | "RESULT_SYNTAX"
    | "RESULT_TRUNCATED"
    | "RESULT_KIND"
    | "RESULT_VERSION"
    | "RESULT_SHAPE";
  readonly origin: string;

  constructor(code: ResultError["code"], origin: string, problem: string, options?: ErrorOptions) {
    super(`'${origin}' ${problem}`, options);
    this.code = code;
    this.origin = origin;
  }
}

/**
 * Reads one result.
 *
 * @param origin where the text came from, for messages
 * @throws {ResultError} when it is not JSON, cut short, not a result, of another version, of the wrong shape, or
 * carries a damaged histogram
 */
export function parseResult(text: string, origin: string): RunResult {
  const trimmed = text.trim();
  let value: unknown;
  try {
    value = JSON.parse(trimmed);
  } catch (cause) {
    if (trimmed === "") {
      throw new ResultError("RESULT_TRUNCATED", origin, "is empty; expected a result of --output");
    }
    if (trimmed.startsWith("{") && !trimmed.endsWith("}")) {
      throw new ResultError(
        "RESULT_TRUNCATED",
        origin,
        `is cut short: it ends in the middle, after ${text.length} characters`,
      );
    }
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ResultError("RESULT_SYNTAX", origin, `is not JSON: ${detail}`, { cause });
  }
  return checkResult(value, origin);
}

/** How the text of every result begins, as `resultLine` writes it. */
export const RESULT_MARK = `{"kind":"${RESULT_KIND}"`;

/**
 * Reads all results of a text: one JSON document, or lines of a log in which some carry a result (with any prefix,
 * as `kubectl logs --prefix` adds). Lines without a result are skipped.
 *
 * @throws {ResultError} as `parseResult`, and when the text holds no result at all
 */
export function parseResults(text: string, origin: string): RunResult[] {
  const lines = text.split("\n").map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.includes(RESULT_MARK));
  if (lines.length === 0) return [parseResult(text, origin)];
  const isOne = lines.length === 1 && text.trimStart().startsWith(RESULT_MARK);
  return lines.map(({ line, number }) =>
    parseResult(line.slice(line.indexOf(RESULT_MARK)), isOne ? origin : `${origin}:${number}`)
  );
}

/** A value of a stranger's, at a length to be read. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function checkResult(value: unknown, origin: string): RunResult {
  const header = typeof value === "object" && value !== null
    ? value as { kind?: unknown; schemaVersion?: unknown }
    : {};
  if (header.kind !== RESULT_KIND) {
    throw new ResultError(
      "RESULT_KIND",
      origin,
      `is not a result of this tool: its 'kind' is ${shown(header.kind)}`,
    );
  }
  if (header.schemaVersion !== RESULT_SCHEMA_VERSION) {
    const found = shown(header.schemaVersion);
    throw new ResultError(
      "RESULT_VERSION",
      origin,
      `has result version ${found}; this tool reads version ${RESULT_SCHEMA_VERSION}`,
    );
  }
  const problem = checkSchema(value, RESULT_SCHEMA);
  if (problem !== undefined) {
    throw new ResultError(
      "RESULT_SHAPE",
      origin,
      `has a wrong shape at '${problem.path}': ${problem.problem}`,
    );
  }
  // The shape was checked against the schema, which the types repeat.
  const result = value as RunResult;
  checkTimes(result, origin);
  checkHistograms(result, origin);
  checkVerification(result, origin);
  return result;
}

/** Checks what a schema cannot: one figure against another. */
function checkTimes({ run, instances }: RunResult, origin: string): void {
  const spans = [
    { path: "run", ...run },
    ...instances.map((one, i) => ({ path: `instances[${i}]`, ...one })),
  ];
  for (const { path, startedAtUs, endedAtUs } of spans) {
    if (endedAtUs >= startedAtUs) continue;
    const seconds = ((startedAtUs - endedAtUs) / 1e6).toFixed(1);
    throw new ResultError(
      "RESULT_SHAPE",
      origin,
      `has a wrong time at '${path}': it ended ${seconds} s before it started; was the clock set back meanwhile?`,
    );
  }
}

/** Decodes every histogram once and compares it with the count beside it. */
function checkHistograms(result: RunResult, origin: string): void {
  const spans = [
    { path: "totals", record: result.totals },
    ...result.intervals.map((record, index) => ({ path: `intervals[${index}]`, record })),
  ];
  for (const { path, record } of spans) {
    checkDecoded(path, origin, record.latency, () => spanOfRecord(record).latency);
  }
  const { opening } = result;
  if (opening !== undefined) checkDecoded("opening", origin, opening, () => openingHistograms(opening));
}

/** Compares histograms with the counts beside them. */
function checkDecoded(
  path: string,
  origin: string,
  records: object,
  decode: () => object,
): void {
  const broken = (detail: string, cause?: unknown): ResultError =>
    new ResultError("RESULT_SHAPE", origin, `has a damaged histogram in '${path}': ${detail}`, { cause });
  let decoded;
  try {
    decoded = decode() as Readonly<Record<string, Histogram>>;
  } catch (cause) {
    throw broken(cause instanceof Error ? cause.message : String(cause), cause);
  }
  for (const [name, { total }] of Object.entries(decoded)) {
    const { count } = (records as Readonly<Record<string, HistogramRecord>>)[name]!;
    if (total !== count) throw broken(`'${name}' holds ${total} values, not the stated ${count}`);
  }
}

function checkVerification({ integrity }: RunResult, origin: string): void {
  if (integrity === undefined || integrity.report === null) return;
  try {
    parseReport(integrity.report, origin);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ResultError("RESULT_SHAPE", origin, `has a damaged verification: ${detail}`, { cause });
  }
}
