/** Readers of what the generator writes, made from Pulsar's wire format and not from the generator. */
import type { GeneratorConfig } from "./create_payload.ts";
import { type BodyTarget, Generator } from "./generator.ts";
import { hashRunId } from "../header/header.ts";

export const RUN = "run-under-test";
export const RUN_HASH = hashRunId(RUN);

export function configOf(changes: Partial<GeneratorConfig> = {}): GeneratorConfig {
  return {
    payload: "json",
    size: { kind: "fixed", bytes: 1024 },
    compressibility: 0,
    keys: "none",
    keyCount: 1000,
    properties: {},
    verify: "count",
    seed: 42,
    runId: RUN,
    runHash: RUN_HASH,
    producer: "producer-1",
    worker: 0,
    keyPerBatch: false,
    ...changes,
  };
}

export function generatorOf(changes: Partial<GeneratorConfig> = {}): Generator {
  return new Generator(configOf(changes));
}

/** A target whose body does not begin at the buffer's start, and whose surroundings can be checked. */
export function targetOf(bytes: number, start = 100): BodyTarget & { buffer: Uint8Array } {
  return {
    buffer: new Uint8Array(start + bytes + 50).fill(0xee),
    start,
    limit: start + bytes,
    memo: undefined,
  };
}

export interface DecodedEntry {
  key: string | undefined;
  properties: [string, string][];
  sequenceId: number;
  /** Payload as positions in the buffer. */
  start: number;
  end: number;
}

/** Decodes the batch body in `bytes[start, end)`; throws if it does not end exactly there. */
export function decodeBatch(bytes: Uint8Array, start: number, end: number): DecodedEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const entries: DecodedEntry[] = [];
  let at = start;
  while (at < end) {
    const metadataEnd = at + 4 + view.getUint32(at);
    const entry: DecodedEntry = {
      key: undefined,
      properties: [],
      start: metadataEnd,
      end: -1,
      sequenceId: -1,
    };
    for (const field of fields(bytes, at + 4, metadataEnd)) {
      if (field.number === 1) {
        const pair = [...fields(bytes, field.start, field.end)].map((part) =>
          text(bytes, part.start, part.end)
        );
        entry.properties.push([pair[0]!, pair[1]!]);
      } else if (field.number === 2) entry.key = text(bytes, field.start, field.end);
      else if (field.number === 3) entry.end = metadataEnd + field.value;
      else if (field.number === 8) entry.sequenceId = field.value;
      else throw new Error(`unexpected field ${field.number}`);
    }
    if (entry.end < 0) throw new Error("no payload size");
    entries.push(entry);
    at = entry.end;
  }
  if (at !== end) throw new Error(`body ends at ${at}, not at ${end}`);
  return entries;
}

interface Field {
  number: number;
  value: number;
  start: number;
  end: number;
}

function* fields(bytes: Uint8Array, start: number, end: number): IterableIterator<Field> {
  let at = start;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < end) {
    const tag = varint();
    const value = varint();
    const field = { number: tag >>> 3, value, start: at, end: at };
    if ((tag & 7) === 2) {
      field.end = at + value;
      at = field.end;
    } else if ((tag & 7) !== 0) throw new Error(`unexpected wire type ${tag & 7}`);
    yield field;
  }
  if (at !== end) throw new Error("field runs over the end");
}

export function text(bytes: Uint8Array, start: number, end: number): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start, end));
}
