/** The topics of a run: made as asked for, and listed by partition. */
import type { CommonConfig, RunConfig } from "../config/run_config.ts";
import { partitionShare } from "../config/share.ts";
import { Admin, AdminError, type PulsarClient } from "../client/mod.ts";
import type { RunLog } from "./run_log.ts";
import { connectClient, tokenSource } from "./worker_client.ts";

/** The admin interface, when the configuration names one. */
function adminOf(config: CommonConfig, token?: string): Admin | undefined {
  if (config.adminUrl === undefined) return undefined;
  const source = tokenSource(config, token);
  return new Admin({ url: config.adminUrl, ...(source === undefined ? {} : { token: source }) });
}

/** A topic that does not have the partitions it should have, and no way to give them to it. */
export class TopicError extends Error {
  override readonly name = "TopicError";
  readonly code = "Topic";
}

/** Prepares and lists the topics of a run over a connection of its own. */
export async function resolveTopics(
  config: CommonConfig,
  token?: string,
): Promise<{ topics: string[]; admin: Admin | undefined }> {
  const admin = adminOf(config, token);
  const client = await connectClient(config, token);
  try {
    return { topics: await prepareTopics(config, client, admin), admin };
  } finally {
    await client.close();
  }
}

/**
 * Makes sure the topic has the configured partitions and lists what to connect to: the topic, or its partitions.
 *
 * @throws {TopicError} when it has others and there is no admin URL to change that
 */
async function prepareTopics(
  config: CommonConfig,
  client: PulsarClient,
  admin: Admin | undefined,
): Promise<string[]> {
  const { topic, partitions } = config;
  if (partitions > 0) {
    if (admin !== undefined) await ensurePartitions(admin, topic, partitions);
    else {
      const current = await client.partitions(topic);
      if (current !== partitions) {
        const has = current === 0 ? "is not partitioned" : `has ${current} partitions`;
        throw new TopicError(
          `topic '${topic}' ${has}, '${partitions}' were asked for: give --admin-url so that they can be made`,
        );
      }
    }
  }
  return await client.partitionTopics(topic);
}

/** Several processes of a run may be at it at the same moment: one of them makes the topic, the others find it made. */
async function ensurePartitions(admin: Admin, topic: string, partitions: number): Promise<void> {
  try {
    await admin.ensurePartitions(topic, partitions);
  } catch (error) {
    const isMade = error instanceof AdminError && error.status === 409;
    if (!isMade || await admin.partitions(topic) !== partitions) throw error;
  }
}

/**
 * Of a topic's partitions, those that this process connects to.
 *
 * @throws {TopicError} when none is left for it
 */
export function shareTopics(config: RunConfig, topics: readonly string[]): readonly string[] {
  const share = partitionShare(config, topics);
  if (share.length > 0) return share;
  throw new TopicError(
    `instance '${config.instance}' has no partition to read: '${config.topic}' has ${topics.length}, and an exclusive ` +
      "subscription takes one consumer for each; use fewer --instances or another --subscription-type",
  );
}

/** An exclusive subscription has one consumer; more workers could only fail. */
export function allowedWorkers(config: RunConfig, wanted: number, log: RunLog): number {
  if (config.role !== "consumer" || config.subscriptionType !== "exclusive" || wanted === 1) return wanted;
  log.add("warn", `an exclusive subscription takes one consumer: 1 worker, not ${wanted}`);
  return 1;
}
