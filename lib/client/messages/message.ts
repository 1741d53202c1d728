/** Messages as applications see them, and how they are asked for. */
import type { InitialPosition, SubscriptionType } from "../../wire/enums.ts";
import type { MessageId } from "../entry/message_id.ts";
import type { CorruptReason } from "../entry/received_entry.ts";

export type { SubscriptionType } from "../../wire/enums.ts";

export interface ConsumerOptions {
  readonly topic: string;
  readonly subscription: string;
  readonly type?: SubscriptionType;
  readonly initialPosition?: keyof typeof InitialPosition;
  readonly name?: string;
  /** Messages asked for in advance, per partition. */
  readonly receiverQueue?: number;
  readonly ackGroupMs?: number;
  readonly ackGroupMax?: number;
  /** Acknowledge messages inside a batch one by one, where the broker has that switched on. */
  readonly batchIndexAck?: boolean;
  /** Time between a negative acknowledgement and the request to deliver again. */
  readonly nackDelayMs?: number;
  /** Messages taken and not acknowledged for this long are asked for again; 0 = never. */
  readonly unackedTimeoutMs?: number;
  onCorrupt?(reason: CorruptReason, id: MessageId): void;
  onTrouble?(error: Error): void;
  onActiveChange?(topic: string, isActive: boolean): void;
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
