/**
 * Where a subscription that is not durable goes on. Brokers keep no place for it: with its consumer's connection the
 * subscription is gone, and the consumer has to say where a new one begins.
 *
 * Source: the Java consumer (`clearReceiverQueue`, `isPriorEntryIndex`), which begins again with the last message that
 * was read. Brokers deliver that one once more, since of a batch only the beginning may have been read; whoever has
 * read all of it drops it.
 */
import { SubType } from "../../wire/enums.ts";
import type { MessageIdData } from "../../wire/messages.ts";
import type { U64 } from "../../wire/protobuf.ts";

export class ReaderPlace {
  /** What was asked for; undefined once an entry has passed, or where the subscription's initial position decides. */
  #asked: MessageIdData | undefined;
  #ledgerId: U64 = 0;
  #entryId: U64 = 0;
  #hasPassed = false;
  /** Others of the subscription might be waiting for what this consumer has read and not acknowledged. */
  readonly #isAlone: boolean;
  // What this attachment began with although it was read: numbers, which are compared with every entry.
  #readLedger = -1;
  #readEntry = -1;

  /** The place of a consumer that needs one: topics that store nothing have no places. */
  static of(
    { topic, type, durable, startMessageId }: {
      readonly topic: string;
      readonly type: number;
      readonly durable?: boolean | undefined;
      readonly startMessageId?: MessageIdData | undefined;
    },
  ): ReaderPlace | undefined {
    return durable !== false || topic.startsWith("non-persistent://")
      ? undefined
      : new ReaderPlace(startMessageId, type === SubType.exclusive);
  }

  /**
   * @param start the place to begin after; of a message within a batch, the batch to begin with
   * @param isAlone whether the subscription has no other consumers
   */
  constructor(start: MessageIdData | undefined, isAlone: boolean) {
    this.#asked = start;
    this.#isAlone = isAlone;
  }

  /** What a new subscription begins after; undefined = at its initial position. */
  get start(): MessageIdData | undefined {
    return this.#hasPassed ? { ledgerId: this.#ledgerId, entryId: this.#entryId } : this.#asked;
  }

  /** Whether {@link start} is a place in the topic, and not a mark that may mean another one later. */
  get isKnown(): boolean {
    return this.#hasPassed || typeof this.#asked?.ledgerId === "number";
  }

  /** A subscription is about to begin at {@link start}. */
  attaching(): void {
    const { ledgerId, entryId, batchIndex = -1 } = this.start ?? { ledgerId: 0n, entryId: 0n };
    // Other ids than numbers are marks ("earliest", "latest", "before the first of the ledger") and name no entry.
    const isEntry = batchIndex < 0 && typeof ledgerId === "number" && typeof entryId === "number";
    this.#readLedger = isEntry && this.#isAlone ? ledgerId : -1;
    this.#readEntry = isEntry ? entryId : -1;
  }

  /** Whether an entry is the one that the subscription began with although it was read before. */
  hasRead(ledgerId: U64, entryId: U64): boolean {
    return ledgerId === this.#readLedger && entryId === this.#readEntry;
  }

  /** All up to an entry has been read, or was there before the subscription. */
  pass(ledgerId: U64, entryId: U64): void {
    this.#hasPassed = true;
    this.#ledgerId = ledgerId;
    this.#entryId = entryId;
  }

  /** The subscription was moved: what comes from now on may be anywhere. */
  moved(): void {
    this.#hasPassed = false;
    this.#asked = undefined;
    this.#readLedger = -1;
  }
}
