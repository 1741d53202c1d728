/** The topics of a run: made as asked for, and listed by partition. */
import type { CommonConfig } from "../config/run_config.ts";
import { Admin, type PulsarClient } from "../client/mod.ts";
import { tokenSource } from "./worker_client.ts";

/** The admin interface, when the configuration names one. */
export function adminOf(config: CommonConfig, token?: string): Admin | undefined {
  if (config.adminUrl === undefined) return undefined;
  const source = tokenSource(config, token);
  return new Admin({ url: config.adminUrl, ...(source === undefined ? {} : { token: source }) });
}

/** A topic that does not have the partitions it should have, and no way to give them to it. */
export class TopicError extends Error {
  override readonly name = "TopicError";
  readonly code = "Topic";
}

/**
 * Makes sure the topic has the configured partitions and lists what to connect to: the topic, or its partitions.
 *
 * @throws {TopicError} when it has others and there is no admin URL to change that
 */
export async function prepareTopics(
  config: CommonConfig,
  client: PulsarClient,
  admin: Admin | undefined,
): Promise<string[]> {
  const { topic, partitions } = config;
  if (partitions > 0) {
    if (admin !== undefined) await admin.ensurePartitions(topic, partitions);
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
