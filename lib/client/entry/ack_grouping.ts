/** Gathers acknowledgements and sends them in few frames: after a time, or when there are enough. */
import { AckFrame } from "../../wire/hot_commands.ts";
import type { MessageIdData } from "../../wire/messages.ts";
import type { U64 } from "../../wire/protobuf.ts";
import type { Connection } from "../connection/connection.ts";

export interface AckGroupingOptions {
  /** Longest wait, milliseconds; 0 sends each at once. */
  readonly groupMs: number;
  /** Entries sent together at most. */
  readonly groupMax: number;
  readonly consumerId: number;
  /** Undefined while disconnected: acknowledgements then wait for the next connection. */
  connection(): Connection | undefined;
}

/** The messages of a batch that are not acknowledged yet. */
export interface BatchRest {
  /** 1 = not acknowledged. */
  readonly words: readonly bigint[];
  readonly size: number;
}

export class AckGrouping {
  readonly #options: AckGroupingOptions;
  readonly #individual = new AckFrame();
  #upTo: MessageIdData | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: AckGroupingOptions) {
    this.#options = options;
  }

  /** One entry; of a batch, perhaps only a part. */
  add(ledgerId: U64, entryId: U64, rest?: BatchRest): void {
    if (rest === undefined) this.#individual.add(ledgerId, entryId);
    else this.#individual.addBatchIndex(ledgerId, entryId, rest.words, rest.size);
    const { groupMs, groupMax } = this.#options;
    if (groupMs === 0 || this.#individual.count >= groupMax) this.flush();
    else this.arm();
  }

  /** Everything up to an entry, unless a later entry is pending already. */
  addUpTo(ledgerId: U64, entryId: U64, rest?: BatchRest): void {
    const known = this.#upTo;
    if (known !== undefined && isBefore(ledgerId, entryId, known)) return;
    const isSame = known?.ledgerId === ledgerId && known.entryId === entryId;
    // The whole entry stays acknowledged when a part of it is named afterwards.
    if (isSame && known.ackSet === undefined && rest !== undefined) return;
    const id = { ledgerId, entryId };
    this.#upTo = rest === undefined ? id : { ...id, ackSet: [...rest.words], batchSize: rest.size };
    if (this.#options.groupMs === 0) this.flush();
    else this.arm();
  }

  /** Starts the timer that sends what has gathered. */
  arm(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.flush();
    }, this.#options.groupMs);
  }

  flush(): void {
    const connection = this.#options.connection();
    if (connection === undefined) return;
    const { consumerId } = this.#options;
    const { count } = this.#individual;
    if (count > 0) connection.sendFrameCopy(this.#individual.take(consumerId));
    if (this.#upTo === undefined) return;
    connection.send("ack", { consumerId, ackType: 1, messageId: [this.#upTo] });
    this.#upTo = undefined;
  }

  /** Acknowledges a damaged entry at once, with the `ValidationError` number that is wrong with it. */
  refuse(ledgerId: U64, entryId: U64, validation: number): void {
    const refusal = new AckFrame();
    refusal.add(ledgerId, entryId);
    const { consumerId, connection } = this.#options;
    connection()?.sendFrameCopy(refusal.take(consumerId, false, undefined, validation));
  }

  /** Drops pending acknowledgements. */
  clear(): void {
    if (this.#individual.count > 0) this.#individual.take(this.#options.consumerId);
    this.#upTo = undefined;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function isBefore(ledgerId: U64, entryId: U64, other: MessageIdData): boolean {
  return ledgerId < other.ledgerId || (ledgerId === other.ledgerId && entryId < other.entryId);
}
