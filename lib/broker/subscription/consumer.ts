/** One consumer of a subscription: its permits and what it may receive. */
import type { Peer } from "../io/peer.ts";

/** Inclusive range of Key_Shared slots, 0 … 65535. */
export interface SlotRange {
  readonly start: number;
  readonly end: number;
}

export interface ConsumerOptions {
  readonly id: number;
  readonly name: string;
  readonly peer: Peer;
  /** Lower goes first. */
  readonly priority: number;
  /** STICKY ranges of a Key_Shared consumer; undefined = the broker splits. */
  readonly ranges?: readonly SlotRange[] | undefined;
  /** Redelivery epoch of an Exclusive or Failover consumer; undefined when the client does not use epochs. */
  readonly epoch?: number | undefined;
}

/** One attached consumer and what it is allowed to receive. */
export class Consumer {
  readonly id: number;
  readonly name: string;
  readonly peer: Peer;
  readonly priority: number;
  readonly ranges: readonly SlotRange[] | undefined;
  readonly connectedSince = new Date().toISOString();
  epoch: number | undefined;

  /** Number in its subscription's window, ≥ 1. */
  slot = 0;
  /** Messages it asked for and did not get; below 0 when a batch was larger than what was left. */
  permits = 0;
  /** Messages with it that are not acknowledged. */
  unacknowledged = 0;
  /** Whether it was told that the topic ended. */
  isAtEnd = false;
  /** What a Failover consumer was told last; undefined = nothing yet. */
  toldActive: boolean | undefined;

  messagesOut = 0;
  bytesOut = 0;
  messagesRedelivered = 0;
  lastConsumed = 0;
  lastAcknowledged = 0;

  constructor(options: ConsumerOptions) {
    this.id = options.id;
    this.name = options.name;
    this.peer = options.peer;
    this.priority = options.priority;
    this.ranges = options.ranges;
    this.epoch = options.epoch;
  }

  /** Whether a message may be sent to it now. */
  get isReady(): boolean {
    return this.permits > 0 && this.peer.outbox.isWritable;
  }
}
