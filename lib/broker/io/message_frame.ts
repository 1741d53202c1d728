/** MESSAGE frames: the bytes that go in front of a stored entry when it is delivered. */
import { putUint32 } from "../../wire/bytes.ts";
import { MESSAGE } from "../../wire/command.ts";
import { DELIMITED, key, ProtoWriter, VARINT } from "../../wire/protobuf.ts";

// Field keys, which are literals to the compiler only if they are constants of this file.
const COMMAND_TYPE = key(1, VARINT);
const MESSAGE_BODY = key(MESSAGE, DELIMITED);

// `MessageIdData`
const ID_LEDGER_ID = key(1, VARINT);
const ID_ENTRY_ID = key(2, VARINT);
const ID_PARTITION = key(3, VARINT);

// `CommandMessage`
const MESSAGE_CONSUMER_ID = key(1, VARINT);
const MESSAGE_MESSAGE_ID = key(2, DELIMITED);
const MESSAGE_REDELIVERY_COUNT = key(3, VARINT);
const MESSAGE_ACK_SET = key(4, VARINT);
const MESSAGE_CONSUMER_EPOCH = key(5, VARINT);

/** What a MESSAGE frame says about the entry in it; reused from entry to entry. */
export class MessageHeader {
  consumerId = 0;
  ledgerId = 0;
  entryId = 0;
  /** −1 = the topic is not a partition. */
  partition = -1;
  redeliveryCount = 0;
  /** What of a batch is left; undefined = all. */
  ackSet: readonly bigint[] | undefined;
  /** Redelivery epoch of the consumer, when it uses epochs. */
  epoch: number | undefined;
}

const id = new ProtoWriter(64);
const body = new ProtoWriter(128);
const frame = new ProtoWriter(128);

/**
 * The bytes in front of a stored entry that make it a MESSAGE frame; the view is valid until the next call.
 *
 * @param entrySize bytes of the entry, checksum block included
 */
export function messagePrefix(header: MessageHeader, entrySize: number): Uint8Array {
  id.clear().uint32(ID_LEDGER_ID).varint(header.ledgerId).uint32(ID_ENTRY_ID).varint(header.entryId);
  if (header.partition >= 0) id.uint32(ID_PARTITION).uint32(header.partition);
  body.clear().uint32(MESSAGE_CONSUMER_ID).varint(header.consumerId).uint32(MESSAGE_MESSAGE_ID).uint32(
    id.position,
  );
  append(body, id);
  if (header.redeliveryCount > 0) body.uint32(MESSAGE_REDELIVERY_COUNT).uint32(header.redeliveryCount);
  for (const word of header.ackSet ?? []) body.uint32(MESSAGE_ACK_SET).varint(word);
  if (header.epoch !== undefined) body.uint32(MESSAGE_CONSUMER_EPOCH).varint(header.epoch);
  frame.clear();
  frame.reserve(32 + body.position);
  frame.position = 8;
  frame.uint32(COMMAND_TYPE).uint32(MESSAGE).uint32(MESSAGE_BODY).uint32(body.position);
  append(frame, body);
  const size = frame.position - 8;
  putUint32(frame.buffer, 0, 4 + size + entrySize);
  putUint32(frame.buffer, 4, size);
  return frame.buffer.subarray(0, frame.position);
}

function append(to: ProtoWriter, from: ProtoWriter): void {
  to.reserve(from.position);
  for (let index = 0; index < from.position; index++) to.buffer[to.position + index] = from.buffer[index]!;
  to.position += from.position;
}
