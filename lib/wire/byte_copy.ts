/** Copies of short runs, which block codecs make by the million and where calling the runtime costs more. */

/** From here on the runtime's own copy is faster. */
const LONG = 96;

/** `out[to …] = from[at … at + length - 1]`; both ranges must lie inside. */
export function copyLiterals(from: DataView, at: number, out: DataView, to: number, length: number): void {
  if (length >= LONG) {
    new Uint8Array(out.buffer, out.byteOffset + to, length).set(
      new Uint8Array(from.buffer, from.byteOffset + at, length),
    );
    return;
  }
  let i = 0;
  for (; i + 4 <= length; i += 4) out.setInt32(to + i, from.getInt32(at + i, true), true);
  for (; i < length; i++) out.setUint8(to + i, from.getUint8(at + i));
}

/** Repeats `length` bytes that lie `distance` before `to`; they may overlap what is written. */
export function copyMatch(out: DataView, to: number, distance: number, length: number): void {
  if (length >= LONG && (distance >= length || distance === 1)) {
    const bytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
    if (distance === 1) bytes.fill(bytes[to - 1]!, to, to + length);
    else bytes.copyWithin(to, to - distance, to - distance + length);
    return;
  }
  const end = to + length;
  if (distance >= 4) {
    for (; to + 4 <= end; to += 4) out.setInt32(to, out.getInt32(to - distance, true), true);
  }
  for (; to < end; to++) out.setUint8(to, out.getUint8(to - distance));
}

/** The part `start … end - 1` of `bytes` as a view. */
export function viewOf(bytes: Uint8Array, start = 0, end: number = bytes.length): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
}
