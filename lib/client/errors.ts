/** What can go wrong between us and a cluster: one class per kind, each with a machine-readable `code`. */
import type { ServerErrorName } from "../wire/enums.ts";

/** Common shape: `code` for counting, `isRetryable` for the reconnect loop. */
export abstract class ClientError extends Error {
  abstract readonly code: string;
  abstract readonly isRetryable: boolean;
}

/**
 * Server errors that a fresh lookup and a little patience can mend.
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

/** The broker answered with an error. */
export class PulsarError extends ClientError {
  override readonly name = "PulsarError";
  readonly isRetryable: boolean;
  constructor(readonly code: ServerErrorName, message: string, readonly action: string) {
    super(`${action}: ${code}: ${firstLine(message)}`);
    this.isRetryable = RETRYABLE.has(code);
  }
}

/** The TCP connection ended, or never became a Pulsar session. */
export class ConnectionClosedError extends ClientError {
  override readonly name = "ConnectionClosedError";
  readonly code = "ConnectionClosed";
  readonly isRetryable = true;
}

/** No answer within the operation timeout. */
export class RequestTimeoutError extends ClientError {
  override readonly name = "RequestTimeoutError";
  readonly code = "Timeout";
  readonly isRetryable = true;
}

/** The message does not fit what the broker accepts. */
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

/** Whether trying again can help; unknown errors are transport trouble, which can pass. */
export function isRetryable(error: unknown): boolean {
  return error instanceof ClientError ? error.isRetryable : true;
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
