/** MESSAGE frames: the bytes that go in front of a stored entry when it is delivered. */
import { ProtoWriter } from "../../wire/protobuf.ts";
import { putUint32 } from "../../wire/send_frame.ts";

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
  id.clear().uint32(0x08).varint(header.ledgerId).uint32(0x10).varint(header.entryId);
  if (header.partition >= 0) id.uint32(0x18).uint32(header.partition);
  body.clear().uint32(0x08).varint(header.consumerId).uint32(0x12).uint32(id.position);
  append(body, id);
  if (header.redeliveryCount > 0) body.uint32(0x18).uint32(header.redeliveryCount);
  for (const word of header.ackSet ?? []) body.uint32(0x20).varint(word);
  if (header.epoch !== undefined) body.uint32(0x28).varint(header.epoch);
  frame.clear();
  frame.reserve(32 + body.position);
  frame.position = 8;
  frame.uint32(0x08).uint32(9).uint32(0x4a).uint32(body.position);
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
