/**
 * Field tables of the Pulsar protocol messages that a client or the embedded broker needs.
 *
 * Source: PulsarApi.proto of Apache Pulsar, protocol version 20. Names are its names in camel case; 64-bit ids
 * are `U64` (see `protobuf.ts`). `command_test.ts` and `send_frame_test.ts` check
 * the numbers against recorded bytes, the integration tests against a real broker.
 */
import { type Infer, Message, optional, repeated, required } from "./schema.ts";

export const KeyValue = new Message("KeyValue", { key: required(1, "string"), value: required(2, "string") });
export type KeyValue = Infer<typeof KeyValue>;

export const MessageIdData = new Message("MessageIdData", {
  ledgerId: required(1, "u64"),
  entryId: required(2, "u64"),
  partition: optional(3, "i32"),
  batchIndex: optional(4, "i32"),
  /** 64-bit words, least significant bit first; 1 = not yet acknowledged. */
  ackSet: repeated(5, "u64"),
  batchSize: optional(6, "i32"),
});
export type MessageIdData = Infer<typeof MessageIdData>;

export const Schema = new Message("Schema", {
  name: required(1, "string"),
  schemaData: required(3, "bytes"),
  type: required(4, "i32"),
  properties: repeated(5, KeyValue),
});
export type Schema = Infer<typeof Schema>;

const FeatureFlags = new Message("FeatureFlags", {
  supportsAuthRefresh: optional(1, "bool"),
  supportsBrokerEntryMetadata: optional(2, "bool"),
  supportsPartialProducer: optional(3, "bool"),
  supportsTopicWatchers: optional(4, "bool"),
});

const AuthData = new Message("AuthData", {
  authMethodName: optional(1, "string"),
  authData: optional(2, "bytes"),
});

export const CommandConnect = new Message("CommandConnect", {
  clientVersion: required(1, "string"),
  authData: optional(3, "bytes"),
  protocolVersion: optional(4, "i32"),
  authMethodName: optional(5, "string"),
  proxyToBrokerUrl: optional(6, "string"),
  featureFlags: optional(10, FeatureFlags),
});

export const CommandConnected = new Message("CommandConnected", {
  serverVersion: required(1, "string"),
  protocolVersion: optional(2, "i32"),
  maxMessageSize: optional(3, "i32"),
  featureFlags: optional(4, FeatureFlags),
});

export const CommandAuthChallenge = new Message("CommandAuthChallenge", {
  serverVersion: optional(1, "string"),
  challenge: optional(2, AuthData),
  protocolVersion: optional(3, "i32"),
});

export const CommandAuthResponse = new Message("CommandAuthResponse", {
  clientVersion: optional(1, "string"),
  response: optional(2, AuthData),
  protocolVersion: optional(3, "i32"),
});

export const CommandPing = new Message("CommandPing", {});
export const CommandPong = new Message("CommandPong", {});

export const CommandError = new Message("CommandError", {
  requestId: required(1, "u64"),
  error: required(2, "i32"),
  message: required(3, "string"),
});

export const CommandSuccess = new Message("CommandSuccess", {
  requestId: required(1, "u64"),
  schema: optional(2, Schema),
});

export const CommandPartitionedTopicMetadata = new Message("CommandPartitionedTopicMetadata", {
  topic: required(1, "string"),
  requestId: required(2, "u64"),
});

export const CommandPartitionedTopicMetadataResponse = new Message(
  "CommandPartitionedTopicMetadataResponse",
  {
    partitions: optional(1, "u32"),
    requestId: required(2, "u64"),
    /** 0 = Success, 1 = Failed. */
    response: optional(3, "i32"),
    error: optional(4, "i32"),
    message: optional(5, "string"),
  },
);

export const CommandLookupTopic = new Message("CommandLookupTopic", {
  topic: required(1, "string"),
  requestId: required(2, "u64"),
  authoritative: optional(3, "bool"),
  advertisedListenerName: optional(7, "string"),
});

export const CommandLookupTopicResponse = new Message("CommandLookupTopicResponse", {
  brokerServiceUrl: optional(1, "string"),
  brokerServiceUrlTls: optional(2, "string"),
  /** `LookupType`. */
  response: optional(3, "i32"),
  requestId: required(4, "u64"),
  authoritative: optional(5, "bool"),
  error: optional(6, "i32"),
  message: optional(7, "string"),
  proxyThroughServiceUrl: optional(8, "bool"),
});

export const CommandGetTopicsOfNamespace = new Message("CommandGetTopicsOfNamespace", {
  requestId: required(1, "u64"),
  namespace: required(2, "string"),
  mode: optional(3, "i32"),
});

export const CommandGetTopicsOfNamespaceResponse = new Message("CommandGetTopicsOfNamespaceResponse", {
  requestId: required(1, "u64"),
  topics: repeated(2, "string"),
});

