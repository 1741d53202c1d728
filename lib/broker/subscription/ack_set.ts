/**
 * Bitmaps of the messages of a batch that are left: 64-bit words, least significant bit first, 1 = not yet
 * acknowledged. Source: `MessageIdData.ack_set` of PulsarApi.proto, `BitSet.toLongArray` of Java.
 */
import type { U64 } from "../../wire/protobuf.ts";

/** All `count` messages are left. */
export function fullSet(count: number): bigint[] {
  const words: bigint[] = [];
  for (let left = count; left > 0; left -= 64) {
    words.push(left >= 64 ? 0xffff_ffff_ffff_ffffn : (1n << BigInt(left)) - 1n);
  }
  return words;
}

/** What both sets leave; words that one of them lacks are 0. */
export function intersect(left: readonly bigint[], right: readonly U64[]): bigint[] {
  return left.map((word, index) => word & BigInt(right[index] ?? 0));
}

export function countLeft(words: readonly bigint[]): number {
  let count = 0;
  for (let word of words) {
    for (; word !== 0n; word &= word - 1n) count++;
  }
  return count;
}
