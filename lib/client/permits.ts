/** How many messages of an entry the broker has counted against a consumer's permits. */
import type { EntryView } from "../wire/entry.ts";
import type { U64 } from "../wire/protobuf.ts";

/** Messages of a batch of `count` that are still to be delivered: the bits set in its bitmap. */
export function pendingMessages(ackSet: readonly U64[], count: number): number {
  let pending = 0;
  for (let index = 0; index < count; index += 64) {
    let word = BigInt(ackSet[index >>> 6] ?? 0);
    if (count - index < 64) word &= (1n << BigInt(count - index)) - 1n;
    for (; word !== 0n; word &= word - 1n) pending++;
  }
  return pending;
}

/**
 * What a damaged entry says of its size. The broker counted what it read, which is most likely the same; a number
 * that damage made absurd is held within the receiver queue.
 */
export function claimedMessages(view: EntryView, receiverQueue: number): number {
  try {
    const claimed = view.metadata().numMessagesInBatch ?? 1;
    return Math.max(1, Math.min(claimed, receiverQueue));
  } catch {
    return 1;
  }
}
