/** The parts of a scenario file that say what the load goes to: namespaces and groups of topics. */
import { parseTopicName } from "../../wire/topic_name.ts";
import { parseBoolean, parseBytes, parseCount, parseDuration, ValueError } from "../../config/units.ts";
import type { NamespaceSpec, TopicGroup } from "../types.ts";
import { NAMESPACE_FIELDS, TOPIC_FIELDS } from "./fields.ts";
import type { Section } from "./section.ts";

/** One process holds the names of all. */
const MOST_TOPICS = 1_000_000;
const WEEKS = 100 * 86_400_000;
const DEFAULT_NAMESPACE = "public/default";
const POLICIES = ["producer_request_hold", "producer_exception", "consumer_backlog_eviction"] as const;

export function readNamespaces(top: Section): NamespaceSpec[] {
  return [...top.named("namespaces")].map(([name, section]) => {
    section.allow(Object.keys(NAMESPACE_FIELDS));
    if (!isNamespace(name)) {
      section.report(undefined, `'${name}' is no namespace: expected 'tenant/namespace'`);
    }
    const bytes = section.value("backlogQuota", (text) => parseBytes(text, { min: 1, max: 2 ** 50 }));
    const policy = section.value("backlogPolicy", oneOf(POLICIES)) ?? POLICIES[0];
    if (section.has("backlogPolicy") && !section.has("backlogQuota")) {
      section.report("backlogPolicy", "'backlogPolicy' needs 'backlogQuota' beside it");
    }
    const time = (key: string): number | undefined =>
      section.value(key, (text) => parseDuration(text, { min: 0, max: WEEKS }));
    return {
      name,
      bundles: section.value("bundles", (text) => parseCount(text, { min: 1, max: 65_536 })),
      deduplication: section.value("deduplication", parseBoolean),
      retentionMs: time("retentionTime"),
      retentionBytes: section.value("retentionSize", (text) => parseBytes(text, { min: 0, max: 2 ** 50 })),
      backlogQuota: bytes === undefined ? undefined : { bytes, policy },
      ttlMs: time("ttl"),
    };
  });
}

export function readTopics(top: Section, runId: string): TopicGroup[] {
  return [...top.named("topics")].map(([name, section]) => {
    section.allow(Object.keys(TOPIC_FIELDS));
    const count = section.value("count", (text) => parseCount(text, { min: 1, max: MOST_TOPICS })) ?? 1;
    const partitions = section.value("partitions", (text) => parseCount(text, { min: 0, max: 10_000 })) ?? 0;
    const isPersistent = section.value("persistent", parseBoolean) ?? true;
    const namespace = section.text("namespace") ?? DEFAULT_NAMESPACE;
    if (!isNamespace(namespace)) {
      section.report("namespace", `'${namespace}' is no namespace: expected 'tenant/namespace'`);
    }
    const pattern = section.text("name") ?? (count === 1 ? name : `${name}-{n}`);
    if (count > 1 && !/\{n(:\d+)?\}/.test(pattern)) {
      section.report("name", `'${pattern}' names one topic, and there are ${count}: '{n}' is missing`);
    }
    const prefix = `${isPersistent ? "persistent" : "non-persistent"}://${namespace}/`;
    const topics = Array.from({ length: count }, (_, number) => prefix + filled(pattern, number, runId));
    const parsed = parseTopicName(topics[0]!);
    if (typeof parsed === "string") section.report("name", `'${pattern}' makes a topic name that ${parsed}`);
    return { name, topics, partitions };
  });
}

/** `{n}`, `{n:5}` and `{run}` in a name. */
export function filled(pattern: string, number: number, runId: string): string {
  return pattern.replaceAll("{run}", runId)
    .replaceAll(/\{n(?::(\d+))?\}/g, (_, width?: string) => String(number).padStart(Number(width ?? 0), "0"));
}

function isNamespace(text: string): boolean {
  return /^[\w\-=:.]+\/[\w\-=:.]+$/.test(text);
}

export function oneOf<const T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found === undefined) throw new ValueError(text, words.map((word) => `'${word}'`).join(", "));
    return found;
  };
}
