/**
 * The shape of a result file, version 1. `result.schema.json` says the same for other programs.
 *
 * Durations are microseconds and say so in their names (`…Us`), except `seconds`. Quantiles are keyed by
 * percentile as text (`"99.9"`). Histograms travel whole, as HdrHistogram V2 compressed base64 (`hdr`).
 */
import type { Role } from "../../config/run_config.ts";
import type { Integrity } from "../../load/snapshot.ts";
import type { Counterexample } from "../../load/verify/counterexample.ts";
import type { StreamExpectation, VerdictOptions } from "../../load/verify/verdict.ts";
import type { VerificationReport } from "../../load/verify/report.ts";
import type { TopicsRecord } from "./topics_record.ts";
import type { Verdict } from "./verdict.ts";

export const RESULT_SCHEMA_VERSION = 1;
export const RESULT_KIND = "pulsar-local-lab/result";

/** Key of this tool's own version among the versions of a result. */
export const TOOL_VERSION = "pulsar-local-lab";

/** What a new result says about programs; results of others may lack any of it. */
export type Versions = Readonly<Record<string, string>> & { readonly [TOOL_VERSION]: string };

export interface HistogramRecord {
  readonly count: number;
  readonly minUs: number;
  readonly meanUs: number;
  readonly stdDevUs: number;
  readonly maxUs: number;
  /** Values above an hour, counted in the top bucket. */
  readonly saturated: number;
  /** Values below zero, left out of the distribution: a sign of unequal clocks. */
  readonly negatives: number;
  readonly percentilesUs: Readonly<Record<string, number>>;
  readonly hdr: string;
}

export interface BatchRecord {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly percentiles: Readonly<Record<string, number>>;
  readonly hdr: string;
}

/** A stretch of the run: counts, rates over its measured seconds, and distributions. */
export interface SpanRecord {
  readonly seconds: number;
  readonly messages: number;
  readonly bytes: number;
  readonly wireBytes: number;
  readonly entries: number;
  readonly sent: number;
  readonly failed: number;
  readonly missed: number;
  /** Those of `missed` that were later than `catchUpUs`; earlier versions did not tell them apart. */
  readonly missedLate?: number;
  readonly blockedUs: number;
  readonly reconnects: number;
  readonly redelivered: number;
  readonly nacked: number;
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly latency: {
    readonly service?: HistogramRecord;
    readonly response?: HistogramRecord;
    readonly endToEnd?: HistogramRecord;
  };
  readonly batchSize: BatchRecord;
}

/** The whole measured part. */
export interface TotalsRecord extends SpanRecord {
  /** Messages that rate or stages asked for in it; absent when any of it was unlimited. */
  readonly asked?: number;
}

/** Times in the measured part and the wait after it in which a producer or consumer had lost its connection. */
export interface OutageRecord {
  readonly count: number;
  readonly totalUs: number;
  readonly longestUs: number;
  /** When the one began that was not over at the end, microseconds since the Unix epoch. */
  readonly sinceUs?: number;
}

/** One reporting interval; intervals tile the measured part without gap or overlap. */
export interface IntervalRecord extends SpanRecord {
  /** Wall-clock time of the interval's end, microseconds since the Unix epoch. */
  readonly atUs: number;
  /** Seconds of the measured part before this interval. */
  readonly fromSeconds: number;
  readonly targetRate?: number;
  readonly behindUs: number;
  readonly inFlight: number;
  readonly loopLagUs: number;
  /** Of the process at its end; absent in results of versions that did not tell. */
  readonly residentBytes?: number;
  readonly backlog?: number;
  readonly stage?: string;
}

export interface ConfigValue {
  readonly value: unknown;
  /** `flag`, `environment`, `file`, `profile`, `default`, or more precise words of the same. */
  readonly source: string;
}

