/**
 * LZ4 raw blocks (no frame, no size prefix), after the "LZ4 Block Format Description" of the LZ4 project.
 *
 * A block is a chain of sequences: a token (literal length, match length - 4, a nibble each, 15 = more bytes follow),
 * literals, a two-byte little-endian distance. The last sequence is literals only; by the end-of-block rules it
 * has at least 5 bytes, and the last match starts at least 12 bytes before the end.
 */
import { copyLiterals, copyMatch } from "./byte_copy.ts";
import { MatchFinder, MIN_MATCH, SEQUENCE } from "./match_finder.ts";

const LAST_LITERALS = 5;
const MATCH_START_LIMIT = 12;

const finder = new MatchFinder();

/** Largest block that `length` bytes can become. */
export function lz4Bound(length: number): number {
  return length + Math.floor(length / 255) + 16;
}

/**
 * Compresses all of `input` to the start of `output`, which must hold {@link lz4Bound} bytes.
 *
 * @returns bytes written
 */
export function lz4Compress(input: DataView, output: DataView): number {
  const length = input.byteLength;
  finder.start(input, length - MATCH_START_LIMIT + 1, length - LAST_LITERALS);
  const { sequences } = finder;
  let literals = 0;
  let to = 0;
  for (let count = finder.next(); count > 0; count = finder.next()) {
    for (let i = 0; i < count * SEQUENCE; i += SEQUENCE) {
      const literalEnd = sequences[i]!;
      const matchLength = sequences[i + 2]!;
      const matchCode = matchLength - MIN_MATCH;
      to = writeLiterals(input, literals, literalEnd, output, to, Math.min(matchCode, 15));
      output.setUint16(to, sequences[i + 1]!, true);
      to += 2;
      if (matchCode >= 15) to = writeLength(output, to, matchCode - 15);
      literals = literalEnd + matchLength;
    }
  }
  return writeLiterals(input, literals, length, output, to, 0);
}

function writeLiterals(
  input: DataView,
  from: number,
  end: number,
  output: DataView,
  to: number,
  low: number,
): number {
  const length = end - from;
  output.setUint8(to++, Math.min(length, 15) << 4 | low);
  if (length >= 15) to = writeLength(output, to, length - 15);
  copyLiterals(input, from, output, to, length);
  return to + length;
}

function writeLength(output: DataView, to: number, rest: number): number {
  for (; rest >= 255; rest -= 255) output.setUint8(to++, 255);
  output.setUint8(to++, rest);
  return to;
}

/**
 * Decompresses all of `input` into exactly all of `output`.
 *
 * @returns undefined, or what is wrong with the block; never reads or writes outside the two views
 */
export function lz4Decompress(input: DataView, output: DataView): string | undefined {
  const inputEnd = input.byteLength;
  const outputEnd = output.byteLength;
  let at = 0;
  let to = 0;
  while (at < inputEnd) {
    const token = input.getUint8(at++);
    let length = token >>> 4;
    if (length === 15) {
      for (let more = 255; more === 255; length += more) {
        if (at >= inputEnd) return "ends inside a literal length";
        more = input.getUint8(at++);
      }
    }
    if (length > inputEnd - at) return `has ${inputEnd - at} of ${length} literal bytes`;
    if (length > outputEnd - to) return "holds more than its stated size";
    copyLiterals(input, at, output, to, length);
    at += length;
    to += length;
    if (at === inputEnd) {
      // The end of a block: as in the reference decoder, the match length of its last token means nothing.
      return to === outputEnd ? undefined : `holds ${to} bytes`;
    }
    if (inputEnd - at < 2) return "ends inside a match distance";
    const distance = input.getUint16(at, true);
    at += 2;
    if (distance === 0 || distance > to) return `refers ${distance} bytes back from byte ${to}`;
    length = token & 15;
    if (length === 15) {
      for (let more = 255; more === 255; length += more) {
        if (at >= inputEnd) return "ends inside a match length";
        more = input.getUint8(at++);
      }
    }
    length += MIN_MATCH;
    if (length > outputEnd - to) return "holds more than its stated size";
    copyMatch(output, to, distance, length);
    to += length;
  }
  return inputEnd === 0 ? "is empty" : "ends with a match instead of literals";
}
