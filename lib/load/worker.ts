/** Entry point of a worker thread. */
import { shiftWall } from "./clock.ts";
import { ConsumerTask } from "./consumer_task.ts";
import { ProducerTask } from "./producer_task.ts";
import type { FromWorker, ToWorker, WorkerTask } from "./worker_protocol.ts";

const post = (message: FromWorker): void => self.postMessage(message);
let task: ProducerTask | ConsumerTask | undefined;

self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  try {
    await handle(data);
  } catch (error) {
    fail(error);
  }
};

// The thread is about to end with an error: what a consumer has acknowledged must not look lost.
self.addEventListener("error", () => {
  if (task instanceof ConsumerTask) task.report();
});

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
    case "limit":
      if (task instanceof ConsumerTask) task.setLimited(message.isLimited);
      return;
    case "drain":
      await task?.drain(message.timeoutMs);
      post({ kind: "drained" });
      return;
    case "crash":
      // Outside the handler's try: an uncaught error, as a bug would be.
      setTimeout(() => {
        throw new Error("crash on request");
      });
      return;
    case "hang":
      for (;;);
  }
}

function create(given: WorkerTask): ProducerTask | ConsumerTask {
  shiftWall(given.config.together?.clockShift ?? 0);
  return given.config.role === "producer"
    ? new ProducerTask(given, given.config, post)
    : new ConsumerTask(given, given.config, post);
}

function fail(error: unknown): void {
  const { message, stack, code } = error as Error & { code?: unknown };
  post({
    kind: "failed",
    code: typeof code === "string" ? code : "Other",
    text: message ?? String(error),
    ...(stack === undefined ? {} : { stack }),
  });
}
