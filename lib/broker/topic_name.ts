/** Topic names as the broker reads them. */
import { Refusal } from "./refusal.ts";

/** A topic name taken apart. Source: Pulsar topic naming, `persistent://tenant/namespace/local`. */
export interface TopicName {
  /** The whole name, with domain, tenant and namespace. */
  readonly full: string;
  /** `tenant/namespace`. */
  readonly namespace: string;
  /** Index of a partition, −1 for a topic that is not one. */
  readonly partition: number;
  /** The partitioned topic of a partition; `full` otherwise. */
  readonly base: string;
}

const FULL_NAME = /^persistent:\/\/([\w.:=-]+)\/([\w.:=-]+)\/(.+)$/;
const PARTITION = /^(.+)-partition-(\d+)$/;

/**
 * Reads a topic name in any of its spellings: `t`, `tenant/namespace/t`, `persistent://tenant/namespace/t`.
 *
 * @throws {Refusal} `InvalidTopicName` for what is no name, `NotAllowedError` for the non-persistent domain
 */
export function parseTopicName(text: string): TopicName {
  if (text.startsWith("non-persistent://")) {
    throw new Refusal(
      "NotAllowedError",
      `'${text}' is non-persistent; the embedded broker has persistent:// topics only`,
    );
  }
  const match = FULL_NAME.exec(spellOut(text));
  if (match === null) {
    throw new Refusal(
      "InvalidTopicName",
      `'${text}' is not a topic name; write 'topic', 'tenant/namespace/topic' or 'persistent://tenant/namespace/topic'`,
    );
  }
  const [full, tenant, namespace] = match;
  const partition = PARTITION.exec(full);
  return {
    full,
    namespace: `${tenant}/${namespace}`,
    partition: partition === null ? -1 : Number(partition[2]),
    base: partition === null ? full : partition[1]!,
  };
}

/** Name of one partition. */
export function partitionName(base: string, index: number): string {
  return `${base}-partition-${index}`;
}

function spellOut(text: string): string {
  if (text.includes("://")) return text;
  const parts = text.split("/");
  if (parts.length === 1) return `persistent://public/default/${text}`;
  return parts.length === 3 ? `persistent://${text}` : text;
}
