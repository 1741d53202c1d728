/** Tracks which messages of received batches are not acknowledged yet. */
import type { U64 } from "../../wire/protobuf.ts";
import type { MessageId } from "../entry/message_id.ts";

interface Batch {
  readonly ledgerId: U64;
  readonly entryId: U64;
  /** 1 = not acknowledged. */
  readonly words: bigint[];
}

export class BatchAcks {
  readonly #batches = new Map<string, Batch>();

  /** Batches of which some messages, but not all, are acknowledged. */
  get size(): number {
    return this.#batches.size;
  }

  /**
   * Registers a batch of which only some messages were delivered: the others count as acknowledged.
   *
   * @param words bits of the delivered ones
   */
  begin(id: MessageId, words: readonly bigint[]): void {
    this.#batches.set(id.entryKey, { ledgerId: id.ledgerId, entryId: id.entryId, words: [...words] });
  }

  /**
   * Acknowledges one message of a batch, or also all before it.
   *
   * @returns `done` when none is left; else the words of what is left (1 = not acknowledged)
   */
  ack(id: MessageId, isCumulative = false): "done" | readonly bigint[] {
    const { ledgerId, entryId, batchIndex, batchSize, entryKey } = id;
    let batch = this.#batches.get(entryKey);
    if (batch === undefined) {
      this.#batches.set(entryKey, batch = { ledgerId, entryId, words: fullWords(batchSize) });
    }
    const { words } = batch;
    const at = batchIndex >>> 6;
    const bit = 1n << BigInt(batchIndex & 63);
    if (isCumulative) {
      words.fill(0n, 0, at);
      words[at]! &= ~(bit | (bit - 1n));
    } else words[at]! &= ~bit;
    if (words.some((word) => word !== 0n)) return words;
    this.#batches.delete(entryKey);
    return "done";
  }

  /** The whole entry will be redelivered. */
  forget(entryKey: string): void {
    this.#batches.delete(entryKey);
  }

  /** Everything before an entry is acknowledged. */
  forgetBefore(id: MessageId): void {
    for (const [key, { ledgerId, entryId }] of this.#batches) {
      if (ledgerId < id.ledgerId || (ledgerId === id.ledgerId && entryId < id.entryId)) {
        this.#batches.delete(key);
      }
    }
  }

  clear(): void {
    this.#batches.clear();
  }
}

/** Words with the lowest `bits` bits set. */
export function fullWords(bits: number): bigint[] {
  const words: bigint[] = [];
  for (let rest = bits; rest > 0; rest -= 64) {
    words.push(rest >= 64 ? (1n << 64n) - 1n : (1n << BigInt(rest)) - 1n);
  }
  return words;
}
