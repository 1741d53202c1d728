/**
 * The backlog of a topic against the policies of its namespace: what is over a quota, and what is too old. Ages go by the
 * publish times of the producers' clocks, as in a real broker.
 */
import type { BacklogQuota, QuotaPolicy } from "../namespace/policies.ts";
import { Refusal } from "../refusal.ts";
import type { Subscription } from "../subscription/subscription.ts";
import type { Topic } from "./topic.ts";

/** Evicting goes on to this share of the limit, as in Pulsar, so that the next message is not over it again. */
const EVICT_TO = 0.9;
/** What producers that have to wait are told, and what those that have to fail. */
const REFUSALS = {
  producer_request_hold: "ProducerBlockedQuotaExceededError",
  producer_exception: "ProducerBlockedQuotaExceededException",
} as const;

/** The first entry that some subscription has not acknowledged; `log.next` when there is none. */
export function firstUnacknowledged({ log, subscriptions }: Topic): number {
  let first = log.next;
  for (const subscription of subscriptions.values()) first = Math.min(first, subscription.firstNeeded);
  return Math.max(first, log.first);
}

/** Bytes from the first entry on that some subscription has not acknowledged. */
export function backlogBytes(topic: Topic): number {
  const { log } = topic;
  const first = firstUnacknowledged(topic);
  let bytes = log.bytes;
  for (let entry = log.first; entry < first; entry++) bytes -= log.size(entry);
  return bytes;
}

/** Seconds since the oldest unacknowledged message was published; −1 when there is none. */
export function oldestSeconds(topic: Topic, now: number): number {
  const first = firstUnacknowledged(topic);
  return first >= topic.log.next ? -1 : Math.max(0, (now - topic.publishTime(first)) / 1000);
}

/** The policy of the quota that the topic is over, undefined when it is over none. */
export function exceededPolicy(topic: Topic, now: number): QuotaPolicy | undefined {
  const { destination_storage: size, message_age: age } = topic.namespace.policies.backlog_quota_map ?? {};
  if (size !== undefined && size.limitSize >= 0 && backlogBytes(topic) >= size.limitSize) return size.policy;
  if (age !== undefined && age.limitTime > 0 && oldestSeconds(topic, now) > age.limitTime) return age.policy;
  return undefined;
}

/** @throws {Refusal} what a producer is told that may not attach because of a quota */
export function checkQuota(topic: Topic): void {
  const policy = exceededPolicy(topic, Date.now());
  if (policy === undefined || policy === "consumer_backlog_eviction") return;
  throw new Refusal(REFUSALS[policy], "Cannot create producer on topic with backlog quota exceeded");
}

/** Expires what is older than `seconds` for a subscription. @returns the number of entries */
export function expire(topic: Topic, subscription: Subscription, seconds: number, now: number): number {
  const expired = subscription.skipTo(topic.firstPublishedFrom(now - seconds * 1000));
  if (expired === 0) return 0;
  subscription.expired += expired;
  subscription.lastExpired = now;
  return expired;
}

/** Carries out the policies of the topic's namespace: expires, trims, evicts, or sends producers away. */
export function applyPolicies(topic: Topic, now: number): void {
  const { message_ttl_in_seconds: ttl = 0, retention_policies, backlog_quota_map } = topic.namespace.policies;
  if (ttl > 0) {
    for (const subscription of topic.subscriptions.values()) expire(topic, subscription, ttl, now);
  }
  if (retention_policies !== undefined) topic.onProgress();
  if (backlog_quota_map === undefined) return;
  const policy = exceededPolicy(topic, now);
  if (policy === "consumer_backlog_eviction") evict(topic, now);
  else if (policy !== undefined) topic.closeProducers();
}

function evict(topic: Topic, now: number): void {
  const { destination_storage, message_age } = topic.namespace.policies.backlog_quota_map ?? {};
  const end = Math.max(firstWithinSize(topic, destination_storage), firstWithinAge(topic, message_age, now));
  for (const subscription of topic.subscriptions.values()) subscription.skipTo(end);
}

function firstWithinSize(topic: Topic, quota: BacklogQuota | undefined): number {
  const { log } = topic;
  if (quota?.policy !== "consumer_backlog_eviction" || quota.limitSize < 0) return log.first;
  let bytes = backlogBytes(topic);
  if (bytes < quota.limitSize) return log.first;
  let entry = firstUnacknowledged(topic);
  while (entry < log.next && bytes > quota.limitSize * EVICT_TO) bytes -= log.size(entry++);
  return entry;
}

function firstWithinAge(topic: Topic, quota: BacklogQuota | undefined, now: number): number {
  const isOver = quota?.policy === "consumer_backlog_eviction" && quota.limitTime > 0 &&
    oldestSeconds(topic, now) > quota.limitTime;
  return isOver ? topic.firstPublishedFrom(now - quota.limitTime * EVICT_TO * 1000) : topic.log.first;
}
