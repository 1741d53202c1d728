/**
 * Reuses buffers in wire memory after their owner is closed. That memory is never given back to its allocator, so
 * without this every closed connection and producer would use up some of it.
 */
import { wireMemory } from "../../wire/crc32c.ts";

const PAGE = 4096;
const home = wireMemory(0).buffer;
/** Whole pages → buffers of that size. */
const spare = new Map<number, Uint8Array[]>();

/** A buffer of at least `bytes`, still with the bytes of its last owner. */
export function takeWireBuffer(bytes: number): Uint8Array {
  const pages = Math.ceil(bytes / PAGE);
  let best = 0;
  for (const [size, buffers] of spare) {
    // A much larger buffer is kept for a larger request.
    if (buffers.length > 0 && size >= pages && size <= 2 * pages && (best === 0 || size < best)) best = size;
  }
  return spare.get(best)?.pop() ?? wireMemory(pages * PAGE);
}

/** Hands back a buffer that is no longer read, written or sent. */
export function giveWireBuffer(buffer: Uint8Array): void {
  // When wire memory is used up, buffers are ordinary memory, which the garbage collector frees.
  if (buffer.buffer !== home) return;
  const pages = Math.floor(buffer.length / PAGE);
  const buffers = spare.get(pages);
  if (buffers === undefined) spare.set(pages, [buffer]);
  else buffers.push(buffer);
}
