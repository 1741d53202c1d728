/** The connection, as producers, consumers and topics see it. */
import type { CommandBody, CommandName } from "../../wire/command.ts";
import type { Outbox } from "./outbox.ts";

/** What producers, consumers and topics may ask of the connection they came over. */
export interface Peer {
  /** Remote address, as shown in statistics. */
  readonly address: string;
  readonly clientVersion: string;
  readonly outbox: Outbox;
  send<N extends CommandName>(name: N, body: CommandBody<N>): void;
  /** Forgets the producer and tells the client, which reconnects. */
  closeProducer(producerId: number, assignedUrl?: string): void;
  /** Forgets the consumer and tells the client, which reconnects. */
  closeConsumer(consumerId: number, assignedUrl?: string): void;
}
