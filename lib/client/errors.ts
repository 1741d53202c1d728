/** Errors of the client: one class per kind, each with a machine-readable `code`. */
import { TransportError } from "../transport/errors.ts";
import type { ServerErrorName } from "../wire/enums.ts";

/** Common shape: `code` for counting, `isRetryable` for the reconnect loop. */
export abstract class ClientError extends Error {
  abstract readonly code: string;
  abstract readonly isRetryable: boolean;
}

/**
 * Server errors that are often gone after a wait and a fresh lookup.
 * Source: what the reference clients do, see `isRetryable` of the C++ client and the reconnect loop of the Go one.
 */
const RETRYABLE: ReadonlySet<ServerErrorName> = new Set<ServerErrorName>([
  "UnknownError",
  "MetadataError",
  "PersistenceError",
  "ServiceNotReady",
  "TooManyRequests",
  "ProducerBlockedQuotaExceededError",
  "ProducerBlockedQuotaExceededException",
  "ChecksumError",
]);

/** Explanations of errors that brokers send without a message. */
const DEFAULT_REASONS: Readonly<Partial<Record<ServerErrorName, string>>> = {
  TopicNotFound: "it does not exist and the broker does not create it",
};

/** The broker answered with an error. */
export class PulsarError extends ClientError {
  override readonly name = "PulsarError";
  readonly isRetryable: boolean;
  constructor(readonly code: ServerErrorName, message: string, readonly action: string) {
    super(
      `${action}: ${code}: ${firstLine(message) || (DEFAULT_REASONS[code] ?? "the broker gives no reason")}`,
    );
    this.isRetryable = RETRYABLE.has(code);
  }
}

/** The TCP connection ended, or its handshake failed. */
export class ConnectionClosedError extends ClientError {
  override readonly name = "ConnectionClosedError";
  readonly code = "ConnectionClosed";
  readonly isRetryable = true;
}

/** The peer does not answer as a Pulsar broker does. Retryable: clusters that are starting do so for a while. */
export class HandshakeError extends ClientError {
  override readonly name = "HandshakeError";
  readonly code = "Handshake";
  readonly isRetryable = true;
}

/** The cluster names an unusable broker, or none. */
export class LookupError extends ClientError {
  override readonly name = "LookupError";
  readonly code = "Lookup";
  constructor(message: string, readonly isRetryable: boolean, options?: ErrorOptions) {
    super(message, options);
  }
}

/** No answer within the operation timeout. */
export class RequestTimeoutError extends ClientError {
  override readonly name = "RequestTimeoutError";
  readonly code = "Timeout";
  readonly isRetryable = true;
}

/** The message is over the broker's or the producer's maximum. */
export class MessageTooLargeError extends ClientError {
  override readonly name = "MessageTooLargeError";
  readonly code = "MessageTooLarge";
  readonly isRetryable = false;
}

/** The producer, consumer or client was closed before the call. */
export class ClosedError extends ClientError {
  override readonly name = "ClosedError";
  readonly code = "Closed";
  readonly isRetryable = false;
}

/** A service URL, admin URL or topic name that cannot be understood. */
export class InvalidNameError extends ClientError {
  override readonly name = "InvalidNameError";
  readonly code = "InvalidName";
  readonly isRetryable = false;
}

/** Whether retrying can help. Unknown errors are bugs; retrying does not help. */
export function isRetryable(error: unknown): boolean {
  return error instanceof ClientError || error instanceof TransportError ? error.isRetryable : false;
}

/**
 * Whether to retry a first attempt: the broker is reachable, but busy or moving topics. An unreachable address, or a
 * peer that is no broker, is reported at once.
 */
export function isTransient(error: unknown): boolean {
  return error instanceof ConnectionClosedError || (error instanceof PulsarError && error.isRetryable);
}

/** Refusals while the broker still holds the last connection: temporary for what was attached before. */
const STILL_ATTACHED: ReadonlySet<string> = new Set<ServerErrorName>([
  "ProducerBusy",
  "ConsumerBusy",
  "ConsumerAssignError",
]);

/** Whether a producer or consumer that was attached before should retry. */
export function isRetryableAfterAttach(error: unknown): boolean {
  return isRetryable(error) || (error instanceof PulsarError && STILL_ATTACHED.has(error.code));
}

/** What a broker says when it has as many connections as it may. Source: `ServerCnx.channelActive` of Pulsar 4. */
const FULL = /maximum number of connections/i;

/**
 * Whether what was refused when it was opened may be let in later: as at a reconnect, and also where a broker or topic is
 * full for now.
 */
export function isRefusedForNow(error: unknown): boolean {
  const isFull = error instanceof PulsarError && error.code === "NotAllowedError" && FULL.test(error.message);
  return isFull || isRetryableAfterAttach(error);
}

/** Machine-readable code of any error, for counting. */
export function errorCode(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return "Other";
}

// Brokers put Java stack traces behind the first line.
function firstLine(text: string): string {
  return text.split("\n", 1)[0]!.slice(0, 300);
}
