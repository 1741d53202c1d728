/** The share of one process in a run that several processes divide among themselves. */
import type { ProducerConfig, RunConfig, StageConfig } from "./run_config.ts";

/** Spreads seeds of neighbouring instances over all 32 bits (the golden ratio, as in Fibonacci hashing). */
const SEED_STEP = 0x9e3779b1;

/**
 * The share of this process: rate, stages, count, burst and keys divided by `instances`; together the shares are
 * the whole again. Every instance draws its own random numbers. A run of one process is returned as it is.
 *
 * Zipf keys are not divided: every instance draws from all of them, so that the frequencies stay those of the law.
 */
export function shareOf<C extends RunConfig>(config: C): C {
  const { instance, instances } = config;
  if (instances === 1) return config;
  const rate = typeof config.rate === "number" ? config.rate / instances : config.rate;
  const common = { rate, seed: (config.seed + Math.imul(instance, SEED_STEP)) >>> 0 };
  if (config.role === "consumer") return { ...config, ...common };
  return { ...config, ...common, ...producerShare(config) };
}

function producerShare(config: ProducerConfig): Partial<ProducerConfig> {
  const { instance, instances, stages, count, burst, keys, keyCount } = config;
  return {
    stages: stages.map((stage) => ({ ...stage, rate: stage.rate / instances })),
    count: count === undefined ? undefined : part(count, instance, instances).length,
    burst: burst === 0 ? 0 : Math.max(1, Math.round(burst / instances)),
    ...(keys === "none" || keys === "zipf" ? {} : keyShare(keyCount, instance, instances)),
  };
}

function keyShare(keyCount: number, instance: number, instances: number): Partial<ProducerConfig> {
  // Fewer keys than processes: some processes share one.
  if (keyCount < instances) return { keyCount: 1, keyFirst: instance % keyCount };
  const { start, length } = part(keyCount, instance, instances);
  return { keyCount: length, keyFirst: start };
}

/** Part `index` of `parts` nearly equal, adjoining parts of `0 … total − 1`. */
function part(total: number, index: number, parts: number): { start: number; length: number } {
  const start = Math.floor(total / parts) * index + Math.min(index, total % parts);
  return { start, length: Math.floor(total / parts) + (index < total % parts ? 1 : 0) };
}

/**
 * The partitions this process connects to. Producers divide them where that leaves each partition the same load, so
 * that connections do not grow with the square of the number of processes; producers that route by key hash need all
 * partitions. Consumers of an exclusive subscription must divide them. For other subscriptions the broker divides the
 * messages.
 *
 * @returns empty when an exclusive subscription has more consumer processes than the topic has partitions
 */
export function partitionShare<T>(config: RunConfig, partitions: readonly T[]): readonly T[] {
  const { instance, instances } = config;
  const isDivided = config.role === "producer"
    ? config.routing !== "key-hash" && partitions.length % instances === 0
    : config.subscriptionType === "exclusive";
  if (!isDivided) return partitions;
  return partitions.filter((_, index) => index % instances === instance);
}

/**
 * What is left of a run for a process that joins it late, because it was restarted.
 *
 * @param lateMs milliseconds since the run began
 * @returns undefined when the run is over
 */
export function remainderOf<C extends RunConfig>(config: C, lateMs: number): C | undefined {
  const warmupMs = Math.max(0, config.warmupMs - lateMs);
  const measuredMs = Math.max(0, lateMs - config.warmupMs);
  if (config.durationMs !== undefined && measuredMs >= config.durationMs) return undefined;
  const rest = {
    ...config,
    warmupMs,
    durationMs: config.durationMs === undefined ? undefined : config.durationMs - measuredMs,
  };
  if (config.role === "consumer" || config.stages.length === 0) return rest;
  const stages = remainingStages(config.stages, measuredMs);
  return stages.length === 0 ? undefined : { ...rest, stages };
}

function remainingStages(stages: readonly StageConfig[], elapsedMs: number): StageConfig[] {
  let left = elapsedMs;
  let before = 0;
  const remaining: StageConfig[] = [];
  for (const stage of stages) {
    const done = Math.min(left, stage.durationMs);
    left -= done;
    if (done < stage.durationMs) {
      if (done > 0 && stage.kind === "ramp") {
        // A ramp begins at the present rate, so a stage of 1 ms sets the rate that the ramp has reached.
        const rate = before + (stage.rate - before) * done / stage.durationMs;
        remaining.push({ kind: "hold", durationMs: 1, rate });
      }
      remaining.push({ ...stage, durationMs: stage.durationMs - done });
    }
    before = stage.rate;
  }
  return remaining;
}
