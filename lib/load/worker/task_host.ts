/** A producer or consumer task, and what the main thread tells it: the part of a worker that does not know its thread. */
import { shiftWall } from "../clock.ts";
import { engineConfig } from "./connect_driver.ts";
import { ConsumerTask } from "./consumer_task.ts";
import { ProducerTask } from "./producer_task.ts";
import { failed, type FromWorker, type ToWorker, type WorkerTask } from "./protocol.ts";

export class TaskHost {
  readonly #post: (message: FromWorker) => void;
  #task: ProducerTask | ConsumerTask | undefined;
  #isDraining = false;

  constructor(post: (message: FromWorker) => void) {
    this.#post = post;
  }

  /** Never rejects: what goes wrong is posted. */
  async handle(message: ToWorker): Promise<void> {
    try {
      await this.#handle(message);
    } catch (error) {
      this.#post(failed(error));
    }
  }

  /** Ends what has not been drained: its thread lives on. */
  end(): void {
    if (!this.#isDraining) void this.handle({ kind: "drain", timeoutMs: 0, isReplaced: false });
  }

  /** The thread ends: what a consumer has acknowledged must not look lost, and what was traced not be missing. */
  report(): void {
    if (this.#task instanceof ConsumerTask) this.#task.report();
    this.#task?.trace?.close();
  }

  async #handle(message: ToWorker): Promise<void> {
    switch (message.kind) {
      case "start":
        this.#task = this.#create(message.task);
        await this.#task.start();
        return;
      case "probe":
        if (this.#task instanceof ProducerTask) await this.#task.probe();
        return;
      case "pause":
      case "resume":
        if (this.#task instanceof ConsumerTask) this.#task.setPaused(message.kind === "pause");
        return;
      case "go":
        if (this.#task instanceof ConsumerTask) this.#task.go();
        return;
      case "limit":
        if (this.#task instanceof ConsumerTask) this.#task.setLimited(message.isLimited);
        return;
      case "topics":
        await this.#task?.addTopics(message.places, message.deliveries);
        return;
      case "halt":
        if (!(this.#task instanceof ConsumerTask)) return;
        this.#task.halt();
        this.#task.report();
        this.#post({ kind: "halted" });
        return;
      case "drain":
        this.#isDraining = true;
        await this.#task?.drain(message.timeoutMs, message.isReplaced);
        this.#post({ kind: "drained" });
        return;
    }
  }

  #create(given: WorkerTask): ProducerTask | ConsumerTask {
    shiftWall(given.config.together?.clockShift ?? 0);
    const config = engineConfig(given.config);
    return config.role === "producer"
      ? new ProducerTask(given, config, this.#post)
      : new ConsumerTask(given, config, this.#post);
  }
}
