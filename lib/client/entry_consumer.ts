/**
 * Receives whole entries of one topic (or one partition): the path of the load engine, and the base of `Consumer`.
 *
 * Entries are handed to a synchronous callback as views into the receive buffer; acknowledgements are grouped into
 * few frames; permits go back when half the receiver queue has been handled. Nothing is allocated per message.
 *
 * Source: the rules of the reference clients for permits, grouped acknowledgements and corrupt entries.
 */
import { BatchCursor } from "../wire/batch.ts";
import { decompress } from "../wire/compression.ts";
import { ValidationError } from "../wire/enums.ts";
import { EntryView } from "../wire/entry.ts";
import { AckFrame, type MessageView } from "../wire/hot_commands.ts";
import type { MessageIdData } from "../wire/messages.ts";
import type { U64 } from "../wire/protobuf.ts";
import type { Connection } from "./connection.ts";
import type { AssignedUrl, ConsumerHandler } from "./handlers.ts";
import type { ClientContext } from "./context.ts";
import { ClosedError, ConnectionClosedError, PulsarError } from "./errors.ts";
import { MessageId } from "./message_id.ts";
import { partitionIndex } from "./topic.ts";
import { Session } from "./session.ts";

/** One received entry. A single reused object: valid only during the callback. */
export class ReceivedEntry {
  topic = "";
  partition = -1;
  ledgerId: U64 = 0;
  entryId: U64 = 0;
  redeliveryCount = 0;
  /** Messages in it; 1 for an unbatched message. */
  count = 0;
  isBatch = false;
  /** The decompressed body. */
  body: Uint8Array = new Uint8Array(0);
  bodyStart = 0;
  bodyEnd = 0;
  /** Bytes of the frame it came in. */
  wireBytes = 0;
  /** Metadata, bitmap of messages still to deliver, and the walk over a batch. */
  readonly view: EntryView = new EntryView();
  readonly cursor: BatchCursor = new BatchCursor();
  message!: MessageView;
}

/** Why an entry could not be handed over. */
export type CorruptReason = "ChecksumMismatch" | "Decompression" | "Batch" | "Encrypted" | "Metadata";

export interface EntryConsumerOptions {
  readonly topic: string;
  readonly subscription: string;
  /** `SubType` number. */
  readonly type: number;
  /** `InitialPosition` number. */
  readonly initialPosition?: number;
  readonly name?: string;
  /** Permits outstanding at most, in messages. */
  readonly receiverQueue?: number;
  /** Acknowledgements are sent after this long, or when `ackGroupMax` have gathered. 0 sends each at once. */
  readonly ackGroupMs?: number;
  readonly ackGroupMax?: number;
  readonly durable?: boolean;
  readonly startMessageId?: MessageIdData;
  readonly priority?: number;
  /** `true` returns permits by itself; `false` leaves it to `returnPermits`. */
  readonly autoPermits?: boolean;
  /** Largest decompressed body accepted, bytes. */
  readonly maxBodySize?: number;
  onEntry(entry: ReceivedEntry): void;
  /** The entry is acknowledged to the broker with the reason, so that it does not come back for ever. */
  onCorrupt?(reason: CorruptReason, id: MessageId): void;
  onActiveChange?(isActive: boolean): void;
  onEndOfTopic?(): void;
  /** What is queued by the caller is void: the broker delivers everything unacknowledged again. */
  onReset?(): void;
  onFailed?(error: Error): void;
  onTrouble?(error: Error): void;
  onReconnected?(): void;
}

const DEFAULT_MAX_BODY = 128 * 1024 * 1024;

export class EntryConsumer implements ConsumerHandler {
  readonly topic: string;
  readonly partition: number;
  readonly #context: ClientContext;
  readonly #options: EntryConsumerOptions;
  readonly #id: number;
  readonly #session: Session;
  readonly #entry = new ReceivedEntry();
  readonly #acks = new AckFrame();
  readonly #receiverQueue: number;
  readonly #ackGroupMs: number;
  readonly #ackGroupMax: number;
  #ackTimer: ReturnType<typeof setTimeout> | undefined;
  #cumulative: { ledgerId: U64; entryId: U64 } | undefined;
  #permits = 0;
  #isPaused = false;
  #failure: Error | undefined;
  /** Acknowledgements sent, in entries. */
  acksSent = 0;

