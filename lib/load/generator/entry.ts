import { KEY_BYTES, writeKey } from "./keys.ts";
import { writeEightDigits } from "./digits.ts";

const TAG_PROPERTY = 0x0a;
const TAG_KEY = 0x12;
const TAG_PAYLOAD_SIZE = 0x18;
const KEY_PREFIX_BYTES = 4;

/**
 * What stands before a payload in a batch: `u32 size`, then SingleMessageMetadata with properties (1), partition_key
 * (2) and payload_size (3). All but key digits and sizes is constant.
 */
export class Entry {
  /** Where the key begins, counted from the entry's start. */
  readonly keyOffset: number;
  readonly #keyed: boolean;
  readonly #properties: Uint8Array;
  /** Metadata bytes before the payload size's varint, its tag included. */
  readonly #constant: number;

  constructor(properties: readonly (readonly [string, string])[], keyed: boolean) {
    this.#properties = encodeProperties(properties);
    this.#keyed = keyed;
    this.keyOffset = 4 + this.#properties.length + 2;
    this.#constant = this.#properties.length + (keyed ? 2 + KEY_BYTES : 0) + 1;
  }

  /** Bytes before a payload of `size` bytes. */
  headBytes(size: number): number {
    return 4 + this.#constant + varintWidth(size);
  }

  /** Writes all that stands before a payload of `size` bytes; `headBytes(size)` bytes at `at`. */
  writeHead(view: DataView, bytes: Uint8Array, at: number, size: number, key: number): void {
    view.setUint32(at, this.#constant + varintWidth(size));
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
    view.setUint8(to, rest);
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
