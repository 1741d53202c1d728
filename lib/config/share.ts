/** The share of one process in a run that several processes divide among themselves. */
import type { ProducerConfig, RunConfig, StageConfig } from "./run_config.ts";

/** Spreads seeds of neighbouring instances over all 32 bits (the golden ratio, as in Fibonacci hashing). */
const SEED_STEP = 0x9e3779b1;

/** Adjoining units of a whole: from `from` up to, but without, `to`, of `of`. */
export interface Units {
  readonly from: number;
  readonly to: number;
  readonly of: number;
}

/**
 * The share of this process: rate, stages, count, burst and keys divided by `instances`; together the shares are
 * the whole again. Every instance draws its own random numbers. A run of one process is returned as it is.
 *
 * Zipf keys are not divided: every instance draws from all of them, so that the frequencies stay those of the law.
 */
export function shareOf<C extends RunConfig>(config: C): C {
  const { instance, instances } = config;
  if (instances === 1) return config;
  const share = unitShareOf(config, instance, { from: instance, to: instance + 1, of: instances });
  if (share.role === "consumer") return share;
  return { ...share, ...keyShare(share, instance, instances) };
}

/**
 * The share of rate, stages, count and burst that goes with some of the units that a load consists of, such as topics;
 * the shares of all units are the whole again.
 *
 * @param number of the process among those that share; each draws its own random numbers
 */
export function unitShareOf<C extends RunConfig>(config: C, number: number, units: Units): C {
  const { from, to, of } = units;
  const part = (whole: number): number => whole * (to - from) / of;
  const rate = typeof config.rate === "number" ? part(config.rate) : config.rate;
  const common = { rate, seed: (config.seed + Math.imul(number, SEED_STEP)) >>> 0 };
  if (config.role === "consumer") return { ...config, ...common };
  const { stages, count, burst } = config as ProducerConfig;
  return {
    ...config,
    ...common,
    stages: stages.map((stage) => ({ ...stage, rate: part(stage.rate) })),
    count: count === undefined ? undefined : spread(count, of, to) - spread(count, of, from),
    burst: burst === 0 ? 0 : Math.max(1, Math.round(part(burst))),
  };
}

/** What the first `units` of `of` units get of a number that is dealt out evenly, what is left over to the first ones. */
function spread(whole: number, of: number, units: number): number {
  return Math.floor(whole / of) * units + Math.min(units, whole % of);
}

/**
 * The keys of a process where each key is to come from one process only, as the order of a key's messages asks for.
 *
 * @param index of `processes` that share the topics
 */
export function keyShare(
  { keys, keyCount }: Pick<ProducerConfig, "keys" | "keyCount">,
  index: number,
  processes: number,
): Partial<Pick<ProducerConfig, "keyCount" | "keyFirst">> {
  if (keys === "none" || keys === "zipf") return {};
  // Fewer keys than processes: some processes share one.
  if (keyCount < processes) return { keyCount: 1, keyFirst: index % keyCount };
  const first = spread(keyCount, processes, index);
  return { keyCount: spread(keyCount, processes, index + 1) - first, keyFirst: first };
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
