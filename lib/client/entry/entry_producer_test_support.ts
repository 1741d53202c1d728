/** What the tests of the entry producer share. */
import assert from "node:assert/strict";
import { serverErrorCode, type ServerErrorName } from "../../wire/enums.ts";
import type { PulsarClient } from "../client.ts";
import type { EntryProducer, EntryProducerOptions } from "./entry_producer.ts";
import { bytes, type Peer, ScriptedBroker } from "../client_test_support.ts";

/** What the tests note of an entry. */
export interface Sent {
  text: string;
}

export interface Stage {
  readonly client: PulsarClient;
  readonly producer: EntryProducer<Sent>;
  readonly acknowledged: string[];
  readonly lost: string[];
  readonly troubles: string[];
  reconnects: number;
}

export async function stage(
  broker: ScriptedBroker,
  options: Partial<EntryProducerOptions<Sent>> = {},
): Promise<Stage> {
  const client = broker.client();
  const acknowledged: string[] = [];
  const lost: string[] = [];
  const troubles: string[] = [];
  const producer = await client.createEntryProducer({
    topic: "t",
    bodyCapacity: 1000,
    createContext: (): Sent => ({ text: "" }),
    onReceipt: ({ context }) => acknowledged.push(context.text),
    onFailed: (_, entries) => lost.push(...entries.map(({ context }) => context.text)),
    onTrouble: (error) => troubles.push(error.message),
    onReconnected: () => self.reconnects++,
    ...options,
  });
  const self: Stage = { client, producer, acknowledged, lost, troubles, reconnects: 0 };
  return self;
}

export function send(producer: EntryProducer<Sent>, text: string, count = 1, isBatch = false): void {
  const entry = producer.take();
  assert.ok(entry !== undefined, "the window is full");
  entry.body.buffer.set(bytes(text), entry.body.start);
  entry.context.text = text;
  producer.send(entry, entry.body.start + text.length, count, isBatch);
}

export const bodies = (peer: Peer): string[] => peer.sends.map(({ body }) => body);

/** A broker that leaves receipts to the test. */
export const silent = (): ScriptedBroker => new ScriptedBroker().on("send", () => {});

export function receipt(peer: Peer, sequenceId: number): void {
  peer.send("sendReceipt", { producerId: 0, sequenceId, messageId: { ledgerId: 1, entryId: sequenceId } });
}

export function refuse(peer: Peer, sequenceId: number, error: ServerErrorName): void {
  peer.send("sendError", { producerId: 0, sequenceId, error: serverErrorCode(error), message: "injected" });
}
