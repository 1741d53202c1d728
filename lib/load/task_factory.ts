/** Puts together what workers start with. */
import type { RunConfig } from "../config/run_config.ts";
import { createDeliveryLog } from "./delivery_log.ts";
import type { RunOptions } from "./run_types.ts";
import { createProgress } from "./worker_progress.ts";
import type { WorkerTask } from "./worker_protocol.ts";

const NO_MEMORY = new SharedArrayBuffer(0);

export class TaskFactory {
  readonly memory: SharedArrayBuffer;
  /** Payloads of kind `file`. */
  payloads: readonly Uint8Array[] | undefined;
  readonly #options: RunOptions;
  #topics: readonly string[] = [];
  #deliveries = NO_MEMORY;

  constructor(memory: SharedArrayBuffer, options: RunOptions) {
    this.memory = memory;
    this.#options = options;
  }

  get topics(): readonly string[] {
    return this.#topics;
  }

  /** Before the first worker. */
  setTopics(topics: readonly string[], config: RunConfig): void {
    this.#topics = topics;
    if (config.role === "consumer") {
      this.#deliveries = createDeliveryLog(config.subscriptionType, topics.length);
    }
  }

  make(
    config: RunConfig,
    slot: number,
    streamWorker: number,
    state: Pick<WorkerTask, "isPaused" | "isHeld">,
  ): WorkerTask {
    const { token, adoptRun = false } = this.#options;
    return {
      config,
      memory: this.memory,
      slot,
      streamWorker,
      progress: config.role === "producer" ? createProgress(this.#topics.length) : NO_MEMORY,
      deliveries: this.#deliveries,
      instance: config.instance,
      adoptRun,
      ...state,
      topics: this.#topics,
      ...(this.payloads === undefined ? {} : { payloads: this.payloads }),
      ...(token === undefined ? {} : { token }),
    };
  }
}
