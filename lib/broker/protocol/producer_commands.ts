/** PRODUCER and CLOSE_PRODUCER. */
import type { CommandBody } from "../../wire/command.ts";
import { AccessMode } from "../../wire/enums.ts";
import { checkQuota } from "../topic/backlog.ts";
import { Producer } from "../topic/producer.ts";
import { memoryFull, Refusal } from "../refusal.ts";
import { type AttachedProducer, removeProducer, type Session } from "./session.ts";

export function handleProducer(session: Session, body: CommandBody<"producer">): void {
  const { core, peer } = session;
  const id = Number(body.producerId);
  const existing = session.producers.get(id);
  if (existing !== undefined) {
    sendSuccess(session, body.requestId, existing, existing.isReady);
    return;
  }
  const topic = core.topic(body.topic);
  if (topic.isTerminated) {
    throw new Refusal("TopicTerminatedError", `topic '${topic.name.full}' is terminated`);
  }
  const name = body.producerName === undefined || body.producerName === ""
    ? core.makeName()
    : body.producerName;
  checkQuota(topic);
  if (core.pool.isExhausted && core.mayUseReserve(topic)) throw memoryFull(core.options.maxBacklogBytes);
  const schemaVersion = core.schemas.add(topic.name.base, body.schema);
  const producer = new Producer({
    id,
    name,
    schemaVersion,
    peer,
    epoch: Number(body.epoch ?? 0),
    accessMode: body.producerAccessMode ?? AccessMode.shared,
    topicEpoch: body.topicEpoch === undefined ? undefined : Number(body.topicEpoch),
  });
  const attached: AttachedProducer = { producer, topic, isReady: false };
  producer.onReady = () => {
    attached.isReady = true;
    sendSuccess(session, body.requestId, attached, true);
  };
  attached.isReady = topic.producers.add(producer);
  session.producers.set(id, attached);
  topic.deduplication?.touch(name);
  sendSuccess(session, body.requestId, attached, attached.isReady);
}

export function handleCloseProducer(session: Session, body: CommandBody<"closeProducer">): void {
  const id = Number(body.producerId);
  const attached = session.producers.get(id);
  session.producers.delete(id);
  if (attached !== undefined) removeProducer(attached);
  session.peer.send("success", { requestId: body.requestId });
}

function sendSuccess(
  session: Session,
  requestId: CommandBody<"producer">["requestId"],
  { producer, topic }: AttachedProducer,
  isReady: boolean,
): void {
  session.peer.send("producerSuccess", {
    requestId,
    producerName: producer.name,
    lastSequenceId: topic.deduplication?.lastSequenceId(producer.name) ?? -1,
    schemaVersion: producer.schemaVersion,
    producerReady: isReady,
    topicEpoch: producer.topicEpoch,
  });
}
