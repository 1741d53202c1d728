/** One group of a scenario while it runs: a load run with what the scenario knows of it. */
import type { Role } from "../../config/run_config.ts";
import type { LoadRun } from "../../load/run/load_run.ts";
import type { RunOutcome } from "../../load/run/types.ts";
import type { StreamExpectation } from "../../load/verify/verdict.ts";
import { parseTopicName } from "../../wire/topic_name.ts";
import type { Amount, OtherProcesses } from "../processes/others.ts";
import type { GroupSnapshot } from "../snapshot.ts";
import type { GroupPart } from "../types.ts";

export interface GroupRun {
  readonly name: string;
  readonly run: LoadRun;
  /** Names of the topics, partitioned ones without partition. */
  readonly topics: readonly string[];
  /** How long after the others it connects and begins. */
  readonly startMs: number;
  /** Where other processes have the rest of it. */
  readonly part?: GroupPart | undefined;
}

export interface Group extends GroupRun {
  readonly role: Role;
  /** Full names of the topics without partition: groups are held against one another many times a second. */
  readonly bases: ReadonlySet<string>;
  hasBegun: boolean;
  /** Of a group that begins later, once its time has come. */
  beginning?: Promise<void> | undefined;
  outcome?: RunOutcome | undefined;
}

/** A topic's name without its partition, in full. */
export function baseName(topic: string): string {
  const parsed = parseTopicName(topic);
  return typeof parsed === "string" ? topic : parsed.base;
}

/** Whether two groups have topics in common. */
export function overlap(a: Pick<Group, "bases">, b: Pick<Group, "bases">): boolean {
  return !a.bases.isDisjointFrom(b.bases);
}

/** Of what was sent, the streams on some topics. */
export function streamsOn(
  bases: ReadonlySet<string>,
  streams: readonly StreamExpectation[],
): StreamExpectation[] {
  return streams.filter(({ topic }) => topic === undefined || bases.has(baseName(topic)));
}

/** Messages of streams, whether they were acknowledged or not. */
export function messagesOf(streams: readonly StreamExpectation[]): number {
  return streams.reduce((sum, { next }) => sum + next, 0);
}

/** Messages and their bytes that a group has been acknowledged, or has received for the first time. */
export function done({ run, role }: Pick<Group, "run" | "role">): Amount {
  const { reader } = run;
  reader.poll();
  const messages = reader.ever("messages");
  const bytes = reader.ever("bytes");
  if (role === "producer" || messages === 0) return { messages, bytes };
  const first = messages - reader.ever("redelivered");
  return { messages: first, bytes: bytes * first / messages };
}

/** The groups of a scenario as this process sees them, and what other processes have done, where there are any. */
export interface Groups {
  readonly all: readonly Group[];
  readonly others?: OtherProcesses | undefined;
}

/** What a group has done in all processes. */
export function doneByAll(group: Group, others: OtherProcesses | undefined): Amount {
  return sumOf([done(group), others?.done(group.name) ?? NOTHING]);
}

const NOTHING: Amount = { messages: 0, bytes: 0 };

function sumOf(amounts: readonly Amount[]): Amount {
  return amounts.reduce((sum, { messages, bytes }) => ({
    messages: sum.messages + messages,
    bytes: sum.bytes + bytes,
  }), NOTHING);
}

/**
 * What has been acknowledged to producers on a subscription's topics and has not been received yet; undefined without
 * producers, or where some of them also send to topics that are not the subscription's.
 */
export function backlogOf(consumer: Group, { all, others }: Groups): Amount | undefined {
  const { bases } = wholeOf(consumer, others);
  const producers = (others?.groups ?? all).filter(({ role }) => role === "producer");
  const senders = producers.filter((producer) => overlap({ bases }, producer));
  if (senders.length === 0) return undefined;
  if (!senders.every((sender) => sender.bases.isSubsetOf(bases))) return undefined;
  const sent = sumOf(senders.flatMap(({ name }) => {
    const here = all.find((group) => group.name === name);
    return [
      ...(here === undefined ? [] : [done(here)]),
      ...(others === undefined ? [] : [others.done(name)]),
    ];
  }));
  const received = doneByAll(consumer, others);
  // What was dropped before the subscription was there does not lie there.
  const dropped = consumer.run.integrity.beforeSubscription;
  const messages = Math.max(0, sent.messages - received.messages - dropped);
  const left = sent.messages - received.messages;
  return { messages, bytes: Math.max(0, sent.bytes - received.bytes) * (left > 0 ? messages / left : 1) };
}

/** The group with the topics of all its parts. */
export function wholeOf(
  group: Pick<Group, "name" | "bases">,
  others: OtherProcesses | undefined,
): Pick<Group, "bases"> {
  return others?.groups.find(({ name }) => name === group.name) ?? group;
}

export function groupSnapshot(group: Group, groups: Groups): GroupSnapshot {
  const { name, role, run, topics } = group;
  return {
    name,
    role,
    topics: topics.length,
    lanes: run.counts.lanes,
    backlog: role === "consumer" && group.hasBegun ? backlogOf(group, groups)?.messages : undefined,
  };
}
