/** Damage on the way: which bytes of a stream may be damaged, and which of these are. */
import type { Random } from "../../lib/load/generator/random.ts";

/** The first two bytes of what a checksum protects. */
const MAGIC_CRC32C = 0x0e01;

/**
 * Follows a stream of frames and says which bytes of it a CRC-32C protects: checksum, metadata and payload of SEND and
 * MESSAGE. Commands have no checksum in Pulsar's protocol: nobody can notice that a message id in one was changed.
 */
export class ChecksummedBytes {
  /** Offset in the current frame. */
  #at = 0;
  #total = 0;
  #command = 0;
  #magic = 0;

  /** Calls back with the offsets, in the next chunk of the stream, of each protected part. */
  each(chunk: Uint8Array, found: (start: number, end: number) => void): void {
    for (let offset = 0; offset < chunk.length;) {
      const payload = 8 + this.#command;
      if (this.#at < 8 || (this.#at >= payload && this.#at < payload + 2)) {
        this.#note(chunk[offset]!);
        offset++;
        this.#at++;
      } else {
        const isPayload = this.#at >= payload;
        const end = isPayload ? 4 + this.#total : payload;
        const count = Math.min(end - this.#at, chunk.length - offset);
        if (isPayload && this.#magic === MAGIC_CRC32C) found(offset, offset + count);
        offset += count;
        this.#at += count;
      }
      if (this.#at >= 8 && this.#at >= 4 + this.#total) {
        this.#at =
          this.#total =
          this.#command =
          this.#magic =
            0;
      }
    }
  }

  #note(byte: number): void {
    if (this.#at < 4) this.#total = ((this.#total << 8) | byte) >>> 0;
    else if (this.#at < 8) this.#command = ((this.#command << 8) | byte) >>> 0;
    else this.#magic = (this.#magic << 8) | byte;
  }
}

export interface FlipOptions {
  /** Flips one bit of every n-th byte … */
  readonly every?: number | undefined;
  /** … or of each byte with this probability. */
  readonly rate?: number | undefined;
}

/** Flips bits of the bytes it is shown; the same ones for the same seed and the same bytes. */
export class BitFlipper {
  count = 0;
  readonly #options: FlipOptions;
  readonly #random: Random;
  /** Whole bytes before the next one that is damaged. */
  #left: number;

  /** @throws {RangeError} for neither or both, and for what is no distance and no probability */
  constructor(options: FlipOptions, random: Random) {
    const { every, rate } = options;
    if ((every === undefined) === (rate === undefined)) {
      throw new RangeError("bit flips need either 'every' (bytes) or 'rate' (of bytes)");
    }
    if (every !== undefined && !(Number.isSafeInteger(every) && every >= 1)) {
      throw new RangeError(`a bit flip every '${every}' bytes is not possible; use a whole number from 1 on`);
    }
    if (rate !== undefined && !(rate > 0 && rate <= 1)) {
      throw new RangeError(`bit flips at a rate of '${rate}' are not possible; use more than 0, 1 at most`);
    }
    this.#options = options;
    this.#random = random;
    this.#left = this.#distance();
  }

  damage(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start + this.#left; at < end; at = start + this.#left) {
      bytes[at]! ^= 1 << this.#random.below(8);
      this.count++;
      this.#left += 1 + this.#distance();
    }
    this.#left -= end - start;
  }

  #distance(): number {
    const { every, rate = 1 } = this.#options;
    if (every !== undefined) return every - 1;
    // How long a coin of this bias falls on the other side.
    return rate === 1 ? 0 : Math.floor(Math.log(1 - this.#random.unit()) / Math.log(1 - rate));
  }
}
