/** Payload kinds `pattern` and `sequential`. */
import type { SizeConfig } from "../../config/run_config.ts";
import { CopySource } from "./copy_source.ts";
import type { MessageState, Payload } from "./payload.ts";
import type { Random } from "./random.ts";
import { SizePicker } from "./sizes.ts";

const PATTERN = "0123456789abcdef";
const NEEDS = "the verification header (--verify off sends smaller payloads)";

/** `0123456789abcdef` over and over: the cheapest content, and the most compressible. */
export class PatternPayload implements Payload {
  readonly form = "raw";
  readonly largest: number;
  readonly fixedSize: number | undefined;
  readonly #sizes: SizePicker;
  readonly #source: CopySource;

  /**
   * @param header bytes of the verification header, 0 without
   * @throws {GeneratorError} `size-too-small`, `size-invalid`
   */
  constructor(size: SizeConfig, random: Random, header: number) {
    this.#sizes = new SizePicker(size, random, header, NEEDS);
    this.largest = this.#sizes.largest;
    this.fixedSize = this.#sizes.fixed;
    const source = Uint8Array.from(
      { length: this.largest },
      (_, index) => PATTERN.charCodeAt(index % PATTERN.length),
    );
    this.#source = new CopySource(source);
  }

  prepare(): number {
    return this.#sizes.peek();
  }

  write(_view: DataView, bytes: Uint8Array, at: number, size: number): void {
    this.#sizes.take();
    this.#source.copy(bytes, at, size);
  }

  /** Nothing but the header changes. */
  patch(_view: DataView, _first: number, _stride: number, _count: number, _message: MessageState): void {}
}

/**
 * Counting bytes: byte i of the message with sequence s is (s + i) mod 256, so each message can be foretold from its
 * sequence and no two neighbours are equal.
 */
export class SequentialPayload implements Payload {
  readonly form = "raw";
  readonly largest: number;
  readonly fixedSize: number | undefined;
  readonly #sizes: SizePicker;
  readonly #header: number;

  /**
   * @param header bytes of the verification header, 0 without
   * @throws {GeneratorError} `size-too-small`, `size-invalid`
   */
  constructor(size: SizeConfig, random: Random, header: number) {
    this.#sizes = new SizePicker(size, random, header, NEEDS);
    this.largest = this.#sizes.largest;
    this.fixedSize = this.#sizes.fixed;
    this.#header = header;
  }

  prepare(): number {
    return this.#sizes.peek();
  }

  write(view: DataView, _bytes: Uint8Array, at: number, size: number, message: MessageState): void {
    this.#sizes.take();
    this.#count(view, at, size, message.sequence);
  }

  patch(view: DataView, first: number, stride: number, count: number, message: MessageState): void {
    for (let index = 0, at = first; index < count; index++, at += stride) {
      this.#count(view, at, this.largest, message.sequence + index);
    }
  }

  #count(view: DataView, at: number, size: number, sequence: number): void {
    const end = at + size;
    let to = at + this.#header;
    let value = sequence + this.#header;
    const v = value & 255;
    let word = v | (((v + 1) & 255) << 8) | (((v + 2) & 255) << 16) | (((v + 3) & 255) << 24);
    for (; to + 4 <= end; to += 4, value += 4) {
      view.setInt32(to, word, true);
      // Adds 4 to each byte by itself: the top bits are kept out of the addition so that no carry crosses over.
      word = ((word & 0x7f7f7f7f) + 0x04040404) ^ (word & 0x80808080);
    }
    for (; to < end; to++, value++) view.setUint8(to, value & 255);
  }
}
