/** A received entry as its consumer's callback sees it: in place, in the receive buffer. */
import { BatchCursor } from "../../wire/batch.ts";
import { EntryView } from "../../wire/entry.ts";
import type { MessageView } from "../../wire/hot_commands.ts";
import type { U64 } from "../../wire/protobuf.ts";

/** One received entry. A single reused object: valid only during the callback. */
export class ReceivedEntry {
  ledgerId: U64 = 0;
  entryId: U64 = 0;
  redeliveryCount = 0;
  /** Messages in it; 1 for an unbatched message. */
  count = 0;
  /** Permits that the broker charged for it: `count`, less the messages it knows to be acknowledged. */
  permits = 0;
  isBatch = false;
  /** The decompressed body. */
  body: Uint8Array = new Uint8Array(0);
  bodyStart = 0;
  bodyEnd = 0;
  /** Bytes of the entry as sent: checksum, metadata and body; of a chunked message all its chunks together. */
  wireBytes = 0;
  /** Metadata of the entry, and the walk over its batch. */
  readonly view: EntryView = new EntryView();
  readonly cursor: BatchCursor = new BatchCursor();
  message!: MessageView;

  /** @param partition −1 when the topic is not one */
  constructor(readonly topic: string, readonly partition: number) {}

  /** Takes the place and the counts of an entry whose view and body have been read. */
  describe(message: MessageView, count: number, permits: number): void {
    this.ledgerId = message.ledgerId;
    this.entryId = message.entryId;
    this.redeliveryCount = message.redeliveryCount;
    this.count = count;
    this.permits = permits;
    this.isBatch = this.view.batchCount > 0;
    this.message = message;
    this.cursor.reset(this.body, this.bodyStart, this.bodyEnd, count);
  }
}
