/**
 * A message is described once, as a table of fields; its TypeScript type, encoder and decoder follow from it.
 * Used for control commands; the per-entry commands have hand-written fast paths beside this (`send_frame.ts`,
 * `entry.ts`, `hot_commands.ts`) that are tested against it.
 */
import { ProtocolError } from "./errors.ts";
import { DELIMITED, FIXED64, ProtoReader, ProtoWriter, toSigned, type U64, VARINT } from "./protobuf.ts";

type Scalar = "string" | "bytes" | "u64" | "i64" | "u32" | "i32" | "bool" | "double";
type Label = "required" | "optional" | "repeated";

interface ScalarTypes {
  string: string;
  bytes: Uint8Array;
  u64: U64;
  i64: U64;
  u32: number;
  i32: number;
  bool: boolean;
  double: number;
}

interface Field<L extends Label = Label, V = unknown> {
  readonly number: number;
  readonly type: Scalar | Message<Fields>;
  readonly label: L;
  /** Never set: carries the value's type. */
  readonly value?: V;
}

type Fields = Readonly<Record<string, Field>>;

type ValueOf<F> = F extends Field<Label, infer V> ? V : never;
type KeysOf<T, L extends Label> = { [K in keyof T]: T[K] extends Field<L> ? K : never }[keyof T];

/** The TypeScript type of a message table; an undefined field is absent. */
export type Infer<M> = M extends Message<infer T> ?
    & { -readonly [K in KeysOf<T, "required">]: ValueOf<T[K]> }
    & { -readonly [K in KeysOf<T, "optional">]?: ValueOf<T[K]> | undefined }
    & { -readonly [K in KeysOf<T, "repeated">]?: ValueOf<T[K]>[] | undefined }
  : never;

type TypeOf<T> = T extends Scalar ? ScalarTypes[T] : Infer<T>;

export function required<T extends Scalar | Message<Fields>>(
  number: number,
  type: T,
): Field<"required", TypeOf<T>> {
  return { number, type, label: "required" };
}
export function optional<T extends Scalar | Message<Fields>>(
  number: number,
  type: T,
): Field<"optional", TypeOf<T>> {
  return { number, type, label: "optional" };
}
export function repeated<T extends Scalar | Message<Fields>>(
  number: number,
  type: T,
): Field<"repeated", TypeOf<T>> {
  return { number, type, label: "repeated" };
}

/** One protobuf message type. */
export class Message<T extends Fields> {
  readonly #byNumber = new Map<number, [string, Field]>();
  readonly #fields: readonly [string, Field][];

  constructor(readonly name: string, readonly fields: T) {
    this.#fields = Object.entries(fields);
    for (const entry of this.#fields) this.#byNumber.set(entry[1].number, entry);
  }

  /** @throws {ProtocolError} `missing-field` when a required field is absent. */
  encode(value: Infer<Message<T>>, writer: ProtoWriter = new ProtoWriter()): ProtoWriter {
    const record = value as Record<string, unknown>;
    for (const [key, field] of this.#fields) {
      const item = record[key];
      if (item === undefined) {
        if (field.label === "required") throw this.#missing(key);
        continue;
      }
      if (field.label === "repeated") {
        for (const element of item as unknown[]) writeField(writer, field, element);
      } else writeField(writer, field, item);
    }
    return writer;
  }

  /**
   * Unknown fields are skipped; the last value of a scalar wins.
   *
   * @throws {ProtocolError} when bytes are cut short, malformed, or a required field is absent.
   */
  decode(buffer: Uint8Array, start = 0, end: number = buffer.length): Infer<Message<T>> {
    const reader = new ProtoReader(buffer, start, end);
    const record: Record<string, unknown> = {};
    while (reader.nextField()) {
      const entry = this.#byNumber.get(reader.field);
      if (entry === undefined) {
        reader.skip();
        continue;
      }
      const [key, field] = entry;
      if (field.label !== "repeated") {
        record[key] = readField(reader, field, this.name, key);
      } else if (reader.wireType === DELIMITED && isVarint(field.type)) {
        const list = (record[key] ??= []) as unknown[];
        const packedEnd = reader.length() + reader.position;
        while (reader.position < packedEnd) list.push(readVarint(reader, field.type));
        if (reader.position !== packedEnd) {
          throw new ProtocolError("malformed", `${this.name}.${key} is cut short`);
        }
      } else ((record[key] ??= []) as unknown[]).push(readField(reader, field, this.name, key));
    }
    for (const [key, field] of this.#fields) {
      if (field.label === "required" && record[key] === undefined) throw this.#missing(key);
    }
    return record as Infer<Message<T>>;
  }

  #missing(key: string): ProtocolError {
    return new ProtocolError("missing-field", `${this.name} lacks its required field '${key}'`);
  }
}

const WIRE_TYPE: Readonly<Record<Scalar, number>> = {
  string: DELIMITED,
  bytes: DELIMITED,
  u64: VARINT,
  i64: VARINT,
  u32: VARINT,
  i32: VARINT,
  bool: VARINT,
  double: FIXED64,
};

function isVarint(type: Scalar | Message<Fields>): type is "u64" | "i64" | "u32" | "i32" | "bool" {
  return typeof type === "string" && WIRE_TYPE[type] === VARINT;
}

function writeField(writer: ProtoWriter, field: Field, value: unknown): void {
  const { type } = field;
  if (typeof type !== "string") {
    const nested = type.encode(value as never);
    writer.key(field.number, 2).lengthPrefixed(nested.buffer.subarray(0, nested.position));
    return;
  }
  writer.key(field.number, WIRE_TYPE[type]);
  if (type === "string") writer.string(value as string);
  else if (type === "bytes") writer.lengthPrefixed(value as Uint8Array);
  else if (type === "double") writer.float64(value as number);
  else writer.varint(typeof value === "boolean" ? Number(value) : value as number | bigint);
}

function readVarint(reader: ProtoReader, type: "u64" | "i64" | "u32" | "i32" | "bool"): U64 | boolean {
  if (type === "u64") return reader.uint64();
  if (type === "i64") return toSigned(reader.uint64());
  if (type === "u32") return reader.uint32();
  if (type === "i32") return reader.int32();
  return reader.bool();
}

function readField(reader: ProtoReader, field: Field, message: string, key: string): unknown {
  const { type } = field;
  const expected = typeof type === "string" ? WIRE_TYPE[type] : DELIMITED;
  if (reader.wireType !== expected) {
    throw new ProtocolError(
      "malformed",
      `${message}.${key} has wire type ${reader.wireType}, expected ${expected}`,
    );
  }
  if (typeof type !== "string") {
    const length = reader.length();
    const start = reader.position;
    reader.position += length;
    return type.decode(reader.buffer, start, start + length);
  }
  if (type === "string") return reader.string();
  if (type === "bytes") return reader.bytes();
  if (type === "double") return reader.float64();
  return readVarint(reader, type);
}
