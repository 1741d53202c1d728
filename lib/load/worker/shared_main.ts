/** Entry point of the one thread that all workers of a process share, where the client allows no second one. */
import type { FromShared, ToShared } from "./protocol.ts";
import { TaskHost } from "./task_host.ts";

const hosts = new Map<number, TaskHost>();
const post = (message: FromShared): void => self.postMessage(message);

self.onmessage = ({ data: { id, message } }: MessageEvent<ToShared>) => {
  const known = hosts.get(id);
  if (message === undefined) {
    hosts.delete(id);
    known?.end();
    return;
  }
  const host = known ?? new TaskHost((answer) => {
    if (hosts.get(id) === host) post({ id, message: answer });
  });
  hosts.set(id, host);
  void host.handle(message);
};

self.addEventListener("error", (event) => {
  // Left alone, the runtime would print it across whatever is on the screen.
  event.preventDefault();
  fail(event.error);
});
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  fail(event.reason);
});

/** Nobody knows whose error it is, and no other thread can take over: nothing can go on. */
function fail(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  for (const [id, host] of hosts) {
    host.report();
    post({ id, message: { kind: "failed", code: "WorkerCrashed", text: `the one thread crashed: ${text}` } });
  }
}
