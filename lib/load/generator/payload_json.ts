/** Payload kind `json`. */
import type { SizeConfig } from "../../config/run_config.ts";
import { TEXT_PREFIX } from "../header/header.ts";
import { CopySource } from "./copy_source.ts";
import { PADDED, SPACED, spacedWords } from "../header/digits.ts";
import type { MessageState, Payload } from "./payload.ts";
import type { Random } from "./random.ts";
import { SizePicker } from "./sizes.ts";

const NUMBER_WIDTH = 16;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const CLOSING_1 = 0x22; // `"`
const CLOSING_2 = 0x7d; // `}`

/**
 * A JSON object of the exact size:
 * `{"pll":"<hex header>","sequence":…,"timestamp":…,"producer":"…","filler":"…"}`. Numbers are right-aligned in 16
 * characters with blanks in front; `timestamp` is the send time in µs since the epoch. The filler repeats letters and
 * digits, so it compresses well.
 */
export class JsonPayload implements Payload {
  readonly form = "text";
  readonly largest: number;
  readonly fixedSize: number | undefined;
  readonly #sizes: SizePicker;
  readonly #source: CopySource;
  readonly #sequenceAt: number;
  readonly #timestampAt: number;
  readonly #words = new Uint32Array(4);
  readonly #pairs = new Float64Array(this.#words.buffer);

  /**
   * @param headerDigits hex digits of the verification header, 0 without
   * @throws {GeneratorError} `size-too-small`, `size-invalid`
   */
  constructor(size: SizeConfig, random: Random, producer: string, headerDigits: number) {
    const header = headerDigits === 0 ? "{" : `${TEXT_PREFIX}${"0".repeat(headerDigits)}",`;
    const blanks = " ".repeat(NUMBER_WIDTH);
    const toSequence = `${header}"sequence":`;
    const toTimestamp = `${toSequence}${blanks},"timestamp":`;
    const front = `${toTimestamp}${blanks},"producer":${JSON.stringify(producer)},"filler":"`;
    const frontBytes = new TextEncoder().encode(front);
    const what = headerDigits === 0
      ? `a JSON payload of producer '${producer}'`
      : `a JSON payload of producer '${producer}' with its verification header (--verify off sends it without)`;
    this.#sizes = new SizePicker(size, random, frontBytes.length + 2, what);
    this.largest = this.#sizes.largest;
    this.fixedSize = this.#sizes.fixed;
    this.#sequenceAt = toSequence.length;
    this.#timestampAt = toTimestamp.length;
    const source = new Uint8Array(this.largest);
    source.set(frontBytes);
    for (let index = frontBytes.length; index < source.length; index++) {
      source[index] = ALPHABET.charCodeAt((index - frontBytes.length) % ALPHABET.length);
    }
    this.#source = new CopySource(source);
  }

  prepare(): number {
    return this.#sizes.peek();
  }

  write(view: DataView, bytes: Uint8Array, at: number, size: number, message: MessageState): void {
    this.#sizes.take();
    this.#source.copy(bytes, at, size - 2);
    bytes[at + size - 2] = CLOSING_1;
    bytes[at + size - 1] = CLOSING_2;
    this.patch(view, at, 0, 1, message);
  }

  patch(view: DataView, first: number, stride: number, count: number, message: MessageState): void {
    const words = this.#words;
    // Eight characters a store: as a float, which digits and blanks never make a NaN.
    const pairs = this.#pairs;
    spacedWords(message.sendTime, words);
    const time1 = pairs[0]!;
    const time2 = pairs[1]!;
    const toTimestamp = this.#timestampAt - this.#sequenceAt;
    // Only the last four digits differ between neighbours; the others are computed once in 10,000 messages.
    let upper = Math.floor(message.sequence / 10_000);
    let low = message.sequence - upper * 10_000;
    spacedWords(message.sequence, words);
    let sequence1 = pairs[0]!;
    let sequence2 = words[2]!;
    let digits = upper > 0 ? PADDED : SPACED;
    for (let index = 0, at = first + this.#sequenceAt; index < count; index++, at += stride) {
      view.setFloat64(at, sequence1, true);
      view.setUint32(at + 8, sequence2, true);
      view.setUint32(at + 12, digits[low]!, true);
      view.setFloat64(at + toTimestamp, time1, true);
      view.setFloat64(at + toTimestamp + 8, time2, true);
      if (++low === 10_000) {
        low = 0;
        upper++;
        spacedWords(upper * 10_000, words);
        sequence1 = pairs[0]!;
        sequence2 = words[2]!;
        digits = PADDED;
      }
    }
  }
}
