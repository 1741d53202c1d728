/** The two key hashes of Pulsar clients. Both results are non-negative 31-bit integers. */

const encoder = new TextEncoder();

/**
 * MurmurHash3 x86 32-bit with seed 0 over the bytes, top bit cleared: what Key_Shared uses, and routing on request.
 *
 * @param key a string is hashed as UTF-8
 */
export function murmur3(key: string | Uint8Array): number {
  const bytes = typeof key === "string" ? encoder.encode(key) : key;
  const whole = bytes.length & ~3;
  let hash = 0;
  for (let i = 0; i < whole; i += 4) {
    hash ^= scramble(bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 | bytes[i + 3]! << 24);
    hash = Math.imul(hash << 13 | hash >>> 19, 5) + 0xe6546b64 | 0;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= whole; i--) tail = tail << 8 | bytes[i]!;
  hash ^= scramble(tail) ^ bytes.length;
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) & 0x7fff_ffff;
}

function scramble(word: number): number {
  word = Math.imul(word, 0xcc9e2d51);
  return Math.imul(word << 15 | word >>> 17, 0x1b873593);
}

/** `String.hashCode` of Java over UTF-16 code units, top bit cleared: the default for routing by key. */
export function javaStringHash(key: string): number {
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = Math.imul(31, hash) + key.charCodeAt(i) | 0;
  return hash & 0x7fff_ffff;
}

/** Slots of the ring that Key_Shared subscriptions divide among their consumers. */
export const STICKY_SLOTS = 65_536;

/** The ring slot of a sticky key, 1 … 65535: brokers keep 0 free and map it to 1. */
export function stickySlot(key: string | Uint8Array): number {
  return murmur3(key) % STICKY_SLOTS || 1;
}
