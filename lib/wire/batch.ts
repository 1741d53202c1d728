/**
 * The body of a batch: repeated `metadataSize(4) SingleMessageMetadata payload`.
 *
 * Source: Pulsar binary protocol specification, "Batch messages".
 */
import { putUint32 } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { SingleMessageMetadata } from "./messages.ts";
import { ProtoReader, ProtoWriter } from "./protobuf.ts";

/** Walks over a decompressed batch body in place. Reusable; allocates nothing per message. */
export class BatchCursor {
  buffer: Uint8Array = new Uint8Array(0);
  /** Position in the batch of the current message, from 0. */
  index = -1;
  metadataStart = 0;
  metadataEnd = 0;
  payloadStart = 0;
  payloadEnd = 0;
  /** The topic was compacted and this message is superseded: skip it. */
  compactedOut = false;
  isNull = false;

  #count = 0;
  #at = 0;
  #end = 0;
  readonly #reader = new ProtoReader();

  reset(buffer: Uint8Array, start: number, end: number, count: number): this {
    this.buffer = buffer;
    this.index = -1;
    this.#count = count;
    this.#at = start;
    this.#end = end;
    return this;
  }

  /**
   * Moves to the next message; false after the last.
   *
   * @throws {ProtocolError} `bad-batch` when the body ends early or sizes contradict each other
   */
  next(): boolean {
    if (this.index + 1 >= this.#count) return false;
    const { buffer } = this;
    const at = this.#at;
    const left = this.#end - at - 4;
    // `getUint32` written out: a call into another module costs about 1 ns a message.
    const size = left >= 0
      ? ((buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!) >>> 0
      : 0;
    if (left < 0 || size > left) throw this.#short();
    this.index++;
    this.metadataStart = at + 4;
    this.metadataEnd = this.payloadStart = at + 4 + size;
    const payloadSize = this.#readMetadata();
    if (payloadSize < 0 || payloadSize > this.#end - this.payloadStart) throw this.#short();
    this.payloadEnd = this.#at = this.payloadStart + payloadSize;
    return true;
  }

  #readMetadata(): number {
    let payloadSize = -1;
    this.compactedOut = false;
    this.isNull = false;
    const reader = this.#reader.reset(this.buffer, this.metadataStart, this.metadataEnd);
    while (reader.nextField()) {
      if (reader.wireType !== 0) reader.skip();
      else if (reader.field === 3) payloadSize = reader.int32();
      else if (reader.field === 4) this.compactedOut = reader.bool();
      else if (reader.field === 9) this.isNull = reader.bool();
      else reader.skip();
    }
    return payloadSize;
  }

  /** All metadata of the current message, decoded. */
  metadata(): SingleMessageMetadata {
    return SingleMessageMetadata.decode(this.buffer, this.metadataStart, this.metadataEnd);
  }

  #short(): ProtocolError {
    return new ProtocolError(
      "bad-batch",
      `the batch body ends inside message ${this.index + 1} of ${this.#count}`,
    );
  }
}

const single = new ProtoWriter();

/** Bytes that `writeBatchEntry` needs at most. */
export function batchEntrySize(metadata: SingleMessageMetadata): number {
  return 4 + SingleMessageMetadata.encode(metadata, single.clear()).position + metadata.payloadSize;
}

/** Writes one message of a batch at `at`; returns the offset after it. The caller has checked the room. */
export function writeBatchEntry(
  buffer: Uint8Array,
  at: number,
  metadata: SingleMessageMetadata,
  payload: Uint8Array,
): number {
  const { position } = SingleMessageMetadata.encode(metadata, single.clear());
  putUint32(buffer, at, position);
  buffer.set(single.buffer.subarray(0, position), at + 4);
  buffer.set(payload, at + 4 + position);
  return at + 4 + position + payload.length;
}
