/**
 * The part of protobuf (proto2) that Pulsar's wire format uses: varints, 64-bit fixed and length-delimited
 * fields. 64-bit values keep every bit: they are a `number` up to 2^53 − 1 and a `bigint` above, never both
 * for the same value, so `===` compares them.
 *
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
import { ProtocolError } from "./errors.ts";

/** Wire types: what follows a field's key. */
export const VARINT = 0;
export const FIXED64 = 1;
export const DELIMITED = 2;
export const FIXED32 = 5;

/** The key in front of a field's value. */
export function key(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

/** An unsigned 64-bit value in canonical form: `number` when it is a safe integer, `bigint` otherwise. */
export type U64 = number | bigint;

const TWO_32 = 0x1_0000_0000;
const U64_MASK = 0xffff_ffff_ffff_ffffn;
/** −1 as it appears in a `uint64` field: "no such id". */
export const U64_MAX: U64 = U64_MASK;

/** Brings any integer into canonical form; negative numbers wrap as two's complement. */
export function toU64(value: number | bigint): U64 {
  if (typeof value === "number" && value >= 0) return value;
  const wrapped = BigInt.asUintN(64, BigInt(value));
  return wrapped <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wrapped) : wrapped;
}

/** The signed reading of a 64-bit value, as Java prints ids. */
export function toSigned(value: U64): U64 {
  if (typeof value === "number") return value;
  const signed = BigInt.asIntN(64, value);
  return signed >= BigInt(Number.MIN_SAFE_INTEGER) && signed <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(signed)
    : signed;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** A cursor over one protobuf message. Reusable: `reset` points it at other bytes. */
export class ProtoReader {
  buffer: Uint8Array = new Uint8Array(0);
  position = 0;
  end = 0;
  /** Field number and wire type of the last `nextField`. */
  field = 0;
  wireType = 0;
  /** Halves of the last varint; `high` has at most 32 bits. */
  low = 0;
  high = 0;

  constructor(buffer?: Uint8Array, start = 0, end = buffer?.length ?? 0) {
    if (buffer !== undefined) this.reset(buffer, start, end);
  }

  reset(buffer: Uint8Array, start: number, end: number): this {
    this.buffer = buffer;
    this.position = start;
    this.end = end;
    return this;
  }

  /** Moves to the next field; false at the end of the message. */
  nextField(): boolean {
    if (this.position >= this.end) return false;
    const key = this.uint32();
    this.field = key >>> 3;
    this.wireType = key & 7;
    if (this.field === 0) throw new ProtocolError("malformed", "protobuf field number 0 does not exist");
    return true;
  }

  /** Reads a varint into `low` and `high`. */
  varint(): void {
    const { buffer, end } = this;
    let position = this.position;
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      if (position >= end) throw truncated("varint");
      const byte = buffer[position++]!;
      if (index < 4) low |= (byte & 0x7f) << (7 * index);
      else if (index === 4) {
        low |= (byte & 0x7f) << 28;
        high = (byte & 0x7f) >>> 4;
      } else high |= (byte & 0x7f) << (7 * index - 32);
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        this.position = position;
        return;
      }
    }
    throw new ProtocolError("malformed", "protobuf varint is longer than 10 bytes");
  }

  /** Low 32 bits of a varint, unsigned. */
  uint32(): number {
    if (this.position < this.end) {
      const byte = this.buffer[this.position]!;
      if (byte < 0x80) {
        this.position++;
        return byte;
      }
    }
    this.varint();
    return this.low;
  }

  int32(): number {
    return this.uint32() | 0;
  }

  uint64(): U64 {
    this.varint();
    if (this.high < 0x20_0000) return this.high * TWO_32 + this.low;
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  /** A 64-bit value as a double; only for values that cannot exceed 2^53 (times, sizes, counts). */
  double53(): number {
    this.varint();
    return this.high * TWO_32 + this.low;
  }

  bool(): boolean {
    this.varint();
    return this.low !== 0 || this.high !== 0;
  }

  float64(): number {
    if (this.position + 8 > this.end) throw truncated("double");
    const view = new DataView(this.buffer.buffer, this.buffer.byteOffset + this.position, 8);
    this.position += 8;
    return view.getFloat64(0, true);
  }

  /** Length of a length-delimited field, checked against what is left. */
  length(): number {
    const before = this.position;
    const length = this.uint32();
    const isOver32Bits = this.position - before > 1 && this.high !== 0;
    if (isOver32Bits || length > this.end - this.position) throw truncated("length-delimited field");
    return length;
  }

  bytes(): Uint8Array {
    const length = this.length();
    const bytes = this.buffer.slice(this.position, this.position + length);
    this.position += length;
    return bytes;
  }

  string(): string {
    const length = this.length();
    const text = decoder.decode(this.buffer.subarray(this.position, this.position + length));
    this.position += length;
    return text;
  }

  /** Skips the value of the current field. */
  skip(): void {
    switch (this.wireType) {
      case VARINT:
        this.varint();
        return;
      case FIXED64:
        this.advance(8);
        return;
      case DELIMITED:
        this.advance(this.length());
        return;
      case FIXED32:
        this.advance(4);
        return;
      default:
        throw new ProtocolError("malformed", `protobuf wire type ${this.wireType} is not in use`);
    }
  }

  private advance(count: number): void {
    if (count > this.end - this.position) throw truncated("field");
    this.position += count;
  }
}

function truncated(what: string): ProtocolError {
  return new ProtocolError("truncated", `the message ends inside a ${what}`);
}

/** A growable protobuf writer. Reusable: `clear` keeps the buffer. */
export class ProtoWriter {
  buffer: Uint8Array;
  position = 0;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
  }

  clear(): this {
    this.position = 0;
    return this;
  }

  /** Copy of what was written. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.position);
  }

  reserve(count: number): void {
    if (this.position + count <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.position + count));
    grown.set(this.buffer.subarray(0, this.position));
    this.buffer = grown;
  }

  key(field: number, wireType: number): this {
    return this.uint32(key(field, wireType));
  }

  uint32(value: number): this {
    this.reserve(5);
    while (value > 0x7f) {
      this.buffer[this.position++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    this.buffer[this.position++] = value;
    return this;
  }

  /** A varint of up to 64 bits; negative numbers take 10 bytes, as proto2 asks. */
  varint(value: number | bigint): this {
    if (typeof value === "number" && value >= 0) {
      if (!Number.isSafeInteger(value)) {
        throw new ProtocolError("malformed", `'${value}' is not a whole number below 2^53`);
      }
      if (value < TWO_32) return this.uint32(value >>> 0);
      this.reserve(10);
      while (value >= 0x80) {
        this.buffer[this.position++] = (value % 0x80) | 0x80;
        value = Math.floor(value / 0x80);
      }
      this.buffer[this.position++] = value;
      return this;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    this.reserve(10);
    while (rest > 0x7fn) {
      this.buffer[this.position++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.buffer[this.position++] = Number(rest);
    return this;
  }

  float64(value: number): this {
    this.reserve(8);
    new DataView(this.buffer.buffer, this.buffer.byteOffset + this.position, 8).setFloat64(0, value, true);
    this.position += 8;
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.position);
    this.position += bytes.length;
    return this;
  }

  lengthPrefixed(bytes: Uint8Array): this {
    return this.uint32(bytes.length).raw(bytes);
  }

  string(text: string): this {
    return this.lengthPrefixed(encoder.encode(text));
  }
}
