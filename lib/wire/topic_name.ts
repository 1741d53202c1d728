/** Topic names as Pulsar reads them; client, broker and configuration wrap what is wrong in errors of their own. */

/** A topic name taken apart. */
export interface TopicName {
  readonly domain: "persistent" | "non-persistent";
  /** `tenant/namespace`. */
  readonly namespace: string;
  /** The name within its namespace. */
  readonly local: string;
  /** The complete name: `domain://tenant/namespace/local`. */
  readonly full: string;
  /** Index of a partition; −1 for a topic that is not a partition. */
  readonly partition: number;
  /** The partitioned topic of a partition; `full` otherwise. */
  readonly base: string;
}

const SEPARATOR = "://";
const PARTITION = "-partition-";
const LARGEST_INDEX = 0x7fff_ffff;

/**
 * Reads `topic` and `tenant/namespace/topic`, which are persistent, and `domain://tenant/namespace/topic`.
 *
 * Only a short name may leave out tenant and namespace (`persistent://topic` is none), and a local name has no slash:
 * four parts were a name with a cluster, which Pulsar no longer takes. Otherwise a local name may hold anything, blanks
 * too, but is not blank as a whole. The domain is in lower case.
 *
 * Source: `TopicName` and `NamespaceName` of Pulsar 4.2.4, which this was compared with name by name.
 *
 * @returns the parts, or what is wrong as the rest of a sentence: "topic 'a/b'" + " " + "has 2 parts, expected …"
 */
export function parseTopicName(text: string): TopicName | string {
  const at = text.indexOf(SEPARATOR);
  const isShort = at < 0;
  const domain = isShort ? "persistent" : text.slice(0, at);
  if (domain !== "persistent" && domain !== "non-persistent") {
    return `has domain '${domain}', expected persistent or non-persistent`;
  }
  const given = (isShort ? text : text.slice(at + SEPARATOR.length)).split("/");
  const parts = isShort && given.length === 1 ? ["public", "default", ...given] : given;
  if (parts.length !== 3) {
    const expected = isShort ? "NAME or TENANT/NAMESPACE/NAME" : `${domain}://TENANT/NAMESPACE/NAME`;
    return `has ${parts.length} ${parts.length === 1 ? "part" : "parts"}, expected ${expected}`;
  }
  const [tenant, namespace, local] = parts as [string, string, string];
  if (parts.some((part) => part.trim() === "")) return "has an empty part";
  const bad = [tenant, namespace].find((part) => !isEntityName(part));
  if (bad !== undefined) {
    return `has '${bad}' as tenant or namespace, which is a name of letters, digits and - = : . _`;
  }
  const full = `${domain}://${tenant}/${namespace}/${local}`;
  const partition = partitionIndex(full);
  const base = partition < 0 ? full : full.slice(0, full.lastIndexOf(PARTITION));
  return { domain, namespace: `${tenant}/${namespace}`, local, full, partition, base };
}

/** Whether a tenant, or the part of a namespace behind it, may be called so. Source: `NamedEntity` of Pulsar. */
export function isEntityName(text: string): boolean {
  return /^[-=:.\w]+$/.test(text);
}

/** Name of one partition. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}${PARTITION}${partition}`;
}

/**
 * Index of a partition's topic; −1 if the name is not one of a partition. As in Pulsar, an index has no leading zero and
 * fits 31 bits: `t-partition-01` is a topic of its own.
 */
export function partitionIndex(topic: string): number {
  const index = /-partition-(0|[1-9]\d*)$/.exec(topic)?.[1];
  return index === undefined || Number(index) > LARGEST_INDEX ? -1 : Number(index);
}
