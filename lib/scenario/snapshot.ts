/** What a scenario looks like at one moment, beside the snapshots of its groups' runs; and what each step has done. */
import type { Role } from "../config/run_config.ts";
import type { Histogram } from "../load/histogram/histogram.ts";
import type { Span, ThresholdState } from "../load/snapshot.ts";

export type ScenarioPhase = "starting" | "warmup" | "running" | "draining" | "done";

export interface ScenarioSnapshot {
  readonly name: string;
  readonly phase: ScenarioPhase;
  /** Seconds since the measured part began. */
  readonly elapsed: number;
  readonly duration?: number | undefined;
  readonly groups: readonly GroupSnapshot[];
  /** In the order of their times; repeated ones once for each time. */
  readonly steps: readonly StepSnapshot[];
}

export interface GroupSnapshot {
  readonly name: string;
  readonly role: Role;
  readonly topics: number;
  /** Producers or consumers. */
  readonly lanes: number;
  /** Subscriptions: acknowledged by the broker on its topics, and not received yet; at least 0. */
  readonly backlog?: number | undefined;
}

export type StepState = "planned" | "running" | "done" | "failed";

export interface StepSnapshot {
  readonly name: string;
  readonly kind: string;
  readonly state: StepState;
  /** Seconds of the measured part at which it is to begin, began, and ended. */
  readonly at: number;
  readonly began?: number | undefined;
  readonly ended?: number | undefined;
  /** What it did, or why it failed. */
  readonly text: string;
  readonly outcome?: StepOutcome | undefined;
  /** What is demanded of it, those of a group with the group's name in front: `orders: response.p99<50ms`. */
  readonly thresholds?: readonly ThresholdState[] | undefined;
}

/** What a step did to the load, from its beginning to its end (or to the next step or the end of the load). */
export interface StepOutcome {
  /** Seconds from its beginning to the first connection lost or error; absent where there was none. */
  readonly firstError?: number | undefined;
  /** Seconds from its beginning until all producers and consumers were connected again; absent where none was cut off, or some still are. */
  readonly recovery?: number | undefined;
  /** Producers and consumers that had no connection when the step ended. */
  readonly missing: number;
  /** How long each producer or consumer had no connection, microseconds, by group. */
  readonly outages: ReadonlyMap<string, Histogram>;
  /** Figures of each group while it lasted. */
  readonly inside: ReadonlyMap<string, Span>;
  /** Messages that producers sent again. */
  readonly resent: number;
  /** Of a hold: messages that lay there, seconds until they were taken, and messages a second in that time. */
  readonly drain?: { readonly backlog: number; readonly seconds: number; readonly rate: number } | undefined;
}
