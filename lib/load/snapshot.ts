/**
 * What a run looks like at one moment. Panels, plain lines, thresholds, the metrics endpoint and the final
 * report are all views of this one shape, so they can never disagree.
 */
import type { Role } from "../config/run_config.ts";
import type { DrainState } from "./drain_clock.ts";
import type { Histogram } from "./histogram/histogram.ts";

/** Life of a run, in this order; `paused` can replace `warmup` and `running` for a while. */
export type Phase = "starting" | "ready" | "warmup" | "running" | "paused" | "draining" | "done" | "failed";

/** Counts since the start of a span. Messages unless said otherwise; all are exact up to 2^53. */
export interface Counters {
  /** Producer: acknowledged by the broker. Consumer: received. */
  messages: number;
  /** Payload bytes of `messages`, before compression. */
  bytes: number;
  /**
   * Bytes of the entries that carried them, as sent and as a broker counts them: checksum, metadata, and the payload
   * after compression; of a chunked message all chunks. Without the commands and frames around them.
   */
  wireBytes: number;
  /** Entries (batches, or single messages when batching is off). */
  entries: number;
  /** Producer: handed to the socket. Consumer: acknowledged. */
  sent: number;
  /** Producer: refused by the broker or given up. Consumer: in entries that were damaged or encrypted. */
  failed: number;
  /** Schedule slots given up because the run was behind (`--catch-up`), or because of pause and resize. */
  missed: number;
  /** Those of them that were given up because they were later than `--catch-up` allows. */
  missedLate: number;
  /** Microseconds workers waited because the in-flight window was full, summed over workers. */
  blockedMicros: number;
  /** Connections re-established after a loss. */
  reconnects: number;
  /** Consumer: delivered again by the broker (redelivery count > 0). */
  redelivered: number;
  /** Consumer: negative acknowledgements sent. */
  nacked: number;
}

/** Latency distributions of a span, in microseconds. Absent where a role has none. */
export interface Latencies {
  /** Acknowledgement − socket write. */
  service?: Histogram;
  /** Acknowledgement − intended send time: what a user behind the schedule would have waited. */
  response?: Histogram;
  /** Receive − send time stamped in the payload, between processes. */
  endToEnd?: Histogram;
}

/** A stretch of a run: the whole measured part, or the last reporting window. */
export interface Span {
  /** Length in seconds, pauses excluded. */
  seconds: number;
  counters: Counters;
  latency: Latencies;
  /** Messages per entry. */
  batchSize: Histogram;
  /** Errors by Pulsar server error name (`ServiceNotReady` …) or by our own (`ConnectionClosed`, `Timeout`). */
  errors: ReadonlyMap<string, number>;
}

/** Counts that never go back: all since the process began, a warm-up and what was before a reset included. */
export interface Lifetime extends Omit<Span, "seconds"> {
  /** Messages by worker id. */
  readonly workerMessages: readonly number[];
  readonly outages: number;
  readonly outageMicros: number;
}

/** Verdict of the verification header, summed over all streams. */
export interface Integrity {
  mode: "off" | "count" | "strict";
  streams: number;
  /** Messages that carried a header of this run. */
  verified: number;
  lost: number;
  /**
   * Of the lost, at most so many came damaged instead: a damaged message does not tell which one it was. Absent: none, or
   * all damaged ones are known by their producers' receipts.
   */
  lostOrDamaged?: number;
  /**
   * Missing when the consumer ended, and no loss: sent ahead to a worker that had stopped taking, or above the highest
   * point that all workers are known to have reached. The subscription still holds them. Absent: none, or not known.
   */
  notReceived?: number;
  /**
   * Missing at the beginning of streams that are older than the subscription, and no loss that could be proven: the
   * broker may have dropped them before. Absent: none, or not known.
   */
  beforeSubscription?: number;
  duplicates: number;
  /**
   * Of the duplicates, those that their producers had sent again after a reconnect, since no receipt had come: a broker
   * without de-duplication then stores them twice. Absent while nobody knows what the producers sent.
   */
  duplicatesExplained?: number;
  outOfOrder: number;
  /** Came after a later one of their stream where Pulsar promises no order: `shared`, or after a redelivery. */
  reordered?: number;
  corrupt: number;
  /** Headers of another run, or no header at all. */
  foreign: number;
}

/** Messages by topic, of a run that has several. */
export interface TopicFigures {
  /** Topics, each partition for itself. */
  readonly count: number;
  /** Neighbouring topics that are counted as one: 1 but for runs of more than 100,000. */
  readonly together: number;
  /** Acknowledged or received since the run began, a warm-up included, by place; goes on in place with every snapshot. */
  readonly messages: Float64Array;
  /** The topic of a place, the first one where several are counted as one. */
  nameOf(place: number): string;
}

