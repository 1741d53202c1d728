/** SUBSCRIBE and what a consumer sends afterwards. */
import type { CommandBody } from "../../wire/command.ts";
import { AckType, InitialPosition, serverErrorCode, SubType } from "../../wire/enums.ts";
import type { MessageIdData } from "../../wire/messages.ts";
import type { U64 } from "../../wire/protobuf.ts";
import { Consumer } from "../subscription/consumer.ts";
import { Refusal } from "../refusal.ts";
import { type AttachedConsumer, removeConsumer, type Session } from "./session.ts";
import type { Subscription } from "../subscription/subscription.ts";
import { typeName } from "../subscription/type_name.ts";
import type { Topic } from "../topic/topic.ts";

const STICKY = 1;
/** "No such message", as GET_LAST_MESSAGE_ID says it. */
const NONE: U64 = 0xffff_ffff_ffff_ffffn;

export function handleSubscribe(session: Session, body: CommandBody<"subscribe">): void {
  const { core, peer } = session;
  const id = Number(body.consumerId);
  if (session.consumers.has(id)) {
    peer.send("success", { requestId: body.requestId });
    return;
  }
  if (body.subType < SubType.exclusive || body.subType > SubType["key-shared"]) {
    throw new Refusal("NotAllowedError", `subscription type '${body.subType}' is not known`);
  }
  const topic = core.topic(body.topic, body.forceTopicCreation ?? true);
  core.schemas.check(topic.name.base, body.schema, topic.isUnused);
  const isSticky = body.subType === SubType["key-shared"] && body.keySharedMeta?.keySharedMode === STICKY;
  const consumer = new Consumer({
    id,
    name: body.consumerName === undefined || body.consumerName === "" ? core.makeName() : body.consumerName,
    peer,
    priority: body.priorityLevel ?? 0,
    ranges: isSticky ? body.keySharedMeta?.hashRanges ?? [] : undefined,
    epoch: body.consumerEpoch === undefined ? undefined : Number(body.consumerEpoch),
  });
  const isNew = !topic.subscriptions.has(body.subscription);
  const subscription = findOrCreate(topic, body, isSticky);
  try {
    subscription.attach(consumer, body.subType);
  } catch (error) {
    if (isNew) topic.deleteSubscription(body.subscription);
    throw error;
  }
  session.consumers.set(id, { consumer, subscription, topic });
  peer.send("success", { requestId: body.requestId });
  subscription.announce();
  core.markSubscription(subscription);
}

function findOrCreate(topic: Topic, body: CommandBody<"subscribe">, isSticky: boolean): Subscription {
  const isDurable = body.durable ?? true;
  const existing = topic.subscriptions.get(body.subscription);
  if (existing !== undefined) {
    if (existing.isDurable === isDurable) return existing;
    throw new Refusal(
      "NotAllowedError",
      `subscription '${body.subscription}' is ${existing.isDurable ? "durable" : "non-durable"}`,
    );
  }
  const isEarliest = body.initialPosition === InitialPosition.earliest;
  let start = isEarliest ? topic.log.first : topic.log.next;
  const rollbackSeconds = Number(body.startMessageRollbackDurationSec ?? 0);
  if (rollbackSeconds > 0) start = topic.firstPublishedFrom(Date.now() - rollbackSeconds * 1000);
  const from = body.startMessageId;
  if (!isDurable && from !== undefined && rollbackSeconds === 0) {
    // As a real broker does: of a batch only the beginning may have been read, and whoever has read it all drops it.
    start = topic.entryAt(from);
  }
  return topic.createSubscription(body.subscription, { type: body.subType, isDurable, isSticky, start });
}

export function handleFlow(session: Session, body: CommandBody<"flow">): void {
  const attached = session.consumers.get(Number(body.consumerId));
  if (attached === undefined) return;
  attached.consumer.permits += body.messagePermits;
  session.core.markSubscription(attached.subscription);
}

export function handleAck(session: Session, body: CommandBody<"ack">): void {
  const attached = session.consumers.get(Number(body.consumerId));
  const respond = (error?: Refusal): void => {
    if (body.requestId === undefined) return;
    session.peer.send("ackResponse", {
      consumerId: body.consumerId,
      requestId: body.requestId,
      error: error && serverErrorCode(error.code),
      message: error?.message,
    });
  };
  const { faults } = session.core;
  try {
    const failure = faults.takeFailure("ack", attached?.topic.name.full);
    if (failure !== undefined) throw new Refusal(failure.error, failure.message ?? "injected by a test");
    if (attached === undefined) {
      throw new Refusal("ConsumerNotFound", `no consumer has the id '${body.consumerId}'`);
    }
    acknowledge(attached, body);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    respond(error);
    return;
  }
  session.core.markSubscription(attached.subscription);
  respond();
}