export const CommandProducer = new Message("CommandProducer", {
  topic: required(1, "string"),
  producerId: required(2, "u64"),
  requestId: required(3, "u64"),
  producerName: optional(4, "string"),
  encrypted: optional(5, "bool"),
  metadata: repeated(6, KeyValue),
  schema: optional(7, Schema),
  epoch: optional(8, "u64"),
  userProvidedProducerName: optional(9, "bool"),
  producerAccessMode: optional(10, "i32"),
  topicEpoch: optional(11, "u64"),
});

export const CommandProducerSuccess = new Message("CommandProducerSuccess", {
  requestId: required(1, "u64"),
  producerName: required(2, "string"),
  lastSequenceId: optional(3, "i64"),
  schemaVersion: optional(4, "bytes"),
  topicEpoch: optional(5, "u64"),
  producerReady: optional(6, "bool"),
});

export const CommandSend = new Message("CommandSend", {
  producerId: required(1, "u64"),
  sequenceId: required(2, "u64"),
  numMessages: optional(3, "i32"),
  highestSequenceId: optional(6, "u64"),
  isChunk: optional(7, "bool"),
});

export const CommandSendReceipt = new Message("CommandSendReceipt", {
  producerId: required(1, "u64"),
  sequenceId: required(2, "u64"),
  messageId: optional(3, MessageIdData),
  highestSequenceId: optional(4, "u64"),
});

export const CommandSendError = new Message("CommandSendError", {
  producerId: required(1, "u64"),
  sequenceId: required(2, "u64"),
  error: required(3, "i32"),
  message: required(4, "string"),
});

export const CommandCloseProducer = new Message("CommandCloseProducer", {
  producerId: required(1, "u64"),
  requestId: required(2, "u64"),
  assignedBrokerServiceUrl: optional(3, "string"),
  assignedBrokerServiceUrlTls: optional(4, "string"),
});

const IntRange = new Message("IntRange", { start: required(1, "i32"), end: required(2, "i32") });

const KeySharedMeta = new Message("KeySharedMeta", {
  /** 0 = AUTO_SPLIT, 1 = STICKY. */
  keySharedMode: required(1, "i32"),
  hashRanges: repeated(3, IntRange),
  allowOutOfOrderDelivery: optional(4, "bool"),
});

export const CommandSubscribe = new Message("CommandSubscribe", {
  topic: required(1, "string"),
  subscription: required(2, "string"),
  subType: required(3, "i32"),
  consumerId: required(4, "u64"),
  requestId: required(5, "u64"),
  consumerName: optional(6, "string"),
  priorityLevel: optional(7, "i32"),
  durable: optional(8, "bool"),
  startMessageId: optional(9, MessageIdData),
  metadata: repeated(10, KeyValue),
  schema: optional(12, Schema),
  initialPosition: optional(13, "i32"),
  forceTopicCreation: optional(15, "bool"),
  startMessageRollbackDurationSec: optional(16, "u64"),
  keySharedMeta: optional(17, KeySharedMeta),
  consumerEpoch: optional(19, "u64"),
});

export const CommandFlow = new Message("CommandFlow", {
  consumerId: required(1, "u64"),
  messagePermits: required(2, "u32"),
});

export const CommandMessage = new Message("CommandMessage", {
  consumerId: required(1, "u64"),
  messageId: required(2, MessageIdData),
  redeliveryCount: optional(3, "u32"),
  ackSet: repeated(4, "u64"),
  consumerEpoch: optional(5, "u64"),
});

export const CommandAck = new Message("CommandAck", {
  consumerId: required(1, "u64"),
  ackType: required(2, "i32"),
  messageId: repeated(3, MessageIdData),
  validationError: optional(4, "i32"),
  requestId: optional(8, "u64"),
});

export const CommandAckResponse = new Message("CommandAckResponse", {
  consumerId: required(1, "u64"),
  error: optional(4, "i32"),
  message: optional(5, "string"),
  requestId: optional(6, "u64"),
});

export const CommandActiveConsumerChange = new Message("CommandActiveConsumerChange", {
  consumerId: required(1, "u64"),
  isActive: optional(2, "bool"),
});

export const CommandRedeliverUnacknowledgedMessages = new Message("CommandRedeliverUnacknowledgedMessages", {
  consumerId: required(1, "u64"),
  messageIds: repeated(2, MessageIdData),
  consumerEpoch: optional(3, "u64"),
});

export const CommandUnsubscribe = new Message("CommandUnsubscribe", {
  consumerId: required(1, "u64"),
  requestId: required(2, "u64"),
  force: optional(3, "bool"),
});

