/**
 * A producer of the addon as the load engine sees it: an entry is one message, and its receipt is the promise of its
 * `send`. The addon puts messages into batches by itself.
 */
import { Buffer } from "node:buffer";
import {
  ClosedError,
  ConnectionClosedError,
  MessageTooLargeError,
  type OutgoingEntry,
} from "../../client/mod.ts";
import { FramePool } from "../../client/entry/frame_pool.ts";
import { KeyValue } from "../../wire/messages.ts";
import { ProtoReader } from "../../wire/protobuf.ts";
import { SendHeader } from "../../wire/send_frame.ts";
import type { DriverProducer, DriverProducerOptions } from "../driver.ts";
import type { AddonOutgoing, AddonProducer } from "./addon.ts";
import { NativeClientError } from "./addon_error.ts";
import type { ConnectionPoll, Polled } from "./connection_poll.ts";

/** Entries in flight at most, unless the caller says otherwise. */
const USUAL_IN_FLIGHT = 16;

interface Flush extends PromiseWithResolvers<void> {
  /** Resolved when so many messages have been acknowledged. */
  readonly at: number;
}

export class NativeProducer<C> implements DriverProducer<C>, Polled {
  readonly header = new SendHeader();
  readonly #producer: AddonProducer;
  readonly #options: DriverProducerOptions<C>;
  readonly #poll: ConnectionPoll;
  readonly #maxMessageSize: number;
  readonly #pool: FramePool<C>;
  /** What the addon was given and has not answered yet. It may look at it until then. */
  readonly #unanswered = new Map<OutgoingEntry<C>, AddonOutgoing>();
  #sent = 0;
  #acknowledged = 0;
  readonly #flushes: Flush[] = [];
  #room: PromiseWithResolvers<void> | undefined;
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;
  #encoded: Uint8Array | undefined;
  #properties: Record<string, string> | undefined;

  /** @param producer one of the addon, connected */
  constructor(
    producer: AddonProducer,
    options: DriverProducerOptions<C>,
    poll: ConnectionPoll,
    maxMessageSize: number,
  ) {
    this.#producer = producer;
    this.#options = options;
    this.#poll = poll;
    this.#maxMessageSize = maxMessageSize;
    this.#pool = new FramePool({
      size: options.maxInFlight ?? USUAL_IN_FLIGHT,
      bodyCapacity: options.bodyCapacity,
      // The addon compresses.
      isCompressed: false,
      createContext: options.createContext ?? (() => undefined as C),
      allocate: (bytes) => new Uint8Array(bytes),
    });
    poll.add(this);
  }

  /** The addon numbers messages by itself; these numbers are only for the caller. */
  get nextSequenceId(): number {
    return this.#sent;
  }

  take(): OutgoingEntry<C> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#pool.take();
  }

  room(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#pool.hasRoom) return Promise.resolve();
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  release(entry: OutgoingEntry<C>): void {
    this.#pool.release(entry);
    this.#signalRoom();
  }

  /**
   * Sends an entry of one message.
   *
   * @throws {MessageTooLargeError} when brokers would refuse it; the entry is still the caller's
   */
  send(entry: OutgoingEntry<C>, bodyEnd: number, count: number, isBatch = true): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (isBatch || count !== 1) {
      throw new TypeError("the native client batches by itself: give it one message");
    }
    const { buffer, start } = entry.body;
    const size = bodyEnd - start;
    if (size > this.#maxMessageSize) {
      throw new MessageTooLargeError(
        `a message of ${size} bytes is over the broker's maximum of ${this.#maxMessageSize}: choose smaller messages`,
      );
    }
    const message: AddonOutgoing = { data: Buffer.from(buffer.buffer, buffer.byteOffset + start, size) };
    const { partitionKey, encodedProperties } = this.header;
    if (partitionKey !== undefined) message.partitionKey = new TextDecoder().decode(partitionKey);
    if (encodedProperties !== undefined) message.properties = this.#propertiesOf(encodedProperties);
    const answer = this.#producer.send(message);
    this.#unanswered.set(entry, message);
    entry.count = 1;
    entry.sequenceId = entry.lastSequenceId = this.#sent++;
    this.#pool.push(entry);
    answer.then(() => this.#onAnswer(entry), (cause) => {
      this.#fail(new NativeClientError(`send to '${this.#options.topic}'`, cause));
    });
  }

  /** The same bytes come with every message. */
  #propertiesOf(encoded: Uint8Array): Record<string, string> {
    if (this.#properties === undefined || encoded !== this.#encoded) {
      const reader = new ProtoReader(encoded);
      const pairs: [string, string][] = [];
      while (reader.nextField()) {
        const bytes = reader.bytes();
        const { key, value } = KeyValue.decode(bytes, 0, bytes.length);
        pairs.push([key, value]);
      }
      this.#encoded = encoded;
      this.#properties = Object.fromEntries(pairs);
    }
    return this.#properties;
  }

  /** Promises of the addon may resolve in any order; receipts are given in that of the sends. */
  #onAnswer(answered: OutgoingEntry<C>): void {
    if (this.#failure !== undefined) return;
    this.#unanswered.delete(answered);
    for (let entry = this.#pool.peek(); entry !== undefined; entry = this.#pool.peek()) {
      if (this.#unanswered.has(entry)) return;
      this.#pool.shift();
      this.#acknowledged++;
      this.#options.onReceipt(entry);
      this.#pool.release(entry);
      this.#signalRoom();
      while (this.#flushes.length > 0 && this.#flushes[0]!.at <= this.#acknowledged) {
        this.#flushes.shift()!.resolve();
      }
    }
  }

  flush(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#acknowledged === this.#sent) return Promise.resolve();
    // Open batches are closed at once; what it rejects with, `send` rejects with too.
    this.#producer.flush().catch(() => {});
    const flush: Flush = { at: this.#sent, ...Promise.withResolvers<void>() };
    this.#flushes.push(flush);
    return flush.promise;
  }

  isConnected(): boolean {
    return this.#producer.isConnected();
  }

  onLost(): void {
    const { topic, onTrouble } = this.#options;
    onTrouble?.(new ConnectionClosedError(`the native producer on '${topic}' has lost its connection`));
  }

  onBack(): void {
    this.#options.onReconnected?.();
  }

  /** Detaches from the broker. Messages still in flight are reported lost: `flush` first. Never rejects. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#fail(new ClosedError(`the producer on '${this.#options.topic}' is closed`));
    await this.#producer.close().catch(() => {});
  }

  #signalRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#poll.remove(this);
    const lost = this.#pool.takeSent();
    for (const waiter of [this.#room, ...this.#flushes.splice(0)]) {
      // Without a waiting caller this is no unhandled rejection.
      waiter?.promise.catch(() => {});
      waiter?.reject(error);
    }
    this.#options.onFailed?.(error, lost);
  }
}
