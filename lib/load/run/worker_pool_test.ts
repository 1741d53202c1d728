import assert from "node:assert/strict";
import { configOf } from "./load_run_test_support.ts";
import type { Thread, WorkerEnd } from "./pool_options.ts";
import { WorkerFailedError, WorkerPool } from "./worker_pool.ts";
import { createProgress, WorkerProgress } from "../worker/progress.ts";
import { createQuota } from "../schedule/consumer_quota.ts";
import type { FromWorker, ToWorker, WorkerTask } from "../worker/protocol.ts";

/** A worker that answers as it is told to, in turns of the event loop like a real one. */
class FakeThread implements Thread {
  onmessage: Thread["onmessage"] = null;
  onerror: Thread["onerror"] = null;
  readonly received: ToWorker["kind"][] = [];
  task!: WorkerTask;
  isTerminated = false;
  readonly #answers: (kind: ToWorker["kind"], thread: FakeThread) => FromWorker | undefined;
  /** What it was given to drain. */
  drainMs: number | undefined;

  constructor(answers: FakeThread["answers"]) {
    this.#answers = answers;
  }

  get answers(): (kind: ToWorker["kind"], thread: FakeThread) => FromWorker | undefined {
    return this.#answers;
  }

  get progress(): WorkerProgress {
    return new WorkerProgress(this.task.progress);
  }

  postMessage(message: ToWorker): void {
    assert.ok(!this.isTerminated, "nothing is said to a thread that has ended");
    this.received.push(message.kind);
    if (message.kind === "start") this.task = message.task;
    if (message.kind === "drain") this.drainMs = message.timeoutMs;
    const answer = this.#answers(message.kind, this);
    if (answer !== undefined) queueMicrotask(() => this.says(answer));
  }

  says(message: FromWorker): void {
    this.onmessage?.(new MessageEvent("message", { data: message }));
  }

  crashes(message: string): void {
    this.onerror?.(new ErrorEvent("error", { message, cancelable: true }));
  }

  terminate(): void {
    this.isTerminated = true;
  }
}

const obedient: FakeThread["answers"] = (kind) => {
  if (kind === "start") return { kind: "ready" };
  return kind === "drain" ? { kind: "drained" } : undefined;
};

class Stage {
  readonly threads: FakeThread[] = [];
  readonly ended: WorkerEnd[] = [];
  readonly logged: string[] = [];
  readonly heard: [number, FromWorker][] = [];
  readonly states: string[] = [];
  finished = 0;
  answers: FakeThread["answers"] = obedient;
  readonly pool: WorkerPool;

  constructor(options: { maxRestarts?: number; firstStreamWorker?: number } = {}) {
    const config = configOf("producer", {});
    this.pool = new WorkerPool({
      ...options,
      reader: {
        workerStarts: (slot, restarts) => void this.states.push(`${slot} starts ${restarts}`),
        workerEnded: (slot, state) => void this.states.push(`${slot} ${state}`),
      },
      task: (slot, streamWorker) => ({
        config,
        memory: new SharedArrayBuffer(0),
        slot,
        streamWorker,
        entries: new SharedArrayBuffer(0),
        isTracing: false,
        progress: createProgress(2),
        quota: createQuota(),
        deliveries: [],
        instance: 0,
        places: [{ topic: "a", index: 0 }, { topic: "b", index: 1 }],
        addedFrom: 2,
        laneBits: 12,
        spread: 0,
        followFirstRun: false,
        isPaused: false,
        isHeld: false,
      }),
      createWorker: () => {
        const thread = new FakeThread((...args) => this.answers(...args));
        this.threads.push(thread);
        return thread;
      },
      drainGraceMs: 5,
      onMessage: (slot, message) => void this.heard.push([slot, message]),
      log: (_level, text) => void this.logged.push(text),
      onAllFinished: () => void this.finished++,
      onEnded: (end) => void this.ended.push(end),
    });
  }

  get live(): number[] {
    return this.threads.filter(({ isTerminated }) => !isTerminated).map(({ task }) => task.slot).sort();
  }

