/**
 * Histograms as text: the HdrHistogram V2 compressed form that log files and other tools exchange
 * (https://github.com/HdrHistogram/HdrHistogram, `encodeIntoCompressedByteBuffer`).
 *
 * Outer: cookie, length, zlib stream. Inner, all big-endian: cookie, length, index offset, significant digits,
 * lowest and highest value (int64), double ratio, then the counts as ZigZag LEB128 where a negative number −n
 * stands for n empty cells. Saturated values travel in the top cell; negatives have no place in the form.
 */
import { deflateSync, inflateSync } from "node:zlib";
import { Histogram } from "./histogram.ts";
import { CELLS, MAX_VALUE } from "./layout.ts";

// The low nibble of the last byte group says "one-byte words", i.e. LEB128.
const PAYLOAD_COOKIE = 0x1c849313;
const COMPRESSED_COOKIE = 0x1c849314;
const HEADER_BYTES = 40;
const DIGITS = 3;
/** A count to 2^53 needs eight bytes; twice as much as any histogram of ours unpacks to. */
const MAX_UNPACKED = 2 * (HEADER_BYTES + CELLS * 9);

/** Text that is not a histogram we can read. */
export class HdrEncodingError extends Error {
  override readonly name = "HdrEncodingError";
  readonly code = "HDR_ENCODING";
}

/** The V2 compressed form in base64, as a line of an HdrHistogram log carries it. */
export function encodeHistogram(histogram: Histogram): string {
  const range = histogram.range;
  const cells = range ? range.high + 1 : 0;
  const bytes = new Uint8Array(HEADER_BYTES + cells * 9);
  const view = new DataView(bytes.buffer);
  let at = HEADER_BYTES;
  for (let i = 0; i < cells;) {
    const count = histogram.countAt(i);
    if (count !== 0) {
      at = putZigZag(bytes, at, count);
      i++;
      continue;
    }
    const start = i;
    while (i < cells && histogram.countAt(i) === 0) i++;
    // A single empty cell is written as 0, which is also what −0 would give.
    at = putZigZag(bytes, at, i - start === 1 ? 0 : start - i);
  }
  view.setUint32(0, PAYLOAD_COOKIE);
  view.setUint32(4, at - HEADER_BYTES);
  view.setUint32(12, DIGITS);
  view.setBigInt64(16, 1n);
  view.setBigInt64(24, BigInt(MAX_VALUE));
  view.setFloat64(32, 1);
  const packed = deflateSync(bytes.subarray(0, at));
  const out = new Uint8Array(8 + packed.length);
  const outView = new DataView(out.buffer);
  outView.setUint32(0, COMPRESSED_COOKIE);
  outView.setUint32(4, packed.length);
  out.set(packed, 8);
  return out.toBase64();
}

/**
 * Reads the V2 compressed form with three significant digits and unit 1, whatever its highest value.
 * @throws {HdrEncodingError} when the text is damaged or of another kind
 */
export function decodeHistogram(text: string): Histogram {
  const bytes = unpack(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint32(0) !== PAYLOAD_COOKIE) {
    throw new HdrEncodingError("not a V2 histogram: the inner cookie is missing");
  }
  const end = HEADER_BYTES + view.getUint32(4);
  if (end > bytes.length) {
    throw new HdrEncodingError(`histogram is cut off: ${bytes.length} bytes of ${end}`);
  }
  // The index offset is skipped: counts are in logical order whatever it says, and hdr-histogram-js writes 1.
  if (view.getUint32(12) !== DIGITS || view.getBigInt64(16) !== 1n) {
    throw new HdrEncodingError(
      `histogram has ${view.getUint32(12)} digits and unit ${
        view.getBigInt64(16)
      }; 3 digits and unit 1 are read`,
    );
  }
  return readCounts(bytes, end);
}

function unpack(text: string): Uint8Array {
  let outer: Uint8Array;
  try {
    outer = Uint8Array.fromBase64(text.trim());
  } catch (cause) {
    throw new HdrEncodingError(`not base64: "${text.slice(0, 20)}"`, { cause });
  }
  const view = new DataView(outer.buffer, outer.byteOffset, outer.byteLength);
  if (outer.length < 8 || view.getUint32(0) !== COMPRESSED_COOKIE) {
    throw new HdrEncodingError(`not a compressed V2 histogram: "${text.slice(0, 20)}"`);
  }
  const length = view.getUint32(4);
  if (8 + length > outer.length) {
    throw new HdrEncodingError(`histogram is cut off: ${outer.length - 8} bytes of ${length}`);
  }
  try {
    return inflateSync(outer.subarray(8, 8 + length), { maxOutputLength: MAX_UNPACKED });
  } catch (cause) {
    throw new HdrEncodingError("histogram does not unpack", { cause });
  }
}

function readCounts(bytes: Uint8Array, end: number): Histogram {
  const histogram = new Histogram();
  let index = 0;
  for (let at = HEADER_BYTES; at < end;) {
    let zigzag = 0;
    let scale = 1;
    for (let n = 0;; n++) {
      if (at >= end || n === 9) throw new HdrEncodingError(`count of cell ${index} is damaged`);
      const byte = bytes[at++]!;
      // The ninth byte has no continuation bit.
      zigzag += (n === 8 ? byte : byte & 0x7f) * scale;
      if (n === 8 || byte < 0x80) break;
      scale *= 128;
    }
    if (zigzag % 2 === 1) {
      index += (zigzag + 1) / 2;
      continue;
    }
    const count = zigzag / 2;
    // Cells above one hour, from a wider histogram than ours.
    if (index >= CELLS && count > 0) histogram.record(Infinity, count);
    else histogram.addAt(index, count);
    index++;
  }
  return histogram;
}

function putZigZag(bytes: Uint8Array, at: number, value: number): number {
  // Beyond 32 bits, so by division; a count to 2^53 takes eight bytes and never reaches the special ninth.
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  while (rest >= 0x80) {
    bytes[at++] = rest % 128 + 128;
    rest = Math.floor(rest / 128);
  }
  bytes[at++] = rest;
  return at;
}
