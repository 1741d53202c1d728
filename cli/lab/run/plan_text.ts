/** What a scenario would do, for `lab run --dry-run`. */
import { subscriptionText } from "../../../lib/config/subscription_text.ts";
import { durationText, formatBytes, formatCount, formatRate, plural } from "../../../lib/config/units.ts";
import type { ProcessPlace } from "../../../lib/scenario/processes/divide.ts";
import type { ProducerGroup, Scenario, Step, SubscriptionGroup } from "../../../lib/scenario/types.ts";

/** Memory of a process for one producer or consumer and one worker, as measured: see BENCHMARKS.md. */
const LANE_BYTES = 30_000;
const WORKER_BYTES = 12 * 2 ** 20;

/** @param place of this process, where several run the scenario and this is its part */
export function planText(scenario: Scenario, place?: ProcessPlace): string {
  const { name, description, topics, producers, subscriptions, steps, durationMs, warmupMs } = scenario;
  const places = topics.reduce((sum, group) => sum + group.topics.length * Math.max(1, group.partitions), 0);
  const groups = [...producers, ...subscriptions];
  const workers = groups.reduce((sum, { config }) => sum + config.workers, 0);
  const lanes = groups.reduce((sum, group) => sum + group.lanes, 0);
  const lines = [
    `${name}${description === "" ? "" : `: ${description}`}`,
    `  target         ${
      groups[0]!.config.embedded === undefined ? groups[0]!.config.serviceUrl : "the embedded broker"
    }`,
    ...(place === undefined ? [] : [`  process        ${place.index} of ${place.of}, from 0`]),
    `  length         ${durationMs === undefined ? "no planned end" : durationText(durationMs)}` +
    `${warmupMs > 0 ? ` after a warm-up of ${durationText(warmupMs)}` : ""}`,
    ...topics.map((group) =>
      `  topics         ${group.name}: ${plural(group.topics.length, "topic")}` +
      `${group.partitions > 0 ? ` of ${plural(group.partitions, "partition")}` : ""}, ${group.topics[0]}${
        group.topics.length > 1 ? " …" : ""
      }`
    ),
    ...producers.map(producerLine),
    ...subscriptions.map(subscriptionLine),
    ...groups.flatMap(({ name, config }) =>
      config.thresholds.map((rule) => `  threshold      ${name}: ${rule}`)
    ),
    ...steps.map(stepLine),
    `  in all         ${plural(places, "topic or partition", "topics and partitions")}, ${
      plural(lanes, "producer or consumer", "producers and consumers")
    } on ${plural(workers, "connection")} a broker, about ${
      formatBytes(workers * WORKER_BYTES + lanes * LANE_BYTES)
    } of memory here`,
  ];
  return `${lines.join("\n")}\n`;
}

function producerLine({ name, lanes, config, startMs }: ProducerGroup): string {
  const rate = config.stages.length > 0
    ? plural(config.stages.length, "stage")
    : typeof config.rate === "number"
    ? formatRate(config.rate)
    : config.rate;
  return `  producers      ${name}: ${formatCount(lanes)} in ${plural(config.workers, "worker")}, ${rate}${
    startText(startMs)
  }`;
}

function subscriptionLine({ name, lanes, config, startMs }: SubscriptionGroup): string {
  const limit = typeof config.rate === "number" ? `, at most ${formatRate(config.rate)}` : "";
  return `  subscription   ${name}: ${subscriptionText(config)}, ${plural(lanes, "consumer")} in ${
    plural(config.workers, "worker")
  }${limit}${startText(startMs)}`;
}

function startText(startMs: number): string {
  return startMs === 0 ? "" : `, begins ${durationText(startMs)} after the others`;
}

function stepLine({ name, atMs, times, everyMs, thresholds }: Step): string {
  const again = times > 1 ? `, ${times} times, every ${durationText(everyMs)}` : "";
  const rules = thresholds.map(({ group, text }) => group === undefined ? text : `${group}: ${text}`);
  const demands = rules.length === 0
    ? ""
    : `, ${rules.length === 1 ? "threshold" : "thresholds"} ${rules.join("; ")}`;
  return `  at ${durationText(atMs).padEnd(11)} ${name}${again}${demands}`;
}
