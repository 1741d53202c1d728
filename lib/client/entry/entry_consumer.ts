/**
 * Receives whole entries of one topic (or one partition): the path of the load engine, and the base of `Consumer`.
 *
 * Entries are handed to a synchronous callback as views into the receive buffer; acknowledgements are grouped into
 * few frames; permits go back when half the receiver queue has been handled. Nothing is allocated per message.
 *
 * Source: the rules of the reference clients for permits, grouped acknowledgements and corrupt entries.
 */
import { SubType, ValidationError } from "../../wire/enums.ts";
import type { MessageView } from "../../wire/hot_commands.ts";
import type { U64 } from "../../wire/protobuf.ts";
import { AckGrouping, type BatchRest } from "./ack_grouping.ts";
import { Backoff } from "../connection/backoff.ts";
import { BodyReader } from "./body_reader.ts";
import type { Connection } from "../connection/connection.ts";
import type { AssignedUrl, ConsumerHandler } from "../connection/handlers.ts";
import { type ClientContext, closeTimeoutMs } from "../connection/context.ts";
import { ClosedError } from "../errors.ts";
import { MessageId } from "./message_id.ts";
import { claimedMessages, pendingMessages, Permits } from "./permits.ts";
import { ReaderPlace } from "./reader_place.ts";
import { ReceivedEntry } from "./received_entry.ts";
import { retryTransient } from "../connection/retry.ts";
import { subscribe, type SubscribeOptions } from "./subscribe.ts";
import { SeekGuard } from "./seek_guard.ts";
import { Attachment } from "../connection/attachment.ts";
import { partitionIndex } from "../topic.ts";

const DEFAULT_MAX_BODY = 128 * 1024 * 1024;

/** Why an entry could not be handed over. */
export type CorruptReason =
  | "ChecksumMismatch"
  | "Decompression"
  | "Batch"
  | "Encrypted"
  | "Metadata"
  /** Part of a chunked message whose other parts are missing, or that is over the limits. */
  | "Chunk";

export interface EntryConsumerOptions extends SubscribeOptions {
  /** Permits outstanding at most, in messages. Default 1000. */
  readonly receiverQueue?: number | undefined;
  /** Acknowledgements are sent after this long, ms, or when there are `ackGroupMax`. 0 sends each at once. */
  readonly ackGroupMs?: number | undefined;
  readonly ackGroupMax?: number | undefined;
  /** Largest decompressed body accepted, bytes. */
  readonly maxBodySize?: number | undefined;
  /**
   * Handles one entry; its permits go back by {@link EntryConsumer.returnPermits}. Must not throw: an error here closes
   * the connection.
   */
  onEntry(entry: ReceivedEntry): void;
  /**
   * The entry was acknowledged to the broker with the reason, so that it is not redelivered endlessly.
   *
   * @param messages how many it claims to hold, as far as that is known
   */
  readonly onCorrupt?: ((reason: CorruptReason, id: MessageId, messages: number) => void) | undefined;
  readonly onActiveChange?: ((isActive: boolean) => void) | undefined;
  readonly onEndOfTopic?: (() => void) | undefined;
  /** Queued entries and owed permits are void: the broker delivers everything unacknowledged again. */
  readonly onReset?: (() => void) | undefined;
  readonly onFailed?: ((error: Error) => void) | undefined;
  /** A problem that the consumer outlives: a lost connection, a failed attempt to reconnect. */
  readonly onTrouble?: ((error: Error) => void) | undefined;
  readonly onReconnected?: (() => void) | undefined;
}

export class EntryConsumer implements ConsumerHandler {
  readonly topic: string;
  readonly partition: number;
  readonly #context: ClientContext;
  readonly #options: EntryConsumerOptions;
  readonly #id: number;
  readonly #attachment: Attachment;
  readonly #entry: ReceivedEntry;
  readonly #acks: AckGrouping;
  readonly #bodies: BodyReader;
  readonly #permits: Permits;
  /** Exclusive and Failover: one consumer at a time, in order. */
  readonly #isOrdered: boolean;
  readonly #seek = new SeekGuard();
  /** Incremented with each request to redeliver everything; entries of older epochs are dropped. Old brokers send 0. */
  #epoch = 1;
  /** Acknowledges and asks for nothing more: arriving entries are only shown to the caller. */
  #isHalted = false;
  #registeredAt: Connection | undefined;
  /** Of a subscription that is not durable. */
  readonly #place: ReaderPlace | undefined;
  #failure: Error | undefined;
  #closing: Promise<boolean> | undefined;

