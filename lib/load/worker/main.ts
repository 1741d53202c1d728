/** Entry point of a worker thread. */
import type { FromWorker, ToWorker } from "./protocol.ts";
import { TaskHost } from "./task_host.ts";

const post = (message: FromWorker): void => self.postMessage(message);
const host = new TaskHost(post);

self.onmessage = ({ data }: MessageEvent<ToWorker>) => void host.handle(data);

self.addEventListener("error", (event) => {
  // Left alone, the runtime would print it across whatever is on the screen.
  event.preventDefault();
  crash(event.error);
});
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  crash(event.reason);
});

/** Nothing is known any more about the state of this thread: another one takes over. */
function crash(error: unknown): void {
  host.report();
  post({ kind: "crashed", text: error instanceof Error ? error.message : String(error) });
  self.close();
}
