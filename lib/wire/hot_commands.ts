/**
 * Fast paths for the commands that appear once per entry: SEND_RECEIPT and MESSAGE are read into reused views,
 * ACK, FLOW and SEND_RECEIPT frames are written without intermediate objects. Tested against the tables.
 */
import { ProtoReader, ProtoWriter, type U64 } from "./protobuf.ts";
import { ProtocolError } from "./errors.ts";

/** A message id in transit: where an entry is, and what of it is left. */
class IdView {
  ledgerId: U64 = 0;
  entryId: U64 = 0;
  partition = -1;
  batchIndex = -1;

  protected readId(reader: ProtoReader): void {
    const outerEnd = reader.end;
    const end = reader.length() + reader.position;
    reader.end = end;
    this.ledgerId = 0;
    this.entryId = 0;
    this.partition = -1;
    this.batchIndex = -1;
    while (reader.nextField()) {
      if (reader.field === 1 && reader.wireType === 0) this.ledgerId = reader.uint64();
      else if (reader.field === 2 && reader.wireType === 0) this.entryId = reader.uint64();
      else if (reader.field === 3 && reader.wireType === 0) this.partition = reader.int32();
      else if (reader.field === 4 && reader.wireType === 0) this.batchIndex = reader.int32();
      else reader.skip();
    }
    reader.end = outerEnd;
  }
}

/** Moves into the sub-message of a `BaseCommand`. */
function enterBody(
  reader: ProtoReader,
  buffer: Uint8Array,
  start: number,
  end: number,
  number: number,
): void {
  reader.reset(buffer, start, end);
  while (reader.nextField()) {
    if (reader.field === number && reader.wireType === 2) {
      const length = reader.length();
      reader.end = reader.position + length;
      return;
    }
    reader.skip();
  }
  throw new ProtocolError("missing-field", `command number ${number} has no body`);
}

export class SendReceiptView extends IdView {
  producerId = 0;
  sequenceId = 0;
  readonly #reader = new ProtoReader();

  read(buffer: Uint8Array, start: number, end: number): void {
    const reader = this.#reader;
    enterBody(reader, buffer, start, end, 7);
    this.ledgerId = this.entryId = 0;
    while (reader.nextField()) {
      if (reader.field === 1 && reader.wireType === 0) this.producerId = reader.double53();
      else if (reader.field === 2 && reader.wireType === 0) this.sequenceId = reader.double53();
      else if (reader.field === 3 && reader.wireType === 2) this.readId(reader);
      else reader.skip();
    }
  }
}

export class MessageView extends IdView {
  consumerId = 0;
  redeliveryCount = 0;
  consumerEpoch = 0;
  /** Words of the bitmap of messages still to deliver; empty = all of the batch. */
  readonly ackSet: U64[] = [];
  readonly #reader = new ProtoReader();

  read(buffer: Uint8Array, start: number, end: number): void {
    const reader = this.#reader;
    enterBody(reader, buffer, start, end, 9);
    this.redeliveryCount = 0;
    this.consumerEpoch = 0;
    if (this.ackSet.length > 0) this.ackSet.length = 0;
    while (reader.nextField()) {
      if (reader.field === 1 && reader.wireType === 0) this.consumerId = reader.double53();
      else if (reader.field === 2 && reader.wireType === 2) this.readId(reader);
      else if (reader.field === 3 && reader.wireType === 0) this.redeliveryCount = reader.uint32();
      else if (reader.field === 4) this.#readAckSet(reader);
      else if (reader.field === 5 && reader.wireType === 0) this.consumerEpoch = reader.double53();
      else reader.skip();
    }
  }

  #readAckSet(reader: ProtoReader): void {
    if (reader.wireType === 0) {
      this.ackSet.push(reader.uint64());
      return;
    }
    const end = reader.length() + reader.position;
    while (reader.position < end) this.ackSet.push(reader.uint64());
  }

  /** Whether message `index` of the batch is still to be delivered. */
  isPending(index: number): boolean {
    if (this.ackSet.length === 0) return true;
    const word = this.ackSet[index >>> 6];
    if (word === undefined) return false;
    return ((BigInt(word) >> BigInt(index & 63)) & 1n) === 1n;
  }
}

