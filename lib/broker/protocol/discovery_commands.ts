/** LOOKUP, PARTITIONED_METADATA and GET_TOPICS_OF_NAMESPACE: failures have fields of their own in the answers. */
import type { CommandBody } from "../../wire/command.ts";
import { LookupType, serverErrorCode } from "../../wire/enums.ts";
import { Refusal } from "../refusal.ts";
import type { Session } from "./session.ts";
import { parseTopicName } from "../topic_name.ts";

const METADATA_SUCCESS = 0;
const METADATA_FAILED = 1;
/** `CommandGetTopicsOfNamespace.Mode`. */
const NON_PERSISTENT = 1;

/** Hosts that stand for every interface. */
const WILDCARDS: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

export function handleLookup(session: Session, body: CommandBody<"lookup">): void {
  const { core, peer } = session;
  const { requestId } = body;
  try {
    const { full } = parseTopicName(body.topic);
    const failure = core.faults.takeFailure("lookup", full);
    if (failure !== undefined) throw new Refusal(failure.error, failure.message ?? "injected by a test");
    const answer = core.faults.isEmpty ? undefined : core.faults.take("answerLookup", full);
    const url = answer?.url ?? core.serviceUrl;
    peer.send("lookupResponse", {
      requestId,
      ...(url.startsWith("pulsar+ssl:") ? { brokerServiceUrlTls: url } : { brokerServiceUrl: url }),
      response: answer?.response === "redirect" ? LookupType.redirect : LookupType.connect,
      authoritative: answer?.authoritative ?? true,
      // An address of every interface is none that a client could go to; it stays where it is.
      proxyThroughServiceUrl: answer?.proxy ?? WILDCARDS.has(core.options.host),
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, message } = error;
    peer.send("lookupResponse", {
      requestId,
      response: LookupType.failed,
      error: serverErrorCode(code),
      message,
    });
  }
}

export function handlePartitionMetadata(session: Session, body: CommandBody<"partitionMetadata">): void {
  const { core, peer } = session;
  const { requestId } = body;
  try {
    const { full } = parseTopicName(body.topic);
    const failure = core.faults.takeFailure("partitionMetadata", full);
    if (failure !== undefined) throw new Refusal(failure.error, failure.message ?? "injected by a test");
    const partitions = core.partitionsOf(full);
    peer.send("partitionMetadataResponse", { requestId, partitions, response: METADATA_SUCCESS });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, message } = error;
    peer.send("partitionMetadataResponse", {
      requestId,
      response: METADATA_FAILED,
      error: serverErrorCode(code),
      message,
    });
  }
}

export function handleGetTopics(session: Session, body: CommandBody<"getTopicsOfNamespace">): void {
  const topics = body.mode === NON_PERSISTENT
    ? []
    : [...session.core.topics.values()].filter((topic) => topic.name.namespace === body.namespace)
      .map((topic) => topic.name.full);
  session.peer.send("getTopicsOfNamespaceResponse", { requestId: body.requestId, topics });
}
