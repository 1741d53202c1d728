/** Topics, partitions and subscriptions over HTTP: `persistent/TENANT/NAMESPACE/TOPIC[/…]`. */
import type { BrokerCore } from "../core.ts";
import * as operations from "../operations.ts";
import type { Topic } from "../topic/topic.ts";
import { parseTopicName } from "../topic_name.ts";
import { SubType } from "../../wire/enums.ts";
import { type AdminRequest, bodyOf, decode, HttpProblem, optionalBodyOf, unknown } from "./admin_request.ts";
import type { Statistics } from "./statistics.ts";

const TOPIC_PATH = /^persistent\/([^/]+)\/([^/]+)\/([^/]+)(?:\/(.+))?$/;
const SUBSCRIPTION_PATH = /^(?:subscription\/([^/]+)|all_subscription)(?:\/([a-zA-Z_]+)(?:\/(\d+))?)?$/;
/** "After the last message" is 2^63 − 1, which JSON has no exact number for. */
const LATEST = Number.MAX_SAFE_INTEGER;

/** @returns the answer's JSON, undefined for 204 */
export function topicRoute(core: BrokerCore, statistics: Statistics, request: AdminRequest): unknown {
  const [, tenant, namespace, local, rest = ""] = TOPIC_PATH.exec(request.path) ?? unknown(request);
  const name = `persistent://${tenant}/${namespace}/${decode(local!)}`;
  const partitions = core.partitioned.get(parseTopicName(name).full);
  switch (`${request.method} ${rest}`) {
    case "PUT ":
      if (partitions !== undefined || core.existingTopic(name) !== undefined) throw alreadyExists();
      core.createTopic(name);
      return undefined;
    case "DELETE ":
      if (partitions !== undefined) {
        throw new HttpProblem(
          409,
          `${name} is a partitioned topic, instead of calling delete topic, please call delete-partitioned-topic.`,
        );
      }
      return operations.deleteTopic(core, name, isForced(request));
    case "DELETE partitions":
      if (partitions === undefined && core.existingTopic(name) !== undefined) {
        throw new HttpProblem(
          409,
          `${name} is a non-partitioned topic. Instead of calling delete-partitioned-topic please call delete.`,
        );
      }
      return operations.deleteTopic(core, name, isForced(request));
    case "GET partitions":
      if (partitions === undefined) existing(core, name);
      return { partitions: partitions ?? 0, deleted: false };
    case "PUT partitions":
      if (partitions !== undefined || core.existingTopic(name) !== undefined) throw alreadyExists();
      return core.setPartitions(name, partitionsOf(request));
    case "POST partitions":
      return addPartitions(core, name, partitions, partitionsOf(request));
    case "PUT unload":
      return operations.unloadTopic(core, name);
    case "GET stats":
      return statistics.topic(existing(core, name));
    case "GET internalStats":
      return statistics.internal(existing(core, name));
    case "GET partitioned-stats":
      if (partitions === undefined) throw new HttpProblem(404, `Partitioned Topic ${name} not found`);
      return statistics.partitioned(core.topicsUnder(name));
    case "GET subscriptions":
      return [
        ...new Set(operations.topicsOf(core, name).flatMap(({ subscriptions }) => [...subscriptions.keys()])),
      ];
    case "POST terminate":
      if (partitions !== undefined) {
        throw new HttpProblem(405, "Termination of a partitioned topic is not allowed");
      }
      return terminate(core, existing(core, name));
    case "POST terminate/partitions":
      if (partitions === undefined) {
        throw new HttpProblem(405, "Termination of a non-partitioned topic is not allowed here");
      }
      return Object.fromEntries(
        core.topicsUnder(name).map((topic, index) => [index, terminate(core, topic)]),
      );
  }
  return subscriptionRoute(core, name, SUBSCRIPTION_PATH.exec(rest) ?? unknown(request), request);
}

