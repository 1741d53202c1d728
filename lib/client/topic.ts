/** Topic names: `t`, `tenant/namespace/t`, or `persistent://tenant/namespace/t`, and their partitions. */
import { InvalidNameError } from "./errors.ts";

export interface TopicName {
  readonly domain: "persistent" | "non-persistent";
  readonly tenant: string;
  readonly namespace: string;
  readonly local: string;
  /** The complete name. */
  readonly full: string;
}

const PART = /^[-=:.\w]+$/;

/** @throws {InvalidNameError} naming what is wrong */
export function parseTopic(text: string): TopicName {
  const [domain, rest] = text.includes("://") ? splitOnce(text, "://") : ["persistent", text];
  if (domain !== "persistent" && domain !== "non-persistent") {
    throw new InvalidNameError(
      `topic '${text}' has domain '${domain}', expected persistent or non-persistent`,
    );
  }
  const parts = rest.split("/");
  const [tenant, namespace, local] = parts.length === 1 ? ["public", "default", parts[0]!] : parts;
  if (parts.length !== 1 && parts.length !== 3) {
    throw new InvalidNameError(
      `topic '${text}' has ${parts.length} parts, expected NAME or TENANT/NAMESPACE/NAME`,
    );
  }
  if (!PART.test(tenant!) || !PART.test(namespace!) || local === "" || /[\s\p{Cc}]/u.test(local!)) {
    throw new InvalidNameError(
      `topic '${text}' has an empty part or a character that topic names cannot hold`,
    );
  }
  const full = `${domain}://${tenant}/${namespace}/${local}`;
  return { domain, tenant: tenant!, namespace: namespace!, local: local!, full };
}

/** Name of one partition. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}-partition-${partition}`;
}

/** Index of a partition's topic; −1 if the name is not one of a partition. */
export function partitionIndex(topic: string): number {
  const match = /-partition-(\d+)$/.exec(topic);
  return match === null ? -1 : Number(match[1]);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}
