/**
 * Receives whole entries of one topic (or one partition): the path of the load engine, and the base of `Consumer`.
 *
 * Entries are handed to a synchronous callback as views into the receive buffer; acknowledgements are grouped into
 * few frames; permits go back when half the receiver queue has been handled. Nothing is allocated per message.
 *
 * Source: the rules of the reference clients for permits, grouped acknowledgements and corrupt entries.
 */
import { SubType, ValidationError } from "../../wire/enums.ts";
import { AckFrame, type MessageView } from "../../wire/hot_commands.ts";
import type { MessageIdData } from "../../wire/messages.ts";
import type { U64 } from "../../wire/protobuf.ts";
import { AckGrouping, type BatchRest } from "./ack_grouping.ts";
import { Backoff } from "../connection/backoff.ts";
import { BodyReader } from "./body_reader.ts";
import type { Connection } from "../connection/connection.ts";
import type { AssignedUrl, ConsumerHandler } from "../connection/handlers.ts";
import { type ClientContext, closeTimeoutMs } from "../connection/context.ts";
import { ClosedError, ConnectionClosedError } from "../errors.ts";
import { MessageId } from "./message_id.ts";
import { claimedMessages, pendingMessages } from "./permits.ts";
import { type CorruptReason, type EntryConsumerOptions, ReceivedEntry } from "./received_entry.ts";
import { retryTransient } from "../connection/retry.ts";
import { checkedQueue, subscribe } from "./subscribe.ts";
import { SeekGuard } from "./seek_guard.ts";
import { Attachment } from "../connection/attachment.ts";
import { partitionIndex } from "../topic.ts";

const DEFAULT_MAX_BODY = 128 * 1024 * 1024;

export class EntryConsumer implements ConsumerHandler {
  readonly topic: string;
  readonly partition: number;
  readonly #context: ClientContext;
  readonly #options: EntryConsumerOptions;
  readonly #id: number;
  readonly #attachment: Attachment;
  readonly #entry = new ReceivedEntry();
  readonly #acks: AckGrouping;
  readonly #bodies: BodyReader;
  readonly #receiverQueue: number;
  /** Exclusive and Failover: one consumer at a time, in order. */
  readonly #isOrdered: boolean;
  readonly #seek = new SeekGuard();
  /** Raised with each request for everything; entries of before are dropped. 0 is what old brokers send. */
  #epoch = 1;
  #permits = 0;
  #isPaused = false;
  /** Takes nothing more: entries that arrive are only shown to the caller. */
  #isHalted = false;
  #registeredAt: Connection | undefined;
  /** Where a subscription that is not durable goes on. */
  #resumeAfter: MessageIdData | undefined;
  #failure: Error | undefined;
  #closing: Promise<boolean> | undefined;