function subscriptionRoute(
  core: BrokerCore,
  name: string,
  [, part, action = "", number]: readonly (string | undefined)[],
  request: AdminRequest,
): unknown {
  const id = part === undefined ? undefined : decode(part);
  const command = `${request.method} ${action}`;
  if (command === "POST expireMessages" && number !== undefined) {
    operations.expireMessages(core, name, Number(number), id);
    return undefined;
  }
  if (id === undefined) return unknown(request);
  switch (number === undefined ? command : `${command} at`) {
    case "PUT ":
      return createSubscription(core, name, id, optionalBodyOf(request));
    case "DELETE ":
      return operations.deleteSubscription(core, name, id, isForced(request));
    case "POST skip_all":
      return operations.skipAll(core, name, id);
    case "POST resetcursor at":
      return operations.resetCursor(core, name, id, (topic) => topic.firstPublishedFrom(Number(number)));
    case "POST resetcursor": {
      const place = placeOf(bodyOf(request));
      return operations.resetCursor(core, name, id, place);
    }
    case "GET ":
    case "POST ":
      throw new HttpProblem(405, `${request.method} is not possible here`);
  }
  return unknown(request);
}

function createSubscription(core: BrokerCore, name: string, id: string, position: unknown): void {
  const place = placeOf(position ?? "latest");
  const topics = core.topicsUnder(name);
  if (topics.length === 0) topics.push(core.topic(name));
  if (topics.some((topic) => topic.subscriptions.has(id))) {
    throw new HttpProblem(409, "Subscription already exists for topic");
  }
  for (const topic of topics) {
    topic.createSubscription(id, {
      type: SubType.exclusive,
      isDurable: true,
      isSticky: false,
      start: place(topic),
    });
  }
}

/** `"earliest"`, `"latest"`, or a message id. @throws {HttpProblem} 400 for what is none of them */
function placeOf(position: unknown): (topic: Topic) => number {
  if (position === "earliest") return ({ log }) => log.first;
  if (position === "latest") return ({ log }) => log.next;
  const { ledgerId, entryId } = (position ?? {}) as { ledgerId?: unknown; entryId?: unknown };
  if (typeof ledgerId !== "number" || typeof entryId !== "number") {
    throw new HttpProblem(
      400,
      `'${
        JSON.stringify(position)
      }' is no position; use "earliest", "latest" or {"ledgerId": 1, "entryId": 2}`,
    );
  }
  return (topic) => {
    if (ledgerId < 0) return topic.log.first;
    return ledgerId >= LATEST ? topic.log.next : topic.entryAt({ ledgerId, entryId });
  };
}

function terminate(core: BrokerCore, topic: Topic): unknown {
  core.terminate(topic);
  return {
    ledgerId: topic.log.ledgerId,
    entryId: topic.log.next - 1,
    partitionIndex: -1,
    batchSize: 0,
    batchIndex: -1,
  };
}

function addPartitions(core: BrokerCore, name: string, before: number | undefined, wanted: number): void {
  if (before === undefined) throw new HttpProblem(409, `Topic ${name} is not the partitioned topic.`);
  if (wanted < before) {
    throw new HttpProblem(
      422,
      `Desired partitions ${wanted} can't be less than the current partitions ${before}.`,
    );
  }
  core.setPartitions(name, wanted);
}

function partitionsOf(request: AdminRequest): number {
  const value = bodyOf(request);
  if (typeof value !== "number") {
    throw new RangeError(`the body is '${request.body}', but a number of partitions is needed`);
  }
  if (value <= 0) throw new HttpProblem(406, "Number of partitions should be more than 0");
  return value;
}

function existing(core: BrokerCore, name: string): Topic {
  const topic = core.existingTopic(name);
  if (topic === undefined) throw new HttpProblem(404, `Topic ${name} not found`);
  return topic;
}

function alreadyExists(): HttpProblem {
  return new HttpProblem(409, "This topic already exists");
}

function isForced({ query }: AdminRequest): boolean {
  return query.get("force") === "true";
}
