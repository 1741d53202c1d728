/**
 * Receives messages one by one from all partitions of a topic. For applications; the load engine uses `EntryConsumer`
 * directly.
 */
import { ConsumerPartition, type PartitionOwner } from "./consumer_partition.ts";
import type { ClientContext } from "../connection/context.ts";
import { ClosedError } from "../errors.ts";
import type { ConsumerOptions, Message } from "./message.ts";
import { MessageId } from "../entry/message_id.ts";
import { within } from "../../transport/timing.ts";

export type { ConsumerOptions, Message, SubscriptionType } from "./message.ts";

type Waiting = PromiseWithResolvers<Message>;

interface Queued {
  readonly partition: ConsumerPartition;
  readonly message: Message;
}

export class Consumer {
  readonly #context: ClientContext;
  readonly #options: ConsumerOptions;
  readonly #partitions = new Map<number, ConsumerPartition>();
  #queue: Queued[] = [];
  #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;

  private constructor(context: ClientContext, options: ConsumerOptions) {
    this.#context = context;
    this.#options = options;
  }

  static async create(
    context: ClientContext,
    topics: readonly string[],
    options: ConsumerOptions,
  ): Promise<Consumer> {
    const consumer = new Consumer(context, options);
    try {
      for (const topic of topics) {
        const partition = await ConsumerPartition.open(consumer.#asOwner(), context, topic);
        consumer.#partitions.set(partition.consumer.partition, partition);
      }
    } catch (error) {
      await consumer.close();
      throw error;
    }
    consumer.#startTimer();
    return consumer;
  }

  #asOwner(): PartitionOwner {
    return {
      options: this.#options,
      deliver: (partition, message) => this.#deliver(partition, message),
      discard: (partition, matches) => this.#discard(partition, matches),
      onFailed: (error) => this.#fail(error),
    };
  }

  /** Checks a few times per delay what is due, instead of one timer per message. */
  #startTimer(): void {
    if (this.#failure !== undefined) return;
    const { nackDelayMs = 1000, unackedTimeoutMs } = this.#options;
    const period = Math.max(10, Math.min(nackDelayMs, unackedTimeoutMs || Infinity) / 4);
    this.#timer = setInterval(() => {
      for (const partition of this.#partitions.values()) partition.tick(performance.now());
    }, period);
  }

  /** Every partition's topic is terminated and everything in it was delivered. */
  get isAtEnd(): boolean {
    return this.#partitions.size > 0 &&
      [...this.#partitions.values()].every((partition) => partition.isAtEnd);
  }

  /** Whether all its partitions are attached to a broker now. */
  get isConnected(): boolean {
    return [...this.#partitions.values()].every(({ consumer }) => consumer.isConnected);
  }

  #deliver(partition: ConsumerPartition, message: Message): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#queue.push({ partition, message });
    else {
      partition.taken(message);
      waiting.resolve(message);
    }
  }

  #discard(partition: ConsumerPartition, matches: (message: Message) => boolean): number {
    const before = this.#queue.length;
    this.#queue = this.#queue.filter((queued) => queued.partition !== partition || !matches(queued.message));
    return before - this.#queue.length;
  }

  /**
   * The next message; waits for one.
   *
   * @param timeoutMs resolves with undefined when nothing came in this time
   */
  receive(): Promise<Message>;
  receive(timeoutMs: number): Promise<Message | undefined>;
  receive(timeoutMs?: number): Promise<Message | undefined> {
    const next = this.#queue.shift();
    if (next !== undefined) {
      next.partition.taken(next.message);
      return Promise.resolve(next.message);
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const waiting = Promise.withResolvers<Message>();
    this.#waiting.push(waiting);
    return timeoutMs === undefined ? waiting.promise : this.#receiveWithin(timeoutMs, waiting);
  }

  async #receiveWithin(timeoutMs: number, waiting: Waiting): Promise<Message | undefined> {
    const hasEnded = await within(timeoutMs, waiting.promise);
    const at = this.#waiting.indexOf(waiting);
    // The message arrived together with the timeout: it is already taken from the queue, and must not be lost.
    if (hasEnded || at < 0) return await waiting.promise;
    this.#waiting.splice(at, 1);
    return undefined;
  }

  /** Yields messages until the consumer is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message> {
    try {
      for (;;) yield await this.receive();
    } catch (error) {
      if (!(error instanceof ClosedError)) throw error;
    }
  }

  ack({ id }: { readonly id: MessageId }): void {
    this.#partition(id).ack(id);
  }

  /** Acknowledges this message and all before it on its partition. Not for Shared and Key_Shared. */
  ackCumulative({ id }: { readonly id: MessageId }): void {
    this.#partition(id).ackCumulative(id);
  }

  /** Requests redelivery of this message's entry, after the nack delay. */
  nack({ id }: { readonly id: MessageId }): void {
    this.#partition(id).nack(id);
  }

  /** Sends pending acknowledgements now. */
  flushAcks(): void {
    for (const partition of this.#partitions.values()) partition.consumer.flushAcks();
  }

  /**
   * Moves the subscription: to a message on its own partition, or on every partition to the earliest, the latest or
   * a publish time. Delivery starts with that message.
   *
   * @throws {RangeError} for a message of another topic
   */
  async seek(target: MessageId | { readonly publishTimeMs: number }): Promise<void> {
    const isEverywhere = !(target instanceof MessageId) || target.equals(MessageId.earliest) ||
      target.equals(MessageId.latest);
    const partitions = isEverywhere ? [...this.#partitions.values()] : [this.#partition(target)];
    await Promise.all(partitions.map((partition) => partition.consumer.seek(target)));
  }

  /** Deletes the subscription and closes the consumer. */
  async unsubscribe(): Promise<void> {
    await Promise.all([...this.#partitions.values()].map((partition) => partition.consumer.unsubscribe()));
    await this.close();
  }

  /** Sends pending acknowledgements and detaches; queued messages are dropped. Never rejects. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#context.forget?.(this);
    this.#fail(new ClosedError(`the consumer on '${this.#options.topic}' is closed`));
    this.#queue = [];
    await Promise.all([...this.#partitions.values()].map((partition) => partition.consumer.close()));
  }

  #partition(id: MessageId): ConsumerPartition {
    const partition = this.#partitions.get(id.partition);
    if (partition === undefined) throw new RangeError(`message ${id} is not of a topic this consumer reads`);
    return partition;
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    clearInterval(this.#timer);
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }
}
