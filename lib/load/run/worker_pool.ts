/**
 * The workers of a run: started, resized, replaced after a crash, drained and ended. A worker that dies is replaced
 * (a bounded number of times) and can never keep a run from ending.
 */
import type { StreamExpectation } from "../verify/verdict.ts";
import { within } from "../../transport/timing.ts";
import { workersOf } from "../header/header.ts";
import { growProgress, WorkerProgress } from "../worker/progress.ts";
import type { DeliveryPart, FromWorker, Place, ToWorker, WorkerTask } from "../worker/protocol.ts";
import type { PoolOptions, Thread } from "./pool_options.ts";
import { Resends } from "./resends.ts";

/** The run cannot go on: what a worker reported, or too many crashes. */
export class WorkerFailedError extends Error {
  override readonly name = "WorkerFailedError";
  constructor(readonly code: string, message: string, readonly workerStack?: string | undefined) {
    super(message);
  }
}

/** Why a worker was started: what happens when it cannot, or dies before it is ready. */
type Purpose = "start" | "resize" | "replacement";

interface Member {
  readonly slot: number;
  readonly task: WorkerTask;
  /** What it opens, now. */
  places: readonly Place[];
  readonly thread: Thread;
  readonly progress: WorkerProgress;
  /** Producer: what was sent again. */
  readonly resends: Resends;
  readonly purpose: Purpose;
  readonly ready: PromiseWithResolvers<void>;
  readonly halted: PromiseWithResolvers<void>;
  readonly drained: PromiseWithResolvers<void>;
  isReady: boolean;
  isFinished: boolean;
  hasReported: boolean;
  draining: Promise<void> | undefined;
}

const DRAIN_GRACE_MS = 3000;
/** Part of the time for ending a pool that is kept for the worker that ends last. */
const LAST_SHARE = 0.3;
/** Part for all consumers to stop before any closes; one that hangs must not keep the others. */
const HALT_SHARE = 0.2;