  private constructor(context: ClientContext, options: EntryConsumerOptions) {
    this.topic = options.topic;
    this.partition = partitionIndex(options.topic);
    this.#context = context;
    this.#options = options;
    this.#id = context.nextId();
    this.#receiverQueue = checkedQueue(options.receiverQueue ?? 1000);
    this.#isOrdered = options.type === SubType.exclusive || options.type === SubType.failover;
    this.#resumeAfter = options.startMessageId;
    this.#acks = new AckGrouping({
      groupMs: options.ackGroupMs ?? 100,
      groupMax: options.ackGroupMax ?? 1000,
      consumerId: this.#id,
      connection: () => this.#attachment.connection,
    });
    this.#bodies = new BodyReader(options.maxBodySize ?? DEFAULT_MAX_BODY, (places) => {
      for (const { ledgerId, entryId } of this.#isHalted ? [] : places) {
        this.#acks.add(ledgerId, entryId);
        // The last chunk stands for the message, which is one.
        options.onCorrupt?.("Chunk", new MessageId(ledgerId, entryId, this.partition), 0);
      }
    });
    this.#attachment = new Attachment({
      topic: options.topic,
      lookup: context.lookup,
      operationTimeoutMs: context.operationTimeoutMs,
      ...(context.backoff === undefined ? {} : { backoff: context.backoff }),
      attach: (connection, signal) => this.#attach(connection, signal),
      onAttached: (connection) => this.#attached(connection),
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

  /** Acknowledgements sent, in entries. */
  get acksSent(): number {
    return this.#acks.sent;
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
   * @param rest of the entry itself only a part: what is left of it
   */
  ackCumulative(ledgerId: U64, entryId: U64, rest?: BatchRest): void {
    if (this.#bodies.chunks.hasParts) this.#bodies.chunks.takeParts(ledgerId, entryId);
    this.#acks.addUpTo(ledgerId, entryId, rest);
  }

  /** Sends gathered acknowledgements now. While disconnected they wait for the next connection. */
  flushAcks(): void {
    this.#acks.flush();
  }

  /** Asks the broker to deliver entries again; without ids, everything unacknowledged. */
  redeliver(ids?: readonly MessageId[]): void {
    const { connection } = this.#attachment;
    // Whoever is not connected gets everything again on return.
    if (connection === undefined) return;
    if (ids === undefined) {
      this.#epoch++;
      this.#bodies.chunks.clear();
      const epoch = this.#isOrdered ? { consumerEpoch: this.#epoch } : {};
      connection.send("redeliver", { consumerId: this.#id, ...epoch });
      return;
    }
    const messageIds = ids.flatMap((id) => this.#bodies.chunks.takeAll(id, this.partition));
    // An empty list would mean everything.
    if (messageIds.length > 0) connection.send("redeliver", { consumerId: this.#id, messageIds });
  }

  /** Stops asking the broker for more; what is under way still arrives. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused || this.#isHalted) return;
    this.#isPaused = false;
    this.returnPermits(0);
  }

  /**
   * For good: asks the broker for nothing more. What it has sent ahead still reaches `onEntry`, which must not
   * acknowledge it, up to the broker's answer to `close`: then it is the subscription's again.
   */
  halt(): void {
    this.#isHalted = true;
    this.#isPaused = true;
    this.#acks.flush();
  }

  /** Says that `count` messages were handled and the broker may send as many more. */
  returnPermits(count: number): void {
    this.#permits += count;
    if (this.#isPaused || this.#permits < Math.max(1, this.#receiverQueue >>> 1)) return;
    this.#attachment.connection?.send("flow", { consumerId: this.#id, messagePermits: this.#permits });
    this.#permits = 0;
  }

  /**
   * Moves the subscription. Nothing of before is handed over once this has been called; it resolves when delivery
   * starts again from there.
   */
  async seek(target: MessageId | { readonly publishTimeMs: number }): Promise<void> {
    const position = target instanceof MessageId
      ? { messageId: target.toSeekData() }
      : { messagePublishTime: target.publishTimeMs };
    const action = `seek on '${this.topic}'`;
    // Asking twice does no harm, so a connection lost in between is no reason to give up.
    await this.#retryTransient(action, async (connection) => {
      this.#acks.flush();
      this.#options.onReset?.();
      this.#bodies.chunks.clear();
      this.#seek.begin();
      try {
        await connection.request("seek", { consumerId: this.#id, ...position }, action, {
          signal: this.#attachment.signal,
        });
        // What was acknowledged meanwhile is of the old position, and would be skipped at the new one.
        this.#acks.clear();
        // Brokers send the subscription's consumers away, before or after they answer.
        await this.#seek.untilDetached();
      } finally {
        // One that did not: then what was dropped meanwhile has to come again.
        const missed = this.#seek.end();
        if (missed !== undefined) {
          this.returnPermits(missed);
          this.redeliver();
        }
      }
    });
    await this.#attachment.whenConnected(action);
  }

  async lastMessageId(): Promise<MessageId> {
    const action = `ask for the last message of '${this.topic}'`;
    const answer = await this.#retryTransient(
      action,
      (connection) => connection.request("getLastMessageId", { consumerId: this.#id }, action),
    );
    if (answer.name !== "getLastMessageIdResponse") {
      throw new ConnectionClosedError(`${action}: '${answer.name}'`);
    }
    return MessageId.from(answer.body.lastMessageId);
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
   * Sends gathered acknowledgements and detaches; the subscription stays. Never rejects.
   *
   * @returns whether the broker has answered: nothing that it had sent ahead can be under way any more
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
    // Who has halted wants to see what comes before the answer.
    if (!this.#isHalted) connection.removeConsumer(this.#id);
    const action = `close the consumer on '${this.topic}'`;
    const timeoutMs = closeTimeoutMs(this.#context);
    const isAnswered = await connection.request("closeConsumer", { consumerId: this.#id }, action, {
      timeoutMs,
    })
      .then(() => true, () => false); // the connection went first: the broker has closed it by itself
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
    const place = { startMessageId: this.#resumeAfter, epoch };
    await subscribe(connection, this.#options, this.#id, place, signal);
  }

  #attached(connection: Connection): void {
    this.#seek.attached();
    this.#permits = 0;
    if (this.#isPaused) this.#permits = this.#receiverQueue;
    else connection.send("flow", { consumerId: this.#id, messagePermits: this.#receiverQueue });
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
      const claimed = claimedMessages(view, this.#receiverQueue);
      return this.#refuse(message, "ChecksumMismatch", ValidationError.checksumMismatch, claimed, claimed);
    }
    const count = Math.max(1, view.batchCount);
    const permits = message.ackSet.length === 0 ? count : pendingMessages(message.ackSet, count);
    if (this.#seek.isActive) return this.#seek.drop(permits);
    // Sent before the broker knew that everything is wanted again.
    if (this.#isOrdered && message.consumerEpoch > 0 && message.consumerEpoch < this.#epoch) {
      return this.returnPermits(permits);
    }
    if (view.isMarker) {
      // Internal to the broker (replicated subscriptions, transactions): never the application's.
      if (!this.#isHalted) this.ack(message.ledgerId, message.entryId);
      return this.returnPermits(permits);
    }
    if (this.#options.durable === false) {
      this.#resumeAfter = { ledgerId: message.ledgerId, entryId: message.entryId };
    }
    if (view.isEncrypted) {
      return this.#refuse(message, "Encrypted", ValidationError.decryptionError, permits, permits);
    }
    const outcome = this.#bodies.read(message, entry);
    if (outcome === "part") return this.returnPermits(permits);
    if (outcome !== "whole") return this.#refuse(message, "Decompression", outcome, permits, permits);
    entry.topic = this.topic;
    entry.partition = this.partition;
    entry.ledgerId = message.ledgerId;
    entry.entryId = message.entryId;
    entry.redeliveryCount = message.redeliveryCount;
    entry.count = count;
    entry.permits = permits;
    entry.isBatch = view.batchCount > 0;
    entry.message = message;
    entry.cursor.reset(entry.body, entry.bodyStart, entry.bodyEnd, count);
    this.#options.onEntry(entry);
    if (this.#options.autoPermits !== false) this.returnPermits(permits);
  }

  /** A batch whose body contradicts its count: for callers that find out while walking it. */
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
    // Sent ahead to somebody who takes nothing any more: the next consumer will find out.
    if (this.#isHalted) return;
    const { ledgerId, entryId } = message;
    const acks = new AckFrame();
    acks.add(ledgerId, entryId);
    this.#attachment.connection?.sendFrameCopy(acks.take(this.#id, false, undefined, validation));
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
    // While it is being attached, the failing attempt is reported instead; a seek is no trouble.
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
