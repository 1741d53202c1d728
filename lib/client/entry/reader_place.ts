/**
 * Where a subscription that is not durable goes on. Brokers keep no place for it: with its consumer's connection the
 * subscription is gone, and the consumer has to say where a new one begins.
 *
 * Source: the Java consumer (`clearReceiverQueue`, `isPriorEntryIndex`), which begins again with the last message that
 * was read. Brokers deliver that one once more, since of a batch only the beginning may have been read; whoever has
 * read all of it drops it.
 */
import type { MessageIdData } from "../../wire/messages.ts";
import type { U64 } from "../../wire/protobuf.ts";

export class ReaderPlace {
  /** What was asked for; undefined once an entry has passed, or where the subscription's initial position decides. */
  #asked: MessageIdData | undefined;
  #ledgerId: U64 = 0;
  #entryId: U64 = 0;
  #hasPassed = false;
  // Entries up to here are not handed over by this attachment: numbers, which are compared for every entry.
  #skipLedger = -1;
  #skipEntry = -1;

  /** The place of a consumer that needs one: topics that store nothing have no places. */
  static of(
    { topic, durable, startMessageId }: {
      readonly topic: string;
      readonly durable?: boolean | undefined;
      readonly startMessageId?: MessageIdData | undefined;
    },
  ): ReaderPlace | undefined {
    return durable !== false || topic.startsWith("non-persistent://")
      ? undefined
      : new ReaderPlace(startMessageId);
  }

  /** @param start the place to begin after; of a message within a batch, the batch to begin with */
  constructor(start: MessageIdData | undefined) {
    this.#asked = start;
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
    this.#skipLedger = isEntry ? ledgerId : -1;
    this.#skipEntry = isEntry ? entryId : -1;
  }

  /** Whether an entry was read over an earlier connection. */
  isBehind(ledgerId: U64, entryId: U64): boolean {
    return ledgerId < this.#skipLedger || (ledgerId === this.#skipLedger && entryId <= this.#skipEntry);
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
    this.#skipLedger = -1;
  }
}
