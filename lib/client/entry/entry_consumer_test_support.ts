/** What the tests of the entry consumer share. */
import { SubType } from "../../wire/enums.ts";
import type { SendHeader } from "../../wire/send_frame.ts";
import type { PulsarClient } from "../client.ts";
import type { EntryConsumer, EntryConsumerOptions } from "./entry_consumer.ts";
import { messageFrame, type MessageOptions, type Peer, ScriptedBroker } from "../client_test_support.ts";

/** One consumer on a scripted broker, and what it told. */
export interface Stage {
  readonly client: PulsarClient;
  readonly consumer: EntryConsumer;
  readonly peer: Peer;
  /** `entryId:body` of what was handed over. */
  readonly got: string[];
  readonly corrupt: string[];
  readonly troubles: string[];
  resets: number;
  reconnects: number;
}

/** Opens a consumer with a queue of 10 that acknowledges at once. */
export async function stage(
  broker: ScriptedBroker = new ScriptedBroker(),
  options: Partial<EntryConsumerOptions> = {},
): Promise<Stage> {
  const client = broker.client();
  const self = {
    client,
    got: [] as string[],
    corrupt: [] as string[],
    troubles: [] as string[],
    resets: 0,
    reconnects: 0,
  } as Stage & { consumer: EntryConsumer; peer: Peer };
  self.consumer = await client.createEntryConsumer({
    topic: "t",
    subscription: "s",
    type: SubType.exclusive,
    receiverQueue: 10,
    ackGroupMs: 0,
    onEntry: ({ entryId, body, bodyStart, bodyEnd, permits }) => {
      self.got.push(`${entryId}:${new TextDecoder().decode(body.subarray(bodyStart, bodyEnd))}`);
      self.consumer.returnPermits(permits);
    },
    onCorrupt: (reason, id, messages) =>
      self.corrupt.push(`${reason} ${id.entryId}${messages > 1 ? ` of ${messages}` : ""}`),
    onTrouble: (error) => self.troubles.push(error.message),
    onReset: () => self.resets++,
    onReconnected: () => self.reconnects++,
    ...options,
  });
  self.peer = broker.peers[0]!;
  return self;
}

type Extra = Partial<Omit<MessageOptions, "header">> & { header?: Partial<SendHeader> };

/** A MESSAGE of ledger 1 for the first consumer. */
export function frame(entryId: number, body: string | Uint8Array, extra: Extra = {}): Uint8Array {
  return messageFrame({ consumerId: 0, id: { ledgerId: 1, entryId }, body, ...extra });
}

export function deliver(peer: Peer, entryId: number, body: string | Uint8Array, extra: Extra = {}): void {
  peer.sendBytes(frame(entryId, body, extra));
}

/** Permits granted by the `nth` FLOW. */
export const permits = async (peer: Peer, nth: number): Promise<number> =>
  (await peer.command("flow", nth)).messagePermits;
