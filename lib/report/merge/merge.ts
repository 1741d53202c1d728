/**
 * Joins the results of several instances of one run exactly: counts, errors and histograms add up, streams are
 * verified together, and instances that are missing or were restarted are named.
 */
import type { Role } from "../../config/run_config.ts";
import { joinAsked, joinGaps, outagesOf } from "./gaps.ts";
import { joinExamples } from "./examples.ts";
import { joinIntegrity } from "./integrity.ts";
import { joinOpenings, openingRecord } from "../result/opening_record.ts";
import { clockNote, isoTimes, lastingNotes } from "../result/result.ts";
import { measuredTime, mergeIntervals } from "./intervals.ts";
import { mergeThresholds } from "./thresholds.ts";
import {
  type ConfigValue,
  type HostRecord,
  type InstanceRecord,
  RESULT_KIND,
  RESULT_SCHEMA_VERSION,
  type RunResult,
  type SentRecord,
} from "../result/types.ts";
import { addSpans } from "../../load/span_math.ts";
import { spanOfRecord, spanRecord } from "../result/span_record.ts";
import { mergeVerdict } from "./verdict.ts";

/** Results that cannot be joined; the message names them. */
export class MergeError extends Error {
  override readonly name = "MergeError";
  readonly code = "MERGE";
}

/** One side of a run: all producers, or all consumers of one subscription. */
export interface MergedSide {
  readonly role: Role;
  readonly subscription?: string;
  readonly result: RunResult;
  /** Indexes of the planned instances that left no result. */
  readonly missing: readonly number[];
}

/**
 * Joins all results of one run, side by side: producers with producers, consumers with consumers of the same
 * subscription. When producers are among them, consumers are also held against what was sent.
 *
 * @throws {MergeError} when there is nothing to join or the results are of different runs
 */
export function mergeRun(results: readonly RunResult[]): MergedSide[] {
  const unique = withoutRepeats(results);
  const runs = [...new Set(unique.map(({ run }) => run.id))];
  if (runs.length === 0) throw new MergeError("no results to merge");
  if (runs.length > 1) {
    const named = runs.map((id) => `'${id}'`).join(", ");
    throw new MergeError(`results are of ${runs.length} different runs: ${named}; merge one run at a time`);
  }
  const sent = unique.flatMap((result) => result.sent ?? []);
  const sides = new Map<string, RunResult[]>();
  for (const result of unique) {
    const key = JSON.stringify([result.run.role, subscriptionOf(result) ?? ""]);
    sides.set(key, [...sides.get(key) ?? [], result]);
  }
  return [...sides].sort(([a], [b]) => a < b ? 1 : -1).map(([, side]) => mergeSide(side, sent));
}

/**
 * Joins the results of one side.
 *
 * @param sent what the producers of its topics have sent
 */
export function mergeSide(side: readonly RunResult[], sent: readonly SentRecord[]): MergedSide {
  const ordered = [...side].sort((a, b) => a.instances[0]!.index - b.instances[0]!.index);
  const first = ordered[0]!;
  const { instances, missing, notes } = joinInstances(ordered);
  const span = ordered.map(({ totals }) => spanOfRecord(totals)).reduce(addSpans);
  const times = ordered.flatMap(({ intervals }) => measuredTime(intervals) ?? []);
  if (times.length > 0) {
    const length = Math.max(...times.map(({ toUs }) => toUs)) -
      Math.min(...times.map(({ fromUs }) => fromUs));
    span.seconds = Math.max(span.seconds, length / 1e6);
    const common = Math.min(...times.map(({ toUs }) => toUs)) -
      Math.max(...times.map(({ fromUs }) => fromUs));
    if (common < 0.9 * length) {
      notes.push(
        `instances measured together for only ${(Math.max(0, common) / 1e6).toFixed(1)} s of ${
          (length / 1e6).toFixed(1)
        } s: rates are over the whole stretch`,
      );
    }
  }
  const joined = joinIntegrity(ordered.flatMap(({ integrity }) => integrity ?? []), sent);
  const workers = ordered.flatMap((result) => result.workers);
  const gaps = joinGaps(ordered);
  const openings = joinOpenings(ordered);
  const thresholds = mergeThresholds(ordered, {
    role: first.run.role,
    total: span,
    integrity: joined?.integrity,
    workers: workers.length,
    outages: outagesOf(gaps),
    openings,
  });
  const subscription = subscriptionOf(first);
  const backlogs = ordered.flatMap(({ backlog }) => backlog ?? []);
  const changes = ordered.flatMap((result) => result.changes ?? []).sort((a, b) => a.atUs - b.atUs);
  const sides = ordered.flatMap((result) => result.sent ?? []);
  const result: RunResult = {
    kind: RESULT_KIND,
    schemaVersion: RESULT_SCHEMA_VERSION,
    run: {
      ...first.run,
      topic: distinct(ordered.map(({ run }) => run.topic)),
      serviceUrl: distinct(ordered.map(({ run }) => run.serviceUrl)),
      embedded: ordered.some(({ run }) => run.embedded),
      ...limitsOf(ordered),
      clockUncertaintyUs: Math.max(...ordered.map(({ run }) => run.clockUncertaintyUs)),
    },
    versions: joinVersions(ordered, notes),
    host: joinHosts(ordered.map(({ host }) => host)),
    instances,
    config: joinConfig(ordered),
    verdict: mergeVerdict(ordered, instances, missing, { integrity: joined?.integrity, thresholds }),
    thresholds,
    totals: { ...spanRecord(span), ...joinAsked(ordered) },
    intervals: mergeIntervals(ordered.map(({ intervals }) => intervals)),
    workers,
    ...(joined === undefined ? {} : { integrity: joined.integrity }),
    ...joinExamples(ordered, joined, sent),
    ...(sides.length === 0
      ? {}
      : { sent: { run: sides[0]!.run, streams: sides.flatMap(({ streams }) => streams) } }),
    ...(changes.length === 0 ? {} : { changes }),
    ...(backlogs.length === 0 ? {} : { backlog: Math.max(...backlogs) }),
    ...gaps,
    ...(openings === undefined ? {} : { opening: openingRecord(openings) }),
    notes: [
      ...new Set([
        ...ordered.flatMap((one) => lastingNotes(one.notes)),
        ...clockNotes(ordered),
        ...notes,
        ...joined?.notes ?? [],
      ]),
    ],
  };
  return { role: first.run.role, result, missing, ...(subscription === undefined ? {} : { subscription }) };
}

