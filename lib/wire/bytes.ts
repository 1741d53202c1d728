/** Big-endian 32-bit numbers, as all lengths and checksums of the protocol are written. */

/** The number whose first byte is at `at`, unsigned. */
export function getUint32(buffer: Uint8Array, at: number): number {
  return ((buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!) >>> 0;
}

/** Writes the low 32 bits of a number at `at`. */
export function putUint32(buffer: Uint8Array, at: number, value: number): void {
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
}
