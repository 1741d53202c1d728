/**
 * CRC-32C (Castagnoli): reflected polynomial 0x82F63B78, register and result inverted, as Pulsar frames carry it.
 *
 * The work is done by a small WebAssembly module inside its own fixed memory. Buffers from {@link wireMemory}
 * lie in that memory and are checksummed in place; any other buffer is first copied there piece by piece.
 * Numbers for both are in `tests/bench/crc32c_bench.ts`.
 */
import { crc32cModule, crc32cTables, RESERVED_BYTES } from "./crc32c_module.ts";

const PAGE = 64 * 1024;
/**
 * Address space of the memory. It never grows, because growing would detach every view handed out. The
 * system backs a page only once it is touched, so the size costs nothing by itself.
 */
const MEMORY_BYTES = 128 * 1024 * 1024;
const SCRATCH_BYTES = 64 * 1024;
/** Alignment of {@link wireMemory}: a page of the system. */
const ALIGNMENT = 4096;

const memory = new WebAssembly.Memory({ initial: MEMORY_BYTES / PAGE, maximum: MEMORY_BYTES / PAGE });
// Not shared, so an ArrayBuffer; the library's type leaves both open.
const buffer = memory.buffer as ArrayBuffer;
new Uint32Array(buffer).set(crc32cTables());
const scratch = new Uint8Array(buffer, RESERVED_BYTES, SCRATCH_BYTES);
// The module is assembled by this project and exports exactly this function.
const { crc } = new WebAssembly.Instance(new WebAssembly.Module(crc32cModule(MEMORY_BYTES / PAGE)), {
  m: { m: memory },
}).exports as unknown as { crc(state: number, from: number, to: number): number };

let nextFree = RESERVED_BYTES + SCRATCH_BYTES;

/**
 * A zeroed, page-aligned buffer for frames, which {@link crc32c} reads without a copy.
 *
 * Buffers are never freed: allocate a pool once and reuse it. When the memory (128 MiB per worker) is used up, an
 * ordinary buffer is returned, which works the same but is checksummed at the cost of a copy. The buffer cannot
 * be transferred to another worker.
 *
 * @param bytes length of the buffer
 * @throws RangeError when `bytes` is not a whole number ≥ 0
 */
export function wireMemory(bytes: number): Uint8Array<ArrayBuffer> {
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new RangeError(`wireMemory: "${bytes}" is not a length; a whole number of bytes is needed`);
  }
  if (bytes > MEMORY_BYTES - nextFree) return new Uint8Array(bytes);
  const view = new Uint8Array(buffer, nextFree, bytes);
  nextFree += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
  return view;
}

/**
 * CRC-32C of `bytes[start … end - 1]`, unsigned.
 *
 * @param seed the CRC of what comes before, so that `crc32c(b, 0, n, crc32c(a))` is the CRC of `a` then `b`
 * @throws RangeError when the range is not inside `bytes`
 */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length, seed = 0): number {
  if (!(start >= 0 && start <= end && end <= bytes.length)) {
    throw new RangeError(`crc32c: range ${start} … ${end} is not inside a buffer of ${bytes.length} bytes`);
  }
  let state = ~seed;
  if (bytes.buffer === buffer) {
    state = crc(state, bytes.byteOffset + start, bytes.byteOffset + end);
  } else {
    while (start < end) {
      const length = Math.min(end - start, SCRATCH_BYTES);
      scratch.set(length === bytes.length ? bytes : bytes.subarray(start, start + length));
      state = crc(state, RESERVED_BYTES, RESERVED_BYTES + length);
      start += length;
    }
  }
  return ~state >>> 0;
}
