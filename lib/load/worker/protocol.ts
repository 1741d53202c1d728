/**
 * What the main thread and its workers tell each other. Only at turning points: while a run runs, everything goes
 * through shared memory.
 */
import type { RunConfig } from "../../config/run_config.ts";
import type { MessageIdData } from "../../wire/messages.ts";
import type { OpeningReport } from "../metrics/opening_times.ts";
import type { TopicPlaces } from "../metrics/topic_counts.ts";
import type { LogLine } from "../snapshot.ts";
import type { VerificationReport } from "../verify/report.ts";

/** The deliveries of some neighbouring topics of a run, beginning where the part before ends. */
export interface DeliveryPart {
  readonly memory: SharedArrayBuffer;
  readonly topics: number;
}

/** One producer or consumer of a worker. */
export interface Place {
  readonly topic: string;
  /** Of the topic among those of the run. */
  readonly index: number;
}

/** How far a consumer has read. */
export interface ReadPlace {
  /** Of the topic among those of the run. */
  readonly index: number;
  readonly id: MessageIdData;
}

/** How a worker opens its producers or consumers, where that is part of what is measured. */
export interface WorkerOpening {
  /** Each has a connection of its own; otherwise they share one to each broker. */
  readonly ownConnections: boolean;
  /** When the first is due since the worker began, and how long after it the next one; undefined = as fast as they come. */
  readonly pace?: { readonly firstMs: number; readonly everyMs: number } | undefined;
}

export interface WorkerTask {
  readonly config: RunConfig;
  readonly memory: SharedArrayBuffer;
  /** Index of the worker's metrics block. */
  readonly slot: number;
  /** Number in stream ids: new for every start, so that a restarted worker's streams are its own. */
  readonly streamWorker: number;
  /** Producer: the memory of this start's `WorkerProgress`. */
  readonly progress: SharedArrayBuffer;
  /** The memory of this start's `EntryRing`; empty where nothing is verified. */
  readonly entries: SharedArrayBuffer;
  /** Consumer: the memory of the run's `DeliveryLog`s. */
  readonly deliveries: readonly DeliveryPart[];
  /** Consumer: the memory of the run's `ConsumerQuota`. */
  readonly quota: SharedArrayBuffer;
  /** Number in stream ids of this process among those that share the run, or of this run among those of a scenario. */
  readonly instance: number;
  /** Where messages are counted by topic; absent where a run does not tell its topics apart. */
  readonly topicPlaces?: TopicPlaces | undefined;
  /** What the worker opens, in the order of its lanes. */
  readonly places: readonly Place[];
  /** Without it, as fast as they come, and nothing is told of the times. */
  readonly opening?: WorkerOpening | undefined;
  /** Topics from this index on are partitions that were added while the run went on. */
  readonly addedFrom: number;
  /** Of a subscription that is not durable, by index of the topic: the last entry that a worker before has told of. */
  readonly startAfter?: ReadonlyMap<number, MessageIdData> | undefined;
  /** Bits of stream ids that number the lanes of a worker. */
  readonly laneBits: number;
  /**
   * Producers of all workers, where the load is meant for each of them: a batch then holds no more than what one of
   * them is due to send in the batch delay. 0 = workers share the load, whatever they send it through.
   */
  readonly spread: number;
  /** Lines of a trace are wanted. */
  readonly isTracing: boolean;
  /** What its lines call the run, where others write lines beside it. */
  readonly traceName?: string | undefined;
  /** Consumer: follow the run of the first message instead of the configured one. */
  readonly followFirstRun: boolean;
  /** Consumer: the run is paused now. */
  readonly isPaused: boolean;
  /** Consumer: take what the receiver queue holds, and no more before `go`. */
  readonly isHeld: boolean;
  /** Payloads of kind `file`, read once by the main thread. */
  readonly payloads?: readonly Uint8Array[] | undefined;
  /** The token, when it came from the environment: workers cannot read it. */
  readonly token?: string | undefined;
}

