/**
 * Snappy raw blocks, after "Snappy compressed format description" of the Snappy project.
 *
 * A block is the uncompressed length as a varint, then elements whose tag's low two bits say what they are: 0 literals,
 * 1 copy of 4–11 bytes with an 11-bit distance, 2 copy of 1–64 bytes with a 16-bit distance, 3 the same with 32 bits.
 */
import { copyLiterals, copyMatch } from "./byte_copy.ts";
import { MatchFinder, MIN_MATCH, SEQUENCE } from "./match_finder.ts";

const finder = new MatchFinder();

/** Largest block that `length` bytes can become. */
export function snappyBound(length: number): number {
  return 32 + length + Math.floor(length / 6);
}

/**
 * Compresses all of `input` to the start of `output`, which must hold {@link snappyBound} bytes.
 *
 * @returns bytes written
 */
export function snappyCompress(input: DataView, output: DataView): number {
  const length = input.byteLength;
  let to = 0;
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) output.setUint8(to++, rest & 0x7f | 0x80);
  output.setUint8(to++, rest);

  finder.start(input, length - MIN_MATCH + 1, length);
  const { sequences } = finder;
  let literals = 0;
  for (let count = finder.next(); count > 0; count = finder.next()) {
    for (let i = 0; i < count * SEQUENCE; i += SEQUENCE) {
      const literalEnd = sequences[i]!;
      to = writeLiterals(input, literals, literalEnd, output, to);
      to = writeCopy(output, to, sequences[i + 1]!, sequences[i + 2]!);
      literals = literalEnd + sequences[i + 2]!;
    }
  }
  return writeLiterals(input, literals, length, output, to);
}

function writeLiterals(input: DataView, from: number, end: number, output: DataView, to: number): number {
  const length = end - from;
  if (length === 0) return to;
  const code = length - 1;
  if (code < 60) {
    output.setUint8(to++, code << 2);
  } else {
    const bytes = code < 0x100 ? 1 : code < 0x10000 ? 2 : code < 0x1000000 ? 3 : 4;
    output.setUint8(to++, 59 + bytes << 2);
    for (let i = 0; i < bytes; i++) output.setUint8(to++, code >>> 8 * i);
  }
  copyLiterals(input, from, output, to, length);
  return to + length;
}

function writeCopy(output: DataView, to: number, distance: number, length: number): number {
  // Never leave a rest under 4 bytes, so that the last piece can have the short form.
  while (length >= 68) {
    to = writeLongCopy(output, to, distance, 64);
    length -= 64;
  }
  if (length > 64) {
    to = writeLongCopy(output, to, distance, 60);
    length -= 60;
  }
  if (length >= 12 || distance >= 2048) return writeLongCopy(output, to, distance, length);
  output.setUint8(to, 1 | length - 4 << 2 | distance >>> 8 << 5);
  output.setUint8(to + 1, distance);
  return to + 2;
}

function writeLongCopy(output: DataView, to: number, distance: number, length: number): number {
  output.setUint8(to, 2 | length - 1 << 2);
  output.setUint16(to + 1, distance, true);
  return to + 3;
}

/**
 * Decompresses all of `input` into exactly all of `output`.
 *
 * @returns undefined, or what is wrong with the block; never reads or writes outside the two views
 */
export function snappyDecompress(input: DataView, output: DataView): string | undefined {
  const inputEnd = input.byteLength;
  const outputEnd = output.byteLength;
  let at = 0;
  let stated = 0;
  for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
    if (at >= inputEnd) return "ends inside its length";
    if (shift > 28) return "has a length of more than 32 bits";
    byte = input.getUint8(at++);
    stated += (byte & 0x7f) * 2 ** shift;
  }
  if (stated !== outputEnd) return `says that it holds ${stated} bytes`;
  let to = 0;
  while (at < inputEnd) {
    const tag = input.getUint8(at++);
    let length = tag >>> 2;
    const kind = tag & 3;
    if (kind === 0) {
      if (length >= 60) {
        const bytes = length - 59;
        if (bytes > inputEnd - at) return "ends inside a literal length";
        length = 0;
        for (let i = 0; i < bytes; i++) length += input.getUint8(at++) * 2 ** (8 * i);
      }
      length++;
      if (length > inputEnd - at) return `has ${inputEnd - at} of ${length} literal bytes`;
      if (length > outputEnd - to) return "holds more than its stated size";
      copyLiterals(input, at, output, to, length);
      at += length;
    } else {
      const bytes = kind === 3 ? 4 : kind;
      if (bytes > inputEnd - at) return "ends inside a copy distance";
      let distance: number;
      if (kind === 1) {
        distance = tag >>> 5 << 8 | input.getUint8(at);
        length = (length & 7) + 4;
      } else {
        distance = kind === 2 ? input.getUint16(at, true) : input.getUint32(at, true);
        length++;
      }
      at += bytes;
      if (distance === 0 || distance > to) return `refers ${distance} bytes back from byte ${to}`;
      if (length > outputEnd - to) return "holds more than its stated size";
      copyMatch(output, to, distance, length);
    }
    to += length;
  }
  return to === outputEnd ? undefined : `ends after ${to} bytes`;
}
