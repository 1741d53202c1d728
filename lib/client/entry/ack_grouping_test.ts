import assert from "node:assert/strict";
import { type CommandBody, decodeCommand } from "../../wire/command.ts";
import { AckGrouping } from "./ack_grouping.ts";
import type { Connection } from "../connection/connection.ts";

type Ack = CommandBody<"ack">;

function grouping(options: { groupMs?: number; groupMax?: number } = {}) {
  const sent: Ack[] = [];
  const connection = {
    send: (_: string, body: Ack) => sent.push(body),
    sendFrameCopy: (frame: Uint8Array) => sent.push(decodeCommand(frame.slice(), 8).body as Ack),
  } as unknown as Connection;
  let isConnected = true;
  const acks = new AckGrouping({
    groupMs: 60_000,
    groupMax: 3,
    consumerId: 7,
    connection: () => isConnected ? connection : undefined,
    ...options,
  });
  return { acks, sent, connect: (value: boolean) => isConnected = value };
}

const entries = (ack: Ack | undefined): unknown[] => (ack?.messageId ?? []).map(({ entryId }) => entryId);

Deno.test("acknowledgements leave together when enough have gathered", () => {
  const { acks, sent } = grouping();
  acks.add(1, 1);
  acks.add(1, 2);
  assert.equal(sent.length, 0);
  acks.add(1, 3, { words: [0b10n], size: 2 });
  assert.deepEqual(entries(sent[0]), [1, 2, 3]);
  assert.equal(sent[0]!.consumerId, 7);
  assert.deepEqual(sent[0]!.messageId![2], { ledgerId: 1, entryId: 3, ackSet: [2], batchSize: 2 });
  acks.stop();
});

Deno.test("what has gathered leaves after its time", async () => {
  const { acks, sent } = grouping({ groupMs: 1 });
  acks.add(1, 1);
  while (sent.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(entries(sent[0]), [1]);
});

Deno.test("without grouping each leaves at once", () => {
  const { acks, sent } = grouping({ groupMs: 0 });
  acks.add(1, 1);
  acks.addUpTo(1, 2);
  assert.deepEqual(sent.map(entries), [[1], [2]]);
  assert.equal(sent[1]!.ackType, 1);
});

Deno.test("of cumulative ones only the furthest counts", () => {
  const { acks, sent } = grouping();
  acks.addUpTo(1, 9);
  acks.addUpTo(1, 5);
  acks.addUpTo(0, 99);
  acks.addUpTo(1, 9, { words: [1n], size: 2 });
  acks.flush();
  assert.deepEqual(sent[0]!.messageId, [{ ledgerId: 1, entryId: 9 }]);
  acks.addUpTo(2, 0, { words: [1n], size: 2 });
  acks.flush();
  assert.deepEqual(sent[1]!.messageId, [{ ledgerId: 2, entryId: 0, ackSet: [1n], batchSize: 2 }]);
  acks.stop();
});

Deno.test("they wait for a connection, and can be forgotten", () => {
  const { acks, sent, connect } = grouping({ groupMax: 1 });
  connect(false);
  acks.add(1, 1);
  acks.addUpTo(1, 1);
  acks.flush();
  assert.equal(sent.length, 0);
  connect(true);
  acks.flush();
  assert.equal(sent.length, 2);
  connect(false);
  acks.add(1, 2);
  acks.addUpTo(1, 2);
  acks.clear();
  connect(true);
  acks.flush();
  assert.equal(sent.length, 2);
  acks.stop();
});

Deno.test("the whole of an entry supersedes a part of it that waits", () => {
  const { acks, sent } = grouping();
  acks.addUpTo(1, 9, { words: [1n], size: 2 });
  acks.addUpTo(1, 9);
  acks.flush();
  assert.deepEqual(sent[0]!.messageId, [{ ledgerId: 1, entryId: 9 }]);
  acks.stop();
});
