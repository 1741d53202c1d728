/**
 * Assembles messages that their producer sent in chunks, in bounded memory.
 *
 * Each chunk is an entry of its own and carries the group's uuid, its number and the total size. Chunks of one
 * message arrive in order, but chunks of several producers may be interleaved.
 *
 * Source: PIP-37; what to do with incomplete groups follows the Java consumer.
 */
import type { MessageIdData } from "../../wire/messages.ts";
import type { U64 } from "../../wire/protobuf.ts";

export interface ChunkPlace {
  readonly ledgerId: U64;
  readonly entryId: U64;
}

export interface Chunk extends ChunkPlace {
  readonly uuid: string;
  readonly chunkId: number;
  readonly chunkCount: number;
  readonly totalSize: number;
}

export interface ChunkOutcome {
  /** The whole message, when this was its last chunk. */
  readonly body?: Uint8Array;
  /** Entries of messages that can no longer be completed. */
  readonly discarded?: readonly ChunkPlace[];
}

interface Group {
  readonly body: Uint8Array;
  readonly places: ChunkPlace[];
  filled: number;
}

export interface ChunkLimits {
  /** Incomplete messages held at a time. */
  readonly groups: number;
  /** Bytes of one message. */
  readonly bytes: number;
}

export class ChunkAssembler {
  readonly #limits: ChunkLimits;
  readonly #groups = new Map<string, Group>();
  /** Place of the last chunk → places of the others, until the message is acknowledged. */
  readonly #parts = new Map<string, readonly ChunkPlace[]>();

  constructor(limits: ChunkLimits) {
    this.#limits = limits;
  }

  /** Whether any assembled message is not acknowledged yet. */
  get hasParts(): boolean {
    return this.#parts.size > 0;
  }

  /** Whether any message is not whole yet. */
  get hasOpen(): boolean {
    return this.#groups.size > 0;
  }

  /** @param data valid only during the call */
  add(chunk: Chunk, data: Uint8Array): ChunkOutcome {
    const { uuid, chunkId, chunkCount, totalSize, ledgerId, entryId } = chunk;
    const place = { ledgerId, entryId };
    const evicted = chunkId === 0 ? this.#begin(uuid, totalSize) : [];
    const group = this.#groups.get(uuid);
    if (group === undefined) return { discarded: [place] };
    // A duplicate chunk: the first one is kept and will be acknowledged.
    if (chunkId < group.places.length) return {};
    if (chunkId > group.places.length || group.filled + data.length > group.body.length) {
      this.#groups.delete(uuid);
      return { discarded: [...evicted, ...group.places, place] };
    }
    group.body.set(data, group.filled);
    group.filled += data.length;
    group.places.push(place);
    if (group.places.length < chunkCount) return evicted.length === 0 ? {} : { discarded: evicted };
    this.#groups.delete(uuid);
    if (group.filled < group.body.length) return { discarded: group.places };
    this.#parts.set(key(place), group.places.slice(0, -1));
    return { body: group.body };
  }

  /** Starts a message; returns the chunks of the message that was evicted for it. */
  #begin(uuid: string, totalSize: number): readonly ChunkPlace[] {
    if (this.#groups.has(uuid) || totalSize < 0 || totalSize > this.#limits.bytes) return [];
    let evicted: readonly ChunkPlace[] = [];
    if (this.#groups.size >= this.#limits.groups) {
      const [oldest, { places }] = this.#groups.entries().next().value!;
      this.#groups.delete(oldest);
      evicted = places;
    }
    this.#groups.set(uuid, { body: new Uint8Array(totalSize), places: [], filled: 0 });
    return evicted;
  }

  /** Removes and returns the chunks before the last one of a message: they are acknowledged or redelivered with it. */
  takeParts(ledgerId: U64, entryId: U64): readonly ChunkPlace[] {
    const place = key({ ledgerId, entryId });
    const parts = this.#parts.get(place) ?? [];
    this.#parts.delete(place);
    return parts;
  }

  /** All entries of a message, its last one included, as ids for the broker. */
  takeAll({ ledgerId, entryId }: ChunkPlace, partition: number): MessageIdData[] {
    const ids = [...this.takeParts(ledgerId, entryId), { ledgerId, entryId }];
    return partition < 0 ? ids : ids.map((id) => ({ ...id, partition }));
  }

  clear(): void {
    this.#groups.clear();
    this.#parts.clear();
  }
}

function key({ ledgerId, entryId }: ChunkPlace): string {
  return `${ledgerId}:${entryId}`;
}
