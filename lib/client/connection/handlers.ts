/** How a connection speaks to the producers and consumers on it. */
import type { MessageView, SendReceiptView } from "../../wire/hot_commands.ts";
import type { PulsarError } from "../errors.ts";

/** What a producer wants to hear from its connection. Calls are synchronous and in order. */
export interface ProducerHandler {
  onReceipt(receipt: SendReceiptView): void;
  onSendError(sequenceId: number, error: PulsarError): void;
  /** The producer is detached: the connection is gone, or the broker closed just this producer. */
  onDetached(cause: Error, assignedUrl?: AssignedUrl): void;
}

/** What a consumer wants to hear from its connection. */
export interface ConsumerHandler {
  /** The entry lies in `buffer` from `start` to `end`, valid only during the call. */
  onMessage(message: MessageView, buffer: Uint8Array, start: number, end: number): void;
  onActiveChange?(isActive: boolean): void;
  onEndOfTopic?(): void;
  onDetached(cause: Error, assignedUrl?: AssignedUrl): void;
}

/** Where the broker says to go next, if it does. */
export interface AssignedUrl {
  readonly plain?: string;
  readonly tls?: string;
}
