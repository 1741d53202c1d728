/**
 * Policies of a namespace and their checks, in the names and shapes of Pulsar's admin API, so that one description serves
 * a real cluster and the embedded broker. Source: `Policies` of Pulsar 4.2, limited to what the embedded broker carries out.
 */
import { Refusal } from "../refusal.ts";

/** How long acknowledged messages are kept, in time and in size; −1 = without limit, both 0 = not at all. */
export interface Retention {
  readonly retentionTimeInMinutes: number;
  readonly retentionSizeInMB: number;
}

export const QUOTA_TYPES = ["destination_storage", "message_age"] as const;
/** `destination_storage` limits the bytes of a topic's backlog, `message_age` the age of its oldest message. */
export type QuotaType = (typeof QUOTA_TYPES)[number];

const QUOTA_POLICIES = ["producer_request_hold", "producer_exception", "consumer_backlog_eviction"] as const;
/** What happens above a quota: producers are refused, to wait or to fail, or the oldest messages are skipped. */
export type QuotaPolicy = (typeof QUOTA_POLICIES)[number];

export interface BacklogQuota {
  /** Bytes; counts for `destination_storage`. Below 0 = without limit. */
  readonly limitSize: number;
  /** Seconds; counts for `message_age`. 0 and less = without limit. */
  readonly limitTime: number;
  readonly policy: QuotaPolicy;
}

export type BacklogQuotas = Readonly<Partial<Record<QuotaType, BacklogQuota>>>;

/** What is absent is as the broker's options say. */
export interface NamespacePolicies {
  readonly deduplicationEnabled?: boolean | undefined;
  /** Seconds after which an unacknowledged message expires; 0 = never. */
  readonly message_ttl_in_seconds?: number | undefined;
  readonly retention_policies?: Retention | undefined;
  readonly backlog_quota_map?: BacklogQuotas | undefined;
}

const LARGEST_INT = 0x7fff_ffff;

/** @throws {RangeError} for what is no boolean */
export function parseDeduplication(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new RangeError(`deduplication: ${show(value)} is neither true nor false`);
}

/** @throws {RangeError} for what is no number, {Refusal} for a negative one */
export function parseTtl(value: unknown): number {
  const seconds = int("message TTL", value);
  if (seconds < 0) throw new Refusal("MetadataError", "Invalid value for message TTL, message TTL must >= 0");
  return seconds;
}

/** @throws {RangeError} naming the limit that cannot be */
export function parseRetention(value: unknown): Retention {
  const given = record("retention", value);
  const retentionTimeInMinutes = int("retentionTimeInMinutes", given["retentionTimeInMinutes"] ?? 0);
  const retentionSizeInMB = int("retentionSizeInMB", given["retentionSizeInMB"] ?? 0);
  if (retentionTimeInMinutes < -1) throw invalidRetention("time limit must be >= -1");
  if (retentionSizeInMB < -1) throw invalidRetention("size limit must be >= -1");
  if ((retentionTimeInMinutes === 0) !== (retentionSizeInMB === 0)) {
    throw invalidRetention(
      "Setting a single time or size limit to 0 is invalid when one of the limits has a non-zero value. Use the value " +
        "of -1 instead of 0 to ignore a specific limit. To disable retention both limits must be set to 0.",
    );
  }
  return { retentionTimeInMinutes, retentionSizeInMB };
}

/** @throws {RangeError} for limits that are no numbers and for a policy that is none */
export function parseQuota(value: unknown): BacklogQuota {
  const given = record("backlog quota", value);
  const policy = QUOTA_POLICIES.find((each) => each === given["policy"]);
  if (policy === undefined) {
    throw new RangeError(
      `backlog quota: the attribute policy is ${show(given["policy"])}, expected one of ${
        QUOTA_POLICIES.join(", ")
      }`,
    );
  }
  // `limit` is the name of before Pulsar 2.8.
  const limitSize = given["limitSize"] ?? given["limit"] ?? 0;
  if (!Number.isSafeInteger(limitSize)) {
    throw new RangeError(`limitSize: ${show(limitSize)} is no number of bytes`);
  }
  return { limitSize: limitSize as number, limitTime: int("limitTime", given["limitTime"] ?? 0), policy };
}

/** @throws {RangeError} for a type of quota that is none */
export function parseQuotaType(text: string): QuotaType {
  const type = QUOTA_TYPES.find((each) => each === text);
  if (type !== undefined) return type;
  throw new RangeError(`'${text}' is no type of backlog quota; use ${QUOTA_TYPES.join(" or ")}`);
}

/**
 * Reads what is known of a `Policies` object and passes over the rest, as for a real broker's own answers.
 *
 * @throws {RangeError} or {Refusal} naming what cannot be
 */
export function parsePolicies(value: unknown): NamespacePolicies {
  const given = record("policies", value);
  const read = <T>(key: keyof NamespacePolicies, parse: (value: unknown) => T): T | undefined =>
    given[key] === undefined || given[key] === null ? undefined : parse(given[key]);
  return checked({
    deduplicationEnabled: read("deduplicationEnabled", parseDeduplication),
    message_ttl_in_seconds: read("message_ttl_in_seconds", parseTtl),
    retention_policies: read("retention_policies", parseRetention),
    backlog_quota_map: read("backlog_quota_map", parseQuotas),
  });
}

/** {@link parsePolicies} of what is to change: a field that is there without a value takes its policy back. */
export function parseChanges(value: unknown): NamespacePolicies {
  const given = record("policies", value);
  return Object.fromEntries(Object.entries(parsePolicies(value)).filter(([key]) => key in given));
}

/**
 * The same policies.
 *
 * @throws {Refusal} when more may be in the backlog than is retained
 */
export function checked(
  policies: NamespacePolicies,
  culprit: keyof NamespacePolicies = "backlog_quota_map",
): NamespacePolicies {
  const megabytes = policies.retention_policies?.retentionSizeInMB ?? 0;
  const limit = policies.backlog_quota_map?.destination_storage?.limitSize ?? -1;
  if (megabytes <= 0 || limit < megabytes * 2 ** 20) return policies;
  throw new Refusal(
    "MetadataError",
    culprit === "retention_policies"
      ? "Retention Quota must exceed configured backlog quota for namespace."
      : "Backlog Quota exceeds configured retention quota for namespace. Please increase retention quota and retry",
  );
}

function parseQuotas(value: unknown): BacklogQuotas {
  return Object.fromEntries(
    Object.entries(record("backlog_quota_map", value)).map((
      [type, quota],
    ) => [parseQuotaType(type), parseQuota(quota)]),
  );
}

function record(what: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new RangeError(`${what}: ${show(value)} is no object`);
}

function int(what: string, value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= LARGEST_INT) return value;
  throw new RangeError(`${what}: ${show(value)} is no whole number of 32 bits`);
}

function invalidRetention(problem: string): RangeError {
  return new RangeError(`Invalid retention policy: ${problem}`);
}

function show(value: unknown): string {
  return value === undefined ? "missing" : `'${typeof value === "string" ? value : JSON.stringify(value)}'`;
}
