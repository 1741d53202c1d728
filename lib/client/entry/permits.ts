/** How many messages of an entry the broker has counted against a consumer's permits. */
import type { EntryView } from "../../wire/entry.ts";
import type { U64 } from "../../wire/protobuf.ts";

/**
 * Messages of a batch of `count` that are still to be delivered: the bits set in its bitmap. The count is only what the
 * entry claims; the work is that of the words that came.
 */
export function pendingMessages(ackSet: readonly U64[], count: number): number {
  let pending = 0;
  for (let at = 0; at < ackSet.length && 64 * at < count; at++) {
    let word = BigInt(ackSet[at]!);
    const left = count - 64 * at;
    if (left < 64) word &= (1n << BigInt(left)) - 1n;
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