export type ToWorker =
  | { readonly kind: "start"; readonly task: WorkerTask }
  /** Send one probe on every topic, before the run. */
  | { readonly kind: "probe" }
  /** Consumers: take nothing more and ask for nothing more, so that nothing moves to another worker as one closes. */
  | { readonly kind: "halt" }
  /**
   * Stop taking slots, wait for receipts or hand in acknowledgements, and report. `isReplaced`: the run goes on with
   * others, so the subscription stays.
   */
  | { readonly kind: "drain"; readonly timeoutMs: number; readonly isReplaced: boolean }
  /** Consumers: ask the broker for no more, and again for some. */
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  /** Consumers: the load begins. */
  | { readonly kind: "go" }
  /** Consumers: whether the schedule says how fast permits go back. */
  | { readonly kind: "limit"; readonly isLimited: boolean }
  /** Partitions were added, or some added ones could not be opened yet: use all of these topics. */
  | {
    readonly kind: "topics";
    readonly places: readonly Place[];
    readonly deliveries: readonly DeliveryPart[];
  };

export type FromWorker =
  | { readonly kind: "ready" }
  /** What opening took, before `ready` or `failed`, and at the end what reconnecting took. */
  | { readonly kind: "opened"; readonly report: OpeningReport }
  | { readonly kind: "probed" }
  /** A probe of this run has arrived. */
  | { readonly kind: "probeSeen"; readonly topic: string }
  | { readonly kind: "log"; readonly level: LogLine["level"]; readonly text: string }
  /** Consumer: the topic is terminated, and all of it has been acknowledged. */
  | { readonly kind: "topicEnded"; readonly topic: string }
  /** A lane has lost its connection, with the code of the last error, or has it back. */
  | {
    readonly kind: "connection";
    readonly lane: number;
    readonly lostBy?: string | undefined;
    /** When, clock microseconds. */
    readonly at: number;
  }
  /** Sequences [from, to) of a lane's stream were sent again after a reconnect, since no receipt had come. */
  | { readonly kind: "resent"; readonly lane: number; readonly from: number; readonly to: number }
  /** Consumer: one of the first entries that came damaged, or with damaged messages in it. */
  | {
    readonly kind: "damaged";
    readonly lane: number;
    readonly ledgerId: number;
    readonly entryId: number;
    readonly messages: number;
    readonly reason: string;
    /** Wall clock microseconds. */
    readonly at: number;
  }
  /** Whole lines of a trace. */
  | { readonly kind: "trace"; readonly chunk: Uint8Array; readonly lines: number }
  /** `resets`: how often what the broker had sent ahead was lost with a connection, or a connection came back. */
  | { readonly kind: "verification"; readonly report: VerificationReport; readonly resets: number }
  /**
   * Consumer without durable subscription: where its lanes have come to, as far as they have come further. What was
   * verified up to there has been told before.
   */
  | { readonly kind: "read"; readonly places: readonly ReadPlace[] }
  | { readonly kind: "halted" }
  /** The planned number of messages is handed out, and this worker has nothing in flight. */
  | { readonly kind: "finished" }
  /** An error that nobody has expected: the thread has ended. */
  | { readonly kind: "crashed"; readonly text: string }
  /** The run cannot go on. */
  | {
    readonly kind: "failed";
    readonly code: string;
    readonly text: string;
    readonly stack?: string | undefined;
  }
  | { readonly kind: "drained" };

/** The message of a run that cannot go on. */
export function failed(error: unknown): FromWorker {
  const { message, stack, name, code } = error as Error & { code?: unknown };
  return {
    kind: "failed",
    code: typeof code === "string" ? code : name ?? "Other",
    text: message ?? String(error),
    stack,
  };
}

/** To and from the thread that several workers share; `id` is the worker's. Without a message, the worker is ended. */
export interface ToShared {
  readonly id: number;
  readonly message?: ToWorker;
}

export interface FromShared {
  readonly id: number;
  readonly message: FromWorker;
}
