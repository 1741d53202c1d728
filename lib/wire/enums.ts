/** Enumerations of the Pulsar protocol. Source: PulsarApi.proto. */

/** `ServerError` by number. */
export const SERVER_ERRORS = [
  "UnknownError",
  "MetadataError",
  "PersistenceError",
  "AuthenticationError",
  "AuthorizationError",
  "ConsumerBusy",
  "ServiceNotReady",
  "ProducerBlockedQuotaExceededError",
  "ProducerBlockedQuotaExceededException",
  "ChecksumError",
  "UnsupportedVersionError",
  "TopicNotFound",
  "SubscriptionNotFound",
  "ConsumerNotFound",
  "TooManyRequests",
  "TopicTerminatedError",
  "ProducerBusy",
  "InvalidTopicName",
  "IncompatibleSchema",
  "ConsumerAssignError",
  "TransactionCoordinatorNotFound",
  "InvalidTxnStatus",
  "NotAllowedError",
  "TransactionConflict",
  "TransactionNotFound",
  "ProducerFenced",
] as const;

export type ServerErrorName = (typeof SERVER_ERRORS)[number];

/** Name of a `ServerError` number; numbers a newer broker may add read as `UnknownError`. */
export function serverErrorName(code: number): ServerErrorName {
  return SERVER_ERRORS[code] ?? "UnknownError";
}

export function serverErrorCode(name: ServerErrorName): number {
  return SERVER_ERRORS.indexOf(name);
}

/** Types of subscriptions, by the names that options and results give them. */
export const SubType = { exclusive: 0, shared: 1, failover: 2, "key-shared": 3 } as const;
export type SubscriptionType = keyof typeof SubType;
export const SUBSCRIPTION_TYPES = Object.keys(SubType) as readonly SubscriptionType[];

/** `CompressionType` by name. */
export const CompressionKind = { none: 0, lz4: 1, zlib: 2, zstd: 3, snappy: 4 } as const;
export type CompressionName = keyof typeof CompressionKind;
export const COMPRESSION_NAMES = Object.keys(CompressionKind) as readonly CompressionName[];

export const InitialPosition = { latest: 0, earliest: 1 } as const;
export const AckType = { individual: 0, cumulative: 1 } as const;
export const LookupType = { redirect: 0, connect: 1, failed: 2 } as const;
export const AccessMode = { shared: 0, exclusive: 1, waitForExclusive: 2, exclusiveWithFencing: 3 } as const;

/** Why an entry was refused: `CommandAck.ValidationError`. */
export const ValidationError = {
  uncompressedSizeCorruption: 0,
  decompressionError: 1,
  checksumMismatch: 2,
  batchDeserializeError: 3,
  decryptionError: 4,
} as const;

/** The protocol version this code speaks. */
export const PROTOCOL_VERSION = 20;
/** `maxMessageSize` when the broker does not say. */
export const DEFAULT_MAX_MESSAGE_SIZE = 5 * 1024 * 1024;
/** What a frame may be longer than `maxMessageSize`: commands and metadata. */
export const FRAME_PADDING = 10 * 1024;
