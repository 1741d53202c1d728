/** What an admin may do to topics and namespaces, for the HTTP interface and for the handle alike. */
import type { BrokerCore } from "./core.ts";
import { bundleHolds } from "./namespace/bundles.ts";
import { checked, type NamespacePolicies } from "./namespace/policies.ts";
import { Refusal } from "./refusal.ts";
import type { Subscription } from "./subscription/subscription.ts";
import { expire } from "./topic/backlog.ts";
import type { Topic } from "./topic/topic.ts";

/** The topics that a name stands for. @throws {Refusal} `TopicNotFound` when there are none */
export function topicsOf(core: BrokerCore, name: string): Topic[] {
  const topics = core.topicsUnder(name);
  if (topics.length > 0) return topics;
  throw new Refusal("TopicNotFound", `Topic ${name} not found`);
}

/** @throws {Refusal} `SubscriptionNotFound` */
export function subscriptionOf(topic: Topic, id: string): Subscription {
  const subscription = topic.subscriptions.get(id);
  if (subscription !== undefined) return subscription;
  throw new Refusal("SubscriptionNotFound", `Subscription ${id} not found for topic ${topic.name.full}`);
}

/** The subscription on each topic that a name stands for. @throws {Refusal} before anything is done to one */
function subscriptionsOf(core: BrokerCore, name: string, id: string): (readonly [Topic, Subscription])[] {
  return topicsOf(core, name).map((topic) => [topic, subscriptionOf(topic, id)] as const);
}

/** Names of a namespace's topics, partitions each by itself, in order. */
export function topicsIn(core: BrokerCore, namespace: string): string[] {
  return topicsOfNamespace(core, namespace).map(({ name }) => name.full).sort();
}

/** Closes all clients of a topic, as when it moves to another broker; what is stored stays. */
export function unloadTopic(core: BrokerCore, name: string): void {
  for (const topic of topicsOf(core, name)) topic.unload();
  core.dispatch();
}

/**
 * Unloads the topics of a namespace.
 *
 * @param bundle only those of this bundle, such as `0x00000000_0x40000000`
 */
export function unloadNamespace(core: BrokerCore, name: string, bundle?: string): void {
  const { bundles } = core.namespaces.get(name);
  const holds = bundle === undefined ? () => true : bundleHolds(bundles, bundle);
  if (holds === undefined) {
    throw new Refusal("MetadataError", `Cannot find bundle ${name}/${bundle} in the bundles list`);
  }
  for (const topic of topicsOfNamespace(core, name)) if (holds(topic.name.full)) topic.unload();
  core.dispatch();
}

/**
 * Expires the messages older than `seconds` for one subscription, or for all.
 *
 * @returns how many entries expired
 * @throws {Refusal} as a real broker does, `NotAllowedError` where nothing is that old, once all others were served
 */
export function expireMessages(
  core: BrokerCore,
  name: string,
  seconds: number,
  subscription?: string,
): number {
  const topics = topicsOf(core, name);
  const wanted = topics.map((topic) =>
    subscription === undefined ? [...topic.subscriptions.values()] : [subscriptionOf(topic, subscription)]
  );
  let expired = 0;
  let idle: string | undefined;
  topics.forEach((topic, index) => {
    for (const each of wanted[index]!) {
      const count = expire(topic, each, seconds, Date.now());
      expired += count;
      core.markSubscription(each);
      if (count === 0) idle ??= `topic ${topic.name.full} for subscription ${each.name}`;
    }
  });
  core.dispatch();
  if (idle === undefined) return expired;
  throw new Refusal(
    "NotAllowedError",
    `Expire message by timestamp not issued on ${idle}: no message is older than ${seconds} s`,
  );
}

/** Takes all that is stored as acknowledged for a subscription; consumers stay. */
export function skipAll(core: BrokerCore, name: string, id: string): void {
  const pairs = subscriptionsOf(core, name, id);
  for (const [topic, subscription] of pairs) {
    subscription.skipTo(topic.log.next);
    core.markSubscription(subscription);
  }
  core.dispatch();
}

/** Moves a subscription to another place of each topic; its consumers are sent away. */
export function resetCursor(
  core: BrokerCore,
  name: string,
  id: string,
  placeIn: (topic: Topic) => number,
): void {
  const pairs = subscriptionsOf(core, name, id);
  for (const [topic, subscription] of pairs) {
    topic.closeConsumers(subscription);
    subscription.seek(placeIn(topic));
  }
  core.dispatch();
}

/**
 * Deletes a subscription.
 *
 * @param force also under consumers, which are sent away
 * @throws {Refusal} `SubscriptionNotFound`, or `ConsumerBusy` when it has consumers
 */
export function deleteSubscription(core: BrokerCore, name: string, id: string, force: boolean): void {
  const pairs = subscriptionsOf(core, name, id);
  if (!force && pairs.some(([, { consumers }]) => consumers.length > 0)) {
    throw new Refusal("ConsumerBusy", "Subscription has active connected consumers");
  }
  for (const [topic, subscription] of pairs) {
    topic.closeConsumers(subscription);
    topic.deleteSubscription(id);
  }
  core.dispatch();
}

/**
 * Deletes a topic with its partitions.
 *
 * @param force also under clients, which are sent away
 * @throws {Refusal} `TopicNotFound`, or `ProducerBusy` when it has clients
 */
export function deleteTopic(core: BrokerCore, name: string, force: boolean): void {
  for (const topic of force ? [] : core.topicsUnder(name)) {
    const producers = topic.producers.size + topic.producers.waiting;
    const consumers = [...topic.subscriptions.values()].reduce((sum, each) => sum + each.consumers.length, 0);
    if (producers + consumers === 0) continue;
    throw new Refusal(
      "ProducerBusy",
      `Topic has ${
        producers + consumers
      } clients connected Including ${consumers} consumers, ${producers} producers, ` +
        "and 0 replicators.",
    );
  }
  if (!core.deleteTopic(name)) throw new Refusal("TopicNotFound", `Topic ${name} not found`);
}

/**
 * Changes the policies that are named; undefined takes one back to what the broker's options say.
 *
 * @throws {Refusal} `TopicNotFound`, or when the policies contradict each other; nothing is changed then
 */
export function setPolicies(core: BrokerCore, name: string, changes: NamespacePolicies): void {
  const namespace = core.namespaces.get(name);
  const culprit = "retention_policies" in changes ? "retention_policies" : "backlog_quota_map";
  namespace.policies = checked({ ...namespace.policies, ...changes }, culprit);
  for (const topic of topicsOfNamespace(core, name)) topic.switchDeduplication();
}

/** @throws {Refusal} `TopicNotFound`, or `NotAllowedError` when it has topics */
export function deleteNamespace(core: BrokerCore, name: string): void {
  const hasTopics = topicsOfNamespace(core, name).length > 0;
  if (hasTopics) throw new Refusal("NotAllowedError", "Cannot delete non empty namespace");
  core.namespaces.delete(name);
}

function topicsOfNamespace(core: BrokerCore, name: string): Topic[] {
  core.namespaces.get(name);
  return [...core.topics.values()].filter((topic) => topic.name.namespace === name);
}
