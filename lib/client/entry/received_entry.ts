/** What the receiving side hands over: one entry at a time, in place. */
import { BatchCursor } from "../../wire/batch.ts";
import { EntryView } from "../../wire/entry.ts";
import type { MessageView } from "../../wire/hot_commands.ts";
import type { MessageIdData } from "../../wire/messages.ts";
import type { U64 } from "../../wire/protobuf.ts";
import type { MessageId } from "./message_id.ts";

/** One received entry. A single reused object: valid only during the callback. */
export class ReceivedEntry {
  topic = "";
  partition = -1;
  ledgerId: U64 = 0;
  entryId: U64 = 0;
  redeliveryCount = 0;
  /** Messages in it; 1 for an unbatched message. */
  count = 0;
  /** Messages of it that the broker counted: `count`, without those it knows to be acknowledged. */
  permits = 0;
  isBatch = false;
  /** The decompressed body. */
  body: Uint8Array = new Uint8Array(0);
  bodyStart = 0;
  bodyEnd = 0;
  /** Bytes of the entry as sent: checksum, metadata and body; of a chunked message all its chunks together. */
  wireBytes = 0;
  /** Metadata, bitmap of messages still to deliver, and the walk over a batch. */
  readonly view: EntryView = new EntryView();
  readonly cursor: BatchCursor = new BatchCursor();
  message!: MessageView;
}

/** Why an entry could not be handed over. */
export type CorruptReason =
  | "ChecksumMismatch"
  | "Decompression"
  | "Batch"
  | "Encrypted"
  | "Metadata"
  /** Part of a chunked message whose other parts are missing, or that is over the limits. */
  | "Chunk";

export interface EntryConsumerOptions {
  readonly topic: string;
  readonly subscription: string;
  /** `SubType` number. */
  readonly type: number;
  /** `InitialPosition` number. */
  readonly initialPosition?: number;
  readonly name?: string;
  /** Permits outstanding at most, in messages. */
  readonly receiverQueue?: number;
  /** Acknowledgements are sent after this long, or when `ackGroupMax` have gathered. 0 sends each at once. */
  readonly ackGroupMs?: number;
  readonly ackGroupMax?: number;
  readonly durable?: boolean;
  /** Where a subscription that is not durable starts: after this entry. */
  readonly startMessageId?: MessageIdData;
  readonly priority?: number;
  /** `true` returns permits by itself; `false` leaves it to `returnPermits`. */
  readonly autoPermits?: boolean;
  /** Largest decompressed body accepted, bytes. */
  readonly maxBodySize?: number;
  /** Must not throw: what it throws ends the connection. */
  onEntry(entry: ReceivedEntry): void;
  /**
   * The entry is acknowledged to the broker with the reason, so that it does not come back for ever.
   *
   * @param messages how many it claims to hold, as far as that is known
   */
  onCorrupt?(reason: CorruptReason, id: MessageId, messages: number): void;
  onActiveChange?(isActive: boolean): void;
  onEndOfTopic?(): void;
  /** What is queued or owed by the caller is void: the broker delivers everything unacknowledged again. */
  onReset?(): void;
  onFailed?(error: Error): void;
  onTrouble?(error: Error): void;
  onReconnected?(): void;
}