export const CommandSeek = new Message("CommandSeek", {
  consumerId: required(1, "u64"),
  requestId: required(2, "u64"),
  messageId: optional(3, MessageIdData),
  messagePublishTime: optional(4, "u64"),
});

export const CommandGetLastMessageId = new Message("CommandGetLastMessageId", {
  consumerId: required(1, "u64"),
  requestId: required(2, "u64"),
});

export const CommandGetLastMessageIdResponse = new Message("CommandGetLastMessageIdResponse", {
  lastMessageId: required(1, MessageIdData),
  requestId: required(2, "u64"),
  consumerMarkDeletePosition: optional(3, MessageIdData),
});

export const CommandReachedEndOfTopic = new Message("CommandReachedEndOfTopic", {
  consumerId: required(1, "u64"),
});

export const CommandCloseConsumer = new Message("CommandCloseConsumer", {
  consumerId: required(1, "u64"),
  requestId: required(2, "u64"),
  assignedBrokerServiceUrl: optional(3, "string"),
  assignedBrokerServiceUrlTls: optional(4, "string"),
});

export const CommandGetSchema = new Message("CommandGetSchema", {
  requestId: required(1, "u64"),
  topic: required(2, "string"),
  /** Absent or empty: the latest. */
  schemaVersion: optional(3, "bytes"),
});

export const CommandGetSchemaResponse = new Message("CommandGetSchemaResponse", {
  requestId: required(1, "u64"),
  errorCode: optional(2, "i32"),
  errorMessage: optional(3, "string"),
  schema: optional(4, Schema),
  schemaVersion: optional(5, "bytes"),
});

export const CommandGetOrCreateSchema = new Message("CommandGetOrCreateSchema", {
  requestId: required(1, "u64"),
  topic: required(2, "string"),
  schema: required(3, Schema),
});

export const CommandGetOrCreateSchemaResponse = new Message("CommandGetOrCreateSchemaResponse", {
  requestId: required(1, "u64"),
  errorCode: optional(2, "i32"),
  errorMessage: optional(3, "string"),
  schemaVersion: optional(4, "bytes"),
});

export const CommandTopicMigrated = new Message("CommandTopicMigrated", {
  resourceId: required(1, "u64"),
  /** 0 = Producer, 1 = Consumer. */
  resourceType: required(2, "i32"),
  brokerServiceUrl: optional(3, "string"),
  brokerServiceUrlTls: optional(4, "string"),
});

export const CommandConsumerStats = new Message("CommandConsumerStats", {
  requestId: required(1, "u64"),
  consumerId: required(4, "u64"),
});

export const CommandConsumerStatsResponse = new Message("CommandConsumerStatsResponse", {
  requestId: required(1, "u64"),
  errorCode: optional(2, "i32"),
  errorMessage: optional(3, "string"),
  msgRateOut: optional(4, "double"),
  msgThroughputOut: optional(5, "double"),
  msgRateRedeliver: optional(6, "double"),
  consumerName: optional(7, "string"),
  availablePermits: optional(8, "u64"),
  unackedMessages: optional(9, "u64"),
  blockedConsumerOnUnackedMsgs: optional(10, "bool"),
  msgBacklog: optional(15, "u64"),
});

export const MessageMetadata = new Message("MessageMetadata", {
  producerName: required(1, "string"),
  sequenceId: required(2, "u64"),
  publishTime: required(3, "u64"),
  properties: repeated(4, KeyValue),
  replicatedFrom: optional(5, "string"),
  partitionKey: optional(6, "string"),
  compression: optional(8, "i32"),
  uncompressedSize: optional(9, "u32"),
  numMessagesInBatch: optional(11, "i32"),
  eventTime: optional(12, "u64"),
  partitionKeyB64Encoded: optional(17, "bool"),
  orderingKey: optional(18, "bytes"),
  deliverAtTime: optional(19, "i64"),
  markerType: optional(20, "i32"),
  highestSequenceId: optional(24, "u64"),
  nullValue: optional(25, "bool"),
  uuid: optional(26, "string"),
  numChunksFromMsg: optional(27, "i32"),
  totalChunkMsgSize: optional(28, "i32"),
  chunkId: optional(29, "i32"),
});
export type MessageMetadata = Infer<typeof MessageMetadata>;

export const SingleMessageMetadata = new Message("SingleMessageMetadata", {
  properties: repeated(1, KeyValue),
  partitionKey: optional(2, "string"),
  payloadSize: required(3, "i32"),
  compactedOut: optional(4, "bool"),
  eventTime: optional(5, "u64"),
  partitionKeyB64Encoded: optional(6, "bool"),
  orderingKey: optional(7, "bytes"),
  sequenceId: optional(8, "u64"),
  nullValue: optional(9, "bool"),
});
export type SingleMessageMetadata = Infer<typeof SingleMessageMetadata>;
