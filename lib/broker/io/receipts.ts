/** SEND_RECEIPT frames, written from one reused buffer. */
import { ProtoWriter, type U64, U64_MAX } from "../../wire/protobuf.ts";
import { writeSendReceipt } from "../../wire/hot_commands.ts";
import type { Outbox } from "./outbox.ts";

interface Delayed {
  readonly due: number;
  readonly frame: Uint8Array;
}

const out = new ProtoWriter(128);

/** Writes receipts, at once or, when a test asks for it, later; always in order. */
export class Receipts {
  readonly #outbox: Outbox;
  readonly #delayed: Delayed[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /**
   * @param entryId below 0: the entry was stored before
   * @param delay ms by which the receipt is late
   */
  send(
    producerId: number,
    sequenceId: number,
    highestSequenceId: number,
    ledgerId: number,
    entryId: number,
    delay: number,
  ): void {
    const isDuplicate = entryId < 0;
    const ledger: U64 = isDuplicate ? U64_MAX : ledgerId;
    const entry: U64 = isDuplicate ? U64_MAX : entryId;
    const frame = writeSendReceipt(out, producerId, sequenceId, highestSequenceId, ledger, entry);
    if (delay === 0 && this.#delayed.length === 0) {
      this.#outbox.append(frame);
      return;
    }
    this.#delayed.push({ due: performance.now() + delay, frame: frame.slice() });
    this.#schedule();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#delayed.length = 0;
  }

  #schedule(): void {
    const first = this.#delayed[0];
    if (first === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const now = performance.now();
      let ready = 0;
      while (ready < this.#delayed.length && this.#delayed[ready]!.due <= now) ready++;
      for (const { frame } of this.#delayed.splice(0, ready)) this.#outbox.append(frame);
      this.#schedule();
    }, Math.max(0, first.due - performance.now()));
  }
}
