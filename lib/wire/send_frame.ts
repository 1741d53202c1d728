/**
 * A reusable outgoing SEND frame: the caller writes the body, `seal` puts the headers in front of it.
 *
 * Headers have variable length, so they are written backwards from the body's fixed start; frame, metadata and
 * payload are then one contiguous run of bytes that goes out in one socket write and under one CRC pass:
 *
 *     [ headroom … total|size|SEND|0x0e01|crc|size|metadata ][ body … ]
 *                ^ frameStart                                ^ bodyStart        ^ frameEnd
 *
 * Source: Pulsar binary protocol specification, "Payload commands".
 */
import { getUint32, putUint32 } from "./bytes.ts";
import { decodeCommand, SEND } from "./command.ts";
import { crc32c } from "./crc32c.ts";
import { ProtocolError } from "./errors.ts";
import { CommandSend, MessageMetadata } from "./messages.ts";
import { DELIMITED, key, ProtoWriter, VARINT } from "./protobuf.ts";

/** Room for headers that hold a producer name, a key and properties of at most this many bytes together. */
export const HEADROOM = 4096;

// Field keys, which are literals to the compiler only if they are constants of this file.
const COMMAND_TYPE = key(1, VARINT);
const SEND_BODY = key(SEND, DELIMITED);

// `CommandSend`
const SEND_PRODUCER_ID = key(1, VARINT);
const SEND_SEQUENCE_ID = key(2, VARINT);
const SEND_NUM_MESSAGES = key(3, VARINT);
const SEND_HIGHEST_SEQUENCE_ID = key(6, VARINT);
const SEND_IS_CHUNK = key(7, VARINT);

// `MessageMetadata`
const METADATA_PRODUCER_NAME = key(1, DELIMITED);
const METADATA_SEQUENCE_ID = key(2, VARINT);
const METADATA_PUBLISH_TIME = key(3, VARINT);
const METADATA_PARTITION_KEY = key(6, DELIMITED);
const METADATA_COMPRESSION = key(8, VARINT);
const METADATA_UNCOMPRESSED_SIZE = key(9, VARINT);
const METADATA_NUM_MESSAGES_IN_BATCH = key(11, VARINT);
const METADATA_EVENT_TIME = key(12, VARINT);
const METADATA_ORDERING_KEY = key(18, DELIMITED);
const METADATA_DELIVER_AT_TIME = key(19, VARINT);
const METADATA_HIGHEST_SEQUENCE_ID = key(24, VARINT);
const METADATA_UUID = key(26, DELIMITED);
const METADATA_NUM_CHUNKS_FROM_MSG = key(27, VARINT);
const METADATA_TOTAL_CHUNK_MSG_SIZE = key(28, VARINT);
const METADATA_CHUNK_ID = key(29, VARINT);

/** What a SEND says besides its body. Reused from send to send: setting fields allocates nothing. */
export class SendHeader {
  producerId = 0;
  /** UTF-8 of the producer's name. */
  producerName: Uint8Array = new Uint8Array(0);
  sequenceId = 0;
  /** Epoch milliseconds. */
  publishTime = 0;
  /** Messages in the batch; 0 = not a batch, the body is one message's payload. */
  batchCount = 0;
  /** `CompressionType` number. */
  compression = 0;
  /** Body bytes before compression. */
  uncompressedSize = 0;
  /** UTF-8 of the partition key, if any. */
  partitionKey: Uint8Array | undefined = undefined;
  orderingKey: Uint8Array | undefined = undefined;
  /** Encoded `properties` fields (number 4) of an unbatched message, ready to copy. */
  encodedProperties: Uint8Array | undefined = undefined;
  eventTime = 0;
  deliverAtTime = 0;
  /** Chunk of a larger message: id, count, total bytes, group. */
  chunkId = -1;
  chunkCount = 0;
  chunkTotalSize = 0;
  uuid: Uint8Array | undefined = undefined;

  /** Last sequence id of the batch. */
  get highestSequenceId(): number {
    return this.batchCount > 1 ? this.sequenceId + this.batchCount - 1 : this.sequenceId;
  }
}

// One frame is sealed at a time in a thread, so these can be shared.
const command = new ProtoWriter(64);
const metadata = new ProtoWriter(512);

export class SendFrame {
  /** Headroom, then the body. */
  readonly buffer: Uint8Array;
  readonly bodyStart = HEADROOM;
  frameStart = HEADROOM;
  /** Where the entry begins that a broker stores: checksum, metadata, body. */
  entryStart = HEADROOM;
  frameEnd = HEADROOM;

