/** What a run is started with, and what it ends with. */
import type { RunConfig } from "../../config/run_config.ts";
import type { DownConnections } from "./connection_watch.ts";
import type { Openings } from "../metrics/opening_times.ts";
import type { LogLine, RunSnapshot } from "../snapshot.ts";
import type { SearchOutcome } from "./load_driver.ts";
import type { PoolOptions } from "./pool_options.ts";
import type { StreamExpectation } from "../verify/verdict.ts";
import type { Counterexample } from "../verify/counterexample.ts";
import type { VerificationReport } from "../verify/report.ts";

export type EndReason =
  | "duration"
  | "count"
  | "idle"
  | "stages"
  | "search"
  | "quit"
  | "signal"
  | "threshold"
  | "failure";

/** How the messages of the measured part fared up to the end, whatever resets have taken out of the figures. */
export interface Delivery {
  /** Acknowledged by the broker (producer), or received. */
  readonly messages: number;
  /** The planned number, if there is one. */
  readonly planned?: number | undefined;
  /** Producer: sent, and without a receipt at the end. */
  readonly unacknowledged: number;
  /** Connections that were missing at the end; absent when all stood. */
  readonly disconnected?: DownConnections | undefined;
}

/** What became of the connection of one producer or consumer. */
export interface ConnectionEvent {
  readonly slot: number;
  readonly lane: number;
  /** Code of the error that it was lost by; absent when it is back. */
  readonly lostBy?: string | undefined;
  /** Clock microseconds. */
  readonly at: number;
}

/** How producers or consumers are opened, where that is part of what is measured. */
export interface OpeningPlan {
  /** Each has a connection of its own; otherwise those of a worker share one to each broker. */
  readonly ownConnections: boolean;
  /** So many a second of all workers together, evenly; undefined = as fast as they come. */
  readonly rate?: number | undefined;
}

/** Many topics, each with its own number of producers or consumers. */
export interface SpreadTopics {
  /** Topics as they are named to people, partitioned ones by their name without partition. */
  readonly names: readonly string[];
  /** Producers or consumers of each topic or partition, all workers together. */
  readonly perTopic: number;
  /** Whether other processes of the run have producers or consumers of their own on the same topics. */
  readonly areShared?: boolean | undefined;
  /** How they are opened, where that is part of what is measured. */
  readonly opening?: OpeningPlan | undefined;
}

export interface RunOptions {
  /** Where several processes share the run, the share of this one (`shareOf`). */
  readonly config: RunConfig;
  /** Instead of `config.topic`; the workers share what is opened on them. */
  readonly topics?: SpreadTopics | undefined;
  /** Number in stream ids that tells this run's streams from those of others beside it. Default: the instance. */
  readonly streamInstance?: number | undefined;
  /** Most time between the end of the load and the end of the run, where nobody stopped it, ms. Default `DRAIN_MS`. */
  readonly drainMs?: number | undefined;
  /** The token, when it came from the environment. */
  readonly token?: string | undefined;
  /** Consumer: nobody named the run, so the first message decides which one to follow. */
  readonly followFirstRun?: boolean;
  /** Given by tests of what happens when a worker dies. */
  readonly createWorker?: PoolOptions["createWorker"];
  /** Half-width of what is unknown between this clock and any other of the run, microseconds. */
  readonly clockUncertainty?: () => number;
  /** A producer or consumer has lost its connection, with the code of the error, or has it back. */
  onConnection?(event: ConnectionEvent): void;
  onLog?(line: LogLine): void;
  /** What lines of the trace call the run, where others write lines beside it. */
  readonly traceName?: string | undefined;
  /** Takes lines of the trace; without it none are made. */
  readonly onTrace?: ((chunk: Uint8Array, lines: number) => void) | undefined;
  /** Partitions were added to the topic, of which this process uses `to` from now on. */
  onPartitions?(from: number, to: number): void;
}

export interface RunOutcome {
  readonly reason: EndReason;
  readonly failure?: Error | undefined;
  readonly snapshot: RunSnapshot;
  /** Producer: what was sent, by stream. */
  readonly streams: readonly StreamExpectation[];
  /** Consumer: what was received, by stream. */
  readonly received?: VerificationReport | undefined;
  readonly delivery: Delivery;
  /** Consumer: messages that were lost, came twice, late or damaged, at most 20. */
  readonly counterexamples: readonly Counterexample[];
  /** What it took to open producers or consumers, and to open them again; absent where that is not measured. */
  readonly openings?: Openings | undefined;
  /** What the figures do not say by themselves, one sentence each. */
  readonly notes: readonly string[];
  /** What `--rate max` found. */
  readonly search?: SearchOutcome | undefined;
  /** Epoch microseconds (wall clock). */
  readonly startedAt: number;
  readonly endedAt: number;
}
