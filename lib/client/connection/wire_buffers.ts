/**
 * Buffers in wire memory, used again after their owners are gone. That memory is never given back to its allocator,
 * so without this every closed connection and producer would use some of it up.
 */
import { wireMemory } from "../../wire/crc32c.ts";

const PAGE = 4096;
const home = wireMemory(0).buffer;
/** Whole pages → buffers of that size. */
const spare = new Map<number, Uint8Array[]>();

/** A buffer of at least `bytes`, with whatever its last owner left in it. */
export function takeWireBuffer(bytes: number): Uint8Array {
  const pages = Math.ceil(bytes / PAGE);
  let best = 0;
  for (const [size, buffers] of spare) {
    // A much larger one is worth more to somebody else.
    if (buffers.length > 0 && size >= pages && size <= 2 * pages && (best === 0 || size < best)) best = size;
  }
  return spare.get(best)?.pop() ?? wireMemory(pages * PAGE);
}

/** Hands a buffer back that nobody reads, writes or sends any more. */
export function giveWireBuffer(buffer: Uint8Array): void {
  // Ordinary memory, which is what one gets when wire memory is used up, is the garbage collector's.
  if (buffer.buffer !== home) return;
  const pages = Math.floor(buffer.length / PAGE);
  const buffers = spare.get(pages);
  if (buffers === undefined) spare.set(pages, [buffer]);
  else buffers.push(buffer);
}
