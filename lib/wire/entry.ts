/**
 * Reads the payload part of a MESSAGE (or SEND) frame in place: checksum, metadata, body. Metadata that a
 * broker has put in front of them is skipped.
 *
 * One `EntryView` is reused for all frames of a connection, so reading an entry allocates nothing; strings and
 * rare fields are decoded only when asked for.
 *
 * Source: Pulsar binary protocol specification, "Payload commands".
 */
import { getUint32 } from "./bytes.ts";
import { crc32c } from "./crc32c.ts";
import { ProtocolError } from "./errors.ts";
import { MessageMetadata } from "./messages.ts";
import { ProtoReader } from "./protobuf.ts";

const MAGIC_CRC32C = 0x0e01;
const MAGIC_BROKER_ENTRY = 0x0e02;

export class EntryView {
  buffer: Uint8Array = new Uint8Array(0);
  metadataStart = 0;
  metadataEnd = 0;
  /** The body as sent: possibly compressed. */
  bodyStart = 0;
  bodyEnd = 0;

  /** False when the checksum of metadata and body does not match; then nothing else may be trusted. */
  intact = true;
  /** Messages in the batch; 0 when the entry is one unbatched message (`num_messages_in_batch` absent). */
  batchCount = 0;
  compression = 0;
  uncompressedSize = 0;
  sequenceId = 0;
  /** Epoch milliseconds. */
  publishTime = 0;
  /** More than 1 for a chunked message. */
  chunkCount = 0;
  chunkId = 0;
  /** Epoch milliseconds before which Shared and Key_Shared consumers do not get the entry; 0 = at once. */
  deliverAtTime = 0;
  isMarker = false;
  isEncrypted = false;
  isNull = false;

  readonly #reader = new ProtoReader();

  /**
   * Points the view at the bytes after a command.
   *
   * @param verify false skips the checksum (a frame this process built itself)
   * @throws {ProtocolError} `bad-magic`, `truncated` or `malformed`; a checksum that does not match is not an
   * error here but `intact === false`, since the consumer must acknowledge such an entry.
   */
  read(buffer: Uint8Array, start: number, end: number, verify = true): void {
    this.buffer = buffer;
    let at = start;
    if (end - at >= 6 && ((buffer[at]! << 8) | buffer[at + 1]!) === MAGIC_BROKER_ENTRY) {
      const size = getUint32(buffer, at + 2);
      if (size > end - at - 6) throw new ProtocolError("truncated", "the broker entry metadata is cut short");
      at += 6 + size;
    }
    if (end - at < 10) {
      throw new ProtocolError("truncated", `an entry of ${end - at} bytes has no room for its header`);
    }
    const magic = (buffer[at]! << 8) | buffer[at + 1]!;
    if (magic !== MAGIC_CRC32C) {
      throw new ProtocolError("bad-magic", `an entry starts with 0x${magic.toString(16)}, expected 0x0e01`);
    }
    const size = getUint32(buffer, at + 6);
    if (size > end - at - 10) throw new ProtocolError("truncated", "the message metadata is cut short");
    this.metadataStart = at + 10;
    this.metadataEnd = this.bodyStart = at + 10 + size;
    this.bodyEnd = end;
    this.intact = !verify || crc32c(buffer, at + 6, end) === getUint32(buffer, at + 2);
    if (this.intact) this.#readHotFields();
  }

  #readHotFields(): void {
    this.batchCount = 0;
    this.compression = 0;
    this.uncompressedSize = 0;
    this.chunkCount = 0;
    this.chunkId = 0;
    this.deliverAtTime = 0;
    this.isMarker = this.isEncrypted = this.isNull = false;
    const reader = this.#reader.reset(this.buffer, this.metadataStart, this.metadataEnd);
    while (reader.nextField()) {
      if (reader.wireType === 0) this.#readNumber(reader);
      else {
        if (reader.field === 13) this.isEncrypted = true;
        reader.skip();
      }
    }
  }

  #readNumber(reader: ProtoReader): void {
    const value = reader.double53();
    switch (reader.field) {
      case 2:
        this.sequenceId = value;
        return;
      case 3:
        this.publishTime = value;
        return;
      case 8:
        this.compression = value;
        return;
      case 9:
        this.uncompressedSize = value;
        return;
      case 11:
        if (value < 1 || value > 0x7fff_ffff) {
          throw new ProtocolError("bad-batch", `a batch of '${value}' messages is not possible`);
        }
        this.batchCount = value;
        return;
      case 19:
        this.deliverAtTime = value;
        return;
      case 20:
        this.isMarker = true;
        return;
      case 25:
        this.isNull = value !== 0;
        return;
      case 27:
        this.chunkCount = value;
        return;
      case 29:
        this.chunkId = value;
        return;
    }
  }

  /** All metadata, decoded. */
  metadata(): MessageMetadata {
    return MessageMetadata.decode(this.buffer, this.metadataStart, this.metadataEnd);
  }
}
