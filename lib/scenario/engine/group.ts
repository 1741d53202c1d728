/** One group of a scenario while it runs: a load run with what the scenario knows of it. */
import type { Role } from "../../config/run_config.ts";
import type { LoadRun } from "../../load/run/load_run.ts";
import type { RunOutcome } from "../../load/run/types.ts";
import { parseTopicName } from "../../wire/topic_name.ts";
import type { GroupSnapshot } from "../snapshot.ts";

export interface GroupRun {
  readonly name: string;
  readonly run: LoadRun;
  /** Names of the topics, partitioned ones without partition. */
  readonly topics: readonly string[];
  /** How long after the others it connects and begins. */
  readonly startMs: number;
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

/** Messages and their bytes that a group has been acknowledged, or has received for the first time. */
export function done({ run, role }: Pick<Group, "run" | "role">): { messages: number; bytes: number } {
  const { reader } = run;
  reader.poll();
  const messages = reader.ever("messages");
  const bytes = reader.ever("bytes");
  if (role === "producer" || messages === 0) return { messages, bytes };
  const first = messages - reader.ever("redelivered");
  return { messages: first, bytes: bytes * first / messages };
}

/**
 * What has been acknowledged to producers on a subscription's topics and has not been received yet; undefined without
 * producers, or where some of them also send to topics that are not the subscription's.
 */
export function backlogOf(
  consumer: Group,
  producers: readonly Group[],
): { messages: number; bytes: number } | undefined {
  const senders = producers.filter((producer) => overlap(consumer, producer));
  if (senders.length === 0) return undefined;
  if (!senders.every(({ bases }) => bases.isSubsetOf(consumer.bases))) return undefined;
  const sent = senders.map(done);
  const received = done(consumer);
  const sum = (key: "messages" | "bytes"): number => sent.reduce((total, one) => total + one[key], 0);
  return {
    messages: Math.max(0, sum("messages") - received.messages),
    bytes: Math.max(0, sum("bytes") - received.bytes),
  };
}

export function groupSnapshot(group: Group, producers: readonly Group[]): GroupSnapshot {
  const { name, role, run, topics } = group;
  return {
    name,
    role,
    topics: topics.length,
    lanes: run.counts.lanes,
    backlog: role === "consumer" && group.hasBegun ? backlogOf(group, producers)?.messages : undefined,
  };
}
