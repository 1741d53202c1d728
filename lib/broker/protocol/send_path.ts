/** SEND: from the received frame to the receipt. */
import { serverErrorCode, type ServerErrorName } from "../../wire/enums.ts";
import { Receipts } from "../io/receipts.ts";
import { memoryFull, Refusal } from "../refusal.ts";
import { SendView } from "../io/send_view.ts";
import type { AttachedProducer, Session } from "./session.ts";
import { DUPLICATE, NO_ROOM, type Topic } from "../topic/topic.ts";

/** Refusals that the next try would meet again: the message is at fault, not the moment. */
const FINAL: ReadonlySet<ServerErrorName> = new Set([
  "NotAllowedError",
  "ChecksumError",
  "TopicTerminatedError",
]);

/** Bytes of SENDs kept outside the backlog for a connection that must go on reading for its consumers. */
const MOST_HELD = 8 * 1024 * 1024;
/**
 * The same for a connection without consumers: pings and requests behind so many bytes are still answered. With more,
 * and one SEND beyond, reading stops, and TCP tells the client to wait.
 */
const MOST_HELD_FOR_ANSWERS = 2 * 1024 * 1024;

interface Held {
  readonly bytes: Uint8Array;
  readonly payloadAt: number;
}

export class SendPath {
  readonly #session: Session;
  readonly #receipts: Receipts;
  readonly #view = new SendView();
  readonly #keepsNothing: boolean;
  /** SENDs that wait for memory, oldest first. */
  #held: Held[] = [];
  #heldBytes = 0;
  #isDraining = false;
  #wakeReader: (() => void) | undefined;
  #isClosed = false;
  /** When the SEND at the head began to wait for memory; 0 = it does not wait. */
  #waitingSince = 0;
  #last: AttachedProducer | undefined;
  #lastId = -1;

  constructor(session: Session) {
    this.#session = session;
    this.#receipts = new Receipts(session.peer.outbox);
    this.#keepsNothing = session.core.options.mode === "null";
  }

  /**
   * Takes one SEND frame.
   *
   * @returns false when the memory is full and reading must stop: wait for {@link whenRoom}, then try again
   * @throws {ProtocolError} when the command cannot be read
   */
  take(buffer: Uint8Array, commandStart: number, commandEnd: number, frameEnd: number): boolean {
    if (this.#held.length === 0 && this.#process(buffer, commandStart, commandEnd, frameEnd)) return true;
    const { consumers, core } = this.#session;
    // What comes behind is read on: consumers must stay able to acknowledge, and requests have an answer.
    if (consumers.size === 0 && this.#heldBytes >= MOST_HELD_FOR_ANSWERS) return false;
    core.stalls++;
    this.#hold(buffer.slice(commandStart, frameEnd), commandEnd - commandStart);
    return true;
  }

  /** Resolves when {@link take} may succeed again, or when the connection is closed. */
  whenRoom(): Promise<void> {
    if (this.#held.length === 0 || this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => this.#wakeReader = resolve);
  }

  /** The producer with this id is gone or another. */
  forget(): void {
    this.#last = undefined;
    this.#lastId = -1;
  }

  close(): void {
    this.#isClosed = true;
    this.#receipts.close();
    this.#held = [];
    this.forget();
    this.#wakeReader?.();
  }

  /** @returns false when there is no room */
  #process(buffer: Uint8Array, start: number, end: number, frameEnd: number): boolean {
    const view = this.#view;
    view.read(buffer, start, end);
    const attached = this.#find(view.producerId);
    // The producer was closed while this was on its way: its client sends it again elsewhere.
    if (attached === undefined || !attached.isReady) {
      this.#waitingSince = 0;
      return true;
    }
    const { core } = this.#session;
    const { topic, producer } = attached;
    const hasFaults = !core.faults.isEmpty;
    try {
      const failure = hasFaults ? core.faults.takeFailure("send", topic.name.full) : undefined;
      if (failure !== undefined) throw new Refusal(failure.error, failure.message ?? "injected by a test");
      const entry = this.#keepsNothing
        ? topic.acknowledgeOnly(producer, view.messages, frameEnd - end)
        : topic.publish(producer, view, buffer, end, frameEnd);
      if (entry === NO_ROOM) {
        if (!this.#isHeldTooLong(topic)) return false;
        core.pool.isExhausted = true;
        throw memoryFull(core.options.maxBacklogBytes);
      }
      this.#waitingSince = 0;
      if (entry !== DUPLICATE && !this.#keepsNothing) core.markTopic(topic);
      if (hasFaults && core.faults.take("forgetReceipts", topic.name.full) !== undefined) return true;
      const delay = hasFaults ? core.faults.receiptDelay(topic.name.full) : 0;
      const { producerId, sequenceId, highestSequenceId } = view;
      const highest = highestSequenceId > sequenceId ? highestSequenceId : 0;
      this.#receipts.send(producerId, sequenceId, highest, topic.log.ledgerId, entry, delay);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#waitingSince = 0;
      this.#refuse(attached, error);
    }
    return true;
  }

  /**
   * Says no, and as a real broker does, takes nothing from the producer until it is back: what it has under way
   * behind this entry would be stored first, and the entry, sent again, would be out of order, or be taken for a
   * duplicate and acknowledged without being stored.
   */
  #refuse({ topic }: AttachedProducer, { code, message }: Refusal): void {
    const { producerId, sequenceId } = this.#view;
    const { peer } = this.#session;
    peer.send("sendError", { producerId, sequenceId, error: serverErrorCode(code), message });
    if (topic.deduplication === undefined && FINAL.has(code)) return;
    peer.closeProducer(producerId);
  }

  /** A topic that holds little must not wait without end for memory that other topics hold. */
  #isHeldTooLong(topic: Topic): boolean {
    const { core } = this.#session;
    const now = performance.now();
    if (this.#waitingSince === 0) this.#waitingSince = now;
    return now - this.#waitingSince >= core.options.maxHoldMs && core.mayUseReserve(topic);
  }

  #find(producerId: number): AttachedProducer | undefined {
    if (producerId !== this.#lastId) {
      this.#last = this.#session.producers.get(producerId);
      this.#lastId = producerId;
    }
    return this.#last;
  }

  #hold(bytes: Uint8Array, payloadAt: number): void {
    this.#held.push({ bytes, payloadAt });
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > MOST_HELD) this.#sendProducersAway();
    else if (!this.#isDraining) void this.#drain();
  }

  /** As a real broker does when a backlog quota is exceeded: clients keep their messages and come back. */
  #sendProducersAway(): void {
    this.#held = [];
    this.#heldBytes = 0;
    for (const id of [...this.#session.producers.keys()]) this.#session.peer.closeProducer(id);
    this.forget();
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    while (this.#held.length > 0 && !this.#isClosed) {
      const freed = this.#session.core.pool.whenFreed(this.#session.core.options.maxHoldMs);
      this.#session.core.dispatch();
      await freed;
      while (this.#held.length > 0) {
        const { bytes, payloadAt } = this.#held[0]!;
        if (!this.#process(bytes, 0, payloadAt, bytes.length)) break;
        this.#held.shift();
        this.#heldBytes -= bytes.length;
        this.#wakeReader?.();
      }
      this.#session.core.dispatch();
    }
    this.#isDraining = false;
  }
}
