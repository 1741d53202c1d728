/** Partitions that are added to a run's topics while it goes on: found by looking now and then, and used by all workers. */
import type { Role, RunConfig } from "../../config/run_config.ts";
import { partitionIndex } from "../../client/mod.ts";
import type { RunLog } from "./log.ts";
import { PartitionWatch } from "./partition_watch.ts";
import type { TaskFactory } from "./task_factory.ts";
import { listTopics, namedTopics } from "./topics.ts";
import type { RunOptions } from "./types.ts";
import type { WorkerPool } from "./worker_pool.ts";

export interface AddedPartitionsOptions {
  readonly run: RunOptions;
  readonly tasks: TaskFactory;
  readonly pool: Pick<WorkerPool, "addTopics">;
  readonly log: RunLog;
  /** Fires when the run ends: nothing new may begin. */
  readonly ending: AbortSignal;
  /** Fires when nothing of the run must be left behind. */
  readonly ended: AbortSignal;
  config(): RunConfig;
}

export class AddedPartitions {
  readonly #options: AddedPartitionsOptions;
  #watch: PartitionWatch | undefined;
  /** Partitions were added since the run began. */
  #hasGrown = false;

  constructor(options: AddedPartitionsOptions) {
    this.#options = options;
  }

  /** Resolves when no look is under way. */
  get settled(): Promise<void> {
    return this.#watch?.settled ?? Promise.resolve();
  }

  /** Looks from now on; a topic that is not partitioned stays so. */
  watch(): void {
    const { run, tasks, ending, ended, config } = this.#options;
    const { partitionDiscoveryMs: periodMs } = config();
    if (periodMs === 0 || tasks.topics.every((topic) => partitionIndex(topic) < 0)) return;
    this.#watch = new PartitionWatch({
      periodMs,
      list: () => listTopics(config(), namedTopics(run), run.token, ended),
      onList: (topics) => {
        if (!ending.aborted) this.#use(topics);
      },
    });
  }

  tick(): void {
    this.#watch?.tick();
  }

  #use(listed: readonly string[]): void {
    const { run, tasks, pool, log, config } = this.#options;
    const known = new Set(tasks.topics);
    const added = listed.filter((topic) => !known.has(topic)).slice(0, tasks.room);
    if (added.length > 0) {
      tasks.addTopics(added, config());
      this.#hasGrown = true;
      run.onPartitions?.(known.size, tasks.topics.length);
      log.add("info", addedText(namedTopics(run).names, added.length, tasks.topics.length, config().role));
    }
    // Also for workers that could not open all of them the last time.
    if (this.#hasGrown) pool.addTopics((slot) => tasks.placesOf(slot), tasks.deliveries);
  }
}

/** `2 partitions were added to 't', all 6 are read from now on`. */
function addedText(names: readonly string[], added: number, all: number, role: Role): string {
  const topic = names.length === 1 ? `'${names[0]}'` : `${names.length} topics`;
  const were = added === 1 ? "1 partition was" : `${added} partitions were`;
  return `${were} added to ${topic}, all ${all} are ${role === "producer" ? "used" : "read"} from now on`;
}
