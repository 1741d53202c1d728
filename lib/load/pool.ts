/**
 * The workers of a run: started, resized, replaced after a crash, drained and ended. A worker that dies is replaced
 * (a bounded number of times) and can never keep a run from ending.
 */
import type { MetricsReader } from "./metrics_reader.ts";
import type { LogLine } from "./snapshot.ts";
import type { StreamExpectation } from "./verify.ts";
import type { FromWorker, ToWorker, WorkerTask } from "./worker_protocol.ts";

export interface PoolOptions {
  readonly reader: MetricsReader;
  /** Everything a worker needs but its numbers, which the pool gives. */
  readonly task: (slot: number) => Omit<WorkerTask, "slot" | "streamWorker">;
  readonly maxRestarts?: number;
  /** Number in stream ids of the first worker; a process that was restarted must not use its old ones again. */
  readonly firstStreamWorker?: number;
  /** Created by tests with something lighter than a thread. */
  readonly createWorker?: () => Worker;
  onMessage(slot: number, message: FromWorker): void;
  log(level: LogLine["level"], text: string): void;
  /** All live workers have said that nothing is left to do. */
  onAllFinished(): void;
}

/** The run cannot go on: what a worker reported, or too many crashes. */
export class WorkerFailedError extends Error {
  override readonly name = "WorkerFailedError";
  constructor(readonly code: string, message: string, readonly workerStack?: string) {
    super(message);
  }
}

interface Member {
  readonly slot: number;
  readonly worker: Worker;
  readonly ready: PromiseWithResolvers<void>;
  drained: PromiseWithResolvers<readonly StreamExpectation[]> | undefined;
  isFinished: boolean;
}

const MAX_STREAM_WORKERS = 1024;
/** What a drain may take longer than its time limit before the thread is ended. */
const DRAIN_GRACE_MS = 3000;