export interface HostRecord {
  readonly name: string;
  readonly os: string;
  readonly arch: string;
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** One run of one process inside a result; a merged result has several. */
export interface InstanceRecord {
  readonly name: string;
  readonly index: number;
  /** How many instances the run was planned with. */
  readonly expected: number;
  readonly host: string;
  readonly startedAtUs: number;
  readonly endedAtUs: number;
  /** Starts of this instance before the one reported here. */
  readonly restarts: number;
  readonly exitCode: number;
}

export interface WorkerRecord {
  readonly id: number;
  readonly instance: string;
  readonly state: string;
  readonly messages: number;
  readonly errors: number;
  readonly restarts: number;
}

export interface ThresholdRecord {
  readonly text: string;
  readonly state: "pass" | "fail";
  /** What was measured, with its unit. */
  readonly value: string;
  readonly measured?: number;
}

/** The verdict, and what each stream received, so that several consumers' verdicts can be joined. */
export interface IntegrityRecord extends Integrity {
  /** Where streams begin, see `VerdictOptions` of the verifier. */
  readonly head: VerdictOptions["head"];
  readonly report: VerificationReport | null;
}

/** Producer: what was sent of each stream, so that a consumer's missing tail can be seen. */
export interface SentRecord {
  /** `hashRunId` of the run. */
  readonly run: number;
  readonly streams: readonly StreamExpectation[];
}

/** What opening took, reconnects included; times of what succeeded. */
export interface OpeningRecord {
  /** New connections: dialling, TLS and the handshake. */
  readonly connect: HistogramRecord;
  /** Finding a topic's broker, without connecting. */
  readonly lookup: HistogramRecord;
  /** From the request for a producer or consumer to the answer. */
  readonly create: HistogramRecord;
  /** From when a producer or consumer was due to be opened until it was there. */
  readonly ready: HistogramRecord;
  /** How many were begun much later than they were due, and the latest of them by how much. */
  readonly late: number;
  readonly latestUs: number;
  /** Producers or consumers that were to be opened, and how many of them never were; absent in older results. */
  readonly wanted?: number;
  readonly unopened?: number;
  /** Attempts that were refused before a producer or consumer was there, by code of the error. */
  readonly refused?: Readonly<Record<string, number>>;
}

export interface RateSearchStep {
  readonly rate: number;
  readonly achieved: number;
  readonly responseP99Us: number;
  readonly sustained: boolean;
  readonly reason: string;
}

/** What `--rate max` found, and every rate it tried. */
export interface RateSearchRecord {
  readonly sustainableRate: number;
  readonly steps: readonly RateSearchStep[];
}

/** Something that was changed while the run went on: by a person, or on the cluster. */
export interface ChangeRecord {
  /** Wall-clock time, microseconds since the Unix epoch. */
  readonly atUs: number;
  /** Seconds of the measured part that were over. */
  readonly seconds: number;
  /** An option by its name in `config`, or `paused`, or `figures`, which were reset, or the topic's `partitions`. */
  readonly setting:
    | "workers"
    | "rate"
    | "size"
    | "batchMessages"
    | "compression"
    | "paused"
    | "figures"
    | "partitions";
  /** Messages per second or `unlimited`, bytes or words for them, 1 for no batches, messages counted so far. */
  readonly from: number | string | boolean;
  readonly to: number | string | boolean;
  /** Of a rate: the stage that was shifted, from 1. */
  readonly stage?: number;
}

export interface RunResult {
  readonly kind: typeof RESULT_KIND;
  readonly schemaVersion: typeof RESULT_SCHEMA_VERSION;
  readonly run: {
    readonly id: string;
    readonly role: Role;
    readonly profile: string;
    readonly serviceUrl: string;
    readonly topic: string;
    /** How many there are, where there are several: `topic` is the first. */
    readonly topics?: number;
    readonly embedded: boolean;
    /** Wall-clock limits of the whole run, microseconds since the Unix epoch. */
    readonly startedAtUs: number;
    readonly endedAtUs: number;
    /** The same for people: `2026-03-01T12:00:00.000Z`. Results of before do not have it. */
    readonly startedAt?: string;
    readonly endedAt?: string;
    readonly clockUncertaintyUs: number;
  };
  readonly versions: Readonly<Record<string, string>>;
  readonly host: HostRecord;
  readonly instances: readonly InstanceRecord[];
  readonly config: Readonly<Record<string, ConfigValue>>;
  readonly verdict: Verdict;
  readonly thresholds: readonly ThresholdRecord[];
  readonly totals: TotalsRecord;
  readonly intervals: readonly IntervalRecord[];
  /** Of a group with more than one topic or partition. */
  readonly byTopic?: TopicsRecord;
  readonly workers: readonly WorkerRecord[];
  readonly integrity?: IntegrityRecord;
  readonly sent?: SentRecord;
  /** Consumer: single messages that were lost, came twice, out of order or damaged, at most 20. */
  readonly counterexamples?: readonly Counterexample[];
  readonly backlog?: number;
  /** Producer: how late a message could be and still be sent; absent where nothing is given up. */
  readonly catchUpUs?: number;
  readonly outages?: OutageRecord;
  /** Only where the scenario says how producers or consumers are opened. */
  readonly opening?: OpeningRecord;
  readonly rateSearch?: RateSearchRecord;
  /** What was changed while the run went on, in order; `config` keeps what was asked for. */
  readonly changes?: readonly ChangeRecord[];
  /** What a reader must know before trusting the figures, one sentence each. */
  readonly notes: readonly string[];
}
