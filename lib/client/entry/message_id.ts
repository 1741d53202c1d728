/** The position of a message: ledger, entry, partition, and index in its batch. */
import { toSigned, toU64, type U64, U64_MAX } from "../../wire/protobuf.ts";
import type { MessageIdData } from "../../wire/messages.ts";

export class MessageId {
  constructor(
    readonly ledgerId: U64,
    readonly entryId: U64,
    readonly partition = -1,
    readonly batchIndex = -1,
    readonly batchSize = 0,
  ) {}

  /** Before the first message of a topic. */
  static readonly earliest: MessageId = new MessageId(U64_MAX, U64_MAX);
  /** After the last message of a topic. */
  static readonly latest: MessageId = new MessageId(toU64((1n << 63n) - 1n), toU64((1n << 63n) - 1n));

  toData(): MessageIdData {
    return {
      ledgerId: this.ledgerId,
      entryId: this.entryId,
      ...(this.partition >= 0 && { partition: this.partition }),
      ...(this.batchIndex >= 0 && { batchIndex: this.batchIndex, batchSize: this.batchSize }),
    };
  }

  /** For a seek to this message: of a batch, its bitmap holds this message and all after it. */
  toSeekData(): MessageIdData {
    const data = this.toData();
    if (this.batchIndex <= 0) return { ledgerId: data.ledgerId, entryId: data.entryId };
    const ackSet: bigint[] = [];
    for (let at = 0; at < this.batchSize; at += 64) {
      const size = BigInt(Math.min(64, this.batchSize - at));
      const skipped = BigInt(Math.max(0, Math.min(64, this.batchIndex - at)));
      ackSet.push(((1n << size) - 1n) & ~((1n << skipped) - 1n));
    }
    return { ...data, ackSet };
  }

  equals(other: MessageId): boolean {
    return this.ledgerId === other.ledgerId && this.entryId === other.entryId &&
      this.partition === other.partition && this.batchIndex === other.batchIndex;
  }

  /** Key of the entry, the same for all messages of a batch. */
  get entryKey(): string {
    return `${this.ledgerId}:${this.entryId}:${this.partition}`;
  }

  /** As Java prints it: `ledger:entry:partition[:index]`. */
  toString(): string {
    const base = `${toSigned(this.ledgerId)}:${toSigned(this.entryId)}:${this.partition}`;
    return this.batchIndex >= 0 ? `${base}:${this.batchIndex}` : base;
  }
}