export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #members = new Map<number, Member>();
  readonly #streams: StreamExpectation[] = [];
  readonly #restartsOf = new Map<number, number>();
  #nextStreamWorker: number;
  #restarts = 0;
  #isEnding = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#nextStreamWorker = options.firstStreamWorker ?? 0;
  }

  /** Live workers. */
  get size(): number {
    return this.#members.size;
  }

  /** Workers that were replaced after a crash. */
  get restarts(): number {
    return this.#restarts;
  }

  /** What workers that have ended sent, by stream; complete after `drain`. */
  get streams(): readonly StreamExpectation[] {
    return this.#streams;
  }

  /**
   * Starts workers in the given slots; resolves when all are connected.
   *
   * @throws {WorkerFailedError} when one of them cannot
   */
  async start(slots: readonly number[]): Promise<void> {
    const started = slots.map((slot) => this.#spawn(slot));
    await Promise.all(started.map((member) => member.ready.promise));
  }

  /** Starts or drains workers until there are `count`. Slots are 0 … count − 1. */
  async resize(count: number, drainMs: number): Promise<void> {
    const surplus = [...this.#members.values()].filter((member) => member.slot >= count);
    const missing = Array.from({ length: count }, (_, slot) => slot).filter((slot) =>
      !this.#members.has(slot)
    );
    await Promise.all([...surplus.map((member) => this.#drainOne(member, drainMs)), this.start(missing)]);
  }

  /** Replaces every worker by a fresh one, one after another, so that the load goes on. */
  async replaceAll(drainMs: number): Promise<void> {
    for (const member of [...this.#members.values()]) {
      await this.#drainOne(member, drainMs);
      await this.start([member.slot]);
    }
  }

  send(message: ToWorker): void {
    for (const member of this.#members.values()) member.worker.postMessage(message);
  }

  sendTo(slot: number, message: ToWorker): void {
    this.#members.get(slot)?.worker.postMessage(message);
  }

  /** Ends all workers, after they have finished what is in flight or the time is up. Slot 0 ends last. */
  async drain(timeoutMs: number): Promise<void> {
    this.#isEnding = true;
    const members = [...this.#members.values()];
    await Promise.all(
      members.filter(({ slot }) => slot !== 0).map((member) => this.#drainOne(member, timeoutMs)),
    );
    await Promise.all(
      members.filter(({ slot }) => slot === 0).map((member) => this.#drainOne(member, timeoutMs)),
    );
  }

  /** Ends all workers at once. */
  terminate(): void {
    this.#isEnding = true;
    for (const member of [...this.#members.values()]) this.#end(member, "stopped");
  }

  #spawn(slot: number): Member {
    const { reader, task, createWorker } = this.#options;
    const restarts = this.#restartsOf.get(slot) ?? 0;
    reader.workerStarts(slot, restarts);
    const worker = createWorker?.() ??
      new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    const member: Member = {
      slot,
      worker,
      ready: Promise.withResolvers(),
      drained: undefined,
      isFinished: false,
    };
    // A failed start is heard through `start`; when nobody waits there any more it is no unhandled error.
    member.ready.promise.catch(() => {});
    this.#members.set(slot, member);
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#onMessage(member, data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#onCrash(member, event.message);
    };
    const streamWorker = this.#nextStreamWorker++;
    if (streamWorker >= MAX_STREAM_WORKERS) {
      throw new WorkerFailedError(
        "TooManyWorkers",
        `a run can start at most ${MAX_STREAM_WORKERS} workers in all`,
      );
    }
    worker.postMessage({ kind: "start", task: { ...task(slot), slot, streamWorker } } satisfies ToWorker);
    return member;
  }

  #onMessage(member: Member, message: FromWorker): void {
    switch (message.kind) {
      case "ready":
        member.ready.resolve();
        break;
      case "drained":
        this.#streams.push(...message.streams);
        member.drained?.resolve(message.streams);
        break;
      case "finished":
        member.isFinished = true;
        this.#checkFinished();
        break;
      case "failed":
        member.ready.reject(new WorkerFailedError(message.code, message.text, message.stack));
        break;
    }
    this.#options.onMessage(member.slot, message);
  }

  #checkFinished(): void {
    const members = [...this.#members.values()];
    if (members.length === 0 || !members.every(({ isFinished }) => isFinished)) return;
    for (const member of members) member.isFinished = false;
    this.#options.onAllFinished();
  }

  #onCrash(member: Member, text: string): void {
    if (this.#members.get(member.slot) !== member) return;
    const { log, onMessage, maxRestarts = 10 } = this.#options;
    this.#end(member, "crashed");
    member.ready.reject(new WorkerFailedError("WorkerCrashed", `worker ${member.slot} crashed: ${text}`));
    member.drained?.resolve([]);
    if (this.#isEnding) return;
    this.#restarts++;
    this.#restartsOf.set(member.slot, (this.#restartsOf.get(member.slot) ?? 0) + 1);
    if (this.#restarts > maxRestarts) {
      const failure = `workers crashed ${this.#restarts} times, the last one with: ${text}`;
      onMessage(member.slot, { kind: "failed", code: "WorkerCrashed", text: failure });
      return;
    }
    log("error", `worker ${member.slot} crashed and is replaced: ${text}`);
    this.#spawn(member.slot);
  }

  async #drainOne(member: Member, timeoutMs: number): Promise<void> {
    if (this.#members.get(member.slot) !== member) return;
    member.drained = Promise.withResolvers();
    member.worker.postMessage({ kind: "drain", timeoutMs } satisfies ToWorker);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<void>((resolve) => timer = setTimeout(resolve, timeoutMs + DRAIN_GRACE_MS));
    await Promise.race([member.drained.promise, timeout]);
    clearTimeout(timer);
    this.#end(member, "stopped");
  }

  #end(member: Member, state: "stopped" | "crashed"): void {
    if (this.#members.get(member.slot) !== member) return;
    this.#members.delete(member.slot);
    member.worker.terminate();
    this.#options.reader.workerEnded(member.slot, state);
  }
}