function acknowledge({ consumer, subscription }: AttachedConsumer, body: CommandBody<"ack">): void {
  const ids = body.messageId ?? [];
  if (body.ackType !== AckType.cumulative) {
    subscription.acknowledge(consumer, ids);
    return;
  }
  if (ids.length !== 1) {
    throw new Refusal("NotAllowedError", `a cumulative ack names one message id, not '${ids.length}'`);
  }
  subscription.acknowledgeUpTo(consumer, ids[0]!);
}

export function handleRedeliver(session: Session, body: CommandBody<"redeliver">): void {
  const attached = session.consumers.get(Number(body.consumerId));
  if (attached === undefined) return;
  const ids = body.messageIds !== undefined && body.messageIds.length > 0 ? body.messageIds : undefined;
  const epoch = body.consumerEpoch === undefined ? undefined : Number(body.consumerEpoch);
  attached.subscription.redeliver(attached.consumer, ids, epoch);
  session.core.markSubscription(attached.subscription);
}

export function handleCloseConsumer(session: Session, body: CommandBody<"closeConsumer">): void {
  const id = Number(body.consumerId);
  const attached = session.consumers.get(id);
  session.consumers.delete(id);
  if (attached !== undefined) removeConsumer(session.core, attached);
  session.peer.send("success", { requestId: body.requestId });
}

export function handleUnsubscribe(session: Session, body: CommandBody<"unsubscribe">): void {
  const attached = find(session, body.consumerId);
  const { subscription, topic } = attached;
  if (subscription.consumers.length > 1 && body.force !== true) {
    throw new Refusal(
      "MetadataError",
      `subscription '${subscription.name}' (${typeName(subscription.type)}) has other consumers`,
    );
  }
  session.consumers.delete(Number(body.consumerId));
  subscription.detach(attached.consumer);
  topic.closeConsumers(subscription);
  topic.deleteSubscription(subscription.name);
  session.peer.send("success", { requestId: body.requestId });
}

/** As a real broker does, all consumers of the subscription are sent away and subscribe again. */
export function handleSeek(session: Session, body: CommandBody<"seek">): void {
  const { subscription, topic } = find(session, body.consumerId);
  if (body.messageId === undefined && body.messagePublishTime === undefined) {
    throw new Refusal("MetadataError", "a seek names a message id or a publish time");
  }
  topic.closeConsumers(subscription);
  if (body.messageId !== undefined) {
    subscription.seek(topic.entryAt(body.messageId), body.messageId.ackSet);
  } else subscription.seek(topic.firstPublishedFrom(Number(body.messagePublishTime)));
  session.peer.send("success", { requestId: body.requestId });
}

export function handleGetLastMessageId(session: Session, body: CommandBody<"getLastMessageId">): void {
  const { subscription, topic } = find(session, body.consumerId);
  const { log, partition } = topic;
  const place = partition < 0 ? {} : { partition };
  const hasEntries = log.next > 0;
  const lastMessageId: MessageIdData = hasEntries
    ? { ledgerId: log.ledgerId, entryId: log.next - 1, ...place }
    : { ledgerId: NONE, entryId: NONE, ...place };
  if (hasEntries && topic.lastBatchSize > 0) lastMessageId.batchIndex = topic.lastBatchSize - 1;
  const marked = subscription.firstNeeded - 1;
  session.peer.send("getLastMessageIdResponse", {
    requestId: body.requestId,
    lastMessageId,
    consumerMarkDeletePosition: { ledgerId: log.ledgerId, entryId: marked < 0 ? NONE : marked },
  });
}

export function handleConsumerStats(session: Session, body: CommandBody<"consumerStats">): void {
  const { consumer, subscription } = find(session, body.consumerId);
  session.peer.send("consumerStatsResponse", {
    requestId: body.requestId,
    consumerName: consumer.name,
    availablePermits: Math.max(0, consumer.permits),
    unackedMessages: consumer.unacknowledged,
    blockedConsumerOnUnackedMsgs: consumer.unacknowledged >= session.core.options.maxUnackedMessages,
    msgBacklog: subscription.backlog,
  });
}

function find(session: Session, consumerId: U64): AttachedConsumer {
  const attached = session.consumers.get(Number(consumerId));
  if (attached === undefined) throw new Refusal("ConsumerNotFound", `no consumer has the id '${consumerId}'`);
  return attached;
}