export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #members = new Map<number, Member>();
  readonly #streams: StreamExpectation[] = [];
  readonly #restartsOf = new Map<number, number>();
  #nextStreamWorker: number;
  #restarts = 0;
  #resent = 0;
  #isEnding = false;
  /** Changes of the pool happen one after another. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#nextStreamWorker = options.firstStreamWorker ?? 0;
  }

  /** Workers that were replaced after a crash. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Slots that live workers hold without having sent them, and messages that they wait for the receipts of. */
  get outstanding(): number {
    let sum = 0;
    for (const { progress } of this.#members.values()) sum += progress.unsent + progress.unconfirmed;
    return sum;
  }

  /** The same, and the slots that they keep for themselves. */
  get unfinished(): number {
    let sum = this.outstanding;
    for (const { progress } of this.#members.values()) sum += progress.reserved;
    return sum;
  }

  /** Messages that were sent again after a reconnect: a broker without de-duplication may hold them twice. */
  get resent(): number {
    let sum = this.#resent;
    for (const { progress } of this.#members.values()) sum += progress.resent;
    return sum;
  }

  /** What was sent, by stream: of workers that have ended, however they did, and of live ones up to now. */
  get streams(): StreamExpectation[] {
    return [...this.#streams, ...[...this.#members.values()].flatMap(streamsOf)];
  }

  /**
   * Starts workers in the given slots; resolves when all are connected.
   *
   * @throws {WorkerFailedError} when one of them cannot, or the pool is ended meanwhile
   */
  start(slots: readonly number[]): Promise<void> {
    return this.#start(slots, "start");
  }

  async #start(slots: readonly number[], purpose: Purpose): Promise<void> {
    const started = slots.map((slot) => this.#spawn(slot, purpose));
    await Promise.all(started.map((member) => member.ready.promise));
  }

  /**
   * Starts or drains workers until there are `count`. Slots are 0 … count − 1.
   *
   * @throws {WorkerFailedError} when a new one cannot connect; those that could stay
   */
  resize(count: number, drainMs: number): Promise<void> {
    return this.#inTurn(async () => {
      const surplus = [...this.#members.values()].filter((member) => member.slot >= count);
      const missing = Array.from({ length: count }, (_, slot) => slot).filter((slot) =>
        !this.#members.has(slot)
      );
      await Promise.all([
        ...surplus.map((member) => this.#drain(member, drainMs)),
        this.#start(missing, "resize"),
      ]);
    });
  }

  /** Replaces every worker by a fresh one, one after another, so that the load goes on. */
  replaceAll(drainMs: number): Promise<void> {
    return this.#inTurn(async () => {
      for (const { slot } of [...this.#members.values()]) {
        const member = this.#members.get(slot);
        if (this.#isEnding) return;
        if (member !== undefined) await this.#drain(member, drainMs);
        if (!this.#isEnding) await this.#start([slot], "resize");
      }
    });
  }

  /**
   * Ends all workers and starts `count` fresh ones, which share out anew what there is to open. Consumers stop together
   * before any closes, and none begins before all have gone: nothing is taken twice, and no topic has too many.
   *
   * @param onGone between the two: what the fresh ones start with may be changed
   * @throws {WorkerFailedError} when one cannot connect; those that could stay
   */
  share(count: number, drainMs: number, onGone: () => void): Promise<void> {
    return this.#inTurn(async () => {
      const members = [...this.#members.values()];
      await this.#halt(members.filter(({ task }) => task.config.role === "consumer"), drainMs * HALT_SHARE);
      await Promise.all(members.map((member) => this.#drain(member, drainMs)));
      // One that crashed meanwhile has been replaced.
      for (const member of [...this.#members.values()]) await this.#drain(member, drainMs);
      if (this.#isEnding) return;
      onGone();
      await this.#start(Array.from({ length: count }, (_, slot) => slot), "resize");
    });
  }

  /** Whether stream ids can number so many more workers, each with lanes of so many bits. */
  hasRoom(count: number, laneBits: number): boolean {
    return this.#nextStreamWorker + count <= workersOf(laneBits);
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(() => this.#isEnding ? undefined : change());
    this.#turn = turn.catch(() => {});
    return turn;
  }

  send(message: ToWorker): void {
    for (const member of this.#members.values()) member.thread.postMessage(message);
  }

  sendTo(slot: number, message: ToWorker): void {
    this.#members.get(slot)?.thread.postMessage(message);
  }

  /** The run has this many topics now: makes room for what workers say of each, and tells them. */
  addTopics(places: (slot: number) => readonly Place[], deliveries: readonly DeliveryPart[]): void {
    for (const member of this.#members.values()) {
      const { slot, task, thread } = member;
      const all = member.places = places(slot);
      if (task.config.role === "producer") growProgress(task.progress, all.length);
      thread.postMessage({ kind: "topics", places: all, deliveries });
    }
  }

  /** There is more to do: workers that have finished are to say so again. */
  rearm(): void {
    for (const member of this.#members.values()) member.isFinished = false;
  }

  /**
   * Ends all workers, after they have finished what is in flight or the time is up. Slot 0 ends last. All of it together
   * takes no longer than the limit, also when workers do not answer.
   */
  async drain(limitMs: number): Promise<void> {
    this.#isEnding = true;
    const deadline = performance.now() + limitMs;
    const { drainGraceMs = DRAIN_GRACE_MS } = this.#options;
    const drain = (member: Member, silentAfterMs: number): Promise<void> =>
      this.#drain(member, Math.max(0, silentAfterMs - drainGraceMs), silentAfterMs);
    const members = [...this.#members.values()];
    await this.#halt(members.filter(({ task }) => task.config.role === "consumer"), limitMs * HALT_SHARE);
    const [first, others] = [
      members.filter(({ slot }) => slot === 0),
      members.filter(({ slot }) => slot > 0),
    ];
    await Promise.all(
      others.map((member) => drain(member, Math.max(0, deadline - limitMs * LAST_SHARE - performance.now()))),
    );
    await Promise.all(first.map((member) => drain(member, Math.max(0, deadline - performance.now()))));
  }

  /** No consumer closes before all have stopped: what it was sent ahead would move to one that reads on. */
  async #halt(members: readonly Member[], timeoutMs: number): Promise<void> {
    if (members.length === 0) return;
    for (const { thread } of members) thread.postMessage({ kind: "halt" });
    await within(timeoutMs, Promise.all(members.map(({ halted }) => halted.promise)));
  }

  /** Ends all workers at once. */
  terminate(): void {
    this.#isEnding = true;
    for (const member of [...this.#members.values()]) this.#end(member, "stopped");
  }

  #spawn(slot: number, purpose: Purpose): Member {
    const { reader, createWorker } = this.#options;
    const streamWorker = this.#nextStreamWorker;
    const task = this.#options.task(slot, streamWorker);
    const most = workersOf(task.laneBits);
    if (streamWorker >= most) {
      throw new WorkerFailedError(
        "TooManyWorkers",
        `a run can start at most ${most} workers in all: no further one is started`,
      );
    }
    this.#nextStreamWorker++;
    reader.workerStarts(slot, this.#restartsOf.get(slot) ?? 0);
    this.#options.onStarted?.(slot);
    const member: Member = {
      slot,
      task,
      places: task.places,
      thread: createWorker?.(slot) ?? newThread(),
      progress: new WorkerProgress(task.progress),
      resends: new Resends(),
      purpose,
      ready: Promise.withResolvers(),
      halted: Promise.withResolvers(),
      drained: Promise.withResolvers(),
      isReady: false,
      isFinished: false,
      hasReported: false,
      draining: undefined,
    };
    // A failed start is heard through `start`; when nobody waits there any more it is no unhandled error.
    member.ready.promise.catch(() => {});
    this.#members.set(slot, member);
    member.thread.onmessage = ({ data }) => this.#onMessage(member, data);
    member.thread.onerror = (event) => {
      event.preventDefault();
      this.#onCrash(member, event.message);
    };
    member.thread.postMessage({ kind: "start", task });
    return member;
  }

  #onMessage(member: Member, message: FromWorker): void {
    if (this.#members.get(member.slot) !== member) return;
    switch (message.kind) {
      case "ready":
        member.isReady = true;
        member.ready.resolve();
        break;
      case "halted":
        member.halted.resolve();
        break;
      case "drained":
        member.hasReported = true;
        member.drained.resolve();
        break;
      case "crashed":
        this.#onCrash(member, message.text);
        return;
      case "resent":
        member.resends.add(message.lane, message.from, message.to);
        return;
      case "finished":
        member.isFinished = true;
        this.#checkFinished();
        break;
      case "failed": {
        const error = new WorkerFailedError(message.code, message.text, message.stack);
        // Who wanted another worker hears that there is none; the run goes on with those that there are.
        const isExtra = member.purpose === "resize" && !member.isReady;
        if (!isExtra) {
          member.ready.reject(error);
          break;
        }
        this.#end(member, "stopped", error);
        // The others may have finished long ago, and say so only once.
        this.#checkFinished();
        return;
      }
    }
    this.#options.onMessage(member.slot, message);
  }

  #checkFinished(): void {
    if (this.#isEnding || this.#members.size === 0) return;
    for (const { isFinished } of this.#members.values()) if (!isFinished) return;
    this.#options.onAllFinished();
  }

  #onCrash(member: Member, text: string): void {
    if (this.#members.get(member.slot) !== member) return;
    const { log, maxRestarts = 10 } = this.#options;
    const { slot } = member;
    this.#end(member, "crashed", new WorkerFailedError("WorkerCrashed", `worker ${slot} crashed: ${text}`));
    const isWaitedFor = !member.isReady && member.purpose !== "replacement";
    if (this.#isEnding || member.draining !== undefined || isWaitedFor) return;
    this.#restarts++;
    this.#restartsOf.set(slot, (this.#restartsOf.get(slot) ?? 0) + 1);
    if (this.#restarts > maxRestarts) {
      this.#giveUp(
        slot,
        "WorkerCrashed",
        `workers crashed ${this.#restarts} times, the last one with: ${text}`,
      );
      return;
    }
    log("error", `worker ${slot} crashed and is replaced: ${text}`);
    try {
      this.#spawn(slot, "replacement");
    } catch (error) {
      this.#giveUp(slot, "TooManyWorkers", (error as Error).message);
    }
  }

  #giveUp(slot: number, code: string, text: string): void {
    this.#options.onMessage(slot, { kind: "failed", code, text });
  }

  /** @param silentAfterMs when a worker that has not answered is ended */
  #drain(member: Member, timeoutMs: number, silentAfterMs?: number): Promise<void> {
    const { drainGraceMs = DRAIN_GRACE_MS } = this.#options;
    return member.draining ??= this.#drainOnce(member, timeoutMs, silentAfterMs ?? timeoutMs + drainGraceMs);
  }

  async #drainOnce(member: Member, timeoutMs: number, silentAfterMs: number): Promise<void> {
    if (this.#members.get(member.slot) !== member) return;
    const { log } = this.#options;
    member.thread.postMessage({ kind: "drain", timeoutMs, isReplaced: !this.#isEnding });
    const isDrained = await within(silentAfterMs, member.drained.promise);
    if (!isDrained) log("error", `worker ${member.slot} did not answer any more and was ended`);
    this.#end(member, "stopped");
    this.#checkFinished();
  }

  #end(member: Member, state: "stopped" | "crashed", reason?: WorkerFailedError): void {
    const { slot, progress, task } = member;
    if (this.#members.get(slot) !== member) return;
    this.#members.delete(slot);
    member.thread.terminate();
    member.halted.resolve();
    member.drained.resolve();
    member.ready.reject(reason ?? new WorkerFailedError("Stopped", `worker ${slot} was stopped`));
    this.#streams.push(...streamsOf(member));
    this.#resent += progress.resent;
    this.#options.reader.workerEnded(slot, state);
    if (task.config.role === "consumer") return;
    const { reserved, unsent, unconfirmed } = progress;
    this.#options.onEnded?.({ slot, state, reserved, unsent, unconfirmed, hasReported: member.hasReported });
  }
}

function newThread(): Thread {
  return new Worker(new URL("../worker/main.ts", import.meta.url), { type: "module" });
}

function streamsOf({ task, progress, resends, places }: Member): StreamExpectation[] {
  if (task.config.role === "consumer") return [];
  const streams = progress.streams(task.instance, task.streamWorker, task.laneBits);
  return streams.map((stream, lane) => ({ ...resends.of(lane, stream), topic: places[lane]?.topic }));
}
