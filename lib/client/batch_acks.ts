/** Which messages of which received batches are still to be acknowledged. */
import type { MessageId } from "./message_id.ts";

interface Batch {
  readonly words: bigint[];
  left: number;
}

export class BatchAcks {
  readonly #batches = new Map<string, Batch>();

  /**
   * Marks one message of a batch.
   *
   * @returns `done` when it was the last one; else the words of what is left (1 = not acknowledged)
   */
  ack(id: MessageId): "done" | readonly bigint[] {
    const key = id.entryKey;
    let batch = this.#batches.get(key);
    if (batch === undefined) {
      this.#batches.set(key, batch = { words: fullWords(id.batchSize), left: id.batchSize });
    }
    const word = id.batchIndex >> 6;
    const bit = 1n << BigInt(id.batchIndex & 63);
    if ((batch.words[word]! & bit) !== 0n) {
      batch.words[word]! &= ~bit;
      batch.left--;
    }
    if (batch.left > 0) return batch.words;
    this.#batches.delete(key);
    return "done";
  }

  clear(): void {
    this.#batches.clear();
  }
}

function fullWords(bits: number): bigint[] {
  const words: bigint[] = [];
  for (let rest = bits; rest > 0; rest -= 64) {
    words.push(rest >= 64 ? (1n << 64n) - 1n : (1n << BigInt(rest)) - 1n);
  }
  return words;
}