/** How producers or consumers were opened. */
export interface OpeningFigures {
  /** Microseconds; `ready` from when one was due. */
  readonly histograms: Readonly<Record<"connect" | "lookup" | "create" | "ready", Histogram>>;
  /** Attempts that were refused, by code of the error. */
  readonly refusals: ReadonlyMap<string, number>;
}

/** States of a worker. Shared memory holds their index. */
export const WORKER_STATES = [
  "starting",
  "ready",
  "running",
  "paused",
  "draining",
  "stopped",
  "crashed",
] as const;
export type WorkerState = (typeof WORKER_STATES)[number];

export interface WorkerSnapshot {
  id: number;
  state: WorkerState;
  /** Messages per second over the last window. */
  rate: number;
  messages: number;
  errors: number;
  inFlight: number;
  /** Largest delay of a timer in the last window, microseconds: is the client itself the bottleneck? */
  loopLagMicros: number;
  restarts: number;
}

export interface StageSnapshot {
  index: number;
  count: number;
  name: string;
  /** Messages per second that it holds, reaches, or bursts with. */
  rate: number;
}

/** Times in which at least one producer or consumer of the run had lost its connection; all of them joined. */
export interface OutageSnapshot {
  readonly count: number;
  readonly totalMicros: number;
  readonly longestMicros: number;
  /** Epoch microseconds at which the one that lasts still began. */
  readonly since?: number | undefined;
}

export interface RunSnapshot {
  role: Role;
  runId: string;
  /**
   * Unix-epoch microseconds of this snapshot: the wall clock as it was at the start of the run, plus the time since,
   * so that it never goes back.
   */
  at: number;
  phase: Phase;
  /**
   * How often the figures have begun anew (start of the warm-up, its end, a reset). Only within one epoch may counts be
   * subtracted from one another.
   */
  epoch: number;
  /** When this epoch began, on the same clock as `at`. */
  since: number;
  /** Whether the figures are of the measured part. Those of a warm-up belong in no report. */
  measured: boolean;
  /** Seconds since the measured part began (0 before), pauses excluded. */
  elapsed: number;
  /** Planned length in seconds, if there is one. */
  duration?: number | undefined;
  /** Planned number of messages, if there is one. */
  count?: number | undefined;
  stage?: StageSnapshot | undefined;
  /** Messages per second asked for now; undefined = unlimited. */
  targetRate?: number | undefined;
  /** Messages asked for since the figures began; undefined if any of the time was unlimited. */
  asked?: number | undefined;
  /** While the run ends: for how long already, and for how long at most. */
  draining?: DrainState | undefined;
  /** Microseconds the oldest unsent schedule slot is late. */
  behindMicros: number;
  inFlight: number;
  maxInFlight: number;
  /** Largest event-loop lag over all workers in the last window, microseconds. */
  loopLagMicros: number;
  /** Memory of this process that is in use, whatever runs it has. */
  residentBytes?: number | undefined;
  total: Span;
  window: Span;
  workers: readonly WorkerSnapshot[];
  integrity?: Integrity | undefined;
  /** Only of a scenario's group with more than one topic or partition. */
  topics?: TopicFigures | undefined;
  /** Consumer: messages the broker still holds for this subscription, when it could be asked. */
  backlog?: number | undefined;
  /** Producer: how late a message may be and still be sent, microseconds; absent when that has no limit. */
  catchUpMicros?: number | undefined;
  /** Since the figures began: when a producer or consumer had no connection. */
  outages: OutageSnapshot;
  /** Of a run that opens its producers or consumers by a plan of its own; goes on in place with every snapshot. */
  openings?: OpeningFigures | undefined;
  /** Half-width in microseconds of the clock uncertainty behind end-to-end times; 0 on one host. */
  clockUncertaintyMicros: number;
  /** Latest log lines, oldest first, at most 200. */
  log: readonly LogLine[];
}

/** A threshold as it stands, for the ✓/✗ lines of panels and summary. */
export interface ThresholdState {
  readonly text: string;
  readonly state: "pass" | "fail" | "pending";
  /** The measured value in words; empty while nothing is measured. */
  readonly value: string;
  /** `value` as a number: microseconds, fraction, messages, or a rate. */
  readonly measured?: number;
}

export interface LogLine {
  at: number;
  level: "info" | "warn" | "error";
  text: string;
}
