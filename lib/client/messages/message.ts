/** Received messages as applications see them, and the options of a consumer. */
import type { InitialPosition, SubscriptionType } from "../../wire/enums.ts";
import type { MessageId } from "../entry/message_id.ts";
import type { CorruptReason } from "../entry/entry_consumer.ts";

export type { SubscriptionType } from "../../wire/enums.ts";

export interface ConsumerOptions {
  readonly topic: string;
  readonly subscription: string;
  /** Default `exclusive`. */
  readonly type?: SubscriptionType | undefined;
  /** Where a new subscription starts. Default `latest`. */
  readonly initialPosition?: keyof typeof InitialPosition | undefined;
  readonly name?: string | undefined;
  /** Messages that the broker may send ahead, per partition. Default 1000. */
  readonly receiverQueue?: number | undefined;
  /** Acknowledgements are sent after this long, ms, or when there are `ackGroupMax`. 0 sends each at once. */
  readonly ackGroupMs?: number | undefined;
  readonly ackGroupMax?: number | undefined;
  /** Acknowledge messages inside a batch one by one, where the broker has that switched on. */
  readonly batchIndexAck?: boolean | undefined;
  /** Time between a negative acknowledgement and the request to redeliver, ms. Default 1000. */
  readonly nackDelayMs?: number | undefined;
  /** Messages that were received and not acknowledged for this long, ms, are redelivered; 0, the default: never. */
  readonly unackedTimeoutMs?: number | undefined;
  readonly onCorrupt?: ((reason: CorruptReason, id: MessageId) => void) | undefined;
  /** A problem that the consumer outlives: a lost connection, a failed attempt to reconnect. */
  readonly onTrouble?: ((error: Error) => void) | undefined;
  readonly onActiveChange?: ((topic: string, isActive: boolean) => void) | undefined;
}

/** A received message; its payload is its own copy. */
export interface Message {
  readonly id: MessageId;
  readonly topic: string;
  readonly payload: Uint8Array;
  /** As it was sent: base64 when the producer gave bytes. */
  readonly key: string | undefined;
  readonly properties: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly publishTime: number;
  /** Epoch milliseconds, 0 when the producer gave none. */
  readonly eventTime: number;
  readonly producerName: string;
  readonly sequenceId: number;
  readonly redeliveryCount: number;
}
