/**
 * Sends whole entries to one topic (or one partition): the path of the load engine, and the base of `Producer`.
 *
 * The caller takes an entry, writes messages into its body and sends it; the receipt completes all messages at once.
 * Nothing is allocated per message; per entry there is one view for the socket. After a lost connection everything
 * unacknowledged is sent again in order, with the same sequence ids. An entry that was damaged on its way is sent again as
 * the last, with a sequence id of its own: the entries behind it are stored, and a broker that deduplicates would take
 * the old id for one of those that it has.
 *
 * Source: the rules of the reference clients for receipts, errors and reconnecting.
 */
import { compress } from "../../wire/compression.ts";
import { CompressionKind, type CompressionName } from "../../wire/enums.ts";
import { HEADROOM, SendHeader } from "../../wire/send_frame.ts";
import { toSigned } from "../../wire/protobuf.ts";
import type { SendReceiptView } from "../../wire/hot_commands.ts";
import { type ClientContext, closeTimeoutMs } from "../connection/context.ts";
import type { Connection } from "../connection/connection.ts";
import type { AssignedUrl, ProducerHandler } from "../connection/handlers.ts";
import { ClosedError, ConnectionClosedError, MessageTooLargeError, PulsarError } from "../errors.ts";
import { FramePool, type OutgoingEntry } from "./frame_pool.ts";
import { MessageId } from "./message_id.ts";
import { Attachment } from "../connection/attachment.ts";
import { giveWireBuffer, takeWireBuffer } from "../connection/wire_buffers.ts";

/** After so many checksum errors of the same entry, the entry itself is taken to be corrupt. */
const MAX_CHECKSUM_ERRORS = 3;

export interface EntryProducerOptions<C = undefined> {
  readonly topic: string;
  /** Chosen by the broker when absent; needed for de-duplication across restarts. */
  readonly name?: string | undefined;
  readonly compression?: CompressionName | undefined;
  /** Entries in flight at most. */
  readonly maxInFlight?: number | undefined;
  /** Most body bytes of an entry before compression. */
  readonly bodyCapacity: number;
  /** Makes the `context` of an entry, once for each of the `maxInFlight` entries. Without it there is none. */
  readonly createContext?: (() => C) | undefined;
  /** The broker has the entry. It is reused when this returns. */
  onReceipt(entry: OutgoingEntry<C>, receipt: SendReceiptView): void;
  /** The producer has ended; `lost` entries will never be acknowledged. */
  readonly onFailed?: ((error: Error, lost: readonly OutgoingEntry<C>[]) => void) | undefined;
  /** A problem that the producer outlives: a refused send, a lost connection, a failed attempt to reconnect. */
  readonly onTrouble?: ((error: Error) => void) | undefined;
  readonly onReconnected?: (() => void) | undefined;
  /** The broker has refused an entry that was damaged on its way. It is sent again, behind all others. */
  readonly onRefused?: ((entry: OutgoingEntry<C>, error: Error) => void) | undefined;
}

interface Flush extends PromiseWithResolvers<void> {
  /** Resolved by the receipt of this sequence id. */
  upTo: number;
}

export class EntryProducer<C = undefined> implements ProducerHandler {
  readonly topic: string;
  readonly #context: ClientContext;
  readonly #options: EntryProducerOptions<C>;
  readonly #id: number;
  readonly #pool: FramePool<C>;
  readonly #header = new SendHeader();
  readonly #attachment: Attachment;
  readonly #compression: CompressionName;
  #name: string | undefined;
  #nextSequenceId = 0;
  #epoch = 0;
  #hasAttached = false;
  /** The connection on which this producer is registered, attached or about to be. */
  #registeredAt: Connection | undefined;
  #failure: Error | undefined;
  #lost: readonly OutgoingEntry<C>[] = [];
  #room: PromiseWithResolvers<void> | undefined;
  readonly #flushes: Flush[] = [];
  #closing: Promise<void> | undefined;