/** The largest clock uncertainty of all instances holds. */
function clockNotes(results: readonly RunResult[]): string[] {
  const uncertainty = Math.max(...results.map(({ run }) => run.clockUncertaintyUs));
  const hasTimes = results.some(({ totals }) => totals.latency.endToEnd !== undefined);
  return uncertainty > 0 && hasTimes ? [clockNote(uncertainty)] : [];
}

/** The same file given twice must not count twice. */
function withoutRepeats(results: readonly RunResult[]): RunResult[] {
  const seen = new Map<string, RunResult>();
  for (const result of results) {
    const { name, index, startedAtUs } = result.instances[0]!;
    seen.set(
      JSON.stringify([result.run.id, result.run.role, subscriptionOf(result), name, index, startedAtUs]),
      result,
    );
  }
  return [...seen.values()];
}

function joinInstances(
  ordered: readonly RunResult[],
): { instances: InstanceRecord[]; missing: number[]; notes: string[] } {
  const all = ordered.flatMap(({ instances }) => instances);
  const expected = Math.max(...all.map((instance) => instance.expected));
  const notes: string[] = [];
  const attempts = new Map<number, InstanceRecord[]>();
  for (const instance of all) attempts.set(instance.index, [...attempts.get(instance.index) ?? [], instance]);
  const instances: InstanceRecord[] = [];
  for (const [index, tries] of [...attempts].sort(([a], [b]) => a - b)) {
    const last = tries.reduce((a, b) => b.startedAtUs > a.startedAtUs ? b : a);
    // Every attempt that left a result sent or received messages, so all of them are in the sums.
    const restarts = Math.max(tries.length - 1, ...tries.map((one) => one.restarts));
    instances.push({ ...last, restarts, expected });
    if (restarts > 0) {
      const unheard = restarts + 1 - tries.length;
      const silent = unheard > 0
        ? `; ${unheard} earlier ${
          unheard === 1 ? "start" : "starts"
        } left no result and is not in the figures`
        : "";
      notes.push(`instance ${index} ('${last.name}') was restarted ${restarts} ${times(restarts)}${silent}`);
    }
  }
  return { instances, missing: missingOf(attempts, expected), notes };
}

/** Numbers below `expected` that nothing is known of. */
export function missingOf(known: { has(index: number): boolean }, expected: number): number[] {
  return Array.from({ length: expected }, (_, index) => index).filter((index) => !known.has(index));
}

const times = (count: number): string => count === 1 ? "time" : "times";

function subscriptionOf(result: RunResult): string | undefined {
  const value = result.config.subscription?.value;
  return result.run.role === "consumer" && typeof value === "string" ? value : undefined;
}

/** From the first start to the last end. */
function limitsOf(
  results: readonly RunResult[],
): Pick<RunResult["run"], "startedAtUs" | "endedAtUs" | "startedAt" | "endedAt"> {
  const startedAtUs = Math.min(...results.map(({ run }) => run.startedAtUs));
  const endedAtUs = Math.max(...results.map(({ run }) => run.endedAtUs));
  return { startedAtUs, endedAtUs, ...isoTimes({ startedAtUs, endedAtUs }) };
}

export function joinVersions(
  results: readonly Pick<RunResult, "versions">[],
  notes: string[],
): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const name of new Set(results.flatMap(({ versions }) => Object.keys(versions)))) {
    const value = distinct(results.flatMap(({ versions }) => versions[name] ?? []));
    joined[name] = value;
    if (value.includes(", ")) notes.push(`instances ran different versions of ${name}: ${value}`);
  }
  return joined;
}

export function joinHosts(given: readonly HostRecord[]): HostRecord {
  const hosts = new Map(given.map((host) => [host.name, host]));
  const all = [...hosts.values()];
  const sum = (read: (host: HostRecord) => number): number =>
    all.reduce((total, host) => total + read(host), 0);
  return {
    name: all.length > 4 ? `${all.length} hosts` : [...hosts.keys()].join(", "),
    os: distinct(all.map(({ os }) => os)),
    arch: distinct(all.map(({ arch }) => arch)),
    cpus: sum(({ cpus }) => cpus),
    memoryBytes: sum(({ memoryBytes }) => memoryBytes),
  };
}

function joinConfig(results: readonly RunResult[]): Record<string, ConfigValue> {
  const joined: Record<string, ConfigValue> = {};
  for (const name of new Set(results.flatMap(({ config }) => Object.keys(config)))) {
    const values = new Map(results.flatMap(({ config }) => {
      const entry = config[name];
      return entry === undefined ? [] : [[JSON.stringify(entry.value), entry] as const];
    }));
    const [first] = values.values();
    joined[name] = values.size === 1
      ? first!
      : { value: [...values.values()].map(({ value }) => value), source: "differs between instances" };
  }
  return joined;
}

export function distinct(values: readonly string[]): string {
  return [...new Set(values)].join(", ");
}
