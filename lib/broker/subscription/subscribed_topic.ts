/** What a subscription needs of its topic, and how places in it are named. */
import type { U64 } from "../../wire/protobuf.ts";
import type { EntryLog } from "../store/entry_log.ts";

export interface SubscribedTopic {
  readonly log: EntryLog;
  /** −1 when the topic is not a partition. */
  readonly partition: number;
  readonly isTerminated: boolean;
  readonly maxUnacknowledged: number;
  /** Epoch milliseconds before which an entry is not for Shared and Key_Shared consumers; most entries have none. */
  readonly dueTimes: ReadonlyMap<number, number>;
  /** Entries may be droppable now. */
  onProgress(): void;
  /** The time of a delayed entry has come for the subscription of this name. */
  onDue(subscription: string): void;
  /** Whether the entry that is about to leave is to be damaged, as a test asked. */
  takeCorruption(): boolean;
  countOut(messages: number, bytes: number): void;
}

/** Whether an id means "after the last message": 2^63 − 1. */
export function isLatest(id: U64): boolean {
  return id === 0x7fff_ffff_ffff_ffffn;
}

/** An acknowledged, redelivered or sought place. */
export interface EntryId {
  readonly ledgerId: U64;
  readonly entryId: U64;
  readonly ackSet?: readonly U64[] | undefined;
}
