/** Payload kind `random`, with a chosen compressibility. */
import type { SizeConfig } from "../../config/run_config.ts";
import { GeneratorError } from "./errors.ts";
import type { MessageState, Payload } from "./payload.ts";
import { Random } from "./random.ts";
import { SizePicker } from "./sizes.ts";

/** Random and constant parts alternate in blocks of this size. */
const BLOCK = 1024;
const POOL_BYTES = 65_536;
/** Bytes that differ in every message even where a frame's other bytes are used again. */
const REFRESHED = 8;

/**
 * Random bytes, of which a set share is removable by compression: each block of 1 KiB begins with random bytes and
 * ends with zeros.
 *
 * What repeats: random bytes are words of a 64 KiB pool, XORed with one fresh word per message, so no two messages of
 * a batch share a sequence of bytes that a compressor could find. With one fixed size a frame keeps the random bytes of its
 * first filling and each message gets a new header and eight new bytes; successive batches in the same frame are
 * therefore alike for whoever compares across batches (deduplicating storage), never for a compressor, which sees one batch.
 */
export class RandomPayload implements Payload {
  readonly form = "raw";
  readonly largest: number;
  readonly fixedSize: number | undefined;
  readonly #sizes: SizePicker;
  readonly #random: Random;
  readonly #pool = new Int32Array(POOL_BYTES / 4);
  readonly #randomShare: number;
  readonly #header: number;

  /**
   * @param compressibility percent that compression can remove, 0–100
   * @param header bytes of the verification header, 0 without
   * @throws {GeneratorError} `size-too-small`, `size-invalid`
   */
  constructor(size: SizeConfig, random: Random, compressibility: number, header: number) {
    if (!(compressibility >= 0 && compressibility <= 100)) {
      throw new GeneratorError(
        "size-invalid",
        `compressibility '${compressibility}' must be from 0 to 100 percent`,
      );
    }
    const what = "the verification header (--verify off sends smaller payloads)";
    this.#sizes = new SizePicker(size, random, header, what);
    this.largest = this.#sizes.largest;
    this.fixedSize = this.#sizes.fixed;
    // Filler must not disturb the sequence of sizes and keys, which is the same however messages are batched.
    this.#random = new Random(random.next() >>> 0, 1);
    this.#randomShare = 1 - compressibility / 100;
    this.#header = header;
    for (let index = 0; index < this.#pool.length; index++) this.#pool[index] = this.#random.next();
  }

  prepare(): number {
    return this.#sizes.peek();
  }

  write(view: DataView, bytes: Uint8Array, at: number, size: number): void {
    this.#sizes.take();
    const pool = this.#pool;
    const mask = this.#random.next();
    let next = this.#random.next() & (pool.length - 1);
    for (let block = 0; block < size; block += BLOCK) {
      const length = Math.min(BLOCK, size - block);
      const random = Math.round(length * this.#randomShare);
      const from = at + block;
      const words = from + (random & ~3);
      for (let to = from; to < words; to += 4) {
        view.setInt32(to, pool[next]! ^ mask);
        next = (next + 1) & (pool.length - 1);
      }
      for (let to = words; to < from + random; to++) view.setUint8(to, this.#random.next() & 255);
      bytes.fill(0, from + random, from + length);
    }
  }

  patch(view: DataView, first: number, stride: number, count: number, _message: MessageState): void {
    const random = Math.round(Math.min(this.largest, BLOCK) * this.#randomShare) - this.#header;
    const bytes = Math.min(REFRESHED, random);
    if (bytes < REFRESHED) {
      for (let index = 0, at = first + this.#header; index < count; index++, at += stride) {
        for (let offset = 0; offset < bytes; offset++) view.setUint8(at + offset, this.#random.next() & 255);
      }
      return;
    }
    for (let index = 0, at = first + this.#header; index < count; index++, at += stride) {
      view.setInt32(at, this.#random.next());
      view.setInt32(at + 4, this.#random.next());
    }
  }
}
