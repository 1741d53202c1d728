import assert from "node:assert/strict";
import type { FromWorker, ToShared, ToWorker } from "../worker/protocol.ts";
import { type RealThread, SharedThread, threadsFor } from "./shared_thread.ts";

const PAUSE: ToWorker = { kind: "pause" };
const native = { driver: "native" } as const;

function stage() {
  const threads: (RealThread & { readonly sent: ToShared[]; isTerminated: boolean })[] = [];
  const shared = new SharedThread(() => {
    const sent: ToShared[] = [];
    const thread = {
      sent,
      isTerminated: false,
      onmessage: null,
      onerror: null,
      postMessage: (message: ToShared) => void sent.push(message),
      terminate: () => void (thread.isTerminated = true),
    };
    threads.push(thread);
    return thread;
  });
  const answer = (id: number, message: FromWorker): void =>
    threads[0]!.onmessage!(new MessageEvent("message", { data: { id, message } }));
  return { shared, threads, answer };
}

Deno.test("the workers of all runs live in one thread, and each hears what is for it", () => {
  const { shared, threads, answer } = stage();
  const [first, second] = [threadsFor(native, shared), threadsFor(native, shared)];
  const workers = [first.createWorker!(), first.createWorker!(), second.createWorker!()];
  const heard: string[] = [];
  for (const [at, worker] of workers.entries()) {
    worker.onmessage = ({ data }) => heard.push(`${at} ${data.kind}`);
    worker.postMessage(PAUSE);
  }
  assert.equal(threads.length, 1);
  assert.deepEqual(threads[0]!.sent, [0, 1, 2].map((id) => ({ id, message: PAUSE })));
  answer(1, { kind: "ready" });
  answer(2, { kind: "drained" });
  assert.deepEqual(heard, ["1 ready", "2 drained"]);
});

Deno.test("a worker that is ended leaves the thread to the others, and its place to a new one", () => {
  const { shared, threads, answer } = stage();
  const { createWorker } = threadsFor(native, shared);
  const old = createWorker!();
  const heard: string[] = [];
  old.onmessage = ({ data }) => heard.push(`old ${data.kind}`);
  old.terminate();
  old.terminate();
  assert.deepEqual(threads[0]!.sent, [{ id: 0 }]);
  answer(0, { kind: "ready" });
  const next = createWorker!();
  next.onmessage = ({ data }) => heard.push(`next ${data.kind}`);
  answer(1, { kind: "ready" });
  assert.deepEqual(heard, ["next ready"]);
  assert.equal(threads.length, 1);
});

Deno.test("the thread ends with the last run, and no other one may load the addon after it", () => {
  const { shared, threads } = stage();
  const [first, second] = [threadsFor(native, shared), threadsFor(native, shared)];
  first.createWorker!();
  first.leave();
  first.leave();
  assert.equal(threads[0]!.isTerminated, false);
  second.leave();
  assert.equal(threads[0]!.isTerminated, true);
  assert.throws(() => threadsFor(native, shared).createWorker!(), /loaded only once: start another process/);
});

Deno.test("when the thread itself ends, every worker in it has failed", () => {
  const { shared, threads } = stage();
  const { createWorker } = threadsFor(native, shared);
  const heard: FromWorker[] = [];
  for (let count = 0; count < 2; count++) createWorker!().onmessage = ({ data }) => heard.push(data);
  const event = new ErrorEvent("error", { message: "out of memory", cancelable: true });
  threads[0]!.onerror!(event);
  assert.ok(event.defaultPrevented);
  assert.deepEqual(heard.map((message) => message.kind === "failed" && message.text), [
    "the one thread of the native client ended: out of memory",
    "the one thread of the native client ended: out of memory",
  ]);
});

Deno.test("workers of the wire client have threads of their own", () => {
  const { shared, threads } = stage();
  const { createWorker, leave } = threadsFor({ driver: "wire" }, shared);
  assert.equal(createWorker, undefined);
  leave();
  assert.equal(threads.length, 0);
});