  private constructor(context: ClientContext, options: EntryConsumerOptions) {
    this.topic = options.topic;
    this.partition = partitionIndex(options.topic);
    this.#context = context;
    this.#options = options;
    this.#id = context.nextId();
    this.#receiverQueue = options.receiverQueue ?? 1000;
    this.#ackGroupMs = options.ackGroupMs ?? 100;
    this.#ackGroupMax = options.ackGroupMax ?? 1000;
    this.#session = new Session({
      topic: options.topic,
      lookup: context.lookup,
      operationTimeoutMs: context.operationTimeoutMs,
      ...(context.backoff === undefined ? {} : { backoff: context.backoff }),
      attach: (connection) => this.#attach(connection),
      onFailed: (error) => this.#fail(error),
      onReconnected: () => options.onReconnected?.(),
      onAttemptFailed: (error) => options.onTrouble?.(error),
    });
  }

  static async create(context: ClientContext, options: EntryConsumerOptions): Promise<EntryConsumer> {
    const consumer = new EntryConsumer(context, options);
    await consumer.#session.start();
    return consumer;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  get isConnected(): boolean {
    return this.#session.connection !== undefined;
  }

  /** Acknowledges a whole entry. Sent with the next group. */
  ack(ledgerId: U64, entryId: U64): void {
    this.#acks.add(ledgerId, entryId);
    this.#ackAdded();
  }

  /** Acknowledges part of a batch; the words say what is left (1 = not acknowledged). */
  ackBatchIndex(ledgerId: U64, entryId: U64, left: readonly bigint[], batchSize: number): void {
    this.#acks.addBatchIndex(ledgerId, entryId, left, batchSize);
    this.#ackAdded();
  }

  /** Acknowledges everything up to and including an entry. Not for Shared and Key_Shared. */
  ackCumulative(ledgerId: U64, entryId: U64): void {
    this.#cumulative = { ledgerId, entryId };
    if (this.#ackGroupMs === 0) this.flushAcks();
    else this.#armAckTimer();
  }

  #ackAdded(): void {
    if (this.#ackGroupMs === 0 || this.#acks.count >= this.#ackGroupMax) this.flushAcks();
    else this.#armAckTimer();
  }

  #armAckTimer(): void {
    this.#ackTimer ??= setTimeout(() => {
      this.#ackTimer = undefined;
      this.flushAcks();
    }, this.#ackGroupMs);
  }

  /** Sends gathered acknowledgements now. While disconnected they wait for the next connection. */
  flushAcks(): void {
    const { connection } = this.#session;
    if (connection === undefined) return;
    const { count } = this.#acks;
    if (count > 0) {
      connection.sendFrameCopy(this.#acks.take(this.#id));
      this.acksSent += count;
    }
    if (this.#cumulative !== undefined) {
      const { ledgerId, entryId } = this.#cumulative;
      connection.send("ack", { consumerId: this.#id, ackType: 1, messageId: [{ ledgerId, entryId }] });
      this.#cumulative = undefined;
      this.acksSent++;
    }
  }

  /** Asks the broker to deliver entries again; without ids, everything unacknowledged. */
  redeliver(ids?: readonly MessageId[]): void {
    const messageIds = ids?.map(({ ledgerId, entryId, partition }) => ({ ledgerId, entryId, partition }));
    this.#session.connection?.send("redeliver", {
      consumerId: this.#id,
      ...(messageIds === undefined ? {} : { messageIds }),
    });
  }

  /** Stops asking the broker for more; what is under way still arrives. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.returnPermits(0);
  }

  /** Says that `count` messages were handled and the broker may send as many more. */
  returnPermits(count: number): void {
    this.#permits += count;
    if (this.#isPaused || this.#permits < Math.max(1, this.#receiverQueue >>> 1)) return;
    this.#session.connection?.send("flow", { consumerId: this.#id, messagePermits: this.#permits });
    this.#permits = 0;
  }

  /** Moves the subscription; delivery starts again from there. */
  async seek(target: MessageId | { readonly publishTimeMs: number }): Promise<void> {
    const position = target instanceof MessageId
      ? { messageId: target.toData() }
      : { messagePublishTime: target.publishTimeMs };
    this.#options.onReset?.();
    await this.#request("seek", { consumerId: this.#id, ...position }, `seek on '${this.topic}'`);
  }

  async lastMessageId(): Promise<MessageId> {
    const action = `ask for the last message of '${this.topic}'`;
    const answer = await this.#request("getLastMessageId", { consumerId: this.#id }, action);
    if (answer.name !== "getLastMessageIdResponse") {
      throw new ConnectionClosedError(`${action}: '${answer.name}'`);
    }
    return MessageId.from(answer.body.lastMessageId);
  }

  /** Deletes the subscription and closes the consumer. */
  async unsubscribe(): Promise<void> {
    this.flushAcks();
    await this.#request("unsubscribe", { consumerId: this.#id }, `unsubscribe from '${this.topic}'`);
    this.#detach();
  }

  /** Sends gathered acknowledgements and detaches; the subscription stays. */
  async close(): Promise<void> {
    if (this.#failure !== undefined) return;
    this.flushAcks();
    const { connection } = this.#session;
    this.#detach();
    if (connection === undefined || !connection.isOpen) return;
    await connection.request(
      "closeConsumer",
      { consumerId: this.#id },
      `close the consumer on '${this.topic}'`,
    )
      .catch(() => {}); // the connection went first: the broker has closed it by itself
  }

  #detach(): void {
    this.#session.connection?.removeConsumer(this.#id);
    this.#fail(new ClosedError(`the consumer on '${this.topic}' is closed`));
  }

  #request(...args: Parameters<Connection["request"]>): ReturnType<Connection["request"]> {
    const { connection } = this.#session;
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (connection === undefined) {
      return Promise.reject(new ConnectionClosedError(`${args[2]}: not connected now`));
    }
    return connection.request(...args);
  }

  async #attach(connection: Connection): Promise<void> {
    const { subscription, type, name, initialPosition, durable, startMessageId, priority } = this.#options;
    connection.addConsumer(this.#id, this);
    this.#permits = 0;
    try {
      await connection.request("subscribe", {
        topic: this.topic,
        subscription,
        subType: type,
        consumerId: this.#id,
        ...(name === undefined ? {} : { consumerName: name }),
        ...(priority === undefined ? {} : { priorityLevel: priority }),
        durable: durable ?? true,
        ...(startMessageId === undefined ? {} : { startMessageId }),
        initialPosition: initialPosition ?? 0,
      }, `subscribe '${subscription}' to '${this.topic}'`);
    } catch (error) {
      connection.removeConsumer(this.#id);
      if (connection.isOpen && !(error instanceof PulsarError)) {
        connection.send("closeConsumer", { consumerId: this.#id, requestId: connection.newRequestId() });
      }
      throw error;
    }
    if (!this.#isPaused) {
      connection.send("flow", { consumerId: this.#id, messagePermits: this.#receiverQueue });
    } else this.#permits = this.#receiverQueue;
    this.#armAckTimer();
  }

  onMessage(message: MessageView, buffer: Uint8Array, start: number, end: number): void {
    const entry = this.#entry;
    const { view } = entry;
    try {
      view.read(buffer, start, end);
    } catch {
      return this.#refuse(message, "Metadata", ValidationError.batchDeserializeError, 1);
    }
    if (!view.intact) return this.#refuse(message, "ChecksumMismatch", ValidationError.checksumMismatch, 1);
    const permits = Math.max(1, view.batchCount);
    if (view.isMarker) {
      // Internal to the broker (replicated subscriptions, transactions): never the application's.
      this.ack(message.ledgerId, message.entryId);
      return this.returnPermits(permits);
    }
    if (view.isEncrypted) return this.#refuse(message, "Encrypted", ValidationError.decryptionError, permits);
    try {
      this.#open(entry, buffer);
    } catch {
      return this.#refuse(message, "Decompression", ValidationError.decompressionError, permits);
    }
    entry.topic = this.topic;
    entry.partition = this.partition;
    entry.ledgerId = message.ledgerId;
    entry.entryId = message.entryId;
    entry.redeliveryCount = message.redeliveryCount;
    entry.count = permits;
    entry.isBatch = view.batchCount > 0;
    entry.wireBytes = end - start;
    entry.message = message;
    entry.cursor.reset(entry.body, entry.bodyStart, entry.bodyEnd, permits);
    this.#options.onEntry(entry);
    if (this.#options.autoPermits !== false) this.returnPermits(permits);
  }

  #open(entry: ReceivedEntry, buffer: Uint8Array): void {
    const { view } = entry;
    if (view.compression === 0) {
      entry.body = buffer;
      entry.bodyStart = view.bodyStart;
      entry.bodyEnd = view.bodyEnd;
      return;
    }
    const limit = this.#options.maxBodySize ?? DEFAULT_MAX_BODY;
    const { compression, bodyStart, bodyEnd, uncompressedSize } = view;
    entry.body = decompress(compression, buffer, bodyStart, bodyEnd, uncompressedSize, limit);
    entry.bodyStart = 0;
    entry.bodyEnd = entry.body.length;
  }

  /** A batch whose body contradicts its count: for callers that find out while walking it. */
  refuseBatch(entry: ReceivedEntry): void {
    this.#refuse(entry.message, "Batch", ValidationError.batchDeserializeError, 0);
  }

  #refuse(message: MessageView, reason: CorruptReason, validation: number, permits: number): void {
    const { ledgerId, entryId } = message;
    const acks = new AckFrame();
    acks.add(ledgerId, entryId);
    this.#session.connection?.sendFrameCopy(acks.take(this.#id, false, undefined, validation));
    this.returnPermits(permits);
    this.#options.onCorrupt?.(reason, new MessageId(ledgerId, entryId, this.partition));
  }

  onActiveChange(isActive: boolean): void {
    this.#options.onActiveChange?.(isActive);
  }

  onEndOfTopic(): void {
    this.#options.onEndOfTopic?.();
  }

  onDetached(cause: Error, assignedUrl?: AssignedUrl): void {
    if (this.#failure !== undefined) return;
    this.#options.onTrouble?.(cause);
    this.#options.onReset?.();
    this.#session.detached(assignedUrl);
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#session.close();
    clearTimeout(this.#ackTimer);
    this.#options.onFailed?.(error);
  }
}
