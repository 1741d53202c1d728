/** Tenants and namespaces over HTTP: list, create, delete, policies, unload. */
import type { BrokerCore } from "../core.ts";
import { boundaries, checkBundles } from "../namespace/bundles.ts";
import type { Namespace } from "../namespace/namespaces.ts";
import {
  type BacklogQuota,
  type BacklogQuotas,
  type NamespacePolicies,
  parseDeduplication,
  parsePolicies,
  parseQuota,
  parseQuotaType,
  parseRetention,
  parseTtl,
} from "../namespace/policies.ts";
import { deleteNamespace, setPolicies, topicsIn, unloadNamespace } from "../operations.ts";
import { type AdminRequest, bodyOf, decode, HttpProblem, optionalBodyOf, unknown } from "./admin_request.ts";

/** Name of the one cluster that there is. */
export const CLUSTER = "embedded";

/** @returns the answer's JSON, undefined for 204, `""` for an empty 200 */
export function tenantRoute({ namespaces }: BrokerCore, request: AdminRequest): unknown {
  const tenant = decode(request.path.split("/")[1] ?? "");
  const exists = namespaces.tenants.includes(tenant);
  switch (`${request.method} ${tenant === "" ? "all" : "one"}`) {
    case "GET all":
      return namespaces.tenants;
    case "GET one":
      if (!exists) throw new HttpProblem(404, "Tenant does not exist");
      return { adminRoles: [], allowedClusters: [CLUSTER] };
    case "PUT one":
      return namespaces.createTenant(tenant);
    case "DELETE one":
      if (!exists) throw new HttpProblem(404, "Tenant doesn't exist");
      return namespaces.deleteTenant(tenant);
  }
  return unknown(request);
}

/** As {@link tenantRoute}, for `namespaces/TENANT[/NAMESPACE[/…]]`. */
export function namespaceRoute(core: BrokerCore, request: AdminRequest): unknown {
  const [, tenant, local, ...rest] = request.path.split("/").map(decode);
  if (local === undefined) {
    if (request.method !== "GET") throw new HttpProblem(405, `${request.method} is not possible here`);
    return core.namespaces.of(tenant!);
  }
  const name = `${tenant}/${local}`;
  if (rest[1] === "unload" && request.method === "PUT") return unloadNamespace(core, name, rest[0]);
  const change = (policies: NamespacePolicies): void => setPolicies(core, name, policies);
  const now = (): NamespacePolicies => core.namespaces.get(name).policies;
  switch (`${request.method} ${rest.join("/")}`) {
    case "PUT ":
      return create(core, name, optionalBodyOf(request));
    case "GET ":
      return describe(core.namespaces.get(name));
    case "DELETE ":
      return deleteExisting(core, name, request);
    case "GET topics":
      return topicsIn(core, name);
    case "GET bundles":
      return bundlesOf(core.namespaces.get(name));
    case "PUT unload":
      return unloadNamespace(core, name);
    case "GET deduplication":
      return now().deduplicationEnabled ?? "";
    case "POST deduplication":
      return change({ deduplicationEnabled: parseDeduplication(bodyOf(request)) });
    case "DELETE deduplication":
      return change({ deduplicationEnabled: undefined });
    case "GET messageTTL":
      return now().message_ttl_in_seconds ?? "";
    case "POST messageTTL":
      return change({ message_ttl_in_seconds: parseTtl(bodyOf(request)) });
    case "DELETE messageTTL":
      return change({ message_ttl_in_seconds: undefined });
    case "GET retention":
      return now().retention_policies ?? "";
    case "POST retention": {
      const body = optionalBodyOf(request);
      return change({ retention_policies: body === undefined ? undefined : parseRetention(body) });
    }
    case "DELETE retention":
      return change({ retention_policies: undefined });
    case "GET backlogQuotaMap":
      return quotasAsJson(now().backlog_quota_map);
    case "POST backlogQuota":
      return change({ backlog_quota_map: { ...now().backlog_quota_map, ...quotaOf(request) } });
    case "DELETE backlogQuota":
      return change({ backlog_quota_map: without(now().backlog_quota_map, request) });
  }
  return unknown(request);
}

/** The body names policies and a number of bundles, or is missing. */
function create(core: BrokerCore, name: string, body: unknown): void {
  if (body === undefined) core.namespaces.create(name, {});
  else {
    const policies = parsePolicies(body);
    const { bundles } = body as { bundles?: { numBundles?: unknown } | null };
    core.namespaces.create(name, policies, checkBundles(bundles?.numBundles ?? 0));
  }
}

function deleteExisting(core: BrokerCore, name: string, { query }: AdminRequest): void {
  if (query.get("force") === "true") {
    throw new HttpProblem(405, "Broker doesn't allow forced deletion of namespaces");
  }
  deleteNamespace(core, name);
}

/** What a real broker says of a namespace, without the fields of what is not here. */
function describe(namespace: Namespace): unknown {
  const { policies } = namespace;
  return {
    replication_clusters: [CLUSTER],
    bundles: bundlesOf(namespace),
    ...policies,
    backlog_quota_map: quotasAsJson(policies.backlog_quota_map),
    deleted: false,
  };
}

function bundlesOf({ bundles }: Namespace): unknown {
  return { boundaries: boundaries(bundles), numBundles: bundles };
}

function quotasAsJson(quotas: BacklogQuotas = {}): unknown {
  return Object.fromEntries(
    Object.entries(quotas).map(([type, quota]) => [type, { limit: quota.limitSize, ...quota }]),
  );
}

function quotaTypeOf({ query }: AdminRequest): ReturnType<typeof parseQuotaType> {
  const text = query.get("backlogQuotaType") ?? "destination_storage";
  try {
    return parseQuotaType(text);
  } catch (error) {
    throw new HttpProblem(404, (error as Error).message);
  }
}

function quotaOf(request: AdminRequest): Record<string, BacklogQuota> {
  return { [quotaTypeOf(request)]: parseQuota(bodyOf(request)) };
}

function without(quotas: BacklogQuotas = {}, request: AdminRequest): BacklogQuotas {
  const type = quotaTypeOf(request);
  return Object.fromEntries(Object.entries(quotas).filter(([each]) => each !== type));
}