  private constructor(context: ClientContext, options: EntryConsumerOptions) {
    this.topic = options.topic;
    this.partition = partitionIndex(options.topic);
    this.#entry = new ReceivedEntry(this.topic, this.partition);
    this.#context = context;
    this.#options = options;
    this.#id = context.nextId();
    this.#permits = new Permits(options.receiverQueue ?? 1000, (messagePermits) => {
      this.#attachment.connection?.send("flow", { consumerId: this.#id, messagePermits });
    });
    this.#isOrdered = options.type === SubType.exclusive || options.type === SubType.failover;
    this.#place = ReaderPlace.of(options);
    this.#acks = new AckGrouping({
      groupMs: options.ackGroupMs ?? 100,
      groupMax: options.ackGroupMax ?? 1000,
      consumerId: this.#id,
      connection: () => this.#attachment.connection,
    });
    this.#bodies = new BodyReader(options.maxBodySize ?? DEFAULT_MAX_BODY, (places) => {
      for (const { ledgerId, entryId } of this.#isHalted ? [] : places) {
        this.#acks.add(ledgerId, entryId);
        // The message is counted once, with its last chunk.
        options.onCorrupt?.("Chunk", new MessageId(ledgerId, entryId, this.partition), 0);
      }
    });
    this.#attachment = new Attachment({
      topic: options.topic,
      lookup: context.lookup,
      operationTimeoutMs: context.operationTimeoutMs,
      backoff: context.backoff,
      onTiming: context.onTiming,
      attach: (connection, signal) => this.#attach(connection, signal),
      onAttached: () => this.#attached(),
      onFailed: (error) => this.#fail(error),
      onReconnected: () => {
        if (!this.#seek.endedSeek) options.onReconnected?.();
      },
      onAttemptFailed: (error) => options.onTrouble?.(error),
    });
  }

  static async create(context: ClientContext, options: EntryConsumerOptions): Promise<EntryConsumer> {
    const consumer = new EntryConsumer(context, options);
    await consumer.#attachment.start();
    return consumer;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  get isConnected(): boolean {
    return this.#attachment.connection !== undefined;
  }

  /** Acknowledges a whole entry. Sent with the next group. */
  ack(ledgerId: U64, entryId: U64): void {
    const { chunks } = this.#bodies;
    if (chunks.hasParts) {
      for (const part of chunks.takeParts(ledgerId, entryId)) this.#acks.add(part.ledgerId, part.entryId);
    }
    this.#acks.add(ledgerId, entryId);
  }

  /** Acknowledges part of a batch; the words say what is left (1 = not acknowledged). */
  ackBatchIndex(ledgerId: U64, entryId: U64, left: readonly bigint[], batchSize: number): void {
    this.#acks.add(ledgerId, entryId, { words: left, size: batchSize });
  }

  /**
   * Acknowledges everything up to and including an entry. Not for Shared and Key_Shared.
   *
   * @param rest what is left of the entry itself, when only a part of it is acknowledged
   */
  ackCumulative(ledgerId: U64, entryId: U64, rest?: BatchRest): void {
    if (this.#bodies.chunks.hasParts) this.#bodies.chunks.takeParts(ledgerId, entryId);
    this.#acks.addUpTo(ledgerId, entryId, rest);
  }

  /** Sends pending acknowledgements now; while disconnected, with the next connection. */
  flushAcks(): void {
    this.#acks.flush();
  }

  /** Asks the broker to redeliver entries; without ids, everything unacknowledged. */
  redeliver(ids?: readonly MessageId[]): void {
    const { connection } = this.#attachment;
    // After a reconnect the broker redelivers everything anyway.
    if (connection === undefined) return;
    if (ids === undefined) {
      this.#epoch++;
      this.#bodies.chunks.clear();
      const consumerEpoch = this.#isOrdered ? this.#epoch : undefined;
      connection.send("redeliver", { consumerId: this.#id, consumerEpoch });
      return;
    }
    const messageIds = ids.flatMap((id) => this.#bodies.chunks.takeAll(id, this.partition));
    // An empty list would mean everything.
    if (messageIds.length > 0) connection.send("redeliver", { consumerId: this.#id, messageIds });
  }

  /** Grants the broker no more permits; entries within the granted ones still arrive. */
  pause(): void {
    this.#permits.pause();
  }

  resume(): void {
    if (!this.#isHalted) this.#permits.resume();
  }

  /**
   * Stops receiving for good. Entries that the broker has already sent still reach `onEntry`, which must not
   * acknowledge them, until the broker answers `close`: it then keeps them for the next consumer of the subscription.
   */
  halt(): void {
    this.#isHalted = true;
    this.#permits.pause();
    this.#acks.flush();
  }

  /** `count` messages were handled: the broker may send as many more. */
  returnPermits(count: number): void {
    this.#permits.return(count);
  }

  /**
   * Moves the subscription. No entry received before the call is delivered after it; resolves when delivery starts from
   * the new position.
   */
  async seek(target: MessageId | { readonly publishTimeMs: number }): Promise<void> {
    const position = target instanceof MessageId
      ? { messageId: target.toSeekData() }
      : { messagePublishTime: target.publishTimeMs };
    const action = `seek on '${this.topic}'`;
    // A seek can be repeated, so a lost connection is retried.
    await this.#retryTransient(action, async (connection) => {
      this.#acks.flush();
      this.#options.onReset?.();
      this.#bodies.chunks.clear();
      this.#place?.moved();
      this.#seek.begin();
      try {
        await connection.request("seek", { consumerId: this.#id, ...position }, action, {
          signal: this.#attachment.signal,
        });
        // Acknowledgements since the request are of the old position: they would skip messages of the new one.
        this.#acks.clear();
        // Brokers close the consumers of the subscription, before or after they answer.
        await this.#seek.untilDetached();
      } finally {
        // If the broker kept this consumer, it has to redeliver what was dropped meanwhile.
        const missed = this.#seek.end();
        if (missed !== undefined) {
          this.returnPermits(missed);
          this.redeliver();
        }
      }
    });
    await this.#attachment.whenConnected(action);
  }

  /** Deletes the subscription and closes the consumer. Resolves as `close` does. */
  async unsubscribe(): Promise<boolean> {
    const action = `unsubscribe from '${this.topic}'`;
    await this.#retryTransient(action, (connection) => {
      this.#acks.flush();
      return connection.request("unsubscribe", { consumerId: this.#id }, action);
    });
    this.#registeredAt?.removeConsumer(this.#id);
    this.#registeredAt = undefined;
    await this.close();
    return true;
  }

  /**
   * Sends pending acknowledgements and detaches; the subscription stays. Never rejects.
   *
   * @returns whether the broker has answered: then no entry that it had sent before can still arrive
   */
  close(): Promise<boolean> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<boolean> {
    this.#acks.flush();
    const wasAttached = this.#attachment.connection !== undefined;
    const connection = this.#registeredAt;
    this.#fail(new ClosedError(`the consumer on '${this.topic}' is closed`));
    this.#context.forget?.(this);
    if (!connection?.isOpen) return false;
    // A halted consumer shows the entries that arrive before the answer.
    if (!this.#isHalted) connection.removeConsumer(this.#id);
    const action = `close the consumer on '${this.topic}'`;
    const timeoutMs = closeTimeoutMs(this.#context);
    const answer = connection.request("closeConsumer", { consumerId: this.#id }, action, { timeoutMs });
    // If the connection is lost first, the broker closes the consumer itself.
    const isAnswered = await answer.then(() => true, () => false);
    connection.removeConsumer(this.#id);
    return isAnswered && wasAttached;
  }

  #retryTransient<T>(action: string, attempt: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const { operationTimeoutMs: limitMs, backoff } = this.#context;
    return retryTransient(
      { limitMs, backoff: new Backoff(backoff), signal: this.#attachment.signal },
      async () => await attempt(await this.#attachment.whenConnected(action)),
    );
  }

  async #attach(connection: Connection, signal: AbortSignal): Promise<void> {
    connection.addConsumer(this.#id, this);
    this.#registeredAt = connection;
    const epoch = this.#isOrdered ? this.#epoch : undefined;
    await subscribe(connection, this.#options, this.#id, epoch, signal, this.#place);
  }

  #attached(): void {
    this.#seek.attached();
    this.#permits.reset();
    this.#acks.arm();
  }

  onMessage(message: MessageView, buffer: Uint8Array, start: number, end: number): void {
    const entry = this.#entry;
    const { view } = entry;
    try {
      view.read(buffer, start, end);
    } catch {
      return this.#refuse(message, "Metadata", ValidationError.batchDeserializeError, 1, 1);
    }
    if (!view.intact) {
      const claimed = claimedMessages(view, this.#permits.queueSize);
      return this.#refuse(message, "ChecksumMismatch", ValidationError.checksumMismatch, claimed, claimed);
    }
    const count = Math.max(1, view.batchCount);
    const permits = message.ackSet.length === 0 ? count : pendingMessages(message.ackSet, count);
    if (this.#seek.isActive) return this.#seek.drop(permits);
    // Sent before the broker received the request to redeliver everything.
    if (this.#isOrdered && message.consumerEpoch > 0 && message.consumerEpoch < this.#epoch) {
      return this.returnPermits(permits);
    }
    if (view.isMarker || this.#place?.hasRead(message.ledgerId, message.entryId)) {
      // Internal to the broker (replicated subscriptions, transactions), or read before: not for the application.
      if (!this.#isHalted) this.ack(message.ledgerId, message.entryId);
      return this.returnPermits(permits);
    }
    if (view.isEncrypted) {
      return this.#refuse(message, "Encrypted", ValidationError.decryptionError, permits, permits);
    }
    const outcome = this.#bodies.read(message, entry);
    if (outcome === "part") return this.returnPermits(permits);
    // Chunks of a message that is not whole yet have to be read again with the others.
    if (!this.#bodies.chunks.hasOpen) this.#place?.pass(message.ledgerId, message.entryId);
    if (outcome !== "whole") return this.#refuse(message, "Decompression", outcome, permits, permits);
    entry.describe(message, count, permits);
    this.#options.onEntry(entry);
  }

  /** Refuses a batch whose body contradicts its count, as its caller finds out while walking it. */
  refuseBatch(entry: ReceivedEntry): void {
    this.#refuse(entry.message, "Batch", ValidationError.batchDeserializeError, 0, entry.permits);
  }

  #refuse(
    message: MessageView,
    reason: CorruptReason,
    validation: number,
    permits: number,
    messages: number,
  ): void {
    // A halted consumer acknowledges nothing: the next consumer will refuse the entry.
    if (this.#isHalted) return;
    const { ledgerId, entryId } = message;
    this.#acks.refuse(ledgerId, entryId, validation);
    this.returnPermits(permits);
    this.#options.onCorrupt?.(reason, new MessageId(ledgerId, entryId, this.partition), messages);
  }

  onActiveChange(isActive: boolean): void {
    this.#options.onActiveChange?.(isActive);
  }

  onEndOfTopic(): void {
    this.#options.onEndOfTopic?.();
  }

  onDetached(cause: Error, assignedUrl?: AssignedUrl): void {
    if (this.#failure !== undefined) return;
    const wasAttached = this.#attachment.connection !== undefined;
    // During an attachment, the failed attempt is reported instead; a seek is no problem.
    if (wasAttached && !this.#seek.isActive) this.#options.onTrouble?.(cause);
    this.#seek.detached();
    this.#bodies.chunks.clear();
    this.#options.onReset?.();
    this.#attachment.detached(assignedUrl);
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#attachment.close();
    this.#acks.stop();
    this.#seek.detached();
    this.#options.onFailed?.(error);
  }
}
