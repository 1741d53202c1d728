/** One producer of a topic: its identity, access mode and schema. */
import type { Peer } from "../io/peer.ts";

/** One attached producer. */
export interface ProducerOptions {
  readonly id: number;
  readonly name: string;
  readonly peer: Peer;
  /** Reconnects of the client so far. */
  readonly epoch: number;
  /** `ProducerAccessMode`. */
  readonly accessMode: number;
  /** What an exclusive producer was given when it first attached. */
  readonly topicEpoch: number | undefined;
  /** Version of the schema that it brought; empty when it brought none. */
  readonly schemaVersion: Uint8Array;
}

export class Producer {
  readonly id: number;
  readonly name: string;
  readonly peer: Peer;
  readonly epoch: number;
  readonly accessMode: number;
  readonly schemaVersion: Uint8Array;
  readonly connectedSince = new Date().toISOString();
  topicEpoch: number | undefined;
  /** Called when a producer that waited for exclusive access gets it. */
  onReady: () => void = () => {};

  messagesIn = 0;
  bytesIn = 0;

  constructor(options: ProducerOptions) {
    this.id = options.id;
    this.name = options.name;
    this.peer = options.peer;
    this.epoch = options.epoch;
    this.accessMode = options.accessMode;
    this.topicEpoch = options.topicEpoch;
    this.schemaVersion = options.schemaVersion;
  }
}
