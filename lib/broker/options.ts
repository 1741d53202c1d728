/** Options of the embedded broker, their defaults and their checks. */
import { DEFAULT_MAX_MESSAGE_SIZE, FRAME_PADDING } from "../wire/enums.ts";
import type { StandingFault } from "./faults.ts";

/** Memory for all backlogs together. */
export const DEFAULT_BACKLOG_BYTES = 256 * 1024 * 1024;

/** How an embedded broker behaves. Plain data: it is also sent to the broker's worker. */
export interface BrokerOptions {
  /** `memory` stores and delivers; `null` acknowledges what it receives and forgets it. Default `memory`. */
  readonly mode?: "memory" | "null";
  /**
   * Address to listen on. Default 127.0.0.1. Clients that reach it by other names, as with 0.0.0.0, are told to stay at
   * the address they have.
   */
  readonly host?: string;
  /** Port for clients. Default 0: any free one. */
  readonly port?: number;
  /** Port of the HTTP admin interface. Default 0: any free one. */
  readonly adminPort?: number;
  /** Bytes that all backlogs together may take. Producers wait beyond. Default 256 MiB. */
  readonly maxBacklogBytes?: number;
  /** Bytes of acknowledged entries kept per topic for seeking back and late readers. Default 4 MiB. */
  readonly retentionBytes?: number;
  /** Largest message with its metadata, bytes. Default 5 MiB. */
  readonly maxMessageSize?: number;
  /** Partitions of a topic created by its first use. Default 0: not partitioned. */
  readonly defaultPartitions?: number;
  /** Whether topics come to be by their first use. Default true. */
  readonly autoCreateTopics?: boolean;
  /** Whether entries that were stored before are recognised by producer name and sequence id. Default false. */
  readonly deduplication?: boolean;
  /** Whether the checksum of each entry is verified. Default true; never in mode `null`. */
  readonly verifyChecksums?: boolean;
  /** Messages one Shared or Key_Shared consumer may hold. Default 50,000. */
  readonly maxUnackedMessages?: number;
  /**
   * How long a message may wait for memory that other topics hold before its producer is closed, ms. The producer of
   * the topic that fills the memory waits without end. Default 10,000.
   */
  readonly maxHoldMs?: number;
  /** Silence after which a connection is pinged, and closed when silent as long again, ms. Default 30,000. */
  readonly keepAliveMs?: number;
  /** How often TTL, time of retention and backlog quotas of the namespaces are checked, ms. Default 1,000. */
  readonly policyCheckMs?: number;
  /** Tokens that let clients in. Default: every client may connect. */
  readonly tokens?: readonly string[] | undefined;
  /** PEM texts; with them clients must use TLS. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Faults to start with. */
  readonly faults?: readonly StandingFault[];
}

export type ResolvedOptions =
  & Required<Omit<BrokerOptions, "tls" | "tokens">>
  & Pick<BrokerOptions, "tls" | "tokens">;

/** Memory every topic's first chunk and index need, whatever the message size. */
const LEAST_OVERHEAD = 64 * 1024;

/**
 * Options with their defaults.
 *
 * @throws {RangeError} naming the option that cannot be
 */
export function resolveOptions(options: BrokerOptions): ResolvedOptions {
  const resolved: ResolvedOptions = {
    ...options,
    mode: options.mode ?? "memory",
    host: options.host ?? "127.0.0.1",
    port: options.port ?? 0,
    adminPort: options.adminPort ?? 0,
    maxBacklogBytes: options.maxBacklogBytes ?? DEFAULT_BACKLOG_BYTES,
    retentionBytes: options.retentionBytes ?? 4 * 1024 * 1024,
    maxMessageSize: options.maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE,
    defaultPartitions: options.defaultPartitions ?? 0,
    autoCreateTopics: options.autoCreateTopics ?? true,
    deduplication: options.deduplication ?? false,
    verifyChecksums: options.verifyChecksums ?? true,
    maxUnackedMessages: options.maxUnackedMessages ?? 50_000,
    maxHoldMs: options.maxHoldMs ?? 10_000,
    keepAliveMs: options.keepAliveMs ?? 30_000,
    policyCheckMs: options.policyCheckMs ?? 1000,
    faults: options.faults ?? [],
  };
  if (resolved.mode !== "memory" && resolved.mode !== "null") {
    throw new RangeError(
      `mode: '${resolved.mode}' is not a mode of the embedded broker; use 'memory' or 'null'`,
    );
  }
  checkWhole("port", resolved.port, 0, 65_535);
  checkWhole("adminPort", resolved.adminPort, 0, 65_535);
  checkWhole("maxMessageSize", resolved.maxMessageSize, 1024, 512 * 1024 * 1024);
  checkWhole("maxBacklogBytes", resolved.maxBacklogBytes, leastMemory(resolved), Number.MAX_SAFE_INTEGER);
  checkWhole("retentionBytes", resolved.retentionBytes, 0, Number.MAX_SAFE_INTEGER);
  checkWhole("defaultPartitions", resolved.defaultPartitions, 0, 10_000);
  checkWhole("maxUnackedMessages", resolved.maxUnackedMessages, 1, Number.MAX_SAFE_INTEGER);
  checkWhole("maxHoldMs", resolved.maxHoldMs, 1, 86_400_000);
  checkWhole("policyCheckMs", resolved.policyCheckMs, 1, 86_400_000);
  checkWhole("keepAliveMs", resolved.keepAliveMs, 1, 86_400_000);
  return resolved;
}

/** Bytes without which not even one message of the largest size fits. */
export function leastMemory({ maxMessageSize }: { readonly maxMessageSize: number }): number {
  return maxMessageSize + FRAME_PADDING + LEAST_OVERHEAD;
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${name}: '${value}' is not possible; use a whole number from ${least} to ${most}`);
}
