/**
 * What the load engine needs of a client, and nothing more: producers and consumers of one topic, entry by entry.
 *
 * The wire client of this project is one (the default, as it is: these are types, and nothing stands between the engine
 * and it). Any other client can be put behind this interface; `driver_contract_test_support.ts` says what is expected.
 */
import type {
  EntryConsumer,
  EntryConsumerOptions,
  EntryProducer,
  EntryProducerOptions,
} from "../client/mod.ts";

export interface Driver {
  /** Largest entry the broker accepts, bytes; as far as the client tells, else what brokers accept by default. */
  readonly maxMessageSize: number;
  createEntryProducer<C = undefined>(options: DriverProducerOptions<C>): Promise<DriverProducer<C>>;
  createEntryConsumer(options: DriverConsumerOptions): Promise<DriverConsumer>;
  /** Closes producers, consumers and connections. Never rejects. */
  close(): Promise<void>;
}

/** Receipts come in the order of the sends; the driver reconnects by itself, and loses nothing by it. */
export type DriverProducer<C> = Pick<
  EntryProducer<C>,
  "take" | "room" | "release" | "header" | "nextSequenceId" | "send" | "flush"
>;

export type DriverProducerOptions<C> =
  & Pick<
    EntryProducerOptions<C>,
    | "topic"
    | "name"
    | "compression"
    | "maxInFlight"
    | "bodyCapacity"
    | "createContext"
    | "onFailed"
    | "onRefused"
    | "onTrouble"
    | "onReconnected"
  >
  & {
    /** @param position that the broker gave the entry, where the client tells it */
    onReceipt(
      entry: Parameters<EntryProducerOptions<C>["onReceipt"]>[0],
      position?: Pick<Parameters<EntryProducerOptions<C>["onReceipt"]>[1], "ledgerId" | "entryId">,
    ): void;
  };

export type DriverConsumer = Pick<
  EntryConsumer,
  | "partition"
  | "ack"
  | "ackBatchIndex"
  | "ackCumulative"
  | "flushAcks"
  | "redeliver"
  | "pause"
  | "resume"
  | "halt"
  | "returnPermits"
  | "refuseBatch"
  | "close"
  | "unsubscribe"
>;

export type DriverConsumerOptions = Pick<
  EntryConsumerOptions,
  | "topic"
  | "subscription"
  | "type"
  | "initialPosition"
  /** Not durable: only exclusive, and after a reconnect it goes on where it was; a client that cannot do so refuses it. */
  | "durable"
  | "startMessageId"
  | "receiverQueue"
  | "ackGroupMs"
  | "ackGroupMax"
  | "onEntry"
  | "onCorrupt"
  | "onReset"
  | "onEndOfTopic"
  | "onFailed"
  | "onTrouble"
  | "onReconnected"
>;