  private constructor(context: ClientContext, options: EntryProducerOptions<C>) {
    this.topic = options.topic;
    this.#context = context;
    this.#options = options;
    this.#id = context.nextId();
    this.#compression = options.compression ?? "none";
    this.#name = options.name;
    this.#pool = new FramePool({
      size: options.maxInFlight ?? 16,
      bodyCapacity: options.bodyCapacity,
      isCompressed: this.#compression !== "none",
      // Absent, `C` is `undefined`.
      createContext: options.createContext ?? (() => undefined as C),
      allocate: takeWireBuffer,
      recycle: giveWireBuffer,
    });
    this.#attachment = new Attachment({
      topic: options.topic,
      lookup: context.lookup,
      operationTimeoutMs: context.operationTimeoutMs,
      backoff: context.backoff,
      onTiming: context.onTiming,
      attach: (connection, signal) => this.#attach(connection, signal),
      onAttached: (connection) => this.#attached(connection),
      onFailed: (error) => this.#fail(error),
      onReconnected: () => options.onReconnected?.(),
      onAttemptFailed: (error) => options.onTrouble?.(error),
    });
  }

  static async create<C = undefined>(
    context: ClientContext,
    options: EntryProducerOptions<C>,
  ): Promise<EntryProducer<C>> {
    const producer = new EntryProducer(context, options);
    await producer.#attachment.start();
    return producer;
  }

  /** The name the broker knows this producer by. */
  get name(): string {
    return this.#name ?? "";
  }

  /** Entries sent and not acknowledged. */
  get inFlight(): number {
    return this.#pool.inFlight;
  }

  get isConnected(): boolean {
    return this.#attachment.connection !== undefined;
  }

  /** Why the producer has ended, if it has. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Sequence id that the next message will get. */
  get nextSequenceId(): number {
    return this.#nextSequenceId;
  }

  /** An entry to fill, or undefined while the window is full. With compression only one may be open at a time. */
  take(): OutgoingEntry<C> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#pool.take();
  }

  /**
   * Resolves when `take` can succeed, rejects when the producer ends. All waiting callers are woken, oldest first: a
   * caller that finds nothing left to take waits again.
   */
  room(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#pool.hasRoom) return Promise.resolve();
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Gives an entry back without sending it. */
  release(entry: OutgoingEntry<C>): void {
    this.#pool.release(entry);
    this.#signalRoom();
  }

  /**
   * Header fields that the next `send` uses besides its own: key, properties, event time. Persist until changed.
   */
  get header(): SendHeader {
    return this.#header;
  }

  /**
   * Sends an entry whose body ends at `bodyEnd`.
   *
   * @param count messages in the batch
   * @param isBatch false sends the body as one message outside a batch (`count` must be 1)
   * @throws {MessageTooLargeError} when the broker would refuse it; the entry is still the caller's
   * @throws {ProtocolError} when the header does not fit; the entry is still the caller's
   */
  send(entry: OutgoingEntry<C>, bodyEnd: number, count: number, isBatch = true): void {
    if (this.#failure !== undefined) throw this.#failure;
    const header = this.#header;
    header.producerId = this.#id;
    header.sequenceId = this.#nextSequenceId;
    header.publishTime = Date.now();
    header.batchCount = isBatch ? count : 0;
    header.uncompressedSize = bodyEnd - entry.body.start;
    const frameBodyEnd = this.#fillFrame(entry, bodyEnd);
    const size = entry.frame.seal(header, frameBodyEnd);
    if (size > this.#context.maxMessageSize) {
      throw new MessageTooLargeError(
        `an entry of ${size} bytes is over the broker's maximum of ${this.#context.maxMessageSize}: ` +
          "choose smaller messages or smaller batches",
      );
    }
    entry.count = count;
    entry.refusals = 0;
    entry.sequenceId = this.#nextSequenceId;
    entry.lastSequenceId = entry.sequenceId + count - 1;
    this.#nextSequenceId += count;
    this.#pool.push(entry);
    this.#attachment.connection?.sendFrame(entry.frame.bytes());
  }

  #fillFrame(entry: OutgoingEntry<C>, bodyEnd: number): number {
    if (this.#compression === "none") return bodyEnd;
    const packed = compress(CompressionKind[this.#compression], entry.body.buffer, entry.body.start, bodyEnd);
    entry.frame.buffer.set(packed, HEADROOM);
    return HEADROOM + packed.length;
  }

  /** Resolves when everything sent before this call is acknowledged, rejects when the producer ends. */
  flush(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#pool.inFlight === 0) return Promise.resolve();
    const upTo = this.#nextSequenceId - 1;
    const last = this.#flushes.at(-1);
    if (last?.upTo === upTo) return last.promise;
    const flush: Flush = { upTo, ...Promise.withResolvers<void>() };
    this.#flushes.push(flush);
    return flush.promise;
  }

  /** Detaches from the broker. Entries still in flight are reported lost: `flush` first. Never rejects. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    const connection = this.#registeredAt;
    this.#fail(new ClosedError(`the producer on '${this.topic}' is closed`));
    this.#context.forget?.(this);
    let isDone = true;
    if (connection?.isOpen) {
      connection.removeProducer(this.#id);
      const action = `close the producer on '${this.topic}'`;
      const timeoutMs = closeTimeoutMs(this.#context);
      isDone = await connection.request("closeProducer", { producerId: this.#id }, action, { timeoutMs })
        // If the connection went first, the broker has closed it by itself.
        .then(() => true, (error) => error instanceof PulsarError || !connection.isOpen);
    }
    // After the broker's answer, or the end of the connection, no frame is being sent any more.
    if (isDone) this.#pool.dispose(this.#lost);
  }

  async #attach(connection: Connection, signal: AbortSignal): Promise<void> {
    connection.addProducer(this.#id, this);
    this.#registeredAt = connection;
    const action = `create a producer on '${this.topic}'`;
    try {
      const answer = await connection.request(
        "producer",
        {
          topic: this.topic,
          producerId: this.#id,
          producerName: this.#name,
          userProvidedProducerName: this.#options.name !== undefined,
          epoch: this.#epoch++,
        },
        action,
        { signal },
      );
      if (signal.aborted) throw new ClosedError(`${action}: given up`);
      if (answer.name !== "producerSuccess") {
        throw new ConnectionClosedError(`${action}: '${answer.name}' came back`);
      }
      this.#onFirstAttach(answer.body.producerName, Number(toSigned(answer.body.lastSequenceId ?? -1)));
    } catch (error) {
      connection.removeProducer(this.#id);
      // The broker may still complete a request that was cancelled here, and would then hold the name.
      if (connection.isOpen && !(error instanceof PulsarError)) {
        connection.send("closeProducer", { producerId: this.#id, requestId: connection.newRequestId() });
      }
      throw error;
    }
  }

  #onFirstAttach(name: string, lastSequenceId: number): void {
    if (this.#hasAttached) return;
    this.#hasAttached = true;
    this.#name = name;
    this.#header.producerName = new TextEncoder().encode(name);
    this.#header.compression = CompressionKind[this.#compression];
    this.#nextSequenceId = lastSequenceId + 1;
  }

  #attached(connection: Connection): void {
    this.#context.maxMessageSize = connection.maxMessageSize;
    this.#pool.forEachSent((entry) => connection.sendFrame(entry.frame.bytes()));
  }

  onReceipt(receipt: SendReceiptView): void {
    const entry = this.#pool.peek();
    if (entry === undefined || receipt.sequenceId < entry.sequenceId) return; // answered before a reconnect
    if (receipt.sequenceId > entry.lastSequenceId) {
      const hole = `receipt ${receipt.sequenceId} came before receipt ${entry.sequenceId} on '${this.topic}'`;
      this.#restart(new ConnectionClosedError(hole));
      return;
    }
    this.#pool.shift();
    this.#options.onReceipt(entry, receipt);
    this.#pool.release(entry);
    this.#signalRoom();
    while (this.#flushes.length > 0 && this.#flushes[0]!.upTo <= entry.lastSequenceId) {
      this.#flushes.shift()!.resolve();
    }
  }

  onSendError(sequenceId: number, error: PulsarError): void {
    if (error.code === "ChecksumError" && this.#sendAnew(sequenceId, error)) return;
    if (error.isRetryable && error.code !== "ChecksumError") this.#restart(error);
    else {
      this.#registeredAt?.removeProducer(this.#id);
      this.#fail(error);
    }
  }

  /** @returns false for an entry whose checksum fails repeatedly: it was changed here, not on its way */
  #sendAnew(sequenceId: number, error: PulsarError): boolean {
    const entry = this.#pool.remove(sequenceId);
    if (entry === undefined) {
      this.#restart(error);
      return true;
    }
    this.#pool.push(entry);
    if (++entry.refusals >= MAX_CHECKSUM_ERRORS || !entry.frame.renumber(this.#nextSequenceId)) return false;
    entry.sequenceId = this.#nextSequenceId;
    entry.lastSequenceId = entry.sequenceId + entry.count - 1;
    this.#nextSequenceId += entry.count;
    // It was sent before any of these calls.
    for (const flush of this.#flushes) flush.upTo = entry.lastSequenceId;
    (this.#options.onRefused ?? ((_, cause) => this.#options.onTrouble?.(cause)))(entry, error);
    this.#attachment.connection?.sendFrame(entry.frame.bytes());
    return true;
  }

  /** Closes the connection: only a new one, with resends, brings the states of broker and producer together again. */
  #restart(cause: Error): void {
    this.#options.onTrouble?.(cause);
    this.#registeredAt?.close(new ConnectionClosedError(cause.message, { cause }));
  }

  onDetached(cause: Error, assignedUrl?: AssignedUrl): void {
    if (this.#failure !== undefined) return;
    // During an attachment, the failed attempt is reported instead.
    if (this.#attachment.connection !== undefined) this.#options.onTrouble?.(cause);
    this.#attachment.detached(assignedUrl);
  }

  #signalRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#attachment.close();
    this.#lost = this.#pool.takeSent();
    for (const waiter of [this.#room, ...this.#flushes.splice(0)]) {
      // Without a waiting caller this is no unhandled rejection.
      waiter?.promise.catch(() => {});
      waiter?.reject(error);
    }
    this.#options.onFailed?.(error, this.#lost);
  }

  /** Position of a receipt; undefined when the broker dropped the entry as a duplicate, or stores none. */
  static messageId(receipt: SendReceiptView, partition: number): MessageId | undefined {
    if (typeof receipt.ledgerId === "bigint") return undefined;
    return new MessageId(receipt.ledgerId, receipt.entryId, partition);
  }
}
