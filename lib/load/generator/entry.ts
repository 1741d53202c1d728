/** Writes single-message metadata and payloads into the body of a batch. */
import { KEY_BYTES, writeKey } from "./keys.ts";
import { writeEightDigits } from "../header/digits.ts";

const TAG_PROPERTY = 0x0a;
const TAG_KEY = 0x12;
const TAG_PAYLOAD_SIZE = 0x18;
const TAG_SEQUENCE_ID = 0x40;
const KEY_PREFIX_BYTES = 4;
/** Sequence ids are below 2^53. */
const LARGEST_ID_BYTES = 8;
/** Four bytes of a varint hold 28 bits. */
const LOW_IDS = 2 ** 28;

/**
 * What stands before a payload in a batch: `u32 size`, then SingleMessageMetadata with properties (1), partition_key
 * (2), payload_size (3) and sequence_id (8). All but key digits, sizes and sequence ids is constant.
 *
 * The ids of a batch are all as wide as its last one, so that its messages stand evenly apart; a varint may have more
 * bytes than it needs.
 */
export class Entry {
  /** Where the key begins, counted from the entry's start. */
  readonly keyOffset: number;
  readonly #keyed: boolean;
  readonly #properties: Uint8Array;
  /** Metadata bytes without the varints of payload size and sequence id, their tags included. */
  readonly #constant: number;
  /** Bytes of each sequence id of the batch. */
  idBytes = LARGEST_ID_BYTES;

  constructor(properties: readonly (readonly [string, string])[], keyed: boolean) {
    this.#properties = encodeProperties(properties);
    this.#keyed = keyed;
    this.keyOffset = 4 + this.#properties.length + 2;
    this.#constant = this.#properties.length + (keyed ? 2 + KEY_BYTES : 0) + 2;
  }

  /** Bytes before a payload of `size` bytes. */
  headBytes(size: number): number {
    return 4 + this.#constant + varintWidth(size) + this.idBytes;
  }

  /** Prepares for a batch whose last message has this sequence id. */
  fitIds(last: number): void {
    let bytes = 1;
    for (let limit = 128; last >= limit; limit *= 128) bytes++;
    this.idBytes = bytes;
  }

  /**
   * Writes all that stands before a payload of `size` bytes, `headBytes(size)` bytes at `at`, but for the bytes of the
   * sequence id, which `patchIds` writes.
   */
  writeHead(view: DataView, bytes: Uint8Array, at: number, size: number, key: number): void {
    view.setUint32(at, this.#constant + varintWidth(size) + this.idBytes);
    let to = at + 4;
    if (this.#properties.length > 0) {
      bytes.set(this.#properties, to);
      to += this.#properties.length;
    }
    if (this.#keyed) {
      view.setUint8(to, TAG_KEY);
      view.setUint8(to + 1, KEY_BYTES);
      writeKey(view, to + 2, key);
      to += 2 + KEY_BYTES;
    }
    view.setUint8(to++, TAG_PAYLOAD_SIZE);
    let rest = size;
    for (; rest > 127; rest >>>= 7) view.setUint8(to++, (rest & 127) | 128);
    view.setUint8(to++, rest);
    view.setUint8(to, TAG_SEQUENCE_ID);
  }

  /** Writes the sequence ids `id`, `id + 1`, … in front of `count` payloads, the first at `payload`, `stride` apart. */
  patchIds(bytes: Uint8Array, payload: number, stride: number, count: number, id: number): void {
    const width = this.idBytes;
    // All bytes but the last say that one more follows.
    const more0 = width > 1 ? 128 : 0;
    const more1 = width > 2 ? 128 : 0;
    const more2 = width > 3 ? 128 : 0;
    const more3 = width > 4 ? 128 : 0;
    let low = id % LOW_IDS;
    let high = (id - low) / LOW_IDS;
    for (let index = 0, at = payload - width; index < count; index++, at += stride) {
      bytes[at] = low & 127 | more0;
      if (width > 1) bytes[at + 1] = low >>> 7 & 127 | more1;
      if (width > 2) bytes[at + 2] = low >>> 14 & 127 | more2;
      if (width > 3) bytes[at + 3] = low >>> 21 | more3;
      for (let byte = 4, rest = high; byte < width; byte++, rest >>>= 7) {
        bytes[at + byte] = byte + 1 < width ? rest & 127 | 128 : rest;
      }
      if (++low === LOW_IDS) {
        low = 0;
        high++;
      }
    }
  }

  /** Writes one key's digits to `count` entries whose keys stand `stride` apart. */
  repeatKey(view: DataView, first: number, stride: number, count: number, key: number): void {
    for (let index = 0, at = first + KEY_PREFIX_BYTES; index < count; index++, at += stride) {
      writeEightDigits(view, at, key);
    }
  }
}

function varintWidth(value: number): number {
  return value < 128 ? 1 : value < 16384 ? 2 : value < 2097152 ? 3 : value < 268435456 ? 4 : 5;
}

function encodeProperties(properties: readonly (readonly [string, string])[]): Uint8Array {
  return Uint8Array.from(
    properties.flatMap(([key, value]) => delimited(TAG_PROPERTY, [...text(0x0a, key), ...text(0x12, value)])),
  );
}

function text(tag: number, value: string): number[] {
  return delimited(tag, [...new TextEncoder().encode(value)]);
}

function delimited(tag: number, content: readonly number[]): number[] {
  const length: number[] = [];
  let rest = content.length;
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
  return [tag, ...length, rest, ...content];
}
