/** What a worker pool is given, and what it tells of workers that are gone. */
import type { MetricsReader } from "../metrics/reader.ts";
import type { LogLine } from "../snapshot.ts";
import type { FromWorker, ToWorker, WorkerTask } from "../worker/protocol.ts";

/** What the pool needs of a `Worker`. */
export interface Thread {
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: ToWorker): void;
  terminate(): void;
}

/** How a worker's time ended, and what it leaves behind. */
export interface WorkerEnd {
  readonly slot: number;
  readonly state: "stopped" | "crashed";
  /** Slots that it had reserved or taken and never sent. */
  readonly reserved: number;
  readonly unsent: number;
  /** Messages sent of which nobody knows whether the broker has them. */
  readonly unconfirmed: number;
  /** Whether it drained, and by that has counted the unconfirmed ones as failed. */
  readonly hasReported: boolean;
}

export interface PoolOptions {
  readonly reader: Pick<MetricsReader, "workerStarts" | "workerEnded">;
  /** Everything that a worker starts with. */
  readonly task: (slot: number, streamWorker: number) => WorkerTask;
  /** Crashes that are made up for by new workers. Default 10. */
  readonly maxRestarts?: number;
  /** Number in stream ids of the first worker; a process that was started again must not use its old ones. */
  readonly firstStreamWorker?: number;
  /** Makes the thread of a slot. Default: a worker of `worker/main.ts`. */
  readonly createWorker?: ((slot: number) => Thread) | undefined;
  /** What a worker may take longer than its time for draining before its thread is ended, ms. */
  readonly drainGraceMs?: number;
  onMessage(slot: number, message: FromWorker): void;
  log(level: LogLine["level"], text: string): void;
  /** Every live worker has said that nothing is left to do. Heard again whenever one of them says so again. */
  onAllFinished(): void;
  /** A worker is started: whoever was in its slot before is gone. */
  onStarted?(slot: number): void;
  /** A producer is gone, and not a message of it will come any more. */
  onEnded?(end: WorkerEnd): void;
}
