/**
 * The part that one of several processes has of a scenario. A group is divided by its topics, or their partitions, or by
 * its producers or consumers of each topic; parts of neighbouring groups are dealt out to processes in turn. Together the
 * parts are the scenario, with as many producers and consumers as in one process. Pure.
 */
import { keyShare, type Units, unitShareOf } from "../../config/share.ts";
import { MAX_INSTANCES } from "../../config/limits.ts";
import type { ConsumerConfig, ProducerConfig } from "../../config/run_config.ts";
import { plural } from "../../config/units.ts";
import type { GroupPart, ProducerGroup, Scenario, SubscriptionGroup } from "../types.ts";

/** A process among those that run a scenario together. */
export interface ProcessPlace {
  /** From 0. */
  readonly index: number;
  readonly of: number;
}

/** The scenario cannot be divided as asked. */
export class DivisionError extends Error {
  override readonly name = "DivisionError";
  readonly code = "Division";
}

type AnyGroup = ProducerGroup | SubscriptionGroup;

/** How a group falls into parts. */
interface Division {
  readonly group: AnyGroup;
  /** What is dealt out: topics, their partitions, or producers or consumers of each topic. */
  readonly by: "topics" | "partitions" | "copies";
  readonly topics: readonly string[];
  readonly parts: number;
  /** The process of the first part; the others follow. */
  readonly first: number;
  /** Of the first part's streams. */
  readonly streams: number;
}

/**
 * @returns the scenario with what this process has of its groups; topics, namespaces and steps are all there
 * @throws {DivisionError} when there is nothing for a process to do, or a group has what cannot be divided
 */
export function divide(scenario: Scenario, { index, of }: ProcessPlace): Scenario {
  const divisions = divisionsOf(scenario, of);
  const useful = new Set(
    divisions.flatMap(({ first, parts }) => range(parts).map((at) => (first + at) % of)),
  );
  if (useful.size < of) {
    const most = divisions.reduce((sum, { parts }) => sum + parts, 0);
    throw new DivisionError(
      `${of} processes are more than '${scenario.name}' can be divided into: its groups fall into ` +
        `${
          plural(most, "part")
        } of at least one producer or consumer; use ${most} at most, or more 'perTopic', ` +
        "'consumers' or topics",
    );
  }
  const own = divisions.flatMap((division) => {
    const part = (index - division.first + of) % of;
    return part < division.parts ? [partOf(division, scenario, part, of)] : [];
  });
  return {
    ...scenario,
    producers: own.filter((group): group is ProducerGroup => group.config.role === "producer"),
    subscriptions: own.filter((group): group is SubscriptionGroup => group.config.role === "consumer"),
  };
}

function divisionsOf(scenario: Scenario, processes: number): Division[] {
  let first = 0;
  let streams = 0;
  const divisions = [...scenario.producers, ...scenario.subscriptions].map((group): Division => {
    const division = { ...waysOf(group, scenario, processes), group, first, streams };
    first = (first + division.parts) % processes;
    // Consumers have no streams of their own.
    if (group.config.role === "producer") streams += division.parts;
    return division;
  });
  if (streams > MAX_INSTANCES) {
    throw new DivisionError(
      `'${scenario.name}' falls into ${streams} parts of producers, and streams have numbers for ${MAX_INSTANCES}: use ` +
        "fewer processes",
    );
  }
  return divisions;
}

function waysOf(
  group: AnyGroup,
  scenario: Scenario,
  processes: number,
): Pick<Division, "by" | "topics" | "parts"> {
  const { topics, perTopic } = group;
  const partitions = topics.length < processes ? partitionsOf(group, scenario) : undefined;
  const places = partitions ?? topics;
  const isByTopics = places.length >= Math.min(perTopic, processes);
  const parts = Math.min(processes, isByTopics ? places.length : perTopic);
  checkDivisible(group, parts);
  if (!isByTopics) return { by: "copies", topics, parts };
  return { by: partitions === undefined ? "topics" : "partitions", topics: places, parts };
}

