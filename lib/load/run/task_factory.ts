/** Puts together what workers start with. */
import type { RunConfig } from "../../config/run_config.ts";
import { createQuota } from "../schedule/consumer_quota.ts";
import { createDeliveryLog } from "../verify/delivery_log.ts";
import type { RunOptions } from "./types.ts";
import { createProgress } from "../worker/progress.ts";
import type { DeliveryPart, WorkerTask } from "../worker/protocol.ts";

const NO_MEMORY = new SharedArrayBuffer(0);

export class TaskFactory {
  readonly memory: SharedArrayBuffer;
  /** Payloads of kind `file`. */
  payloads: readonly Uint8Array[] | undefined;
  /** Memory of what all workers of a consumer may still take. */
  readonly quota: SharedArrayBuffer;
  readonly #options: RunOptions;
  #topics: readonly string[] = [];
  #deliveries: readonly DeliveryPart[] = [];
  #addedFrom = 0;

  constructor(memory: SharedArrayBuffer, options: RunOptions) {
    this.memory = memory;
    this.#options = options;
    this.quota = createQuota();
  }

  get topics(): readonly string[] {
    return this.#topics;
  }

  get deliveries(): readonly DeliveryPart[] {
    return this.#deliveries;
  }

  /** Before the first worker. */
  setTopics(topics: readonly string[], config: RunConfig): void {
    this.#addedFrom = topics.length;
    this.addTopics(topics, config);
  }

  /** Partitions that came while the run goes on: behind those that there are, whose places do not change. */
  addTopics(topics: readonly string[], config: RunConfig): void {
    this.#topics = [...this.#topics, ...topics];
    if (config.role === "producer") return;
    const memory = createDeliveryLog(config.subscriptionType, topics.length);
    this.#deliveries = [...this.#deliveries, { memory, topics: topics.length }];
  }

  make(
    config: RunConfig,
    slot: number,
    streamWorker: number,
    state: Pick<WorkerTask, "isPaused" | "isHeld">,
  ): WorkerTask {
    const { token, followFirstRun = false } = this.#options;
    return {
      config,
      memory: this.memory,
      slot,
      streamWorker,
      progress: config.role === "producer" ? createProgress(this.#topics.length) : NO_MEMORY,
      deliveries: this.#deliveries,
      quota: this.quota,
      instance: config.instance,
      followFirstRun,
      ...state,
      topics: this.#topics,
      addedFrom: this.#addedFrom,
      payloads: this.payloads,
      token,
    };
  }
}
