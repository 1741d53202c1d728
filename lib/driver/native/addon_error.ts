/** What the addon rejects with, under the names that the wire client's errors are counted by. */
import { ClientError } from "../../client/mod.ts";

/** The addon is not there, or cannot be loaded: what is missing, and what to do about it. */
export class NativeAddonError extends Error {
  override readonly name = "NativeAddonError";
  readonly code = "NativeAddon";
}

/** Results of the C++ client (`strResult`) that the protocol or this project call otherwise. */
const NAMES: Readonly<Record<string, string>> = {
  AlreadyClosed: "Closed",
  BrokerMetadataError: "MetadataError",
  BrokerPersistenceError: "PersistenceError",
  ConnectError: "ConnectionClosed",
  CryptoError: "Encrypted",
  Disconnected: "ConnectionClosed",
  LookupError: "Lookup",
  MessageTooBig: "MessageTooLarge",
  NotConnected: "ConnectionClosed",
  ReadError: "ConnectionLost",
  ServiceUnitNotReady: "ServiceNotReady",
  TimeOut: "Timeout",
  TooManyLookupRequestException: "TooManyRequests",
  TopicTerminated: "TopicTerminatedError",
};

export class NativeClientError extends ClientError {
  override readonly name = "NativeClientError";
  /** The addon itself repeats what can be repeated. */
  readonly isRetryable = false;
  readonly code: string;

  /** @param cause an error of the addon, such as `Failed to send message: TimeOut` */
  constructor(action: string, cause: unknown) {
    const text = cause instanceof Error ? cause.message : String(cause);
    super(`${action}: ${text}`, { cause });
    const result = text.slice(text.lastIndexOf(" ") + 1);
    this.code = NAMES[result] ?? result;
  }
}
