/**
 * Fast paths for the commands that appear once per entry: SEND_RECEIPT and MESSAGE are read into reused views,
 * ACK and SEND_RECEIPT frames are written without intermediate objects. Tested against the tables.
 */
import { ACK, closeFrame, MESSAGE, SEND_RECEIPT } from "./command.ts";
import { ProtocolError } from "./errors.ts";
import { DELIMITED, key, ProtoReader, ProtoWriter, type U64, VARINT } from "./protobuf.ts";

// Field keys, which are literals to the compiler only if they are constants of this file.
const COMMAND_TYPE = key(1, VARINT);
const SEND_RECEIPT_BODY = key(SEND_RECEIPT, DELIMITED);
const ACK_BODY = key(ACK, DELIMITED);

// `MessageIdData`
const ID_LEDGER_ID = key(1, VARINT);
const ID_ENTRY_ID = key(2, VARINT);
const ID_PARTITION = key(3, VARINT);
const ID_ACK_SET = key(5, VARINT);
const ID_BATCH_SIZE = key(6, VARINT);

// `CommandSendReceipt`
const RECEIPT_PRODUCER_ID = key(1, VARINT);
const RECEIPT_SEQUENCE_ID = key(2, VARINT);
const RECEIPT_MESSAGE_ID = key(3, DELIMITED);
const RECEIPT_HIGHEST_SEQUENCE_ID = key(4, VARINT);

// `CommandAck`
const ACK_CONSUMER_ID = key(1, VARINT);
const ACK_ACK_TYPE = key(2, VARINT);
const ACK_MESSAGE_ID = key(3, DELIMITED);
const ACK_VALIDATION_ERROR = key(4, VARINT);
const ACK_REQUEST_ID = key(8, VARINT);

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
    enterBody(reader, buffer, start, end, SEND_RECEIPT);
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
    enterBody(reader, buffer, start, end, MESSAGE);
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
    id.uint32(ID_LEDGER_ID).varint(ledgerId).uint32(ID_ENTRY_ID).varint(entryId);
    if (partition >= 0) id.uint32(ID_PARTITION).uint32(partition);
    this.#push();
  }

  /** Part of a batch: the words say what is left (1 = not acknowledged). */
  addBatchIndex(ledgerId: U64, entryId: U64, ackSet: readonly bigint[], batchSize: number): void {
    const id = this.#id.clear();
    id.uint32(ID_LEDGER_ID).varint(ledgerId).uint32(ID_ENTRY_ID).varint(entryId);
    for (const word of ackSet) id.uint32(ID_ACK_SET).varint(word);
    id.uint32(ID_BATCH_SIZE).uint32(batchSize);
    this.#push();
  }

  #push(): void {
    const id = this.#id;
    const ids = this.#ids.uint32(ACK_MESSAGE_ID).uint32(id.position);
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
    body.uint32(ACK_CONSUMER_ID).varint(consumerId).uint32(ACK_ACK_TYPE).uint32(cumulative ? 1 : 0);
    const tail = new ProtoWriter(16);
    if (validationError !== undefined) tail.uint32(ACK_VALIDATION_ERROR).uint32(validationError);
    if (requestId !== undefined) tail.uint32(ACK_REQUEST_ID).varint(requestId);
    const size = body.position + this.#ids.position + tail.position;
    const out = this.#out.clear();
    out.position = 8;
    out.uint32(COMMAND_TYPE).uint32(ACK).uint32(ACK_BODY).uint32(size);
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
  out.uint32(COMMAND_TYPE).uint32(SEND_RECEIPT).uint32(SEND_RECEIPT_BODY).uint32(0);
  out.uint32(RECEIPT_PRODUCER_ID).varint(producerId).uint32(RECEIPT_SEQUENCE_ID).varint(sequenceId).uint32(
    RECEIPT_MESSAGE_ID,
  ).uint32(0);
  const idStart = out.position;
  out.uint32(ID_LEDGER_ID).varint(ledgerId).uint32(ID_ENTRY_ID).varint(entryId);
  out.buffer[idStart - 1] = out.position - idStart;
  if (highestSequenceId > 0) out.uint32(RECEIPT_HIGHEST_SEQUENCE_ID).varint(highestSequenceId);
  out.buffer[11] = out.position - 12;
  return closeFrame(out);
}
