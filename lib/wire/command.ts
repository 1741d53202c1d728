/**
 * `BaseCommand`: every command of the protocol as one discriminated union, and its frame.
 *
 * A simple frame is `totalSize(4) commandSize(4) BaseCommand`, lengths big-endian.
 * Source: Pulsar binary protocol specification, "Simple commands".
 */
import { putUint32 } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import * as m from "./messages.ts";
import { DELIMITED, ProtoReader, ProtoWriter, type U64, VARINT } from "./protobuf.ts";
import type { Infer, Message } from "./schema.ts";

/** Numbers of the commands that have fast paths. */
export const SEND = 6;
export const SEND_RECEIPT = 7;
export const MESSAGE = 9;
export const ACK = 10;

/** Command name → its number, which is also its field number in `BaseCommand`, and its table. */
const COMMANDS = {
  connect: [2, m.CommandConnect],
  connected: [3, m.CommandConnected],
  subscribe: [4, m.CommandSubscribe],
  producer: [5, m.CommandProducer],
  send: [SEND, m.CommandSend],
  sendReceipt: [SEND_RECEIPT, m.CommandSendReceipt],
  sendError: [8, m.CommandSendError],
  message: [MESSAGE, m.CommandMessage],
  ack: [ACK, m.CommandAck],
  flow: [11, m.CommandFlow],
  unsubscribe: [12, m.CommandUnsubscribe],
  success: [13, m.CommandSuccess],
  error: [14, m.CommandError],
  closeProducer: [15, m.CommandCloseProducer],
  closeConsumer: [16, m.CommandCloseConsumer],
  producerSuccess: [17, m.CommandProducerSuccess],
  ping: [18, m.CommandPing],
  pong: [19, m.CommandPong],
  redeliver: [20, m.CommandRedeliverUnacknowledgedMessages],
  partitionMetadata: [21, m.CommandPartitionedTopicMetadata],
  partitionMetadataResponse: [22, m.CommandPartitionedTopicMetadataResponse],
  lookup: [23, m.CommandLookupTopic],
  lookupResponse: [24, m.CommandLookupTopicResponse],
  consumerStats: [25, m.CommandConsumerStats],
  consumerStatsResponse: [26, m.CommandConsumerStatsResponse],
  reachedEndOfTopic: [27, m.CommandReachedEndOfTopic],
  seek: [28, m.CommandSeek],
  getLastMessageId: [29, m.CommandGetLastMessageId],
  getLastMessageIdResponse: [30, m.CommandGetLastMessageIdResponse],
  activeConsumerChange: [31, m.CommandActiveConsumerChange],
  getTopicsOfNamespace: [32, m.CommandGetTopicsOfNamespace],
  getTopicsOfNamespaceResponse: [33, m.CommandGetTopicsOfNamespaceResponse],
  getSchema: [34, m.CommandGetSchema],
  getSchemaResponse: [35, m.CommandGetSchemaResponse],
  authChallenge: [36, m.CommandAuthChallenge],
  authResponse: [37, m.CommandAuthResponse],
  ackResponse: [38, m.CommandAckResponse],
  getOrCreateSchema: [39, m.CommandGetOrCreateSchema],
  getOrCreateSchemaResponse: [40, m.CommandGetOrCreateSchemaResponse],
  topicMigrated: [68, m.CommandTopicMigrated],
} as const;

type Commands = typeof COMMANDS;
export type CommandName = keyof Commands;
export type CommandBody<N extends CommandName> = Infer<Commands[N][1]>;
/** One decoded command: `{ name: "ping", body: {} }` … */
export type Command = {
  [N in CommandName]: { readonly name: N; readonly body: CommandBody<N> };
}[CommandName];

const BY_NUMBER = new Map<number, CommandName>(
  (Object.entries(COMMANDS) as [CommandName, Commands[CommandName]][]).map((
    [name, [number]],
  ) => [number, name]),
);

// The tables' value types are checked where they are used; the map of all of them cannot be.
type AnyTable = Message<Record<string, never>>;
const table = (name: CommandName): AnyTable => COMMANDS[name][1] as unknown as AnyTable;

/** The number of a command, without decoding the rest; 0 if the bytes hold none. */
export function commandNumber(buffer: Uint8Array, start: number, end: number): number {
  // All known encoders write the type first, as `08 NN`; anything else takes the general path.
  if (end - start >= 2 && buffer[start] === 0x08 && buffer[start + 1]! < 0x80) return buffer[start + 1]!;
  const reader = new ProtoReader(buffer, start, end);
  while (reader.nextField()) {
    if (reader.field === 1 && reader.wireType === VARINT) return reader.uint32();
    reader.skip();
  }
  return 0;
}

/**
 * Decodes a `BaseCommand`.
 *
 * @throws {ProtocolError} `unknown-command` for numbers this code has no table for; `truncated`, `malformed`
 * or `missing-field` for bytes that are not a command.
 */
export function decodeCommand(buffer: Uint8Array, start = 0, end: number = buffer.length): Command {
  const number = commandNumber(buffer, start, end);
  const name = BY_NUMBER.get(number);
  if (name === undefined) throw new ProtocolError("unknown-command", `command number ${number} is not known`);
  const reader = new ProtoReader(buffer, start, end);
  while (reader.nextField()) {
    if (reader.field === number && reader.wireType === DELIMITED) {
      const length = reader.length();
      return { name, body: table(name).decode(buffer, reader.position, reader.position + length) } as Command;
    }
    reader.skip();
  }
  throw new ProtocolError("missing-field", `command '${name}' has no body`);
}

/**
 * The request id of a command that this code has no table for: field 1 of every known request. Undefined when there is
 * none.
 *
 * @throws {ProtocolError} `truncated` or `malformed`
 */
export function requestIdOf(buffer: Uint8Array, start: number, end: number): U64 | undefined {
  const number = commandNumber(buffer, start, end);
  const reader = new ProtoReader(buffer, start, end);
  while (reader.nextField()) {
    if (reader.field !== number || reader.wireType !== DELIMITED) {
      reader.skip();
      continue;
    }
    const length = reader.length();
    const body = new ProtoReader(buffer, reader.position, reader.position + length);
    while (body.nextField()) {
      if (body.field === 1 && body.wireType === VARINT) return body.uint64();
      body.skip();
    }
    return undefined;
  }
  return undefined;
}

/** Appends a `BaseCommand` without its frame. */
function writeCommand<N extends CommandName>(
  writer: ProtoWriter,
  name: N,
  body: CommandBody<N>,
): void {
  const number = COMMANDS[name][0];
  const encoded = table(name).encode(body as Record<string, never>);
  writer.key(1, VARINT).uint32(number).key(number, DELIMITED);
  writer.lengthPrefixed(encoded.buffer.subarray(0, encoded.position));
}

/** A whole simple frame. */
export function encodeCommand<N extends CommandName>(name: N, body: CommandBody<N>): Uint8Array {
  const writer = new ProtoWriter();
  writer.position = 8;
  writeCommand(writer, name, body);
  return closeFrame(writer).slice();
}

/**
 * Writes the lengths of a simple frame into the first 8 bytes, which its command has left free.
 *
 * @returns a view of the frame, valid until the writer's next use
 */
export function closeFrame(writer: ProtoWriter): Uint8Array {
  const { buffer, position } = writer;
  putUint32(buffer, 0, position - 4);
  putUint32(buffer, 4, position - 8);
  return buffer.subarray(0, position);
}
