/** What the mutations start from: right bytes of every kind. */
import { HeaderFlag } from "../../lib/load/header/header.ts";
import { HeaderWriter } from "../../lib/load/header/header_writer.ts";
import { writeBatchEntry } from "../../lib/wire/batch.ts";
import { decodeCommand } from "../../lib/wire/command.ts";
import * as messages from "../../lib/wire/messages.ts";
import { DELIMITED, ProtoWriter, VARINT } from "../../lib/wire/protobuf.ts";
import { Message } from "../../lib/wire/schema.ts";
import { HEADROOM, SendFrame, SendHeader } from "../../lib/wire/send_frame.ts";
import { utf8 } from "./mutate.ts";

const SCALARS: Readonly<Record<string, unknown>> = {
  string: "persistent://public/default/orders",
  bytes: Uint8Array.of(1, 2, 3),
  u64: 300,
  i64: 2n ** 62n,
  u32: 70_000,
  i32: 1,
  bool: true,
  double: 0.5,
};

type AnyTable = Message<Record<string, never>>;

/** A message in which every field is set. */
function filled(table: AnyTable): Record<string, unknown> {
  const fields = Object.entries(table.fields) as unknown as [string, { type: unknown; label: string }][];
  return Object.fromEntries(fields.map(([name, { type, label }]) => {
    const value = type instanceof Message ? filled(type as unknown as AnyTable) : SCALARS[String(type)];
    return [name, label === "repeated" ? [value, value] : value];
  }));
}

/** `BaseCommand`s of every number that can be decoded, each with every body that fits. */
export function commandSamples(): Uint8Array[] {
  const tables = Object.values(messages).filter((each) => each instanceof Message) as unknown as AnyTable[];
  const bodies = tables.map((table) => table.encode(filled(table) as never, new ProtoWriter()).finish());
  const samples: Uint8Array[] = [];
  for (let number = 2; number < 80; number++) {
    for (const body of bodies) {
      const command = new ProtoWriter().key(1, VARINT).uint32(number).key(number, DELIMITED).lengthPrefixed(
        body,
      )
        .finish();
      try {
        decodeCommand(command);
        samples.push(command);
      } catch {
        // The body is of another command.
      }
    }
  }
  return samples;
}

/** Whole SEND frames: a message, and batches of several sizes. */
export function frameSamples(): Uint8Array[] {
  return [0, 1, 5, 200].map((batchCount) => {
    const frame = new SendFrame(64 * 1024);
    const header = Object.assign(new SendHeader(), {
      producerId: 3,
      producerName: utf8("standalone-1-2"),
      sequenceId: 1000,
      publishTime: 1_700_000_000_000,
      batchCount,
      partitionKey: utf8("key"),
      encodedProperties: Uint8Array.of(0x22, 6, 0x0a, 1, 0x61, 0x12, 1, 0x62),
    });
    let end = HEADROOM;
    for (let index = 0; index < Math.max(1, batchCount); index++) {
      const payload = utf8(`payload ${index}`);
      if (batchCount > 0) {
        const metadata = { payloadSize: payload.length, sequenceId: 1000 + index, partitionKey: "key" };
        end = writeBatchEntry(frame.buffer, end, metadata, payload);
      } else {
        frame.buffer.set(payload, end);
        end += payload.length;
      }
    }
    frame.seal(header, end);
    return frame.bytes().slice();
  });
}

/** Simple frames around commands. */
export function simpleFrame(command: Uint8Array): Uint8Array {
  const frame = new Uint8Array(8 + command.length);
  new DataView(frame.buffer).setUint32(0, 4 + command.length);
  new DataView(frame.buffer).setUint32(4, command.length);
  frame.set(command, 8);
  return frame;
}

export const RUN = 0x1234_5678;

/** Payloads with a verification header in both forms, with and without a hash of the rest. */
export function payloadSamples(): Uint8Array[] {
  return (["raw", "text"] as const).flatMap((form) =>
    [0, HeaderFlag.strict, HeaderFlag.probe].map((flags) => {
      const payload = new Uint8Array(200).fill(0x20);
      const view = new DataView(payload.buffer);
      if (form === "text") payload.set(utf8('{"pll":"'));
      const writer = new HeaderWriter(RUN, form, flags);
      writer.begin(7, 2 ** 33, 1_700_000_000_000_000);
      writer.writeConstants(view, 0);
      writer.patch(view, 0, payload.length, 1, 2 ** 33, 1_700_000_000_000_000 - 5, 0);
      if (writer.strict) writer.seal(view, 0, payload.length);
      return payload;
    })
  );
}

/** Bodies to be compressed: nothing, noise, and what repeats near and far. */
export function bodies(): Uint8Array[] {
  const noise = Uint8Array.from({ length: 1000 }, (_, at) => (at * at * 31 + at * 7) >>> 3);
  const text = utf8('{"user":"somebody","amount":12.50,"currency":"EUR"}'.repeat(60));
  return [new Uint8Array(0), Uint8Array.of(1), noise, text, new Uint8Array(5000)];
}
