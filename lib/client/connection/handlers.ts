/** What a connection calls on the producers and consumers that are registered on it. */
import type { MessageView, SendReceiptView } from "../../wire/hot_commands.ts";
import type { PulsarError } from "../errors.ts";

/** Callbacks of a producer. Calls are synchronous and in order. */
export interface ProducerHandler {
  onReceipt(receipt: SendReceiptView): void;
  onSendError(sequenceId: number, error: PulsarError): void;
  /** The producer is detached: the connection is gone, or the broker closed just this producer. */
  onDetached(cause: Error, assignedUrl?: AssignedUrl): void;
}

/** Callbacks of a consumer. Calls are synchronous and in order. */
export interface ConsumerHandler {
  /** The entry lies in `buffer` from `start` to `end`, valid only during the call. */
  onMessage(message: MessageView, buffer: Uint8Array, start: number, end: number): void;
  onActiveChange?(isActive: boolean): void;
  onEndOfTopic?(): void;
  onDetached(cause: Error, assignedUrl?: AssignedUrl): void;
}

/** The broker to reconnect to, where the closing broker names one. */
export interface AssignedUrl {
  readonly plain?: string | undefined;
  readonly tls?: string | undefined;
}