  failures(): FromWorker[] {
    return this.heard.map(([, message]) => message).filter(({ kind }) => kind === "failed");
  }
}

Deno.test("every start of a worker has stream numbers of its own, from where the process may begin", async () => {
  const stage = new Stage({ firstStreamWorker: 128 });
  await stage.pool.start([0, 1]);
  stage.threads[1]!.crashes("oops");
  assert.deepEqual(stage.threads.map(({ task }) => [task.slot, task.streamWorker]), [[0, 128], [1, 129], [
    1,
    130,
  ]]);
  stage.pool.terminate();
  assert.deepEqual(stage.live, []);
});

Deno.test("a worker that cannot connect fails the start", async () => {
  const stage = new Stage();
  stage.answers = (kind, { task }) =>
    task.slot === 1
      ? { kind: "failed", code: "AuthorizationError", text: "not yours" }
      : obedient(kind, stage.threads[0]!);
  await assert.rejects(stage.pool.start([0, 1]), new WorkerFailedError("AuthorizationError", "not yours"));
  stage.pool.terminate();
  assert.deepEqual(stage.live, []);
});

Deno.test("ending the pool ends the wait of whoever starts workers", async () => {
  const stage = new Stage();
  stage.answers = () => undefined;
  const starting = stage.pool.start([0, 1, 2]);
  stage.pool.terminate();
  await assert.rejects(starting, { code: "Stopped" });
});

Deno.test("changes of the number of workers happen one after another, and the last one holds", async () => {
  const stage = new Stage();
  await stage.pool.start([0]);
  await Promise.all([stage.pool.resize(5, 100), stage.pool.resize(2, 100), stage.pool.resize(3, 100)]);
  assert.deepEqual(stage.live, [0, 1, 2]);
  assert.equal(stage.threads.length, 6);
  stage.pool.terminate();
});

Deno.test("an added worker that cannot connect is dropped, and the run goes on with the others", async () => {
  const stage = new Stage();
  await stage.pool.start([0]);
  stage.answers = () => ({ kind: "failed", code: "ConsumerBusy", text: "no more" });
  await assert.rejects(stage.pool.resize(2, 100), new WorkerFailedError("ConsumerBusy", "no more"));
  assert.deepEqual(stage.live, [0]);
  assert.deepEqual(stage.failures(), []);
  stage.pool.terminate();
});

Deno.test("workers are replaced one after another, each drained before its successor starts", async () => {
  const stage = new Stage();
  await stage.pool.start([0, 1]);
  await stage.pool.replaceAll(100);
  assert.deepEqual(stage.states, [
    "0 starts 0",
    "1 starts 0",
    "0 stopped",
    "0 starts 0",
    "1 stopped",
    "1 starts 0",
  ]);
  stage.pool.terminate();
});

Deno.test("a crashed worker is replaced and counted, up to a bound, and then the run fails once", async () => {
  const stage = new Stage({ maxRestarts: 2 });
  await stage.pool.start([0]);
  for (const text of ["first", "second", "third"]) stage.threads.at(-1)!.crashes(text);
  assert.deepEqual(stage.logged, [
    "worker 0 crashed and is replaced: first",
    "worker 0 crashed and is replaced: second",
  ]);
  assert.deepEqual(stage.states.slice(-2), ["0 starts 2", "0 crashed"]);
  assert.deepEqual(stage.failures(), [
    { kind: "failed", code: "WorkerCrashed", text: "workers crashed 3 times, the last one with: third" },
  ]);
  assert.deepEqual(stage.live, []);
});

Deno.test("a worker that crashes while it drains is not replaced", async () => {
  const stage = new Stage();
  await stage.pool.start([0, 1]);
  stage.answers = () => undefined;
  const resizing = stage.pool.resize(1, 100);
  await Promise.resolve();
  stage.threads[1]!.crashes("late");
  await resizing;
  assert.deepEqual(stage.live, [0]);
  stage.pool.terminate();
});

