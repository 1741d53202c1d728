/** Joins what the processes of one scenario have left to the record and the results that one process would have left. */
import { baseName } from "../../scenario/engine/group.ts";
import { plural } from "../../config/units.ts";
import { isoTimes } from "../result/result.ts";
import type { ScenarioResults } from "../result/reader.ts";
import { scenarioVerdict } from "../result/scenario_record.ts";
import type { ScenarioGroupRecord, ScenarioRecord } from "../result/scenario_types.ts";
import type { RunResult, SentRecord } from "../result/types.ts";
import {
  distinct,
  joinHosts,
  joinVersions,
  type MergedSide,
  MergeError,
  mergeSide,
  missingOf,
} from "./merge.ts";
import { joinByTopic } from "./topics.ts";
import { type JoinedGroup, joinSteps } from "./steps.ts";

export interface MergedScenario extends ScenarioResults {
  /** Indexes of the processes that left no record. */
  readonly missing: readonly number[];
}

/**
 * Each group is held against all that was sent to its topics, whichever process sent or received it; steps and
 * thresholds are judged on all processes together. What one process has run alone is left as it is.
 *
 * @throws {MergeError} when there is nothing to join, or the records are not of the processes of one run
 */
export function mergeScenario(given: readonly ScenarioResults[]): MergedScenario {
  const runs = [...new Set(given.map(({ record }) => record.runId))];
  if (runs.length !== 1) {
    const named = runs.map((id) => `'${id}'`).join(", ");
    throw new MergeError(
      runs.length === 0
        ? "no scenarios to merge"
        : `scenarios are of ${runs.length} different runs: ${named}; merge one run at a time`,
    );
  }
  const [only] = given;
  if (given.length === 1 && only!.record.process === undefined) return { ...only!, missing: [] };
  const notes: string[] = [];
  const parts = latestOfEach(given, notes);
  const { of } = parts[0]!.record.process!;
  const records = parts.map(({ record }) => record);
  const known = new Set(records.map(({ process }) => process!.index));
  const missing = missingOf(known, of);
  const groups = joinGroups(parts);
  const steps = joinSteps(records, groups);
  const failure = missing.length === 0
    ? undefined
    : `${missing.length} of ${plural(of, "process", "processes")} left no result: ${missing.join(", ")}`;
  const first = records[0]!;
  const { process: _process, host: _host, plannedSeconds: _planned, ...common } = first;
  const hosts = records.flatMap(({ host }) => host ?? []);
  const planned = records.flatMap(({ plannedSeconds }) => plannedSeconds ?? []);
  const times = {
    startedAtUs: Math.min(...records.map(({ startedAtUs }) => startedAtUs)),
    endedAtUs: Math.max(...records.map(({ endedAtUs }) => endedAtUs)),
  };
  const record: ScenarioRecord = {
    ...common,
    ...times,
    ...isoTimes(times),
    measuredAtUs: Math.min(...records.map(({ measuredAtUs }) => measuredAtUs)),
    seconds: Math.max(...records.map(({ seconds }) => seconds)),
    ...(planned.length === 0 ? {} : { plannedSeconds: Math.max(...planned) }),
    serviceUrl: distinct(records.map(({ serviceUrl }) => serviceUrl)),
    versions: joinVersions(records, notes),
    ...(hosts.length === 0 ? {} : { host: joinHosts(hosts) }),
    verdict: scenarioVerdict({
      groups: groups.map(({ record: { name }, side }) => ({ name, verdict: side.result.verdict })),
      steps,
      failure,
    }),
    groups: groups.map(({ record }, result) => ({ ...record, result })),
    steps,
    notes: [
      `run by ${plural(of, "process", "processes")} together`,
      ...new Set(records.flatMap((one) => one.notes)),
      ...notes,
    ],
  };
  return { record, results: groups.map(({ side }) => side.result), missing };
}

/** One record of each process, in their order: a process that was started again before the load has left two. */
function latestOfEach(given: readonly ScenarioResults[], notes: string[]): readonly ScenarioResults[] {
  const latest = new Map<number, ScenarioResults>();
  const sizes = new Set<number>();
  for (const one of given) {
    const { process, name, startedAtUs } = one.record;
    if (process === undefined) {
      throw new MergeError(
        `one record of scenario '${name}' is of all of it: there is nothing to join with it`,
      );
    }
    sizes.add(process.of);
    const before = latest.get(process.index);
    if (before !== undefined && before.record.startedAtUs !== startedAtUs) {
      notes.push(`process ${process.index} was started more than once; its last start counts`);
    }
    if (before === undefined || startedAtUs > before.record.startedAtUs) latest.set(process.index, one);
  }
  if (sizes.size > 1) {
    throw new MergeError(
      `scenarios are of runs with ${[...sizes].sort((a, b) => a - b).join(" and ")} processes`,
    );
  }
  return [...latest].sort(([a], [b]) => a - b).map(([, one]) => one);
}

interface GroupParts {
  readonly records: ScenarioGroupRecord[];
  readonly results: RunResult[];
}

/** Producers first, as in the record of one process. */
function joinGroups(parts: readonly ScenarioResults[]): JoinedGroup[] {
  const groups = new Map<string, GroupParts>();
  for (const { record, results } of parts) {
    for (const [index, group] of record.groups.entries()) {
      const known = groups.get(group.name) ?? { records: [], results: [] };
      groups.set(group.name, known);
      known.records.push(group);
      known.results.push(results[index]!);
    }
  }
  const sent = parts.flatMap(({ results }) => results.flatMap((result) => result.sent ?? []));
  const joined = [...groups].map(([name, { records, results }]): JoinedGroup => {
    const topics = new Set(records.flatMap(({ topicNames = [] }) => topicNames));
    const { backlogOverTime } = records.find((record) => record.backlogOverTime !== undefined) ?? {};
    const backlogs = records.flatMap(({ backlog }) => backlog ?? []);
    return {
      record: {
        name,
        role: records[0]!.role,
        topics: topics.size,
        lanes: records.reduce((sum, { lanes }) => sum + lanes, 0),
        // Each process knows what all have received, the one that ended last best.
        ...(backlogs.length === 0 ? {} : { backlog: Math.min(...backlogs) }),
        ...(backlogOverTime === undefined ? {} : { backlogOverTime }),
      },
      side: withTopics(mergeSide(results, sentTo(topics, sent)), results),
    };
  });
  const ofRole = (role: string): JoinedGroup[] => joined.filter(({ record }) => record.role === role);
  return [...ofRole("producer"), ...ofRole("consumer")];
}

function withTopics(side: MergedSide, results: readonly RunResult[]): MergedSide {
  const byTopic = joinByTopic(results);
  return byTopic === undefined ? side : { ...side, result: { ...side.result, byTopic } };
}

/** A subscription is held against what was sent to its own topics. */
function sentTo(topics: ReadonlySet<string>, sent: readonly SentRecord[]): SentRecord[] {
  return sent.map(({ run, streams }) => ({
    run,
    streams: streams.filter(({ topic }) => topic === undefined || topics.has(baseName(topic))),
  }));
}
