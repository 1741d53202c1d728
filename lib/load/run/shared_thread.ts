/**
 * One thread for all workers of a process, for clients that a second thread must not load. The workers of all runs
 * live in it as tasks of their own; it ends with the last run, and there is no other one after it.
 */
import type { CommonConfig } from "../../config/run_config.ts";
import type { FromShared, FromWorker, ToShared, ToWorker } from "../worker/protocol.ts";
import type { Thread } from "./pool_options.ts";
import { WorkerFailedError } from "./worker_pool.ts";

/** What a `Worker` of `worker/shared_main.ts` is to this. */
export interface RealThread {
  onmessage: ((event: MessageEvent<FromShared>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: ToShared): void;
  terminate(): void;
}

export class SharedThread {
  readonly #start: () => RealThread;
  readonly #members = new Map<number, Member>();
  #thread: RealThread | undefined;
  #users = 0;
  #nextId = 0;
  #isOver = false;

  constructor(start: () => RealThread) {
    this.#start = start;
  }

  /** A run that will have workers in it. */
  enter(): void {
    this.#users++;
  }

  /** A run has ended, and its workers with it. */
  leave(): void {
    if (--this.#users > 0 || this.#thread === undefined) return;
    this.#isOver = true;
    this.#thread.terminate();
    this.#thread = undefined;
  }

  /** @throws {WorkerFailedError} once the thread has ended */
  createWorker(): Thread {
    if (this.#isOver) {
      throw new WorkerFailedError(
        "NativeAddon",
        "the native client was loaded in this process before, and can be loaded only once: start another process",
      );
    }
    this.#thread ??= this.#begin();
    const id = this.#nextId++;
    const member = new Member((message) => this.#thread?.postMessage({ id, message }), () => {
      if (this.#members.delete(id)) this.#thread?.postMessage({ id });
    });
    this.#members.set(id, member);
    return member;
  }

  #begin(): RealThread {
    const thread = this.#start();
    thread.onmessage = ({ data: { id, message } }) => this.#members.get(id)?.hear(message);
    thread.onerror = (event) => {
      event.preventDefault();
      const text = `the one thread of the native client ended: ${event.message}`;
      for (const member of [...this.#members.values()]) {
        member.hear({ kind: "failed", code: "WorkerCrashed", text });
      }
    };
    return thread;
  }
}

/** A worker in it, as the pool sees a thread. */
class Member implements Thread {
  onmessage: Thread["onmessage"] = null;
  onerror: Thread["onerror"] = null;

  constructor(readonly postMessage: (message: ToWorker) => void, readonly terminate: () => void) {}

  hear(message: FromWorker): void {
    this.onmessage?.(new MessageEvent("message", { data: message }));
  }
}

/** Where a run's workers live. */
export interface RunThreads {
  /** Makes the thread of a worker; absent, each gets its own. */
  readonly createWorker?: (() => Thread) | undefined;
  /** The run has ended. Idempotent. */
  leave(): void;
}

/** The one of this process. */
const shared = new SharedThread(() =>
  new Worker(new URL("../worker/shared_main.ts", import.meta.url), { type: "module" })
);

/** The wire client gives each worker a thread; the native one lets only one thread of a process load it. */
export function threadsFor(
  { driver }: Pick<CommonConfig, "driver">,
  thread: SharedThread = shared,
): RunThreads {
  if (driver === "wire") return { leave: () => {} };
  thread.enter();
  let hasLeft = false;
  return {
    createWorker: () => thread.createWorker(),
    leave: () => {
      if (!hasLeft) thread.leave();
      hasLeft = true;
    },
  };
}