Deno.test("a worker that does not answer is ended after its time, and what it leaves behind is known", async () => {
  const stage = new Stage();
  await stage.pool.start([0, 1]);
  const { progress } = stage.threads[1]!;
  progress.take(100);
  progress.reserved = 7;
  progress.setSent(0, 50);
  progress.setConfirmed(0, 30);
  progress.setSent(1, 10);
  progress.setConfirmed(1, 10);
  assert.equal(stage.pool.outstanding, 40 + 20);
  assert.equal(stage.pool.unfinished, 40 + 20 + 7);
  stage.answers = (kind, { task }) => task.slot === 0 && kind === "drain" ? { kind: "drained" } : undefined;
  await stage.pool.drain(5);
  assert.deepEqual(stage.logged, ["worker 1 did not answer any more and was ended"]);
  const [hung, orderly] = stage.ended;
  assert.deepEqual(hung, {
    slot: 1,
    state: "stopped",
    reserved: 7,
    unsent: 40,
    unconfirmed: 20,
    hasReported: false,
  });
  assert.equal(orderly!.hasReported, true);
  const [first] = stage.pool.streams.filter(({ next }) => next === 50);
  assert.deepEqual(first!.unconfirmed, [[30, 50]]);
  assert.equal(stage.pool.streams.length, 4);
  assert.deepEqual(stage.live, []);
});

Deno.test("slot 0 is drained last", async () => {
  const stage = new Stage();
  await stage.pool.start([0, 1, 2]);
  await stage.pool.drain(100);
  assert.equal(stage.ended.at(-1)!.slot, 0);
});

Deno.test("all have finished when every live worker says so, also when the last one to do so is drained", async () => {
  const stage = new Stage();
  await stage.pool.start([0, 1]);
  stage.threads[0]!.says({ kind: "finished" });
  assert.equal(stage.finished, 0);
  await stage.pool.resize(1, 100);
  assert.equal(stage.finished, 1);
  stage.pool.rearm();
  await stage.pool.resize(2, 100);
  stage.threads[0]!.says({ kind: "finished" });
  assert.equal(stage.finished, 1, "after a refund everybody has to say so again");
  stage.threads[2]!.says({ kind: "finished" });
  assert.equal(stage.finished, 2);
  stage.threads[2]!.says({ kind: "finished" });
  assert.equal(stage.finished, 3, "and is heard whenever it does");
  stage.pool.terminate();
});

Deno.test("an added worker that cannot connect does not keep the others' end from being noticed", async () => {
  const stage = new Stage();
  await stage.pool.start([0]);
  stage.answers = () => undefined;
  const resized = stage.pool.resize(2, 100);
  await Promise.resolve();
  stage.threads[0]!.says({ kind: "finished" });
  assert.equal(stage.finished, 0, "the new one may have something to do");
  stage.threads[1]!.says({ kind: "failed", code: "Timeout", text: "nobody there" });
  await assert.rejects(resized);
  assert.equal(stage.finished, 1);
  stage.pool.terminate();
});

Deno.test("the pool's end takes its one limit at most, though no worker answers", async () => {
  const stage = new Stage();
  await stage.pool.start([0, 1, 2]);
  stage.answers = () => undefined;
  await stage.pool.drain(40);
  assert.deepEqual(stage.live, []);
  assert.equal(stage.logged.length, 3);
  // 5 ms of what each has are for the answer.
  const given = stage.threads.map(({ drainMs }) => drainMs!);
  assert.ok(given.every((ms) => ms <= 40 - 5), `${given}`);
  assert.ok(given[0]! <= 12, `${given[0]} ms for the last one`);
});

Deno.test("a run cannot start more workers than streams can be told apart", async () => {
  const stage = new Stage({ firstStreamWorker: 1023, maxRestarts: 5 });
  await stage.pool.start([0]);
  stage.threads[0]!.crashes("one too many");
  const [failure] = stage.failures();
  assert.match(failure!.kind === "failed" ? failure!.text : "", /at most 1024 workers in all/);
  assert.equal(stage.threads.length, 1);
});
