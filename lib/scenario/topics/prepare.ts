/** Creates what a scenario needs before anybody connects: namespaces with their policies, and partitioned topics. */
import type { Admin } from "../../client/mod.ts";
import { eachOf } from "../../transport/each_of.ts";
import type { NamespaceSpec, Scenario } from "../types.ts";

/** Requests to the admin interface at the same time. */
export const ADMIN_AT_ONCE = 16;

/** The scenario cannot begin: it asks for something that takes the admin interface. */
export class NeedsAdminError extends Error {
  override readonly name = "NeedsAdminError";
  readonly code = "NeedsAdmin";
}

type Demands = Pick<Scenario, "namespaces" | "topics">;

/** Whether there is anything that only the admin interface can do. Topics without partitions come by themselves. */
export function needsAdmin({ namespaces, topics }: Demands): boolean {
  return namespaces.length > 0 || topics.some(({ partitions }) => partitions > 0);
}

/**
 * @throws {NeedsAdminError} without an admin interface, when there is something to do
 * @throws {AdminError} for what it refuses
 */
export async function prepareTopics(demands: Demands, admin: Admin | undefined): Promise<void> {
  if (!needsAdmin(demands)) return;
  if (admin === undefined) {
    throw new NeedsAdminError(
      "the scenario creates namespaces or partitioned topics: give --admin-url, or 'adminUrl' in the file",
    );
  }
  for (const { name, ...spec } of demands.namespaces) await admin.ensureNamespace(name, policiesOf(spec));
  for (const { topics, partitions } of demands.topics) {
    if (partitions === 0) continue;
    await eachOf(topics, ADMIN_AT_ONCE, (topic) => admin.ensurePartitions(topic, partitions));
  }
}

const MINUTE = 60_000;
const MEGABYTE = 2 ** 20;

function policiesOf(
  { bundles, deduplication, retentionMs, retentionBytes, backlogQuota, ttlMs }: Omit<NamespaceSpec, "name">,
): Parameters<Admin["ensureNamespace"]>[1] {
  const keeps = retentionMs !== undefined || retentionBytes !== undefined;
  return {
    bundles,
    deduplication,
    // The broker counts whole minutes and megabytes; less than one of them is one, and what is not said has no limit.
    retention: keeps
      ? {
        minutes: retentionMs === undefined ? -1 : Math.ceil(retentionMs / MINUTE),
        megabytes: retentionBytes === undefined ? -1 : Math.ceil(retentionBytes / MEGABYTE),
      }
      : undefined,
    backlogQuota,
    ttlSeconds: ttlMs === undefined ? undefined : Math.ceil(ttlMs / 1000),
  };
}
