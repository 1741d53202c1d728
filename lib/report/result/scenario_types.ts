/**
 * Records of several runs that belong together, version 1: a scenario, and a sweep over its settings. Each stands on a
 * line of its own in front of the results that it names by number; `scenario.schema.json` and `sweep.schema.json` say
 * the same for other programs.
 */
import type { Role } from "../../config/run_config.ts";
import type { StepState } from "../../scenario/snapshot.ts";
import type { HistogramRecord, HostRecord, SpanRecord, ThresholdRecord } from "./types.ts";
import type { Verdict } from "./verdict.ts";

export const SCENARIO_KIND = "pulsar-local-lab/scenario";
export const SCENARIO_SCHEMA_VERSION = 1;
export const SWEEP_KIND = "pulsar-local-lab/sweep";
export const SWEEP_SCHEMA_VERSION = 1;

/** When something began and ended, by the wall clock, microseconds since the Unix epoch. */
interface Times {
  readonly startedAtUs: number;
  readonly endedAtUs: number;
  /** The same for people: `2026-03-01T12:00:00.000Z`. */
  readonly startedAt?: string;
  readonly endedAt?: string;
}

/** A moment of a subscription. */
export interface BacklogPoint {
  /** Of the measured part. */
  readonly seconds: number;
  /** Acknowledged by the broker and not received then. */
  readonly messages: number;
}

export interface ScenarioGroupRecord {
  readonly name: string;
  readonly role: Role;
  readonly topics: number;
  /** Producers or consumers. */
  readonly lanes: number;
  /** Number of its result among those behind this record, from 0. */
  readonly result: number;
  /** Subscriptions: acknowledged by the broker and not received at the end. */
  readonly backlog?: number;
  /** The same over time, at most 300 points; where several processes run the scenario, of all of them together. */
  readonly backlogOverTime?: readonly BacklogPoint[];
  /** Full names without partition, in the record of one process of several: what joins them has to know. */
  readonly topicNames?: readonly string[];
}

export interface DrainRecord {
  /** Messages that lay there. */
  readonly backlog: number;
  /** Until they were taken. */
  readonly seconds: number;
  /** Messages per second in that time. */
  readonly rate: number;
}

export interface StepRecord {
  readonly name: string;
  readonly kind: string;
  /** `planned` and `running` where the scenario ended before. */
  readonly state: StepState;
  /** Of the measured part, at which it was to begin. */
  readonly atSeconds: number;
  readonly beganUs?: number;
  readonly endedUs?: number;
  /** What it did, or why it failed. */
  readonly text: string;
  /** From its beginning to the first connection lost or error. */
  readonly firstErrorSeconds?: number;
  /** From its beginning until all producers and consumers were connected again. */
  readonly recoverySeconds?: number;
  /** By group: how long each producer or consumer had no connection. */
  readonly outages: Readonly<Record<string, HistogramRecord>>;
  /** By group: figures while it lasted. */
  readonly inside: Readonly<Record<string, SpanRecord>>;
  /** Messages sent again. */
  readonly resent: number;
  readonly drain?: DrainRecord;
  readonly thresholds: readonly ThresholdRecord[];
}

export interface ScenarioRecord extends Times {
  readonly kind: typeof SCENARIO_KIND;
  readonly schemaVersion: typeof SCENARIO_SCHEMA_VERSION;
  readonly name: string;
  readonly description: string;
  readonly runId: string;
  /** When the measured part began: what the seconds of steps count from. */
  readonly measuredAtUs: number;
  /** Length of the measured part. */
  readonly seconds: number;
  readonly plannedSeconds?: number;
  readonly embedded: boolean;
  readonly serviceUrl: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly host?: HostRecord;
  readonly verdict: Verdict;
  readonly groups: readonly ScenarioGroupRecord[];
  readonly steps: readonly StepRecord[];
  /** Of a combination of a sweep: what differs from the others. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Which of several processes left it, from 0; the groups are its parts then. */
  readonly process?: { readonly index: number; readonly of: number };
  /** What a reader must know before trusting the figures, one sentence each. */
  readonly notes: readonly string[];
}

/** One combination of a sweep. */
export interface SweepPointRecord {
  readonly settings: Readonly<Record<string, string>>;
  /** Its groups' results among those behind this record, from 0. */
  readonly results: readonly { readonly group: string; readonly result: number }[];
  readonly verdict: Verdict;
}

export interface SweepRecord extends Times {
  readonly kind: typeof SWEEP_KIND;
  readonly schemaVersion: typeof SWEEP_SCHEMA_VERSION;
  readonly name: string;
  readonly description: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly verdict: Verdict;
  /** In the order they ran. */
  readonly points: readonly SweepPointRecord[];
  readonly notes: readonly string[];
}