/** By name, where each can go to a process of its own: not where keys choose the partition, or there will be more. */
function partitionsOf({ topicGroups, config }: AnyGroup, { topics, steps }: Scenario): string[] | undefined {
  if (config.role === "producer" && config.routing === "key-hash") return undefined;
  const groups = topics.filter(({ name }) => topicGroups.includes(name));
  const isRaised = steps.some(({ action }) =>
    action.kind === "partitions" && topicGroups.includes(action.topics)
  );
  if (isRaised || groups.some(({ partitions }) => partitions === 0)) return undefined;
  return groups.flatMap(({ topics, partitions }) =>
    topics.flatMap((topic) => range(partitions).map((number) => `${topic}-partition-${number}`))
  );
}

function checkDivisible({ name, config }: AnyGroup, parts: number): void {
  if (parts === 1 || config.role === "consumer") return;
  if (config.rate === "max") {
    throw new DivisionError(
      `'${name}' searches its rate with one process (rate: max): give it a rate, or one producer on one topic`,
    );
  }
  if (config.count !== undefined && config.count < parts) {
    throw new DivisionError(
      `'${name}' has a count of ${config.count}, which leaves some of ${parts} processes nothing to send`,
    );
  }
}

function partOf(division: Division, scenario: Scenario, index: number, processes: number): AnyGroup {
  const { group, by, topics, parts } = division;
  const isByTopics = by !== "copies";
  // What each of them weighs: producers or consumers of a topic, or one of each topic.
  const weights = by === "topics"
    ? placesOf(topics, scenario)
    : range(isByTopics ? topics.length : group.perTopic).map(() => 1);
  const cuts = cutsOf(weights, parts);
  const [first, end] = [cuts[index]!, cuts[index + 1]!];
  const weigh = (until: number): number => weights.slice(0, until).reduce((sum, weight) => sum + weight, 0);
  const units: Units = { from: weigh(first), to: weigh(end), of: weigh(weights.length) };
  const share = (units.to - units.from) / units.of;
  const perTopic = isByTopics ? group.perTopic : end - first;
  const lanes = Math.round(group.lanes * share);
  const part: GroupPart = {
    index,
    of: parts,
    share,
    isAlone: isByTopics,
    streamInstance: division.streams + index,
  };
  const opening = group.opening?.rate === undefined
    ? group.opening
    : { ...group.opening, rate: group.opening.rate * part.share };
  const aim = { topics: isByTopics ? topics.slice(first, end) : topics, perTopic, lanes, opening, part };
  const place = { instance: index, instances: parts, barrier: processes };
  const settings = { topic: aim.topics[0]!, workers: Math.min(group.config.workers, lanes), ...place };
  if (group.config.role === "consumer") {
    const config: ConsumerConfig = {
      ...unitShareOf(group.config, index, units),
      ...settings,
    };
    return { ...group as SubscriptionGroup, ...aim, config };
  }
  const config = producerConfig(group.config, division, index, units);
  return { ...group as ProducerGroup, ...aim, config: { ...config, ...settings } };
}

/** Of each topic: its partitions, or 1 where it has none. */
function placesOf(names: readonly string[], { topics: groups }: Scenario): number[] {
  const partitions = new Map(
    groups.flatMap(({ topics, partitions }) => topics.map((topic) => [topic, partitions] as const)),
  );
  return names.map((name) => Math.max(1, partitions.get(name)!));
}

/** Where adjoining parts of about the same weight begin and end, none of them empty. */
function cutsOf(weights: readonly number[], parts: number): number[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const cuts = [0];
  let before = 0;
  weights.forEach((weight, index) => {
    const part = cuts.length;
    const left = weights.length - index;
    // Half of what weighs over the border decides, unless there would be too few left for the parts to come.
    const isOver = before + weight / 2 > whole * part / parts || left <= parts - part;
    if (part < parts && index > cuts.at(-1)! && isOver) cuts.push(index);
    before += weight;
  });
  return [...cuts, weights.length];
}

function producerConfig(
  config: ProducerConfig,
  { by, parts }: Division,
  index: number,
  units: Units,
): ProducerConfig {
  const share = unitShareOf(config, index, units);
  // Producers of the same topics must not send the same keys: their order would be nobody's.
  if (by === "partitions") return { ...share, partitions: 0 };
  return by === "topics" ? share : { ...share, ...keyShare(share, index, parts) };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
