/** Entry point of a worker thread. */
import { shiftWall } from "../clock.ts";
import { ConsumerTask } from "./consumer_task.ts";
import { ProducerTask } from "./producer_task.ts";
import { failed, type FromWorker, type ToWorker, type WorkerTask } from "./protocol.ts";

const post = (message: FromWorker): void => self.postMessage(message);
let task: ProducerTask | ConsumerTask | undefined;

self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  try {
    await handle(data);
  } catch (error) {
    post(failed(error));
  }
};

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
  // What a consumer has acknowledged must not look lost.
  if (task instanceof ConsumerTask) task.report();
  task?.trace?.close();
  post({ kind: "crashed", text: error instanceof Error ? error.message : String(error) });
  self.close();
}

async function handle(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case "start":
      task = create(message.task);
      await task.start();
      return;
    case "probe":
      if (task instanceof ProducerTask) await task.probe();
      return;
    case "pause":
    case "resume":
      if (task instanceof ConsumerTask) task.setPaused(message.kind === "pause");
      return;
    case "go":
      if (task instanceof ConsumerTask) task.go();
      return;
    case "limit":
      if (task instanceof ConsumerTask) task.setLimited(message.isLimited);
      return;
    case "topics":
      await task?.addTopics(message.places, message.deliveries);
      return;
    case "halt":
      if (!(task instanceof ConsumerTask)) return;
      task.halt();
      task.report();
      post({ kind: "halted" });
      return;
    case "drain":
      await task?.drain(message.timeoutMs);
      post({ kind: "drained" });
      return;
  }
}

function create(given: WorkerTask): ProducerTask | ConsumerTask {
  shiftWall(given.config.together?.clockShift ?? 0);
  return given.config.role === "producer"
    ? new ProducerTask(given, given.config, post)
    : new ConsumerTask(given, given.config, post);
}
