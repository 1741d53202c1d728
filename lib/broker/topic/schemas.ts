/**
 * The schemas of the topics: each topic, with its partitions, has versions 0, 1, 2 … of one type.
 *
 * A real broker also asks whether fields may change as they did (FULL compatibility by default); this one compares
 * types only.
 */
import type { Schema } from "../../wire/messages.ts";
import type { ChunkPool } from "../store/chunk_pool.ts";
import { Refusal } from "../refusal.ts";

/** `Schema.Type` of the protocol. */
const TYPES = [
  ..."None,String,Json,Protobuf,Avro,Bool,Int8,Int16,Int32,Int64,Float,Double,Date,Time,Timestamp".split(","),
  ..."KeyValue,Instant,LocalDate,LocalTime,LocalDateTime,ProtobufNative,AutoConsume,External".split(","),
];
const NONE = TYPES.indexOf("None");
const AUTO_CONSUME = TYPES.indexOf("AutoConsume");
/** What a version takes beside its data, bytes, roughly. */
const OVERHEAD = 256;
/** The version that says "no schema". Java clients of the 4.0 line cannot do without the field. */
const NO_VERSION = new Uint8Array(0);

export interface FoundSchema {
  readonly schema: Schema;
  readonly version: Uint8Array;
}

export class Schemas {
  /** Versions by topic; a partition's are those of its partitioned topic. */
  readonly #byTopic = new Map<string, Schema[]>();
  readonly #pool: ChunkPool;

  /** @param pool pays for what is kept */
  constructor(pool: ChunkPool) {
    this.#pool = pool;
  }

  /**
   * The version of a schema, which becomes the next one if the topic does not have it.
   *
   * @param topic name without the partition
   * @throws {Refusal} `IncompatibleSchema`, or `PersistenceError` when the memory is full
   */
  add(topic: string, schema: Schema | undefined): Uint8Array {
    if (schema === undefined || isNone(schema)) return NO_VERSION;
    const versions = this.#byTopic.get(topic) ?? [];
    this.#checkType(versions, topic, schema);
    const known = versions.findIndex((each) => isEqual(each.schemaData, schema.schemaData));
    if (known >= 0) return versionBytes(known);
    if (!this.#pool.tryCharge(sizeOf(schema))) {
      throw new Refusal("PersistenceError", `the broker's memory has no room for a schema of '${topic}'`);
    }
    versions.push(schema);
    this.#byTopic.set(topic, versions);
    return versionBytes(versions.length - 1);
  }

  /**
   * What a consumer's schema leads to: the topic's first one if the topic is still unused, else a comparison.
   *
   * @throws {Refusal} `IncompatibleSchema`
   */
  check(topic: string, schema: Schema | undefined, isUnused: boolean): void {
    if (schema === undefined || isNone(schema)) return;
    const versions = this.#byTopic.get(topic);
    if (versions !== undefined) this.#checkType(versions, topic, schema);
    else if (isUnused) this.add(topic, schema);
    else throw new Refusal("IncompatibleSchema", `Topic does not have schema to check: '${topic}'`);
  }

  /** @param version undefined or empty: the latest */
  find(topic: string, version: Uint8Array | undefined): FoundSchema | undefined {
    const versions = this.#byTopic.get(topic) ?? [];
    const index = version === undefined || version.length === 0
      ? versions.length - 1
      : versionNumber(version);
    const schema = versions[index];
    return schema === undefined ? undefined : { schema, version: versionBytes(index) };
  }

  /** The topic is gone, and its schemas with it. */
  delete(topic: string): void {
    for (const schema of this.#byTopic.get(topic) ?? []) this.#pool.charge(-sizeOf(schema));
    this.#byTopic.delete(topic);
  }

  #checkType(versions: readonly Schema[], topic: string, schema: Schema): void {
    const [first] = versions;
    if (first === undefined || first.type === schema.type) return;
    throw new Refusal(
      "IncompatibleSchema",
      `Incompatible schema: '${topic}' has one of type ${typeName(first)}, the new one is ${
        typeName(schema)
      }`,
    );
  }
}

/** Schemas that say nothing about the bytes. */
function isNone({ type }: Schema): boolean {
  return type === NONE || type === AUTO_CONSUME;
}

function typeName({ type }: Schema): string {
  return TYPES[type] ?? `${type}`;
}

function sizeOf(schema: Schema): number {
  const properties = (schema.properties ?? []).reduce(
    (sum, { key, value }) => sum + 2 * (key.length + value.length),
    0,
  );
  return OVERHEAD + schema.schemaData.length + 2 * schema.name.length + properties;
}

/** Source: Pulsar's LongSchemaVersion, a big-endian 64-bit number. */
function versionBytes(index: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(4, index);
  return bytes;
}

/** −1 for what is no version of ours. */
function versionNumber(bytes: Uint8Array): number {
  if (bytes.length !== 8) return -1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  return view.getUint32(0) === 0 ? view.getUint32(4) : -1;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
