/** How many workers may share out the producers or consumers of many topics. */
import type { RunConfig } from "../../config/run_config.ts";
import { plural } from "../../config/units.ts";
import type { RunLog } from "./log.ts";
import type { TaskFactory } from "./task_factory.ts";
import { WorkerFailedError, type WorkerPool } from "./worker_pool.ts";

/**
 * What is possible of a wish: no worker without a topic, which would only take away what others could send; and where
 * order is judged, no two consumers of a topic in one worker.
 */
export function spreadWorkers(
  config: RunConfig,
  wanted: number,
  { lanes, perTopic = 1 }: { readonly lanes: number; readonly perTopic?: number | undefined },
  log: RunLog,
): number {
  const isOrdered = config.role === "consumer" && config.subscriptionType !== "shared";
  const least = isOrdered ? perTopic : 1;
  if (wanted < least) {
    log.add(
      "warn",
      `${perTopic} consumers of each topic are in as many workers where order is judged: ${least}, not ${wanted}`,
    );
  }
  if (wanted > lanes) log.add("warn", `${lanes} to share out: ${plural(lanes, "worker")}, not ${wanted}`);
  return Math.min(lanes, Math.max(wanted, least));
}

/** Why a run cannot go on with another number of workers; undefined when it can. */
function shareProblem({ role }: RunConfig, topics: readonly string[]): string | undefined {
  // While one set of consumers goes and another comes, nobody is there: only a subscription of a persistent topic waits.
  const topic = topics.find((name) => name.startsWith("non-persistent:"));
  return role === "consumer" && topic !== undefined
    ? `'${topic}' would lose what is sent while its consumers change workers`
    : undefined;
}

interface Sharing {
  /** As it is before. */
  readonly config: RunConfig;
  /** That there are to be. */
  readonly workers: number;
  /** Makes the new number that of the run. */
  set(): void;
}

interface SharingOptions {
  /** Longest wait for a worker that shall go, ms. */
  readonly drainMs: number;
  /** Fires when the run ends. */
  readonly ending: AbortSignal;
  /** Some of the run's producers or consumers cannot be opened any more. */
  onFailed(error: WorkerFailedError): void;
}

/**
 * Another number of workers shares out all topics anew, so every worker is a fresh one, with streams of its own.
 *
 * @throws {WorkerFailedError} when the number cannot change, or a new worker could not connect
 */
export async function shareAnew(
  { drainMs, onFailed, ending }: SharingOptions,
  pool: WorkerPool,
  tasks: TaskFactory,
  { config, workers, set }: Sharing,
): Promise<void> {
  if (workers === config.workers) return;
  const problem = shareProblem(config, tasks.topics) ??
    (pool.hasRoom(workers, tasks.laneBitsFor(workers))
      ? undefined
      : "stream ids of this run have no room for so many more workers");
  if (problem !== undefined) {
    throw new WorkerFailedError("Spread", `${problem}: the number of workers stays`);
  }
  let isShared = false;
  try {
    await pool.share(workers, drainMs, () => {
      set();
      tasks.share(workers);
      isShared = true;
    });
  } catch (error) {
    if (ending.aborted) return;
    // Topics without their producers or consumers are not what was asked for: those that are missing get one more try.
    if (isShared) await pool.resize(workers, drainMs).catch((again) => onFailed(again as WorkerFailedError));
    throw error;
  }
}