/**
 * Collects individual acknowledgements into one ACK frame: ids are encoded as they are added, so grouping a
 * thousand of them keeps no object alive.
 */
export class AckFrame {
  count = 0;
  readonly #ids = new ProtoWriter(16 * 1024);
  readonly #id = new ProtoWriter(64);
  readonly #out = new ProtoWriter(16 * 1024);

  add(ledgerId: U64, entryId: U64, partition = -1): void {
    const id = this.#id.clear();
    id.uint32(0x08).varint(ledgerId).uint32(0x10).varint(entryId);
    if (partition >= 0) id.uint32(0x18).uint32(partition);
    this.#push();
  }

  /** Part of a batch: the words say what is left (1 = not acknowledged). */
  addBatchIndex(ledgerId: U64, entryId: U64, ackSet: readonly bigint[], batchSize: number): void {
    const id = this.#id.clear();
    id.uint32(0x08).varint(ledgerId).uint32(0x10).varint(entryId);
    for (const word of ackSet) id.uint32(0x28).varint(word);
    id.uint32(0x30).uint32(batchSize);
    this.#push();
  }

  #push(): void {
    const id = this.#id;
    const ids = this.#ids.uint32(0x1a).uint32(id.position);
    ids.reserve(id.position);
    for (let index = 0; index < id.position; index++) ids.buffer[ids.position + index] = id.buffer[index]!;
    ids.position += id.position;
    this.count++;
  }

  /**
   * The frame of everything added since the last `take`; the view is valid until the next one.
   *
   * @param cumulative acknowledges all up to the one id added
   * @param requestId asks the broker for an ACK_RESPONSE
   */
  take(consumerId: number, cumulative = false, requestId?: number, validationError?: number): Uint8Array {
    const body = this.#id.clear();
    body.uint32(0x08).varint(consumerId).uint32(0x10).uint32(cumulative ? 1 : 0);
    const tail = new ProtoWriter(16);
    if (validationError !== undefined) tail.uint32(0x20).uint32(validationError);
    if (requestId !== undefined) tail.uint32(0x40).varint(requestId);
    const size = body.position + this.#ids.position + tail.position;
    const out = this.#out.clear();
    out.position = 8;
    out.uint32(0x08).uint32(10).uint32(0x52).uint32(size);
    out.raw(body.buffer.subarray(0, body.position));
    out.raw(this.#ids.buffer.subarray(0, this.#ids.position));
    out.raw(tail.buffer.subarray(0, tail.position));
    this.#ids.clear();
    this.count = 0;
    return closeFrame(out);
  }
}

/** Writes a SEND_RECEIPT frame into `out` (cleared first); the view is valid until the writer's next use. */
export function writeSendReceipt(
  out: ProtoWriter,
  producerId: number,
  sequenceId: number,
  highestSequenceId: number,
  ledgerId: U64,
  entryId: U64,
): Uint8Array {
  out.clear();
  out.position = 8;
  // Ids are written into fixed places: both lengths are patched once known, and stay below 128.
  out.uint32(0x08).uint32(7).uint32(0x3a).uint32(0);
  out.uint32(0x08).varint(producerId).uint32(0x10).varint(sequenceId).uint32(0x1a).uint32(0);
  const idStart = out.position;
  out.uint32(0x08).varint(ledgerId).uint32(0x10).varint(entryId);
  out.buffer[idStart - 1] = out.position - idStart;
  if (highestSequenceId > 0) out.uint32(0x20).varint(highestSequenceId);
  out.buffer[11] = out.position - 12;
  return closeFrame(out);
}

function closeFrame(out: ProtoWriter): Uint8Array {
  const size = out.position - 8;
  const view = new DataView(out.buffer.buffer, out.buffer.byteOffset, 8);
  view.setUint32(0, size + 4);
  view.setUint32(4, size);
  return out.buffer.subarray(0, out.position);
}
