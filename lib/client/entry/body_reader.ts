/** Restores the body of an entry from its payload: assembles chunks, then decompresses. */
import { CompressionError, decompress } from "../../wire/compression.ts";
import { ValidationError } from "../../wire/enums.ts";
import type { MessageView } from "../../wire/hot_commands.ts";
import { ChunkAssembler, type ChunkPlace } from "./chunk_assembler.ts";
import type { ReceivedEntry } from "./received_entry.ts";

/** Magic number, checksum and size of the metadata. */
const ENTRY_HEADER_BYTES = 10;
/** Incomplete chunked messages held at a time, as in the Java client. */
const MAX_CHUNK_GROUPS = 10;

/** `whole`: the entry's body is set; `part`: more chunks follow; else the `ValidationError` to acknowledge with. */
export type BodyOutcome = "whole" | "part" | number;

export class BodyReader {
  readonly chunks: ChunkAssembler;
  readonly #maxBytes: number;
  readonly #onDiscarded: (places: readonly ChunkPlace[]) => void;
  /** Bytes of chunks whose message is incomplete: counted with the next complete message. */
  #partBytes = 0;

  /** @param onDiscarded gets the chunks of messages that can no longer be completed */
  constructor(maxBytes: number, onDiscarded: (places: readonly ChunkPlace[]) => void) {
    this.#maxBytes = maxBytes;
    this.#onDiscarded = onDiscarded;
    this.chunks = new ChunkAssembler({ groups: MAX_CHUNK_GROUPS, bytes: maxBytes });
  }

  /** Sets `body`, `bodyStart`, `bodyEnd` and `wireBytes` of an entry whose view has been read. */
  read(message: MessageView, entry: ReceivedEntry): BodyOutcome {
    const { view } = entry;
    // Without the broker's own metadata in front of the entry, which the producer has not sent.
    this.#partBytes += view.bodyEnd - view.metadataStart + ENTRY_HEADER_BYTES;
    entry.body = view.buffer;
    entry.bodyStart = view.bodyStart;
    entry.bodyEnd = view.bodyEnd;
    if (view.chunkCount > 1 && !this.#completes(message, entry)) return "part";
    entry.wireBytes = this.#partBytes;
    this.#partBytes = 0;
    if (view.compression === 0) return "whole";
    try {
      const { body, bodyStart, bodyEnd } = entry;
      const { compression, uncompressedSize } = view;
      this.#set(entry, decompress(compression, body, bodyStart, bodyEnd, uncompressedSize, this.#maxBytes));
      return "whole";
    } catch (error) {
      const isSize = error instanceof CompressionError && (error.code === "size" || error.code === "limit");
      return isSize ? ValidationError.uncompressedSizeCorruption : ValidationError.decompressionError;
    }
  }

  #completes({ ledgerId, entryId }: MessageView, entry: ReceivedEntry): boolean {
    const { uuid = "", numChunksFromMsg = 0, chunkId = -1, totalChunkMsgSize = -1 } = entry.view.metadata();
    const outcome = this.chunks.add(
      { ledgerId, entryId, uuid, chunkId, chunkCount: numChunksFromMsg, totalSize: totalChunkMsgSize },
      entry.body.subarray(entry.bodyStart, entry.bodyEnd),
    );
    if (outcome.discarded !== undefined) this.#onDiscarded(outcome.discarded);
    if (outcome.body === undefined) return false;
    this.#set(entry, outcome.body);
    return true;
  }

  #set(entry: ReceivedEntry, body: Uint8Array): void {
    entry.body = body;
    entry.bodyStart = 0;
    entry.bodyEnd = body.length;
  }
}
