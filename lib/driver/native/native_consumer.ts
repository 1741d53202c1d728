/**
 * A consumer of the addon as the load engine sees it: each message is an entry of its own.
 *
 * Messages are received one after another, since promises that wait at the same time may resolve in another order than
 * messages came. No more are taken than there are permits; what the addon has taken from the broker ahead stays in it.
 */
import { ClosedError, ConnectionClosedError, partitionIndex, ReceivedEntry } from "../../client/mod.ts";
import { MessageIdData } from "../../wire/messages.ts";
import type { U64 } from "../../wire/protobuf.ts";
import { SubType } from "../../wire/enums.ts";
import type { DriverConsumer, DriverConsumerOptions } from "../driver.ts";
import type { AddonConsumer, AddonMessage } from "./addon.ts";
import { NativeClientError } from "./addon_error.ts";
import type { ConnectionPoll, Polled } from "./connection_poll.ts";

const USUAL_QUEUE = 1000;
/** Messages of a batch are numbered below this. */
const BATCH_SPAN = 2 ** 17;
const ENTRY_SPAN = 2 ** 36;
/** Spreads the messages of a batch over the places of a `DeliveryLog`: 2^32 divided by the golden ratio, made odd. */
const BATCH_STEP = 0x9e3779b1;

/**
 * A number for a message of a ledger, no other one's, in place of an entry id. Where the order of messages tells which
 * came before it grows with their positions; elsewhere messages of one batch lie far from each other.
 */
export function messageNumber(entryId: number, batchIndex: number, isOrdered: boolean): number {
  if (isOrdered) return entryId * BATCH_SPAN + batchIndex;
  return batchIndex * ENTRY_SPAN + (entryId + batchIndex * BATCH_STEP) % ENTRY_SPAN;
}

export class NativeConsumer implements DriverConsumer, Polled {
  readonly partition: number;
  readonly #consumer: AddonConsumer;
  readonly #options: DriverConsumerOptions;
  readonly #poll: ConnectionPoll;
  readonly #entry: ReceivedEntry;
  readonly #isOrdered: boolean;
  readonly #queue: number;
  #permits: number;
  /** The message that `onEntry` is called with. */
  #current: AddonMessage | undefined;
  /** Acknowledgements under way, with what they acknowledge. */
  readonly #acks = new Map<Promise<void>, AddonMessage>();
  #wake: (() => void) | undefined;
  #isPaused = false;
  #isHalted = false;
  #starting: ReturnType<typeof setTimeout> | undefined;
  #failure: Error | undefined;
  #closing: Promise<boolean> | undefined;

  /** @param consumer one of the addon, connected */
  constructor(consumer: AddonConsumer, options: DriverConsumerOptions, poll: ConnectionPoll) {
    this.#consumer = consumer;
    this.#options = options;
    this.#poll = poll;
    this.partition = partitionIndex(options.topic);
    this.#entry = new ReceivedEntry(options.topic, this.partition);
    this.#isOrdered = options.type === SubType.exclusive || options.type === SubType.failover;
    this.#queue = this.#permits = options.receiverQueue ?? USUAL_QUEUE;
    poll.add(this);
  }

  /** Begins to hand over messages in a moment, when the caller knows this consumer. */
  startSoon(): void {
    this.#starting = setTimeout(() => void this.#receive());
  }

  async #receive(): Promise<void> {
    while (this.#failure === undefined && !this.#isHalted) {
      if (this.#isPaused || this.#permits <= 0) {
        await new Promise<void>((resolve) => this.#wake = resolve);
        continue;
      }
      let message: AddonMessage;
      try {
        message = await this.#consumer.receive();
      } catch (cause) {
        return this.#fail(new NativeClientError(`receive from '${this.#options.topic}'`, cause));
      }
      this.#permits--;
      this.#hand(message);
    }
  }

  #hand(message: AddonMessage): void {
    const entry = this.#entry;
    const { ledgerId, entryId, batchIndex = 0 } = placeOf(message);
    entry.ledgerId = ledgerId;
    entry.entryId = messageNumber(Number(entryId), Math.max(0, batchIndex), this.#isOrdered);
    entry.redeliveryCount = message.getRedeliveryCount();
    entry.count = entry.permits = 1;
    entry.body = message.getData();
    entry.bodyStart = 0;
    entry.bodyEnd = entry.body.length;
    entry.view.publishTime = message.getPublishTimestamp();
    this.#current = message;
    this.#options.onEntry(entry);
    this.#current = undefined;
  }

  /** Acknowledges the message that is being handed over. */
  ack(_ledgerId: U64, _entryId: U64): void {
    this.#acknowledge((message) => this.#consumer.acknowledge(message));
  }

  ackCumulative(_ledgerId: U64, _entryId: U64): void {
    this.#acknowledge((message) => this.#consumer.acknowledgeCumulative(message));
  }

  #acknowledge(send: (message: AddonMessage) => Promise<null>): void {
    const message = this.#current;
    if (message === undefined) {
      throw new Error("the native client acknowledges a message while it is handed over");
    }
    const ack: Promise<void> = send(message).then(() => {}, (cause) => {
      this.#fail(new NativeClientError(`acknowledge on '${this.#options.topic}'`, cause));
    }).then(() => void this.#acks.delete(ack));
    this.#acks.set(ack, message);
  }

  /** The addon collects and sends acknowledgements by itself. */
  flushAcks(): void {}

  ackBatchIndex(): void {
    throw unable("acknowledge parts of a batch: it hands over single messages");
  }

  refuseBatch(): void {
    throw unable("refuse a batch: it hands over single messages");
  }

  redeliver(): void {
    throw unable("ask for messages again at a time of our choice");
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#wakeUp();
  }

  halt(): void {
    this.#isHalted = true;
    this.#wakeUp();
  }

  returnPermits(count: number): void {
    this.#permits = Math.min(this.#queue, this.#permits + count);
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  isConnected(): boolean {
    return this.#consumer.isConnected();
  }

  onLost(): void {
    const { topic, onTrouble, onReset } = this.#options;
    onTrouble?.(new ConnectionClosedError(`the native consumer on '${topic}' has lost its connection`));
    this.#permits = this.#queue;
    onReset?.();
    this.#wakeUp();
  }

  onBack(): void {
    this.#options.onReconnected?.();
  }

  /** Deletes the subscription and closes the consumer. */
  async unsubscribe(): Promise<boolean> {
    await this.#settle();
    try {
      await this.#consumer.unsubscribe();
    } catch (cause) {
      throw new NativeClientError(`unsubscribe from '${this.#options.topic}'`, cause);
    }
    return await this.close();
  }

  /**
   * Sends pending acknowledgements and detaches; the subscription stays. Never rejects.
   *
   * @returns false: what the addon had taken ahead goes back to the subscription without being shown
   */
  close(): Promise<boolean> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<boolean> {
    await this.#settle();
    this.#fail(new ClosedError(`the consumer on '${this.#options.topic}' is closed`));
    await this.#consumer.close().catch(() => {});
    return false;
  }

  async #settle(): Promise<void> {
    while (this.#acks.size > 0) await Promise.all(this.#acks.keys());
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    clearTimeout(this.#starting);
    this.#poll.remove(this);
    this.#wakeUp();
    this.#options.onFailed?.(error);
  }
}

function placeOf(message: AddonMessage): MessageIdData {
  const bytes = message.getMessageId().serialize();
  return MessageIdData.decode(bytes, 0, bytes.length);
}

/** What the addon has no means for; settings that ask for it are refused before a run. */
export function unable(what: string): Error {
  return new Error(`the native client cannot ${what}`);
}
