/** The key of a stored entry, hashed to a Key_Shared slot. */
import { stickySlot } from "../../wire/hash.ts";
import { ProtoReader } from "../../wire/protobuf.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const reader = new ProtoReader();

/**
 * Key_Shared slot (1 … 65535) of a stored entry: of its ordering key, else of its partition key, else of
 * `producerName-sequenceId`, which spreads entries without a key.
 *
 * @param start the entry's checksum block (`0x0e01 crc metadataSize metadata …`)
 */
export function entrySlot(bytes: Uint8Array, start: number): number {
  const size = new DataView(bytes.buffer, bytes.byteOffset + start + 6, 4).getUint32(0);
  reader.reset(bytes, start + 10, start + 10 + size);
  let producerName = "";
  let sequenceId: number | bigint = 0;
  let key: Uint8Array | undefined;
  let orderingKey: Uint8Array | undefined;
  let isBase64 = false;
  while (reader.nextField()) {
    if (reader.field === 1 && reader.wireType === 2) producerName = reader.string();
    else if (reader.field === 2 && reader.wireType === 0) sequenceId = reader.uint64();
    else if (reader.field === 6 && reader.wireType === 2) key = reader.bytes();
    else if (reader.field === 17 && reader.wireType === 0) isBase64 = reader.bool();
    else if (reader.field === 18 && reader.wireType === 2) orderingKey = reader.bytes();
    else reader.skip();
  }
  if (orderingKey !== undefined) return stickySlot(orderingKey);
  if (key === undefined) return stickySlot(encoder.encode(`${producerName}-${sequenceId}`));
  return stickySlot(isBase64 ? fromBase64(key) : key);
}

function fromBase64(key: Uint8Array): Uint8Array {
  try {
    return Uint8Array.from(atob(decoder.decode(key)), (char) => char.charCodeAt(0));
  } catch {
    // Flagged wrongly by the producer: the bytes as they are still keep one key together.
    return key;
  }
}