  /** @param bodyCapacity most body bytes this frame can hold */
  constructor(
    bodyCapacity: number,
    allocate: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes),
  ) {
    this.buffer = allocate(HEADROOM + bodyCapacity);
  }

  get bodyCapacity(): number {
    return this.buffer.length - HEADROOM;
  }

  /** The sealed frame, ready for the socket. */
  bytes(): Uint8Array {
    return this.buffer.subarray(this.frameStart, this.frameEnd);
  }

  /**
   * Writes command, checksum and metadata in front of the body.
   *
   * @param bodyEnd offset after the last body byte
   * @returns metadata bytes + body bytes, which the broker compares with `maxMessageSize`
   * @throws {ProtocolError} `frame-too-large` when the headers exceed the headroom
   */
  seal(header: SendHeader, bodyEnd: number): number {
    writeSendCommand(header);
    writeMetadata(header);
    return this.#place(bodyEnd);
  }

  /**
   * Seals a sealed frame once more, as the entry with another sequence id.
   *
   * @returns false when the headers exceed the headroom with it; the frame is as it was
   */
  renumber(sequenceId: number): boolean {
    const { buffer, frameStart, entryStart } = this;
    const sent = decodeCommand(buffer, frameStart + 8, entryStart);
    if (sent.name !== "send") throw new ProtocolError("malformed", `the frame holds '${sent.name}', no SEND`);
    const { body } = sent;
    const metadataEnd = entryStart + 10 + getUint32(buffer, entryStart + 6);
    const described = MessageMetadata.decode(buffer, entryStart + 10, metadataEnd);
    const highestSequenceId = body.highestSequenceId === undefined
      ? undefined
      : sequenceId + (Number(body.highestSequenceId) - Number(body.sequenceId));
    command.clear().uint32(COMMAND_TYPE).uint32(SEND).uint32(SEND_BODY).lengthPrefixed(
      CommandSend.encode({ ...body, sequenceId, highestSequenceId }).finish(),
    );
    MessageMetadata.encode({ ...described, sequenceId, highestSequenceId }, metadata.clear());
    if (headerSizeNow() > HEADROOM) return false;
    this.#place(this.frameEnd);
    return true;
  }

  /** Puts what `command` and `metadata` hold in front of the body. */
  #place(bodyEnd: number): number {
    const { buffer, bodyStart } = this;
    const headerSize = headerSizeNow();
    if (headerSize > HEADROOM) {
      throw new ProtocolError(
        "frame-too-large",
        `message headers of ${headerSize} bytes are over ${HEADROOM}`,
      );
    }
    const start = bodyStart - headerSize;
    const size = bodyEnd - start;
    putUint32(buffer, start, size - 4);
    putUint32(buffer, start + 4, command.position);
    let at = copy(command, buffer, start + 8);
    buffer[at] = 0x0e;
    buffer[at + 1] = 0x01;
    this.entryStart = at;
    const crcAt = at + 2;
    at = crcAt + 4;
    putUint32(buffer, at, metadata.position);
    copy(metadata, buffer, at + 4);
    putUint32(buffer, crcAt, crc32c(buffer, at, bodyEnd));
    this.frameStart = start;
    this.frameEnd = bodyEnd;
    return metadata.position + (bodyEnd - bodyStart);
  }
}

/** Bytes in front of the body that `command` and `metadata` make. */
function headerSizeNow(): number {
  return 8 + command.position + 2 + 4 + 4 + metadata.position;
}

function writeSendCommand(header: SendHeader): void {
  const body = command.clear();
  // The length byte at offset 3 is patched below; a SEND body is always shorter than 128 bytes.
  body.uint32(COMMAND_TYPE).uint32(SEND).uint32(SEND_BODY).uint32(0);
  body.uint32(SEND_PRODUCER_ID).varint(header.producerId).uint32(SEND_SEQUENCE_ID).varint(header.sequenceId);
  body.uint32(SEND_NUM_MESSAGES).uint32(Math.max(1, header.batchCount));
  if (header.batchCount > 1) body.uint32(SEND_HIGHEST_SEQUENCE_ID).varint(header.highestSequenceId);
  if (header.chunkCount > 1) body.uint32(SEND_IS_CHUNK).uint32(1);
  body.buffer[3] = body.position - 4;
}

function writeMetadata(header: SendHeader): void {
  const writer = metadata.clear();
  writer.uint32(METADATA_PRODUCER_NAME).lengthPrefixed(header.producerName);
  writer.uint32(METADATA_SEQUENCE_ID).varint(header.sequenceId);
  writer.uint32(METADATA_PUBLISH_TIME).varint(header.publishTime);
  if (header.encodedProperties !== undefined) writer.raw(header.encodedProperties);
  if (header.partitionKey !== undefined) {
    writer.uint32(METADATA_PARTITION_KEY).lengthPrefixed(header.partitionKey);
  }
  if (header.compression !== 0) writer.uint32(METADATA_COMPRESSION).uint32(header.compression);
  if (header.uncompressedSize !== 0) {
    writer.uint32(METADATA_UNCOMPRESSED_SIZE).uint32(header.uncompressedSize);
  }
  if (header.batchCount > 0) writer.uint32(METADATA_NUM_MESSAGES_IN_BATCH).uint32(header.batchCount);
  if (header.eventTime !== 0) writer.uint32(METADATA_EVENT_TIME).varint(header.eventTime);
  if (header.orderingKey !== undefined) {
    writer.uint32(METADATA_ORDERING_KEY).lengthPrefixed(header.orderingKey);
  }
  if (header.deliverAtTime !== 0) writer.uint32(METADATA_DELIVER_AT_TIME).varint(header.deliverAtTime);
  if (header.batchCount > 1) writer.uint32(METADATA_HIGHEST_SEQUENCE_ID).varint(header.highestSequenceId);
  if (header.chunkCount > 1) {
    if (header.uuid !== undefined) writer.uint32(METADATA_UUID).lengthPrefixed(header.uuid);
    writer.uint32(METADATA_NUM_CHUNKS_FROM_MSG).uint32(header.chunkCount).uint32(
      METADATA_TOTAL_CHUNK_MSG_SIZE,
    ).uint32(header.chunkTotalSize);
    writer.uint32(METADATA_CHUNK_ID).uint32(header.chunkId);
  }
}

function copy(from: ProtoWriter, to: Uint8Array, at: number): number {
  const { buffer, position } = from;
  for (let index = 0; index < position; index++) to[at + index] = buffer[index]!;
  return at + position;
}
